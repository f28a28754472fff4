import { expect, test } from "vitest";
import { marked, mistakesOf, withRules } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const WINDOWS: readonly Case[] = [
  [
    "- { id: a, on: STATE, during: «nigth, do: [notify: x] }",
    "unknown window 'nigth'; did you mean 'night'?",
  ],
  [
    "- { id: a, on: STATE, during: [night, «nigth], do: [notify: x] }",
    "unknown window 'nigth'; did you mean 'night'?",
  ],
  [
    "- { id: a, on: STATE, during: { not: «nigth }, do: [notify: x] }",
    "unknown window 'nigth'; did you mean 'night'?",
  ],
  [
    "- { id: a, on: STATE, during: { not: [night, «nigth] }, do: [notify: x] }",
    "unknown window 'nigth'; did you mean 'night'?",
  ],
  [
    "- { id: a, on: STATE, during: «{ «nott: night }, do: [notify: x] }",
    "This needs not",
    "unknown key 'nott'; did you mean 'not'?",
  ],
  ["- { id: a, on: STATE, during: «[], do: [notify: x] }", "A list of at least 1 was expected"],
];

test.each(WINDOWS)("a mistake in during is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(withRules(text), messages);
  expect(await mistakesOf(rulebook)).toEqual(expected);
});

const TIMES: readonly Case[] = [
  [
    "- { id: a, on: STATE, for: «5 minutes, do: [notify: x] }",
    "'5 minutes' is not a duration above zero such as 30s",
  ],
  ["- { id: a, on: STATE, for: «30, do: [notify: x] }", "'30' is not a duration above zero such as 30s"],
  ["- { id: a, on: STATE, for: «0s, do: [notify: x] }", "'0s' is not a duration above zero such as 30s"],
  [
    "- { id: a, on: STATE, for: «{ a: b }, do: [notify: x] }",
    "A duration above zero such as 30s was expected, not a map; quote the whole value",
  ],
  [
    '- { id: a, on: STATE, for: «"${params.limit}", do: [notify: x] }',
    "'10MB' is not a duration above zero such as 30s",
  ],
  [
    "- { id: a, on: STATE, count: «{ «at-leas: 3, within: 10m }, do: [notify: x] }",
    "This needs at-least",
    "unknown key 'at-leas'; did you mean 'at-least'?",
  ],
  [
    "- { id: a, on: STATE, count: { at-least: «three, within: «10x }, do: [notify: x] }",
    "'three' is not a whole number from 1 to 10000",
    "'10x' is not a duration above zero such as 30s",
  ],
  ["- { id: a, on: STATE, count: «3, do: [notify: x] }", "A map with at-least, within was expected"],
  [
    '- { id: a, on: STATE, count: { at-least: «"3", within: 10m }, do: [notify: x] }',
    "'3' is not a whole number from 1 to 10000; write it without quotes",
  ],
  [
    "- { id: a, on: STATE, throttle: { times: «0, per: «30, then: «digst }, do: [notify: x] }",
    "'0' is not a whole number from 1 to 10000",
    "'30' is not a duration above zero such as 30s",
    "'digst' is not drop, digest; did you mean 'digest'?",
  ],
  ["- { id: a, on: STATE, throttle: «{ times: 1 }, do: [notify: x] }", "This needs per"],
  ["- { id: a, on: REMOTE, answer: accept, for: «1m }", "'for' does not go with an answer: OpenVPN waits"],
];

test.each(TIMES)(
  "a mistake in for, count or throttle is told at its place: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(withRules(text), messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);
