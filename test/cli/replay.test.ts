import { join } from "node:path";
import { expect, test } from "vitest";
import { Folder, Openvpn, ROOT, Run, signalbox } from "./support.ts";

const REMOTES = join(ROOT, "test/transcripts/12-query-remote.jsonl");
const book = (answer: string): string =>
  `version: 1\nrules: [ { id: a, on: REMOTE, where: { proto: tcp }, answer: ${answer} }, { id: b, on: REMOTE, answer: accept } ]\n`;

test("replay prints a line for each decision, or an object as in the journal", async () => {
  using folder = new Folder();
  const rulebook = folder.write("r.yaml", book("skip"));
  const text = await signalbox("replay", REMOTES, rulebook);
  expect(text).toMatchObject({ code: 0, err: "14 decisions\n" });
  expect(text.out.split("\n").slice(0, 2)).toEqual([
    "03:29:00.054 A        HOLD 0 s → hold release (default)",
    "03:29:00.055 A        REMOTE 10.77.1.1:21945/udp → remote ACCEPT (rule b)",
  ]);
  const json = await signalbox("replay", REMOTES, rulebook, "--json");
  const lines = json.out.trim().split("\n");
  expect(lines).toHaveLength(14);
  expect(JSON.parse(lines[1] ?? "")).toMatchObject({
    kind: "decision",
    daemon: "A",
    event: { type: "REMOTE", port: 21945 },
    rule: "b",
    by: "rule",
    answer: "remote ACCEPT",
    commands: ["remote ACCEPT"],
  });
});

test("--against prints what differs, both sides, and ends with 1 when anything does", async () => {
  using folder = new Folder();
  const [now, old] = [folder.write("new.yaml", book("skip")), folder.write("old.yaml", book("accept"))];
  const differ = await signalbox("replay", REMOTES, now, "--against", old);
  expect(differ.code).toBe(1);
  expect(differ.err).toMatch(/^(\d+) of 14 decisions differ\n$/);
  const lines = differ.out.trim().split("\n");
  expect(lines.length).toBeGreaterThan(1);
  for (const [i, line] of lines.entries())
    expect(line).toMatch(
      i % 2 === 0 ? /^- .*\/tcp → remote ACCEPT \(rule a\)$/ : /^\+ .*\/tcp → remote SKIP \(rule a\)$/,
    );
  const json = await signalbox("replay", REMOTES, now, "--against", old, "--json");
  expect(JSON.parse(json.out.split("\n")[0] ?? "")).toMatchObject({
    old: { answer: "remote ACCEPT" },
    new: { answer: "remote SKIP" },
  });
  expect(await signalbox("replay", REMOTES, now, "--against", now)).toEqual({
    code: 0,
    out: "",
    err: "0 of 14 decisions differ\n",
  });
});

test("several old rulebooks stand behind one --against, and know nothing of a new parameter", async () => {
  using folder = new Folder();
  const now = folder.write(
    "new.yaml",
    'version: 1\nparams: { proto: { type: text, default: udp } }\nrules: [ { id: a, on: REMOTE, where: { proto: "${params.proto}" }, answer: skip }, { id: b, on: REMOTE, answer: accept } ]\n',
  );
  const first = folder.write(
    "a.yaml",
    "version: 1\nrules: [ { id: a, on: REMOTE, where: { proto: tcp }, answer: accept } ]\n",
  );
  const second = folder.write("b.yaml", "version: 1\nrules: [ { id: b, on: REMOTE, answer: accept } ]\n");
  const told = await signalbox("replay", REMOTES, now, "--against", first, second, "--set", "proto=tcp");
  expect(told).toMatchObject({ code: 1, err: expect.stringMatching(/^\d+ of 14 decisions differ\n$/) });
  expect(told.out).toMatch(/- .* remote ACCEPT \(rule a\)\n\+ .* remote SKIP \(rule a\)/);
});

test("A session of an engine decides in its replay as it did live", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  const rulebook = folder.write("r.yaml", book("skip"));
  const file = join(folder.path, "session.jsonl");
  const run = new Run([
    ...["run", rulebook, "--management", openvpn.address, "--state", ":memory:"],
    ...["--log", "json", "--record", file],
  ]);
  await run.says('"CONNECTED"');
  const live = (await run.end()).out;
  const replayed = await signalbox("replay", file, rulebook, "--json");
  const decisions = (text: string): unknown[] =>
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ kind }) => kind === "decision")
      .map(({ event, rule, by, answer, commands }) => ({ event, rule, by, answer, commands }));
  expect(decisions(replayed.out)).toEqual(decisions(live));
  expect(decisions(live).length).toBeGreaterThan(1);
});

test("What is no recording is said with its line", async () => {
  using folder = new Folder();
  const rulebook = folder.write("r.yaml", book("skip"));
  const file = folder.write("bad.jsonl", '{"t":0,"note":"x"}\n{"t":1,"dir":"X"}\n');
  expect(await signalbox("replay", file, rulebook)).toMatchObject({
    code: 1,
    err: expect.stringContaining("bad.jsonl:2: no line of a recording"),
  });
  expect(await signalbox("replay", join(folder.path, "none"), rulebook)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^signalbox: Cannot read .*none: no such file\n$/),
  });
  expect(await signalbox("replay", file)).toMatchObject({ code: 2 });
});
