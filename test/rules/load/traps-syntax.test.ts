import { expect, test } from "vitest";
import { marked, mistakesOf, withRules } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const BROKEN: readonly Case[] = [
  [
    `- id: a
  on: STATE
«	when: true
  do: [notify: x]`,
    "Tabs are not allowed as indentation",
  ],
  [
    `- id: a
  on: STATE
  when: «"event.name == 'x'
  do: [notify: x]`,
    "The quotation mark is not closed; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  about: «'x
  do: [notify: x]`,
    "The quotation mark is not closed; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  where: «{ name: x
  do: [notify: x]`,
    "This { is not closed, or what closes it is not indented as it should be; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  do: «[notify: x`,
    "This [ is not closed, or what closes it is not indented as it should be; quote the whole value",
  ],
  [
    `- id: a
  on: «STATE
   do: [notify: x]`,
    "A second ': ' in this value, or a line that is not indented as it should be; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
 «do: [notify: x]`,
    "This line is not indented as those before it",
  ],
  [
    `- id: a
  «on STATE
  do: [notify: x]`,
    "A key, ': ' and a value were expected",
  ],
  [
    `- id: a
  on: STATE
  about: "bad «\\q escape"
  do: [notify: x]`,
    "Invalid escape sequence \\q; quote the whole value",
  ],
  [
    "- { id: a, on: STATE, do: [notify: x] }«}",
    'Unexpected flow-map-end token in YAML stream: "}"; quote the whole value',
  ],
  [
    "- «{ id: a, on: STATE, do: [notify: x]]",
    "This { is not closed, or what closes it is not indented as it should be; quote the whole value",
  ],
  [
    `- id: a
  on: STATE
  about: «&pause
  do: [notify: x]`,
    "Nothing refers to '&pause'; quote the whole value",
  ],
  [
    "- { id: «a on: STATE, do: [notify: x] }",
    "Block collections are not allowed within flow collections; quote the whole value",
  ],
  [
    `- { id: a, on: STATE, «wen: x, about: «"x" y, do: [notify: x], oops: 1 }
- { id: b, on: «REMOT, answer: accept }`,
    "unknown key 'wen'; did you mean 'when'?",
    "More text stands behind the end of this value; quote the whole value",
    "unknown event 'REMOT'; did you mean 'REMOTE'?",
  ],
];

test.each(BROKEN)(
  "broken YAML is told once, and the other mistakes beside it: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(withRules(text), messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);

const DOCUMENTS: readonly Case[] = [
  [
    `# before
«%YAML 1.1
---
version: 1
rules: [{ id: a, on: «STAET, enabled: off, do: [notify: x] }]`,
    "YAML 1.1 takes words for other values; YAML 1.2 was expected",
    "unknown event 'STAET'; did you mean 'STATE'?",
  ],
  [
    `version: 1
«---
rules: []`,
    "A second document begins here; a rulebook is one",
  ],
  [
    `version: 1
...
«rules: []`,
    "A second document begins here; a rulebook is one",
  ],
  [
    `«%FOO bar
---
version: 1`,
    "Unknown directive %FOO; quote the whole value",
  ],
  [
    `%YAML «3.0
---
version: 1`,
    "Unsupported YAML version 3.0; quote the whole value",
  ],
  [
    `version: 1
rules: []
«}`,
    'Unexpected flow-map-end token in YAML stream: "}"',
  ],
  [
    `version: 1
params: { a: { type: text, default: «!x y } }
secrets: { b: { env: «} }
windows: { c: { from: "08:00", to: «~ } }
lists: { d: [«a", b] }
variables: { e: { type: number, default: «9007199254740993 } }
remotes: { f: { candidates: [{ host: vpn1 «#1
  , port: 1, proto: udp, when: «net == "x" }] } }`,
    "Tags are not used here; quote the whole value",
    "The value is missing",
    "The value is missing",
    "An item with a quotation mark that is not closed; quote the whole value",
    "The number 9007199254740993 is larger than 2^53 and would not be kept exactly; quote the whole value",
    "What follows # is a comment, and not part of the value; quote the whole value",
    "An expression inside { } must be quoted; quote the whole value",
  ],
];

test.each(DOCUMENTS)("a trap outside of the rules is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(text, messages);
  expect(await mistakesOf(rulebook)).toEqual(expected);
});
