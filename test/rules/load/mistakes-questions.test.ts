import { expect, test } from "vitest";
import { marked, mistakesOf, withRules } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const QUESTIONS: readonly Case[] = [
  ["- { id: a, on: NEED-OK, answer: «okay }", "unknown answer 'okay'; expected ok, cancel, exec"],
  ["- { id: a, on: NEED-OK, answer: { ok: «1 } }", "answer 'ok' takes no value"],
  [
    "- { id: a, on: NEED-OK, answer: { «string: x } }",
    "answer 'string' is for NEED-STR, not for NEED-OK; expected ok, cancel, exec",
  ],
  ["- { id: a, on: NEED-STR, answer: «string }", "answer 'string' needs a value"],
  ["- { id: a, on: NEED-STR, answer: { string: «{ a: b } } }", "Text was expected, not a map"],
  [
    '- { id: a, on: NEED-STR, answer: { string: «"a\\nb" } }',
    "One line without control characters was expected",
  ],
  [
    `- { id: a, on: NEED-STR, answer: { string: «${"x".repeat(257)} } }`,
    "A text of at most 256 bytes was expected",
  ],
  [
    '- { id: a, on: NEED-STR, answer: { string: "${event.«nam}" } }',
    "unknown field 'nam' of event NEED-STR; did you mean 'name'?",
  ],
  [
    "- { id: a, on: PK_SIGN, answer: { sign: «{ «kee: x } } }",
    "sign takes one of key and exec",
    "unknown key 'kee'; did you mean 'key'?",
  ],
  [
    "- { id: a, on: PK_SIGN, answer: { sign: «{ key: { file: x }, exec: [x] } } }",
    "sign takes one of key and exec",
  ],
  ["- { id: a, on: [PK_SIGN, RSA_SIGN], answer: { sign: { key: «{} } } }", "A key needs file"],
  ["- { id: a, on: PK_SIGN, answer: { sign: { exec: «[] } } }", "A list of at least 1 was expected"],
  ["- { id: a, on: PK_SIGN, answer: { sign: { key: «x } } }", "A map with file was expected"],
  ["- { id: a, on: NEED-CERTIFICATE, answer: { certificate: «x } }", "A map with file was expected"],
  [
    "- { id: a, on: PK_SIGN, answer: { sign: { exec: [x] }, «timeout: 1s } }",
    "'timeout' goes with exec and with a plugin's answer",
  ],
  [
    "- { id: a, on: PROXY, answer: { http: { host: «'a b', port: «0 } } }",
    "The host of a proxy was expected",
    "A port was expected",
  ],
  [
    "- { id: a, on: PROXY, answer: { http: { «prot: 1, host: a, port: 1 } } }",
    "unknown key 'prot'; did you mean 'port'?",
  ],
  [
    "- { id: a, on: [PASSWORD:NEED, HOLD], answer: «refuse }",
    "answer 'refuse' is for PASSWORD:NEED, not for PASSWORD:NEED and HOLD; expected release, keep, credentials, refuse, exec",
  ],
  [
    "- { id: a, on: PASSWORD:NEED, answer: { credentials: «{} } }",
    "credentials needs one of username, password and otp",
  ],
  [
    "- { id: a, on: PASSWORD:NEED, answer: { credentials: { password: «{ secret: nix } } } }",
    "unknown secret 'nix'",
  ],
  [
    "- { id: a, on: PASSWORD:NEED, answer: { credentials: { password: x }, budget: «0 } }",
    "'0' is not a whole number from 1 to 1000",
  ],
  ["- { id: a, on: HOLD, answer: { release: { after: 1s }, «budget: 2 } }", "'budget' goes with credentials"],
  [
    "- { id: a, on: HOLD, answer: «refuse }",
    "answer 'refuse' is for PASSWORD:NEED, not for HOLD; expected release, keep, exec",
  ],
  [
    "- «{ id: a, on: PASSWORD:NEED }",
    "A rule on the query PASSWORD:NEED needs answer:, or observe: true to only watch",
  ],
];

test.each(QUESTIONS)(
  "a mistake in an answer to what OpenVPN needs is told at its place: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(withRules(text), messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);

const CLIENTS: readonly Case[] = [
  ["- { id: a, on: CLIENT:CONNECT, answer: «alow }", "unknown answer 'alow'; did you mean 'allow'?"],
  [
    "- { id: a, on: CLIENT:CONNECT, answer: «accept }",
    "answer 'accept' is for REMOTE, not for CLIENT:CONNECT; expected allow, deny, pending, exec",
  ],
  ["- { id: a, on: CLIENT:CONNECT, answer: { allow: «{} } }", "allow needs config"],
  ["- { id: a, on: CLIENT:CONNECT, answer: { allow: { config: «x } } }", "A list was expected"],
  [
    '- { id: a, on: CLIENT:CONNECT, answer: { allow: { config: [«END, "${event.env.x}", «"a\\tb"] } } }',
    "A line END would end the block",
    "One line without control characters was expected",
  ],
  [
    `- { id: a, on: CLIENT:CONNECT, answer: { allow: { config: [«${"é".repeat(512)}] } } }`,
    "A text of at most 1023 bytes was expected",
  ],
  ["- { id: a, on: CLIENT:CONNECT, answer: { deny: «{ client-reason: x } } }", "deny needs reason"],
  [
    '- { id: a, on: CLIENT:CONNECT, answer: { deny: { reason: «"no: ${event.env.password}" } } }',
    "event.env.password is a secret, and answers are shown and kept",
  ],
  [
    "- { id: a, on: CLIENT:CONNECT, answer: { deny: { reason: x, temporary: { backoff: «1, advance: «nowhere } } } }",
    "'1' is not a duration of at least 1s",
    "'nowhere' is not no, remote, addr",
  ],
  ["- { id: a, on: CLIENT:CONNECT, answer: «pending }", "answer 'pending' needs a value"],
  ["- { id: a, on: CLIENT:CONNECT, answer: { pending: «{ method: x } } }", "pending needs timeout"],
  [
    '- { id: a, on: CLIENT:CONNECT, answer: { pending: { method: «"a\\rb", timeout: «5 } } }',
    "One line without control characters was expected",
    "'5' is not a duration of at least 1s",
  ],
];

test.each(CLIENTS)(
  "a mistake in an answer about a client is told at its place: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(
      withRules(`${text}\n- { id: last, on: CLIENT:CONNECT, answer: deny }`),
      messages,
    );
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);
