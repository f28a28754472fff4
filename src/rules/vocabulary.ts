import type { Field, Fields, Type } from "./cel/types.ts";

/** The events that rules can name, and what they carry. The schema, the type checker and the reference page read this table. */
export interface EventSpec {
  /** OpenVPN waits for an answer. */
  readonly query?: true;
  readonly fields: Fields;
  readonly about: string;
  /** Raised for the whole engine, not for one daemon. */
  readonly global?: true;
}

const number: Type = { kind: "number" };
const text: Type = { kind: "text" };
const bool: Type = { kind: "bool" };
const size: Type = { kind: "size" };
const duration: Type = { kind: "duration" };
const time: Type = { kind: "time" };

const field = (type: Type, about: string): Field => ({ type, about });
const optional = (type: Type, about: string): Field => ({ type, about, optional: true });

/** Fields of every event. */
export const COMMON_FIELDS: Fields = {
  type: field(text, "the event's name"),
  at: field(time, "when it happened"),
  suppressed: optional(number, "with `throttle: { then: digest }`: firings held back since the last one"),
};

const candidateFields: Fields = {
  group: field(text, "the remotes group, empty outside any"),
  host: field(text, "the candidate's host"),
  port: field(number, "its port"),
  proto: field(text, "udp or tcp"),
  reason: field(text, "why, as OpenVPN says it"),
  failures: field(number, "failed attempts in a row"),
  until: optional(time, "end of the penalty"),
};

const daemonEvent: Fields = { reason: field(text, "why") };

export const EVENTS: { readonly [name: string]: EventSpec } = {
  HOLD: {
    query: true,
    about: "OpenVPN holds before an attempt",
    fields: { wait: field(number, "seconds that OpenVPN would have waited") },
  },
  REMOTE: {
    query: true,
    about: "OpenVPN asks which remote to try",
    fields: {
      host: field(text, "host of the entry"),
      port: field(number, "port of the entry"),
      proto: field(text, "udp or tcp"),
      family: field(text, "any, 4 or 6"),
      wire_proto: field(text, "the protocol as sent, such as tcp4-client"),
      attempt: field(number, "attempts since the last CONNECTED, this one included"),
    },
  },
  STATE: {
    about: "OpenVPN's state changed",
    fields: {
      name: field(text, "CONNECTING, WAIT, AUTH, CONNECTED, RECONNECTING …"),
      detail: field(text, "the reason or result"),
      tun_ip: field(text, "IPv4 address of the tunnel"),
      tun_ip6: field(text, "IPv6 address of the tunnel"),
      remote_address: field(text, "address of the server, or of the proxy"),
      remote_port: field(number, "its port; 0 unknown"),
      local_address: field(text, "local address"),
      local_port: field(number, "local port; 0 unknown"),
      previous: field(text, "the state before"),
    },
  },
  BYTECOUNT: {
    about: "traffic of the client's tunnel",
    fields: {
      bytes_in: field(size, "received in this session"),
      bytes_out: field(size, "sent in this session"),
      delta_in: field(size, "received since the last report"),
      delta_out: field(size, "sent since the last report"),
      rate_in: field(size, "bytes received a second"),
      rate_out: field(size, "bytes sent a second"),
    },
  },
  ECHO: {
    about: "an echo line of the configuration or of the server",
    fields: { text: field(text, "the line") },
  },
  LOG: {
    about: "a log line of OpenVPN",
    fields: {
      level: field(text, "fatal, error, warn, info, debug or notice"),
      text: field(text, "the line"),
    },
  },
  INFO: { about: "a greeting or information line", fields: { text: field(text, "the line") } },
  FATAL: { about: "OpenVPN ends", fields: { text: field(text, "why") } },
  OTHER: {
    about: "any other line of OpenVPN",
    fields: { name: field(text, "the word behind >"), text: field(text, "the rest") },
  },
  "daemon.attached": { about: "the management interface is ours", fields: daemonEvent },
  "daemon.lost": { about: "the management connection ended", fields: daemonEvent },
  "daemon.blocked": { about: "another manager holds the interface", fields: daemonEvent },
  "remote.connected": { about: "an attempt reached CONNECTED", fields: candidateFields },
  "remote.failed": { about: "an attempt or a connection failed", fields: candidateFields },
  "remote.penalized": { about: "a candidate is left out for a while", fields: candidateFields },
  "remote.recovered": { about: "a penalty ended", fields: candidateFields },
  "remote.exhausted": { about: "every candidate of a group is penalized", fields: candidateFields },
  "window.opened": { global: true, about: "a window began", fields: { window: field(text, "its name") } },
  "window.closed": { global: true, about: "a window ended", fields: { window: field(text, "its name") } },
  schedule: { about: "a cron time came", fields: {} },
  "file.changed": { about: "a file changed", fields: { path: field(text, "the file") } },
  "action.failed": {
    about: "an action failed",
    fields: {
      rule: field(text, "the rule that ran it"),
      action: field(text, "the action"),
      error: field(text, "gone, refused, timeout, invalid or failed"),
    },
  },
};

/** Events that later versions bring; a rule on one of them is a load error that says so. */
export const FUTURE_EVENTS: ReadonlySet<string> = new Set([
  "PROXY",
  "PASSWORD:NEED",
  "PASSWORD:FAILED",
  "PASSWORD:TOKEN",
  "NEED-OK",
  "NEED-STR",
  "NEED-CERTIFICATE",
  "RSA_SIGN",
  "PK_SIGN",
  "CLIENT:CONNECT",
  "CLIENT:REAUTH",
  "CLIENT:CR_RESPONSE",
  "CLIENT:ESTABLISHED",
  "CLIENT:DISCONNECT",
  "CLIENT:ADDRESS",
  "BYTECOUNT_CLI",
  "NOTIFY",
  "INFOMSG",
  "UPDOWN",
]);

export const DAEMON_FIELDS: Fields = {
  name: field(text, "its name in the rulebook"),
  state: field(text, "the last STATE; LOST while not attached"),
  since: field(time, "since when"),
  version: field(text, "OpenVPN's version, such as 2.6.14"),
  pid: field(number, "process id"),
  role: field(text, "client or server"),
  attempts: field(number, "attempts since the last CONNECTED"),
  rate: field(size, "bytes a second, both directions"),
};

export const REMOTE_FIELDS: Fields = {
  host: field(text, "host of the last answered attempt"),
  port: field(number, "its port"),
  proto: field(text, "udp or tcp"),
  address: optional(text, "the server's address; absent when proxied"),
  failures: field(number, "failed attempts in a row"),
  connected_since: optional(time, "absent while not connected"),
};

export const CANDIDATE_FIELDS: Fields = {
  host: field(text, "host"),
  port: field(number, "port"),
  proto: field(text, "udp or tcp"),
  tier: field(number, "tier"),
  weight: field(number, "weight"),
  labels: field({ kind: "map", of: text }, "labels of the rulebook"),
  failures: field(number, "failed attempts in a row"),
  penalized: field(bool, "left out at present"),
  latency: optional(duration, "median of the probe's last round trips"),
};

/** What may be written under one key: how it looks, and what it does. */
export interface WordSpec {
  readonly takes: string;
  readonly about: string;
}

const word = (takes: string, about: string): WordSpec => ({ takes, about });
const answerTo = <Q>(query: Q, takes: string, about: string) => ({ query, takes, about });

/** The answers and the query that each is for, `any` for all. */
export const ANSWERS: Readonly<Record<string, WordSpec & { readonly query: "HOLD" | "REMOTE" | "any" }>> = {
  release: answerTo(
    "HOLD",
    "itself, or one of `after`, `backoff`, `at-end-of`",
    "Lets OpenVPN go on, at once or later",
  ),
  keep: answerTo("HOLD", "itself", "Leaves OpenVPN in the hold"),
  accept: answerTo("REMOTE", "itself", "OpenVPN tries the entry it asks for"),
  skip: answerTo("REMOTE", "itself, or a number of entries", "Goes on to a later entry; 1"),
  mod: answerTo("REMOTE", "`{ host, port }`", "Sends OpenVPN to another host and port"),
  from: answerTo("REMOTE", "the name of a group", "A group under `remotes:` chooses"),
  exec: answerTo("any", "program and arguments", "A program decides; needs timeout and else. Never a shell"),
};

/** What goes beside `exec` and plugins' answers. */
export const ANSWER_OPTIONS: Readonly<Record<string, string>> = {
  timeout: "With exec and plugins: how long the answer may take",
  else: "With exec and plugins: the answer when none comes in time, or a wrong one",
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

/** Raised by the engine of later versions. */
const LATER_EVENT =
  /^(proxy|quota)\.(connected|failed|penalized|recovered|exhausted|warned|exceeded|reset|blind)$/;

const OWN_EVENT = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/;

/** Whether a rule, a plugin or a person may raise an event of this name: lowercase words joined by dots, and none of the engine's. */
export function isOwnEvent(name: string): boolean {
  return OWN_EVENT.test(name) && !Object.hasOwn(EVENTS, name) && !LATER_EVENT.test(name);
}

export const OWN_EVENT_EXPECTED =
  "an event of one's own is lowercase with a dot, such as my.event, and none that the engine raises";
