import { expect, test } from "vitest";
import { marked, mistakesOf, withRules } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const REMOTES: readonly Case[] = [
  [
    "- { id: a, on: REMOTE, answer: «release }",
    "answer 'release' is for HOLD, not for REMOTE; expected accept, skip, mod, from, exec",
  ],
  ["- { id: a, on: REMOTE, answer: «acept }", "unknown answer 'acept'; did you mean 'accept'?"],
  [
    "- { id: a, on: REMOTE, answer: «allow }",
    "answer 'allow' is for CLIENT:CONNECT, CLIENT:REAUTH, CLIENT:CR_RESPONSE, not for REMOTE; expected accept, skip, mod, from, exec",
  ],
  ["- { id: a, on: REMOTE, answer: { «form: sites } }", "unknown answer 'form'; did you mean 'from'?"],
  ["- { id: a, on: REMOTE, answer: { from: «sitse } }", "unknown group 'sitse'; did you mean 'sites'?"],
  ["- { id: a, on: REMOTE, answer: «from }", "answer 'from' needs a value"],
  ["- { id: a, on: REMOTE, answer: { skip: «0 } }", "'0' is not a whole number from 1 to 1000"],
  ["- { id: a, on: REMOTE, answer: { skip: «x } }", "'x' is not a whole number from 1 to 1000"],
  ["- { id: a, on: REMOTE, answer: { mod: «{ host: x } } }", "This needs port"],
  [
    "- { id: a, on: REMOTE, answer: { mod: «{ «hst: x, port: 1 } } }",
    "This needs host",
    "unknown key 'hst'; did you mean 'host'?",
  ],
  [
    '- { id: a, on: REMOTE, answer: { mod: { host: «"a b", port: «99999 } } }',
    "A host of at most 79 characters was expected",
    "A port was expected",
  ],
  [
    '- { id: a, on: REMOTE, answer: { mod: { host: "${event.«hots}", port: 1 } } }',
    "unknown field 'hots' of event REMOTE; did you mean 'host'?",
  ],
  ["- { id: a, on: REMOTE, answer: { from: sites, «skip: 2 } }", "A rule gives one answer"],
  [
    "- { id: a, on: REMOTE, answer: { from: sites, «timeout: 2s } }",
    "'timeout' goes with exec and with a plugin's answer",
  ],
  ["- { id: a, on: REMOTE, answer: { «exec: [x] } }", "exec needs timeout and else"],
  ["- { id: a, on: REMOTE, answer: { exec: «x, timeout: 2s, else: accept } }", "A list was expected"],
  [
    "- { id: a, on: REMOTE, answer: { exec: [x], timeout: «2, else: «acept } }",
    "'2' is not a duration above zero such as 30s",
    "unknown answer 'acept'; did you mean 'accept'?",
  ],
  [
    "- { id: a, on: REMOTE, answer: { «acme.pick: {}, timeout: 2s, else: accept } }",
    "unknown answer 'acme.pick'",
  ],
  ["- { id: a, on: REMOTE, answer: «[accept] }", "An answer was expected: a name, or a map with one answer"],
  ["- { id: a, on: REMOTE, answer: { accept: «1 } }", "answer 'accept' takes no value"],
  ["- { id: a, on: REMOTE, answer: accept, for: «1m }", "'for' does not go with an answer: OpenVPN waits"],
  ["- { id: a, on: REMOTE, answer: accept, observe: «true }", "A rule that observes gives no answer"],
];

test.each(REMOTES)(
  "a mistake in an answer about a remote is told at its place: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(withRules(text), messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);

const OTHERS: readonly Case[] = [
  ["- { id: a, on: «REMOT, answer: accept }", "unknown event 'REMOT'; did you mean 'REMOTE'?"],
  ["- { id: a, on: STATE, answer: «accept }", "STATE is no query: nothing waits for an answer"],
  ["- «{ id: a, on: REMOTE }", "A rule on the query REMOTE needs answer:, or observe: true to only watch"],
  [
    "- «{ id: a, on: REMOTE, do: [notify: x] }",
    "A rule on the query REMOTE needs answer:, or observe: true to only watch",
  ],
  [
    "- { id: a, on: HOLD, answer: «skip }",
    "answer 'skip' is for REMOTE, not for HOLD; expected release, keep, exec",
  ],
  [
    "- { id: a, on: [HOLD, REMOTE], answer: «accept }",
    "answer 'accept' is for REMOTE, not for HOLD and REMOTE; expected release, keep, accept, skip, mod, from, exec",
  ],
  ["- { id: a, on: [STATE, REMOTE], answer: «accept }", "STATE is no query: nothing waits for an answer"],
  [
    "- { id: a, on: HOLD, answer: { release: «{ «afte: 1s } } }",
    "release takes one of after, backoff, at-end-of",
    "unknown key 'afte'; did you mean 'after'?",
  ],
  [
    "- { id: a, on: HOLD, answer: { release: { after: «1x } } }",
    "'1x' is no number, duration or size; expected a unit such as s, m, h, d, kB, MB, GiB",
  ],
  ["- { id: a, on: HOLD, answer: { release: { after: «5 } } }", "expected duration, not number; write 5s?"],
  [
    "- { id: a, on: HOLD, answer: { release: { backoff: { base: «1, max: 5m, «jiter: true } } } }",
    "'1' is not a duration above zero such as 30s",
    "unknown key 'jiter'; did you mean 'jitter'?",
  ],
  [
    "- { id: a, on: HOLD, answer: { release: { backoff: { base: 10m, max: «5m } } } }",
    "The longest pause is shorter than the first",
  ],
  [
    "- { id: a, on: HOLD, answer: { release: { at-end-of: «nigth } } }",
    "unknown window 'nigth'; did you mean 'night'?",
  ],
  ["- { id: a, on: HOLD, answer: { release: «{} } }", "release takes one of after, backoff, at-end-of"],
  ["- { id: a, on: HOLD, answer: { release: «10s } }", "A map with after, backoff, at-end-of was expected"],
  ["- { id: a, on: STATE, observe: «true, do: [notify: x] }", "'observe' is for rules on a query"],
  ["- { id: a, on: REMOTE, observe: «yes, do: [notify: x] }", "'yes' is not true or false"],
];

test.each(OTHERS)(
  "a mistake in an answer, or one that is missing or too much, is told at its place: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(withRules(text), messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);
