import { expect, test } from "vitest";
import { marked, mistakesOf, withRules } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const TRAPS: readonly Case[] = [
  [
    "- { id: a, on: STATE, about: «!secret x, do: [notify: x] }",
    "Tags are not used here; quote the whole value",
  ],
  [
    "- { id: a, on: STATE, about: «!!str 5, do: [notify: x] }",
    "Tags are not used here; quote the whole value",
  ],
  [
    "- { id: a, on: STATE, where: «!!map { name: x }, do: [notify: x] }",
    "Tags are not used here; quote the whole value",
  ],
  ["- { id: a, on: STATE, do: «!!seq [notify: x] }", "Tags are not used here; quote the whole value"],
  [
    "- { id: a, on: STATE, «!!str about: x, do: [notify: x] }",
    "Tags are not used here; quote the whole value",
  ],
  [
    "- { id: a, on: STATE, when: «!vars.draining, do: [notify: x] }",
    "Tags are not used here; quote the whole value",
  ],
  ["- { id: a, on: STATE, when: «, do: [notify: x] }", "The value is missing"],
  ["- { id: a, on: STATE, when: «null, do: [notify: x] }", "The value is missing"],
  ["- { id: a, on: STATE, about: «~, do: [notify: x] }", "The value is missing"],
  ["- { id: a, on: STATE, where: { «name }, do: [notify: x] }", "The value is missing"],
  ["- { id: a, on: STATE, where: { name: [a, «~] }, do: [notify: x] }", "The value is missing"],
  ["- { id: a, on: STATE, do: [notify: «] }", "The value is missing"],
  [
    `- id: a
  on: STATE
  do:«`,
    "The value is missing",
  ],
  [
    `- id: a
  on: STATE
  do:
    -«
    - notify: x`,
    "The value is missing",
  ],
  [
    `- id: a
  on: STATE «# when the state changes
  about: channel «#1
  during: night «#ly
  where:
    name: x «#1
    detail: [a, b «#c
      ]
  when: event.name == "x" «# or so
  key: daemon.name «# each
  do:
    - notify: hello «#world
    - increment: tls_errors «#1
    - emit:
        event: my.event «#1
        with:
          a: b «#c`,
    "What follows # is a comment, and not part of the value; quote the whole value",
    "What follows # is a comment, and not part of the value; quote the whole value",
    "What follows # is a comment, and not part of the value; quote the whole value",
    "What follows # is a comment, and not part of the value; quote the whole value",
    "What follows # is a comment, and not part of the value; quote the whole value",
    "What follows # is a comment, and not part of the value; quote the whole value",
    "What follows # is a comment, and not part of the value; quote the whole value",
    "What follows # is a comment, and not part of the value; quote the whole value",
    "What follows # is a comment, and not part of the value; quote the whole value",
    "What follows # is a comment, and not part of the value; quote the whole value",
    "What follows # is a comment, and not part of the value; quote the whole value",
  ],
  [
    `- id: a
  on: REMOTE
  answer:
    exec:
      - sh «#ell
    timeout: 1s
    else: accept`,
    "What follows # is a comment, and not part of the value; quote the whole value",
  ],
  ["- { id: a, on: STATE, ? «[a, b] : x, do: [notify: x] }", "A key must be a plain word"],
  ["- { id: a, on: STATE, «{ a: b }: x, do: [notify: x] }", "A key must be a plain word"],
  [
    '- { id: a, on: STATE, where: { name: [«a", b] }, do: [notify: x] }',
    "An item with a quotation mark that is not closed; quote the whole value",
  ],
  [
    '- { id: a, on: STATE, do: [notify: «say "hi, «there] }',
    "An item with a quotation mark that is not closed; quote the whole value",
    "An action was expected, such as notify: text",
  ],
  [
    `- id: a
  on: REMOTE
  answer:
    exec: [sh, -c, «echo "hi, there]
    timeout: 1s
    else: accept`,
    "An item with a quotation mark that is not closed; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  where:
    name:
      - «say "hi
  do: [notify: x]`,
    "An item with a quotation mark that is not closed; quote the whole value",
  ],
  [
    '- { id: a, on: LOG, where: { text: { matches: «"\\bTLS" } }, do: [notify: x] }',
    "A control character in a regular expression; write it as \\x…",
  ],
  [
    '- { id: a, on: LOG, where: { text: { not: { matches: «"\\x01" } } }, do: [notify: x] }',
    "A control character in a regular expression; write it as \\x…",
  ],
  [
    "- { id: a, on: LOG, when: \"event.text.matches('«\\bTLS')\", do: [notify: x] }",
    'A control character in an expression; in "…" of YAML a backslash is written twice',
  ],
  [
    "- { id: a, on: STATE, where: { name: «9007199254740993 }, do: [notify: x] }",
    "The number 9007199254740993 is larger than 2^53 and would not be kept exactly; quote the whole value",
  ],
  [
    "- { id: a, on: STATE, where: { remote_port: { gt: «-0x20000000000001, lt: «9007199254740992 } }, do: [notify: x] }",
    "'gt' takes a number, not '-0x20000000000001'",
    "The number 9007199254740992 is larger than 2^53 and would not be kept exactly; quote the whole value",
  ],
  [
    "- { id: a, on: STATE, about: «12345678901234567890, do: [notify: x] }",
    "The number 12345678901234567890 is larger than 2^53 and would not be kept exactly; quote the whole value",
  ],
  [
    '- { id: a, on: STATE, when: "event.remote_port == «9007199254740993", do: [notify: x] }',
    "the number is too large to be exact",
  ],
  [
    "- { id: &a a, on: STATE, about: «*b, do: [notify: *a] }",
    "Nothing is named '&b' before this; quote the whole value if it is no alias",
  ],
  [
    "- { id: &anchor a, on: STATE, about: «*ancor, do: [notify: *anchor] }",
    "Nothing is named '&ancor' before this; quote the whole value if it is no alias; did you mean 'anchor'?",
  ],
  [
    "- { id: a, on: «*x, do: «*y }",
    "Nothing is named '&x' before this; quote the whole value if it is no alias",
    "Nothing is named '&y' before this; quote the whole value if it is no alias",
  ],
  [
    "- { id: &a a, on: STATE, do: [notify: x], «<<: *a }",
    "Merge keys (<<) are not used here; write the keys out",
  ],
];

test.each(TRAPS)("a YAML trap is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(withRules(text), messages);
  expect(await mistakesOf(rulebook)).toEqual(expected);
});
