import { expect, test } from "vitest";
import { marked, mistakesOf } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const SECTIONS: readonly Case[] = [
  ["defaults: { HOLD: «relase }", "unknown answer 'relase'; did you mean 'release'?"],
  ["defaults: { «HOLDD: release }", "unknown key 'HOLDD'; did you mean 'HOLD'?"],
  ["defaults: { REMOTE: { from: «x } }", "unknown group 'x'"],
  [
    "defaults: { REMOTE: «release }",
    "answer 'release' is for HOLD, not for REMOTE; expected accept, skip, mod, from, exec",
  ],
  ["defaults: { PROXY: { socks: «x } }", "A map with host, port was expected"],
  ["defaults: { PROXY: { from: «x } }", "unknown proxies 'x'"],
  [
    'defaults: { NEED-STR: «cancel, "CLIENT:REAUTH": { «sign: x } }',
    "answer 'cancel' is for NEED-OK, not for NEED-STR; expected string, exec",
    "answer 'sign' is for RSA_SIGN, PK_SIGN, not for CLIENT:REAUTH; expected allow, deny, pending, exec",
  ],
  ["defaults: «accept", "A map was expected"],
  ["«notifiers: {}", "'notifiers' is not supported by this version"],
  ["«rulse: []", "unknown key 'rulse'; did you mean 'rules'?"],
  ["rules: «{}", "A list of rules was expected"],
  ["rules: «5", "A list of rules was expected"],
  ["include: «x.yaml", "A list was expected"],
  ["include: [«./nope.yaml]", "Cannot read rules/nope.yaml: no such file"],
  [
    "include: [«a.yaml, «./nope.yaml]",
    "Cannot read rules/a.yaml: no such file",
    "Cannot read rules/nope.yaml: no such file",
  ],
  ["plugins: { acme: «./acme.ts }", "no plugin at rules/acme.ts"],
  [
    "plugins: { acme: «{ «form: ./acme.ts } }",
    "A plugin needs from",
    "unknown key 'form'; did you mean 'from'?",
  ],
  [
    "plugins: { «Acme: «[x] }",
    "'Acme' is no name of a plugin; a-z, 0-9, - and _ were expected",
    "A map with from, config was expected",
  ],
  [
    "plugins: { acme: { from: «./acme.ts, «grant: [files] } }",
    "no plugin at rules/acme.ts",
    "'grant' is not supported by this version",
  ],
];

test.each(SECTIONS)(
  "a mistake in a section, a default, an include or a plugin is told at its place: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(`version: 1\n${text}`, messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);

const TESTS: readonly Case[] = [
  ["tests: [«{ «nam: x, steps: [] }]", "A test needs name", "unknown key 'nam'; did you mean 'name'?"],
  ["tests: [«{ name: x }]", "A test needs steps"],
  [
    'tests: [{ name: x, at: «yesterday, daemon: { «vesion: 2.6, role: «clinet, entries: [«"a b"], secrets: { «x: y } }, steps: [] }]',
    "'yesterday' is not a moment such as 2026-01-05T09:00:00+01:00",
    "unknown key 'vesion'; did you mean 'version'?",
    "'clinet' is not client, server; did you mean 'client'?",
    "'a b' is no entry; host,port,proto was expected",
    "unknown secret 'x'",
  ],
  ["tests: [{ name: x, daemon: { «flags: [] }, steps: [] }]", "'flags' is not supported by this version"],
  [
    "tests: [{ name: x, steps: [{ «recieve: x }, { receive: «{ a: b } }, { advance: «5 }, { restart: «engin }, { reply: «OK }, { expect: 5 } ] }]",
    "unknown key 'recieve'; did you mean 'receive'?",
    "Text was expected, not a map; quote the whole value",
    "'5' is not a duration such as 30s",
    "'engin' is not engine; did you mean 'engine'?",
    "SUCCESS: … or ERROR: … was expected",
  ],
  [
    "tests: [{ name: x, steps: [{ expect-fired: [«nope] }, { expect-not-fired: { rule: «nope, because: «whn } }, { expect-not-fired: «nope }] }]",
    "unknown rule 'nope'",
    "unknown rule 'nope'",
    "'whn' is not where, when, during, for, count, throttle, mode; did you mean 'when'?",
    "unknown rule 'nope'",
  ],
  ["tests: [{ name: x, steps: [{ receive: a, «expect: b }] }]", "A step is one thing"],
  [
    "tests: [{ name: x, steps: [«wait] }]",
    "A step was expected: receive, expect, reply, advance, restart, expect-fired, expect-not-fired",
  ],
  ["tests: [{ name: x, steps: «receive }]", "A list of steps was expected"],
  ["tests: «{ name: x }", "A list of tests was expected"],
];

test.each(TESTS)("a mistake in a test is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(`version: 1\n${text}`, messages);
  expect(await mistakesOf(rulebook)).toEqual(expected);
});

const VERSIONS: readonly Case[] = [
  [
    `version: «2
rules: []`,
    "version 2 is not known; version: 1 was expected",
  ],
  [
    `version: «"1"
rules: []`,
    "version 1 is not known; version: 1 was expected",
  ],
  ["version: «one", "version one is not known; version: 1 was expected"],
  ["«rules: []", "The rulebook's version is missing; version: 1 was expected"],
  ["«5", "A rulebook was expected: a map that begins with version: 1"],
  ["«[]", "A rulebook was expected: a map that begins with version: 1"],
  ["«hello", "A rulebook was expected: a map that begins with version: 1"],
  [
    `version: 1
rules: []
«version: 1`,
    "duplicate key 'version'",
  ],
];

test.each(VERSIONS)("another version, or none, is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(text, messages);
  expect(await mistakesOf(rulebook)).toEqual(expected);
});
