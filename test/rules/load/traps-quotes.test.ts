import { expect, test } from "vitest";
import { marked, mistakesOf, withRules } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const UNQUOTED: readonly Case[] = [
  [
    `- id: a
  on: STATE
  when: «!vars.draining
  do: [notify: x]`,
    "Tags are not used here; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  when: «&x y
  do: [notify: x]`,
    "Nothing refers to '&x'; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  when: «*x
  do: [notify: x]`,
    "Nothing is named '&x' before this; quote the whole value if it is no alias",
  ],
  [
    `- id: a
  on: STATE
  when: «> 5
  do: [notify: x]`,
    "Not a YAML token: 5; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  when: «| 5
  do: [notify: x]`,
    "Not a YAML token: 5; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  when: «[1, 2].exists(x, x == 1)
  do: [notify: x]`,
    "More text stands behind the end of this value; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  when: «{"a": 1}.a == 1
  do: [notify: x]`,
    "More text stands behind the end of this value; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  when: «'udp' == event.name
  do: [notify: x]`,
    "More text stands behind the end of this value; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  when: «"udp" == event.name
  do: [notify: x]`,
    "More text stands behind the end of this value; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  when: «%x
  do: [notify: x]`,
    "Plain value cannot start with directive indicator character %; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  when: «@x
  do: [notify: x]`,
    "Plain value cannot start with reserved character @; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  do:
    - notify: «\${event.name} is there
    - notify: «state \${event.name}`,
    "A value that holds ${ … } must be quoted; quote the whole value",
    "A value that holds ${ … } must be quoted; quote the whole value",
  ],
  [
    "- { id: a, on: STATE, do: [{ notify: «${event.name} }] }",
    "More text stands behind the end of this value; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  about: «see: this
  do: [notify: x]`,
    "A second ': ' in this value, or a line that is not indented as it should be; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  when: «event.name == "x" ? event.detail == "a: b" : true
  do: [notify: x]`,
    "A second ': ' in this value, or a line that is not indented as it should be; quote the whole value",
  ],
  [
    '- { id: a, on: STATE, when: «window("night"), do: [notify: x] }',
    "An expression inside { } must be quoted; quote the whole value",
  ],
  [
    '- { id: a, on: STATE, when: «event.name == "x", do: [notify: x] }',
    "An expression inside { } must be quoted; quote the whole value",
  ],
  [
    '- { id: a, on: STATE, when: «event.name in ["a", "b"], do: [notify: x] }',
    "More text stands behind the end of this value; quote the whole value",
  ],
  [
    "- { id: a, on: STATE, key: «text(event.remote_port), do: [notify: x] }",
    "An expression inside { } must be quoted; quote the whole value",
  ],
];

test.each(UNQUOTED)(
  "a value that should have been quoted is told at its place: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(withRules(text), messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);
