import { expect, test } from "vitest";
import { marked, mistakesOf, withRules } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const RULES: readonly Case[] = [
  ["- { id: a, on: STATE, «wen: true, do: [notify: x] }", "unknown key 'wen'; did you mean 'when'?"],
  ["- { id: a, «id: b, on: STATE, do: [notify: x] }", "duplicate key 'id'"],
  ["- «{ id: a, on: STATE }", "A rule needs do: or answer:, else it does nothing"],
  ["- «{ on: STATE, do: [notify: x] }", "A rule needs id"],
  ["- «{ id: a, do: [notify: x] }", "A rule needs on"],
  ["- { id: «A_b, on: STATE, do: [notify: x] }", "'A_b' is no id; a-z, 0-9 and - were expected"],
  [
    `- { id: a, on: STATE, do: [notify: x] }
- { id: «a, on: STATE, do: [notify: x] }`,
    "rule 'a' is declared twice; names are unique over all files",
  ],
  ["- { id: a, on: «REMOT, answer: accept }", "unknown event 'REMOT'; did you mean 'REMOTE'?"],
  ["- { id: a, on: [STATE, «REMOT], do: [notify: x] }", "unknown event 'REMOT'; did you mean 'REMOTE'?"],
  ["- { id: a, on: «state, do: [notify: x] }", "unknown event 'state'; did you mean 'STATE'?"],
  [
    "- { id: a, on: «remote.faild, do: [notify: x] }",
    "unknown event 'remote.faild'; did you mean 'remote.failed'?",
  ],
  ["- { id: a, on: «remote.up, do: [notify: x] }", "unknown event 'remote.up'; did you mean 'REMOTE'?"],
  ["- { id: a, on: «window.start, do: [notify: x] }", "unknown event 'window.start'"],
  ["- { id: a, on: «Foo, do: [notify: x] }", "unknown event 'Foo'"],
  ["- { id: a, on: «[], do: [notify: x] }", "An event was expected"],
  ["- { id: a, on: «5, do: [notify: x] }", "unknown event '5'"],
  ["- { id: a, on: «schedule, do: [notify: x] }", 'Write on: { schedule: "0 2 * * sun" }'],
  ["- { id: a, on: STATE, «mode: single, do: [notify: x] }", "'mode' is not supported by this version"],
  ["- { id: a, on: STATE, «mod: single, do: [notify: x] }", "unknown key 'mod'; did you mean 'mode'?"],
  ["- { id: a, on: STATE, answer: «accept }", "STATE is no query: nothing waits for an answer"],
  ["- «{ id: a, on: REMOTE }", "A rule on the query REMOTE needs answer:, or observe: true to only watch"],
  [
    "- «{ id: a, on: REMOTE, do: [notify: x] }",
    "A rule on the query REMOTE needs answer:, or observe: true to only watch",
  ],
  [
    "- { id: a, on: [HOLD, REMOTE], answer: «accept }",
    "answer 'accept' is for REMOTE, not for HOLD and REMOTE; expected release, keep, accept, skip, mod, from, exec",
  ],
  ["- { id: a, on: [STATE, REMOTE], answer: «accept }", "STATE is no query: nothing waits for an answer"],
  ["- { id: a, on: STATE, on-error: «ignore, do: [notify: x] }", "'ignore' is not no-match, default"],
  [
    "- { id: a, on: STATE, enabled: «no, shadow: «1, do: [notify: x] }",
    "'no' is not true or false",
    "'1' is not true or false",
  ],
  [
    "- { id: a, on: «proxy.exausted, do: [notify: x] }",
    "unknown event 'proxy.exausted'; did you mean 'proxy.exhausted'?",
  ],
  ["- { id: a, on: «NOTIFI, do: [notify: x] }", "unknown event 'NOTIFI'; did you mean 'NOTIFY'?"],
  ["- «not a rule", "A map with id, on, where, when, during, for was expected"],
  ["- «[a]", "A map with id, on, where, when, during, for was expected"],
];

test.each(RULES)("a mistake in a rule is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(withRules(text), messages);
  expect(await mistakesOf(rulebook)).toEqual(expected);
});

const EVENTS: readonly Case[] = [
  [
    '- { id: a, on: { schedule: «"0 2 * *" }, do: [notify: x] }',
    "'0 2 * *' is not a cron pattern: invalid configuration format ('0 2 * *'), exactly five, six, or seven space separated parts are required.",
  ],
  [
    '- { id: a, on: «{ «schedul: "0 2 * * *" }, do: [notify: x] }',
    "A schedule needs schedule",
    "unknown key 'schedul'; did you mean 'schedule'?",
  ],
  [
    '- { id: a, on: { schedule: "0 2 * * *", tz: «Europe/Berln }, do: [notify: x] }',
    "unknown time zone 'Europe/Berln'; a name such as Europe/Berlin was expected",
  ],
  [
    '- { id: a, on: { schedule: "0 2 * * *", missed: «rum }, do: [notify: x] }',
    "'rum' is not skip, run; did you mean 'run'?",
  ],
  ['- { id: a, on: { schedule: "0 2 * * *", once: «1 }, do: [notify: x] }', "'1' is not true or false"],
  [
    "- { id: a, on: { file: «[x] }, do: [notify: x] }",
    "Text was expected, not a list; quote the whole value",
  ],
  ["- { id: a, on: { file: x, «fil: y }, do: [notify: x] }", "unknown key 'fil'; did you mean 'file'?"],
  ["- { id: a, on: «schedule, do: [notify: x] }", 'Write on: { schedule: "0 2 * * sun" }'],
];

test.each(EVENTS)(
  "a mistake in a schedule or a watched file is told at its place: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(withRules(text), messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);
