import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtinCatalogue } from "../../src/engine/actions/catalogue.ts";
import type { JournalRecord } from "../../src/engine/journal.ts";
import { decisionsIn, differences } from "../../src/engine/replay/decisions.ts";
import { replay } from "../../src/engine/replay/replay.ts";
import { readRecording, type Recording } from "../../src/recording/read.ts";
import { loadRulebooks } from "../../src/rules/load/load.ts";
import type { Rulebook } from "../../src/rules/rulebook.ts";

const TRANSCRIPTS = join(import.meta.dirname, "../transcripts");
const GREETING = ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\n";

async function rules(text: string): Promise<Rulebook> {
  const { rulebook, problems } = await loadRulebooks(["r.yaml"], {
    actions: builtinCatalogue,
    plugins: () => Promise.reject(new Error("no plugins here")),
    readFile: () => `version: 1\n${text}`,
  });
  if (!rulebook) throw new Error(problems.map(({ message }) => message).join("\n"));
  return rulebook;
}

type Line =
  readonly [seconds: number, dir: "S" | "C", text: string] | readonly [seconds: number, note: string];

function recording(lines: readonly Line[], who = "office"): Recording {
  const entries = lines.map(([t, what, text]) =>
    text === undefined
      ? { t, note: what }
      : {
          t,
          dir: what,
          who,
          b64: Buffer.from(text.replaceAll("\n", what === "S" ? "\r\n" : "\n")).toString("base64"),
        },
  );
  const first = { t: 0, note: "begins", began: "2026-11-24T08:00:00.000Z" };
  return readRecording([first, ...entries].map((entry) => JSON.stringify(entry)).join("\n"), "a.jsonl");
}

const play = (of: Recording, by: Rulebook): Promise<JournalRecord[]> => replay(of, by, builtinCatalogue);

/** Time of day, answer or what was fired, and what the actions did. */
const brief = (records: readonly JournalRecord[]): string[] =>
  decisionsIn(records).map(({ at, daemon, answer, fired, actions = [] }) =>
    [at.slice(11, 23), daemon, answer ?? fired, ...actions.map(({ action, error }) => error ?? action)].join(
      " ",
    ),
  );

const QUESTIONS = recording([
  [0, "S", GREETING],
  [0.001, "C", "state on all\n"],
  [0.002, "S", "SUCCESS: real-time state notification set to ON\n1795507200,CONNECTING,,,,,,\nEND\n"],
  [1, "S", ">HOLD:Waiting for hold release:0\n"],
  [1.1, "C", "hold release\n"],
  [1.101, "S", "SUCCESS: hold release succeeded\n>REMOTE:vpn1.example.net,1194,udp\n"],
  [1.2, "C", "remote ACCEPT\n"],
  [1.201, "S", "SUCCESS: remote command succeeded\n>STATE:1795507202,WAIT,,,,,,\n"],
  [9, "S", ">REMOTE:vpn2.example.net,1194,udp\n"],
  [9.1, "C", "remote ACCEPT\n"],
  [9.2, "S", "ERROR: remote command failed\n"],
]);

/** Takes the first remote, and answers so to the second. */
const SECOND = (answer: string): string => `rules:
  - { id: b, on: REMOTE, where: { host: vpn2.example.net }, answer: ${answer} }
  - { id: a, on: REMOTE, answer: accept }`;

test("Questions of a recording are decided at its times, whatever the controller answered then", async () => {
  const records = await play(QUESTIONS, await rules(SECOND("skip")));
  expect(brief(records)).toEqual([
    "08:00:01.000 office hold release",
    "08:00:01.101 office remote ACCEPT",
    "08:00:09.000 office remote SKIP",
  ]);
  expect(records.filter(({ kind }) => kind === "error")).toEqual([]);
});

test("What the recorded controller sent as well is replied to as it was then, and then; all else plausibly", async () => {
  const records = await play(QUESTIONS, await rules("rules: [{ id: a, on: REMOTE, answer: accept }]"));
  const sent = records.flatMap(({ kind, command, reply, error, ms }) =>
    kind === "command" ? [{ command, reply, error, ms }] : [],
  );
  const of = (name: string): unknown[] => sent.filter(({ command }) => command === name);
  expect(of("hold release")).toEqual([
    { command: "hold release", reply: "SUCCESS: hold release succeeded", ms: 101 },
  ]);
  expect(of("remote ACCEPT")).toEqual([
    { command: "remote ACCEPT", reply: "SUCCESS: remote command succeeded", ms: 100 },
    { command: "remote ACCEPT", reply: "remote command failed", error: "refused", ms: 200 },
    // Refused, the question is answered once more, by the default.
    { command: "remote ACCEPT", reply: "SUCCESS: remote command succeeded", ms: 0 },
  ]);
  expect(of("state on all")).toMatchObject([{ ms: 2 }]);
  expect(of("pid")).toEqual([{ command: "pid", reply: "SUCCESS: pid=1", ms: 0 }]);
});

test("Delays and windows go by the clock of the recording", async () => {
  const text = `
windows: { morning: { from: "08:00", to: "08:30", tz: UTC } }
rules:
  - { id: slow, on: STATE, where: { name: CONNECTED }, for: 20m, do: [ { notify: long up } ] }
  - { id: early, on: STATE, during: morning, do: [ { notify: in the morning } ] }`;
  const records = await play(
    recording([
      [0, "S", GREETING],
      [60, "S", ">STATE:1795507260,CONNECTED,SUCCESS,10.8.0.2,192.0.2.1,1194,,\n"],
      [3500, "S", ">STATE:1795510700,RECONNECTING,ping-restart,,,,,\n"],
      [3600, "S", ">BYTECOUNT:1,2\n"],
    ]),
    await rules(text),
  );
  expect(brief(records)).toEqual(["08:01:00.000 office early notify", "08:21:00.000 office slow notify"]);
});

test("Clients are let in, counted and thrown out; a daemon that ends is another one when it comes back", async () => {
  const env = ">CLIENT:ENV,common_name=alice\n>CLIENT:ENV,END\n";
  const text = `
defaults: { CLIENT:CONNECT: deny, CLIENT:REAUTH: deny }
rules:
  - { id: known, on: CLIENT:CONNECT, where: { client.common_name: alice }, answer: allow }
  - { id: heavy, on: BYTECOUNT_CLI, where: { bytes_out: { gt: 1KB } }, do: [ { client-kill: halt } ] }
  - { id: gone, on: daemon.lost, do: [ { notify: gone } ] }`;
  const connect = `>CLIENT:CONNECT,0,1\n${env}`;
  const records = await play(
    recording([
      [0, "S", GREETING],
      [1, "S", connect],
      [2, "S", `>CLIENT:ESTABLISHED,0\n${env}`],
      [3, "S", ">BYTECOUNT_CLI:0,1,500\n"],
      [4, "S", ">BYTECOUNT_CLI:0,1,5000\n"],
      [5, "office EOF from daemon"],
      [8, "S", `${GREETING}${connect}`],
    ]),
    await rules(text),
  );
  expect(brief(records)).toEqual([
    "08:00:01.000 office client-auth-nt 0 1",
    "08:00:04.000 office heavy client-kill",
    "08:00:05.000 office gone notify",
    "08:00:08.000 office client-auth-nt 0 1",
  ]);
  expect(records.filter(({ kind }) => kind === "attached" || kind === "lost")).toHaveLength(3);
});

test("Exactly the decisions that changed differ, in the order of their time", async () => {
  const old = await rules(SECOND("skip"));
  const changed = await rules(`${SECOND("{ skip: 2 }")}
  - { id: c, on: STATE, where: { name: WAIT }, do: [ { notify: waits } ] }`);
  const before = decisionsIn(await play(QUESTIONS, old));
  const after = decisionsIn(await play(QUESTIONS, changed));
  expect(differences(before, before)).toEqual([]);
  expect(differences(before, decisionsIn(await play(QUESTIONS, old)))).toEqual([]);
  expect(differences(before, after)).toMatchObject([
    { old: undefined, new: { fired: ["c"], actions: [{ action: "notify" }] } },
    { old: { rule: "b", answer: "remote SKIP" }, new: { rule: "b", answer: "remote SKIP 2" } },
  ]);
  expect(differences(after, before)).toHaveLength(2);
});

test("A recording has the name of the rulebook's daemon where there is but one of both", async () => {
  const text =
    "daemons: { home: { management: unix:/run/x } }\nrules: [{ id: a, on: REMOTE, answer: accept }]";
  const [first] = decisionsIn(await play(QUESTIONS, await rules(text)));
  expect(first?.daemon).toBe("home");
});

/** What these rules leave open is said, and nothing else is wrong. */
const OPEN = /^(OpenVPN waits, and nothing answers|No rule and no default answers CLIENT:)/;

test.each(readdirSync(TRANSCRIPTS).filter((file) => file.endsWith(".jsonl")))(
  "%s is played through, twice alike",
  async (file) => {
    const transcript = readRecording(readFileSync(join(TRANSCRIPTS, file), "utf8"), file);
    const rulebook = await rules(
      "rules: [{ id: a, on: [REMOTE], answer: accept }, { id: b, on: STATE, do: [ { notify: x } ] }]",
    );
    const [records, again] = [await play(transcript, rulebook), await play(transcript, rulebook)];
    expect(again).toEqual(records);
    const errors = records.filter(({ kind, error }) => kind === "error" && !OPEN.test(String(error)));
    expect(errors).toEqual([]);
    const attached = records.filter(({ kind }) => kind === "attached").length;
    const greeted = transcript.connections.filter(({ steps }) =>
      steps.some((step) => "bytes" in step && Buffer.from(step.bytes).includes(">INFO:")),
    );
    expect(attached).toBe(greeted.length);
  },
);
