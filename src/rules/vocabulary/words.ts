import type { ClientQuery, Query } from "../answer.ts";

/** What may be written under one key: how it looks, and what it does. */
export interface WordSpec {
  readonly takes: string;
  readonly about: string;
}

const word = (takes: string, about: string): WordSpec => ({ takes, about });
const answerTo = (queries: readonly Query[] | "any", takes: string, about: string): AnswerSpec => ({
  queries,
  takes,
  about,
});

/** What an answer looks like, and the queries that it is for. */
export interface AnswerSpec extends WordSpec {
  readonly queries: readonly Query[] | "any";
}

/** Questions about one client of a server. */
export const CLIENT_QUERIES: readonly ClientQuery[] = [
  "CLIENT:CONNECT",
  "CLIENT:REAUTH",
  "CLIENT:CR_RESPONSE",
];

/** The answers and the queries that each is for. */
export const ANSWERS: Readonly<Record<string, AnswerSpec>> = {
  release: answerTo(
    ["HOLD"],
    "itself, or one of `after`, `backoff`, `at-end-of`",
    "Lets OpenVPN go on, at once or later",
  ),
  keep: answerTo(["HOLD"], "itself", "Leaves OpenVPN in the hold"),
  accept: answerTo(["REMOTE"], "itself", "OpenVPN tries the entry it asks for"),
  skip: answerTo(["REMOTE"], "itself, or a number of entries", "Goes on to a later entry; 1"),
  mod: answerTo(["REMOTE"], "`{ host, port }`", "Sends OpenVPN to another host and port"),
  from: answerTo(
    ["REMOTE", "PROXY"],
    "the name of a group",
    "A group under `remotes:` chooses, or for PROXY one under `proxies:`",
  ),
  none: answerTo(["PROXY"], "itself", "No proxy but what OpenVPN's configuration says"),
  http: answerTo(["PROXY"], "`{ host, port, nct? }`", "An HTTP proxy; TCP remotes only"),
  socks: answerTo(["PROXY"], "`{ host, port }`", "A SOCKS proxy"),
  ok: answerTo(["NEED-OK"], "itself", "Confirms"),
  cancel: answerTo(["NEED-OK"], "itself", "Refuses"),
  string: answerTo(["NEED-STR"], "text", "The text that OpenVPN asks for"),
  credentials: answerTo(
    ["PASSWORD:NEED"],
    "`{ username?, password?, otp? }`, each text or `{ secret: NAME }`; `budget` beside it",
    "Logs in; challenges are answered with `otp`",
  ),
  refuse: answerTo(["PASSWORD:NEED"], "itself", "Leaves the question open, and says so"),
  sign: answerTo(
    ["RSA_SIGN", "PK_SIGN"],
    "`{ key: { file } }` or `{ exec }`",
    "Signs with the key of a file, or a program does: the event as JSON in, the signature in base64 out",
  ),
  certificate: answerTo(["NEED-CERTIFICATE"], "`{ file }`", "The certificate of a PEM file"),
  allow: answerTo(
    CLIENT_QUERIES,
    "itself, or `{ config }`",
    "Lets the client in, with these lines of configuration",
  ),
  deny: answerTo(
    CLIENT_QUERIES,
    "itself, or `{ reason, client-reason?, temporary? }`",
    "Sends the client away; without `temporary` its process may end and not come back",
  ),
  pending: answerTo(
    CLIENT_QUERIES,
    "`{ method, timeout }`",
    "Lets the client wait while a person or a web page decides",
  ),
  exec: answerTo("any", "program and arguments", "A program decides; needs timeout and else. Never a shell"),
};

/** What goes beside `exec` and plugins' answers. */
export const ANSWER_OPTIONS: Readonly<Record<string, string>> = {
  timeout: "With exec and plugins: how long the answer may take",
  else: "With exec and plugins: the answer when none comes in time, or a wrong one",
  budget: "With credentials: refused logins in a row, after which nothing more is answered; 3",
};

/** The operators of `where`. */
export const MATCHERS: Readonly<Record<string, WordSpec>> = {
  not: word("any of these forms", "It does not match; a missing field does not match either"),
  "one-of": word("a list", "Equal to one of these; a bare list is the same"),
  starts: word("text", "Begins with it"),
  ends: word("text", "Ends with it"),
  contains: word("text", "Holds it somewhere"),
  matches: word("regular expression", "Matches anywhere in the text"),
  cidr: word("a network, or a list", "The address lies in one of them, such as 10.0.0.0/8"),
  gt: word("number, size, duration or time", "Greater"),
  gte: word("number, size, duration or time", "Greater or equal"),
  lt: word("number, size, duration or time", "Less"),
  lte: word("number, size, duration or time", "Less or equal"),
  exists: word("true or false", "Whether the field is there; false stands alone"),
  "in-list": word("the name of a list", "Stands in this list of `lists:`"),
};

/** The kinds of probe, and when they run. */
export const PROBES: Readonly<Record<string, WordSpec>> = {
  tcp: word("`{ port? }`", "A TCP connection opens; without port, the candidate's own"),
  openvpn: word("`true`", "An OpenVPN server answers a handshake; silent behind tls-auth and tls-crypt"),
  exec: word(
    "program and arguments",
    "A program ends with status 0; it finds SIGNALBOX_HOST, _PORT and _PROTO",
  ),
  every: word("duration", "Time between rounds; 60s"),
  timeout: word("duration", "A probe that takes longer has failed; 3s"),
};

/** The steps of a test. */
export const STEPS: Readonly<Record<string, WordSpec>> = {
  receive: word("a line, a list of lines, or a block text", "OpenVPN sends these lines"),
  expect: word("a command, or a list", "Exactly these commands were sent since the last expect"),
  reply: word("`SUCCESS: …` or `ERROR: …`", "How OpenVPN answers the command of the step before"),
  advance: word("duration", "The clock goes on"),
  restart: word("`engine`", "The engine starts anew with the state that it kept"),
  "expect-fired": word("an id, or a list", "These rules fired since the last look"),
  "expect-not-fired": word("id, or `{ rule, because? }`", "The rule did not fire; `because` names the stage"),
};
