import { expect, test } from "vitest";
import { marked, mistakesOf } from "./support.ts";

/** A text with « before each place, and what is told there. */
type Case = readonly [text: string, ...messages: string[]];

const INPUTS: readonly Case[] = [
  [
    "params: { «Limit: { type: size, default: 1MB } }",
    "'Limit' is no name of a parameter; a-z, 0-9 and _ were expected",
  ],
  [
    "params: { limit: «{ «typ: size, default: 1MB } }",
    "A parameter needs type",
    "unknown key 'typ'; did you mean 'type'?",
  ],
  [
    "params: { limit: { type: «siz, default: 1MB } }",
    "'siz' is not text, number, bool, size, duration, list; did you mean 'size'?",
  ],
  ["params: { limit: { type: size, default: «1mb } }", "'1mb' is not a size such as 50MB"],
  ["params: { «limit: { type: size } }", "parameter 'limit' has no value; give --set limit=… or a default"],
  [
    'params: { limit: { type: number, default: «"5" }, b: { type: bool, default: «yes }, d: { type: duration, default: «5 }, l: { type: list, default: «x }, t: { type: text, default: «[x] } }',
    "'5' is not a number; write it without quotes",
    "'yes' is not true or false",
    "'5' is not a duration such as 30s",
    "A list was expected",
    "Text was expected, not a list; quote the whole value",
  ],
  ["params: { limit: «5 }", "A map with type, default, about was expected"],
  ["params: «[limit]", "A map was expected"],
  ["params: { a: { type: size, default: 1MB }, «a: { type: size, default: 1MB } }", "duplicate key 'a'"],
  ["params: { a: { type: size, default: 1MB, «abuot: x } }", "unknown key 'abuot'; did you mean 'about'?"],
  ["variables: { a: «{ type: bool } }", "A variable needs default"],
  [
    "variables: { a: { type: «bol, default: false } }",
    "'bol' is not text, number, bool, size, duration, list; did you mean 'bool'?",
  ],
  ["variables: { a: { type: bool, default: «0 } }", "'0' is not true or false"],
  [
    "variables: { a: { type: number, default: «.inf }, b: { type: number, default: «.nan } }",
    "'.inf' is not a number",
    "'.nan' is not a number",
  ],
  [
    "variables: { a: { type: size, default: «5 } , «A: { type: bool, default: true }, b: { type: duration, default: «5x } }",
    "'5' is not a size such as 50MB",
    "'A' is no name of a variable; a-z, 0-9 and _ were expected",
    "'5x' is not a duration such as 30s",
  ],
  [
    "variables: { a: «{ type: bool, «defalt: false } }",
    "A variable needs default",
    "unknown key 'defalt'; did you mean 'default'?",
  ],
  ["variables: { a: «true }", "A map with type, default, about was expected"],
  ["counters: { a: { «kye: remote.host } }", "unknown key 'kye'; did you mean 'key'?"],
  ["counters: { a: { key: remote.«hots } }", "unknown field 'hots' of remote; did you mean 'host'?"],
  ["counters: { a: { key: «remote.port } }", "expected text, not number; write text(…)?"],
  [
    "counters: { a: { window: «10, max-keys: «0 } }",
    "'10' is not a duration of at least 1s",
    "'0' is not a whole number from 1 to 1000000",
  ],
  [
    "counters: { a: { window: «1ms, max-keys: «many } }",
    "'1ms' is not a duration of at least 1s",
    "'many' is not a whole number from 1 to 1000000",
  ],
  ["counters: { a: «5 }", "A map with key, window, max-keys was expected"],
  ["counters: { «A: {} }", "'A' is no name of a counter; a-z, 0-9, - and _ were expected"],
];

test.each(INPUTS)(
  "a mistake in params, variables or counters is told at its place: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(`version: 1\n${text}`, messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);

const PLACES: readonly Case[] = [
  [
    'daemons: { office: «{ «managment: "unix:/x" } }',
    "A daemon needs management",
    "unknown key 'managment'; did you mean 'management'?",
  ],
  [
    'daemons: { office: { management: «"unx:/x" } }',
    "unknown kind of address 'unx'; did you mean 'unix'?; unix:PATH or tcp:HOST:PORT was expected",
  ],
  [
    'daemons: { office: { management: «"tcp:host" } }',
    "Address tcp:host: unix:PATH or tcp:HOST:PORT was expected",
  ],
  [
    'daemons: { office: { management: «"tcp:host:99999" } }',
    "Address tcp:host:99999: unix:PATH or tcp:HOST:PORT was expected",
  ],
  [
    'daemons: { office: { management: «"listen:unx:/x" } }',
    "unknown kind of address 'unx'; did you mean 'unix'?; unix:PATH or tcp:HOST:PORT was expected",
  ],
  [
    'daemons: { office: { management: «"listen:tcp:[::1]" } }',
    "Address listen:tcp:[::1]: unix:PATH or tcp:HOST:PORT was expected",
  ],
  [
    'daemons: { office: { management: «"unix:@office" } }',
    "Address unix:@office: OpenVPN knows no abstract sockets; a path was expected",
  ],
  ['daemons: { office: { management: "unix:/x", password: { secret: «x } } }', "unknown secret 'x'"],
  ['daemons: { office: { management: "unix:/x", password: «hunter2 } }', "A map with secret was expected"],
  [
    'daemons: { office: { management: "unix:/x", bytecount: «5, auth-retry: «interac, «foo: 1 } }',
    "'5' is not a duration such as 30s",
    "'interac' is not none, nointeract, interact; did you mean 'interact'?",
    "unknown key 'foo'",
  ],
  [
    'daemons: { «Office: { management: "unix:/x" } }',
    "'Office' is no name of a daemon; a-z, 0-9, - and _ were expected",
  ],
  ['daemons: { office: «"unix:/x" }', "A map with management, password, bytecount, auth-retry was expected"],
  ["daemons: «[office]", "A map was expected"],
  ["secrets: { a: { «fil: x } }", "unknown key 'fil'; did you mean 'file'?"],
  ["secrets: { a: «{ file: x, env: Y } }", "A secret comes from file, env, exec, totp, ask: one of them"],
  ["secrets: { a: «{} }", "A secret comes from file, env, exec, totp, ask: one of them"],
  ["secrets: { a: «{ cache: 5m } }", "A secret comes from file, env, exec, totp, ask: one of them"],
  ["secrets: { a: «hunter2 }", "A map with file, env, exec, totp, ask, cache was expected"],
  ["secrets: { a: { exec: «[] } }", "A list of at least 1 was expected"],
  ["secrets: { a: { totp: «{} } }", "totp needs file"],
  ["secrets: { a: { totp: { file: x, digits: «9 } } }", "'9' is not a whole number from 6 to 8"],
  ["secrets: { a: { file: x, cache: «5m } }", "'cache' goes with exec and ask"],
  ["secrets: { a: { ask: Password, timeout: «5s } }", "'timeout' goes with exec"],
  ["secrets: { «A: { env: X } }", "'A' is no name of a secret; a-z, 0-9, - and _ were expected"],
  ["secrets: { a: { env: X }, «a: { env: Y } }", "duplicate key 'a'"],
  ["lists: { a: «x }", "A map with file was expected"],
  ["lists: { a: «{ «fiel: x } }", "This needs file", "unknown key 'fiel'; did you mean 'file'?"],
  ["lists: { «A-b: [x] }", "'A-b' is no name of a list; a-z, 0-9 and _ were expected"],
  ["lists: { a: [x, «[y]] }", "Text was expected, not a list; quote the whole value"],
  ["lists: { a: [x], «a: [y] }", "duplicate key 'a'"],
];

test.each(PLACES)(
  "a mistake in daemons, secrets or lists is told at its place: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(`version: 1\n${text}`, messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);

const WINDOWS: readonly Case[] = [
  [
    'windows: { a: { days: [mon, «tuu], from: "08:00", to: "18:00" } }',
    "'tuu' is not sun, mon, tue, wed, thu, fri, sat; did you mean 'tue'?",
  ],
  [
    'windows: { a: «{ «form: "08:00", to: "18:00" } }',
    "A window needs from and to, or cron and for",
    "unknown key 'form'; did you mean 'from'?",
  ],
  [
    'windows: { a: { from: «"8:00", to: «"24:01" } }',
    "'8:00' is not a time of day such as \"08:00\"",
    "'24:01' is not a time of day such as \"08:00\"",
  ],
  [
    'windows: { a: { from: "08:00", to: "18:00", tz: «Berlin } }',
    "unknown time zone 'Berlin'; a name such as Europe/Berlin was expected",
  ],
  ['windows: { a: «{ cron: "0 2 * * sun" } }', "A window by cron needs for, how long it is open"],
  [
    'windows: { a: { cron: «"0 2 * *", for: 2h } }',
    "'0 2 * *' is not a cron pattern: invalid configuration format ('0 2 * *'), exactly five, six, or seven space separated parts are required.",
  ],
  ['windows: { a: { cron: "0 2 * * sun", for: «2 } }', "'2' is not a duration of at least 1s"],
  ['windows: { a: { cron: "0 2 * * sun", for: 2h, from: «"08:00" } }', "'from' does not go with cron"],
  [
    'windows: { a: { from: "08:00", to: "18:00", for: «2h } }',
    "'for' goes with cron; from and to say how long it is open",
  ],
  ['windows: { a: { days: «mon, from: "08:00", to: "18:00" } }', "A list was expected"],
  ['windows: { a: { days: «[], from: "08:00", to: "08:00" } }', "A list of at least 1 was expected"],
  ["windows: { a: «night }", "A map with days, from, to, cron, for, tz was expected"],
  [
    'windows: { «A: { from: "08:00", to: "18:00" } }',
    "'A' is no name of a window; a-z, 0-9, - and _ were expected",
  ],
];

test.each(WINDOWS)("a mistake in windows is told at its place: %s", async (text, ...messages) => {
  const { text: rulebook, expected } = marked(`version: 1\n${text}`, messages);
  expect(await mistakesOf(rulebook)).toEqual(expected);
});

const USED: readonly Case[] = [
  [
    `params: { a: { type: duration, default: «5 }, «b: { type: number }, c: { type: list, default: [x] } }
remotes: { g: { candidates: from-daemon, stable-after: "\${params.a}", fail-after: "\${params.b}" } }
rules: [{ id: r, on: «REMOT, answer: { from: g }, about: "x \${params.a} y" }]`,
    "'5' is not a duration such as 30s",
    "parameter 'b' has no value; give --set b=… or a default",
    "unknown event 'REMOT'; did you mean 'REMOTE'?",
  ],
  [
    `params: { c: { type: list, default: [x] }, n: { type: number, default: 0 } }
remotes: { g: { candidates: from-daemon, order: "\${«params.c[1]}", fail-after: "\${«5 / params.n}" } }
rules: [{ id: r, on: «REMOT, answer: { from: g } }]`,
    "No item 1 in a list of 1",
    "Division by zero",
    "unknown event 'REMOT'; did you mean 'REMOTE'?",
  ],
];

const UNTYPED: Case = [
  `params: { a: { type: «sise, default: 1 } }
variables: { b: { type: «bol, default: true }, c: { type: bool, default: «0 } }
rules: [{ id: r, on: STATE, when: "params.a == 1 && vars.b && vars.c", do: [notify: "\${params.a}", set: { b: true }] }]`,
  "'sise' is not text, number, bool, size, duration, list; did you mean 'size'?",
  "'bol' is not text, number, bool, size, duration, list; did you mean 'bool'?",
  "'0' is not true or false",
];

test.each([...USED, UNTYPED])(
  "a parameter or variable that cannot be used hides no other mistake, and makes none: %s",
  async (text, ...messages) => {
    const { text: rulebook, expected } = marked(`version: 1\n${text}`, messages);
    expect(await mistakesOf(rulebook)).toEqual(expected);
  },
);
