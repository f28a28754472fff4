import { expect, test } from "vitest";
import { marked, mistakesOf, withRules } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const MATCHERS: readonly Case[] = [
  [
    "- { id: a, on: STATE, where: { «nam: x }, do: [notify: x] }",
    "unknown field 'nam' of STATE; did you mean 'name'?",
  ],
  [
    "- { id: a, on: STATE, where: { «daemon.nam: x }, do: [notify: x] }",
    "unknown field 'daemon.nam' of daemon; did you mean 'daemon.name'?",
  ],
  [
    "- { id: a, on: STATE, where: { «remote.hots: x }, do: [notify: x] }",
    "unknown field 'remote.hots' of remote; did you mean 'remote.host'?",
  ],
  [
    "- { id: a, on: STATE, where: { «vars.drainin: true }, do: [notify: x] }",
    "unknown field 'vars.drainin' of vars; did you mean 'vars.draining'?",
  ],
  [
    "- { id: a, on: STATE, where: { «deamon.name: x }, do: [notify: x] }",
    "unknown field 'deamon.name' of STATE; did you mean 'daemon.name'?",
  ],
  ["- { id: a, on: STATE, where: «[name], do: [notify: x] }", "A map was expected"],
  [
    "- { id: a, on: STATE, where: { name: { «start: x } }, do: [notify: x] }",
    "unknown matcher 'start'; did you mean 'starts'?",
  ],
  [
    '- { id: a, on: STATE, where: { name: { matches: «"(" } }, do: [notify: x] }',
    "bad regular expression '(': missing closing ): '('",
  ],
  [
    '- { id: a, on: STATE, where: { name: { not: { matches: «"a(" } } }, do: [notify: x] }',
    "bad regular expression 'a(': missing closing ): 'a('",
  ],
  [
    "- { id: a, on: STATE, where: { name: { in-list: «baned } }, do: [notify: x] }",
    "unknown list 'baned'; did you mean 'banned'?",
  ],
  [
    "- { id: a, on: STATE, where: { remote_address: { cidr: «10.0.0.0/33 } }, do: [notify: x] }",
    "'10.0.0.0/33' is no network such as 10.0.0.0/8",
  ],
  ["- { id: a, on: STATE, where: { remote_port: «abc }, do: [notify: x] }", "'abc' is not a number"],
  ["- { id: a, on: STATE, where: { remote_port: [443, «abc] }, do: [notify: x] }", "'abc' is not a number"],
  [
    "- { id: a, on: BYTECOUNT, where: { rate_in: { gt: «10mb } }, do: [notify: x] }",
    "'gt' takes a size such as 10MB, not '10mb'",
  ],
  [
    "- { id: a, on: STATE, where: { remote_port: { gt: «high } }, do: [notify: x] }",
    "'gt' takes a number, not 'high'",
  ],
  [
    "- { id: a, on: STATE, where: { name: { exists: «maybe } }, do: [notify: x] }",
    "'exists' takes true or false",
  ],
  [
    "- { id: a, on: STATE, where: { name: { one-of: «[] } }, do: [notify: x] }",
    "the list is empty: nothing could match",
  ],
  [
    "- { id: a, on: STATE, where: { name: «{} }, do: [notify: x] }",
    "expected one of not, one-of, starts, ends, contains, matches, cidr, gt, gte, lt, lte, exists, in-list",
  ],
  [
    '- { id: a, on: STATE, where: { name: "${params.«limt}" }, do: [notify: x] }',
    "unknown field 'limt' of params; did you mean 'limit'?",
  ],
];

test.each(MATCHERS)("a mistake in where is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(withRules(text), messages);
  expect(await mistakesOf(rulebook)).toEqual(expected);
});

const EXPRESSIONS: readonly Case[] = [
  [
    '- { id: a, on: STATE, when: «event.nam == "x", do: [notify: x] }',
    "An expression inside { } must be quoted; quote the whole value",
  ],
  [
    "- { id: a, on: STATE, when: 'event.«nam == \"x\"', do: [notify: x] }",
    "unknown field 'nam' of event STATE; did you mean 'name'?",
  ],
  ["- { id: a, on: STATE, when: '«event.name', do: [notify: x] }", "expected bool, not text"],
  [
    "- { id: a, on: STATE, when: '«event.name == 5', do: [notify: x] }",
    'cannot compare text with number; write "5"?',
  ],
  ["- { id: a, on: STATE, when: 'event.name ==«', do: [notify: x] }", "the expression ends too early"],
  [
    "- { id: a, on: STATE, when: '«windo(\"night\")', do: [notify: x] }",
    "unknown function 'windo'; did you mean 'window'?",
  ],
  [
    "- { id: a, on: STATE, when: 'window(«\"nigt\")', do: [notify: x] }",
    "unknown window 'nigt'; did you mean 'night'?",
  ],
  [
    "- { id: a, on: STATE, when: 'counter(«\"tls_eror\") > 3', do: [notify: x] }",
    "unknown counter 'tls_eror'; did you mean 'tls_errors'?",
  ],
  [
    "- { id: a, on: STATE, when: 'event.name in lists.«baned', do: [notify: x] }",
    "unknown field 'baned' of lists; did you mean 'banned'?",
  ],
  [
    "- { id: a, on: STATE, when: 'vars.«drainig', do: [notify: x] }",
    "unknown field 'drainig' of vars; did you mean 'draining'?",
  ],
  [
    "- { id: a, on: STATE, when: 'params.«limt > 5MB', do: [notify: x] }",
    "unknown field 'limt' of params; did you mean 'limit'?",
  ],
  [
    "- { id: a, on: STATE, when: '«daemon.rate > 5', do: [notify: x] }",
    "cannot compare size with number; write 5kB?",
  ],
  [
    "- { id: a, on: STATE, when: '«evnt.name == \"x\"', do: [notify: x] }",
    "unknown name 'evnt'; did you mean 'event'?",
  ],
  [
    "- { id: a, on: STATE, when: 'event.name.matches(«\"(\")', do: [notify: x] }",
    "bad regular expression '(': missing closing ): '('",
  ],
  [
    '- { id: a, on: STATE, when: \'remote.«hots == "x" && daemon.«stat == "y"\', do: [notify: x] }',
    "unknown field 'hots' of remote; did you mean 'host'?",
    "unknown field 'stat' of daemon; did you mean 'state'?",
  ],
  [
    "- { id: a, on: STATE, when: «[a], do: [notify: x] }",
    "An expression was expected; quote the whole value",
  ],
  [
    '- { id: a, on: STATE, when: «"${params.limit} > 5MB", do: [notify: x] }',
    "An expression names parameters as params.NAME, without ${ }",
  ],
  ['- { id: a, on: STATE, when: "«", do: [notify: x] }', "the expression is empty"],
  ["- { id: a, on: STATE, key: «daemon.rate, do: [notify: x] }", "expected text, not size; write text(…)?"],
  [
    "- { id: a, on: STATE, key: daemon.«nam, do: [notify: x] }",
    "unknown field 'nam' of daemon; did you mean 'name'?",
  ],
];

test.each(EXPRESSIONS)("a mistake in an expression is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(withRules(text), messages);
  expect(await mistakesOf(rulebook)).toEqual(expected);
});

const LINES: readonly Case[] = [
  [
    `- id: a
  on: STATE
  when: |
    event.name == "x" &&
      event.«nam == "y"
  do: [notify: x]`,
    "unknown field 'nam' of event STATE; did you mean 'name'?",
  ],
  [
    `- id: a
  on: STATE
  when: >
    event.name == "x" &&
    event.«nam == "y"
  do: [notify: x]`,
    "unknown field 'nam' of event STATE; did you mean 'name'?",
  ],
  [
    `- id: a
  on: STATE
  when: "event.name == \\"x\\" && event.«nam == \\"y\\""
  do: [notify: x]`,
    "unknown field 'nam' of event STATE; did you mean 'name'?",
  ],
  [
    `- id: a
  on: STATE
  when: event.name == "x" &&
    event.«nam == "y"
  do: [notify: x]`,
    "unknown field 'nam' of event STATE; did you mean 'name'?",
  ],
  [
    `- id: a
  on: STATE
  when: "event.name == 'x' &&
    event.«nam == 'y'"
  do: [notify: x]`,
    "unknown field 'nam' of event STATE; did you mean 'name'?",
  ],
  [
    `- id: a
  on: STATE
  do:
    - notify: |
        state \${event.name}
        \${event.«nam} is here`,
    "unknown field 'nam' of event STATE; did you mean 'name'?",
  ],
];

test.each(LINES)(
  "a mistake in an expression or a text of several lines is told at its place: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(withRules(text), messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);
