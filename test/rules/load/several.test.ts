import { expect, test } from "vitest";
import { load, marked, mistakesOf } from "./support.ts";

test("all mistakes of all sections of a file are told, in the order of the lines", async () => {
  const { text, expected } = marked(
    `version: 1
params: { limit: { type: size, default: «10mb } }
daemons: { office: { management: "unix:/run/x", password: { secret: «entri } } }
secrets: { entry: { «fiel: x } }
windows: { night: { from: "22:00", to: «"6" } }
variables: { draining: { type: bool, default: «no } }
counters: { tls: { key: remote.«hots } }
remotes: { sites: { candidates: [{ host: a, port: 1, proto: «upd }], order: «lsited } }
defaults: { REMOTE: { from: «sitse } }
«notifiers: {}
rules:
  - id: first
    on: «REMOT
    when: 'vars.«drainig'
    during: «nigth
    answer: { from: «sits }
    do: [increment: «tsl]
  - id: two
    on: STATE
    where: { «nam: x, detail: { matches: «"(" }, remote_port: { in-list: «banned } }
    for: «5
    count: { at-least: 3, within: «5x }
    answer: «accept
    do:
      - «notfy: x
      - set: { «drain: true }
  - id: «first
    on: REMOTE
    about: «!x y
    answer: «acept
tests:
  - name: x
    steps: [{ «expct: y }, expect-fired: [«frist]]
`,
    [
      "'10mb' is not a size such as 50MB",
      "unknown secret 'entri'; did you mean 'entry'?",
      "unknown key 'fiel'; did you mean 'file'?",
      `'6' is not a time of day such as "08:00"`,
      "'no' is not true or false",
      "unknown field 'hots' of remote; did you mean 'host'?",
      "'upd' is not udp, tcp; did you mean 'udp'?",
      "unknown order 'lsited'; did you mean 'listed'?",
      "unknown group 'sitse'; did you mean 'sites'?",
      "'notifiers' is not supported by this version",
      "unknown event 'REMOT'; did you mean 'REMOTE'?",
      "unknown field 'drainig' of vars; did you mean 'draining'?",
      "unknown window 'nigth'; did you mean 'night'?",
      "unknown group 'sits'; did you mean 'sites'?",
      "unknown counter 'tsl'; did you mean 'tls'?",
      "unknown field 'nam' of STATE; did you mean 'name'?",
      "bad regular expression '(': missing closing ): '('",
      "unknown list 'banned'",
      "'5' is not a duration above zero such as 30s",
      "'5x' is not a duration above zero such as 30s",
      "STATE is no query: nothing waits for an answer",
      "unknown action 'notfy'; did you mean 'notify'?",
      "unknown variable 'drain'; did you mean 'draining'?",
      "rule 'first' is declared twice; names are unique over all files",
      "Tags are not used here; quote the whole value",
      "unknown answer 'acept'; did you mean 'accept'?",
      "unknown key 'expct'; did you mean 'expect'?",
      "unknown rule 'frist'; did you mean 'first'?",
    ],
  );
  expect(await mistakesOf(text)).toEqual(expected);
});

test("mistakes of included files come first, each with its own file", async () => {
  const shared = "version: 1\nlists: { ops: [a], ops2: x }\nrules: [{ id: a, on: STAT, do: [notify: x] }]\n";
  const text =
    "version: 1\ninclude: [./shared.yaml]\nlists: { ops: [b] }\nrules: [{ id: a, on: HOLD, answer: keep }]\n";
  const { problems } = await load(text, { files: { "rules/shared.yaml": shared } });
  expect(
    problems.map(({ position: { file, line, column }, message }) => `${file}:${line}:${column}: ${message}`),
  ).toEqual([
    "rules/shared.yaml:2:26: A map with file was expected",
    "rules/shared.yaml:3:22: unknown event 'STAT'; did you mean 'STATE'?",
    "rules/night.yaml:3:10: list 'ops' is declared twice; names are unique over all files",
    "rules/night.yaml:4:15: rule 'a' is declared twice; names are unique over all files",
  ]);
});

test("a file that includes itself is told where it does", async () => {
  const files = {
    "rules/shared.yaml": "version: 1\ninclude: [x.yaml, night.yaml]\n",
    "rules/x.yaml": "version: 1\n",
  };
  const { problems } = await load("version: 1\ninclude: [./shared.yaml]\n", { files });
  expect(
    problems.map(({ position, message }) => [position.file, position.line, position.column, message]),
  ).toEqual([["rules/shared.yaml", 2, 19, "rules/night.yaml includes itself"]]);
});

test("--set of an unknown parameter, or of another type, is a mistake", async () => {
  const text = "version: 1\nparams: { limit: { type: size, default: 1MB }, on: { type: bool } }\n";
  expect(await mistakesOf(text, { set: { limt: "5MB", limit: "5", on: "yes" } })).toEqual([
    "1:1: --set limt: the rulebook has no such parameter; did you mean 'limit'?",
    "2:11: --set limit=5 is not of the type size",
    "2:48: --set on=yes is not of the type bool",
  ]);
});
