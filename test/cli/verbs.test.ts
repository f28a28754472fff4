import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Folder, ROOT, signalbox } from "./support.ts";

const RULEBOOKS = readdirSync(join(ROOT, "rules"))
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => `rules/${name}`);

test("check finds nothing in the rulebooks that come along, and their tests pass", async () => {
  const [tests, ...checks] = await Promise.all([
    signalbox("test", ...RULEBOOKS),
    ...RULEBOOKS.map((file) => signalbox("check", file, "--strict")),
  ]);
  for (const check of checks)
    expect(check).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringMatching(/^\d+ rules?, \d+ tests: ok\n$/),
    });
  expect(tests).toMatchObject({ code: 0, err: "" });
  expect(tests.out).toMatch(/\n[1-9]\d* passed, 0 failed\n$/);
});

test("check tells every problem with its place on standard error, and as JSON on standard output", async () => {
  using folder = new Folder();
  const file = folder.write(
    "bad.yaml",
    "version: 1\nrules:\n  - { id: a, on: REMOT, answer: accept }\n  - { id: b, on: HOLD }\n",
  );
  const [text, json] = await Promise.all([signalbox("check", file), signalbox("check", file, "--json")]);
  expect(text).toMatchObject({ code: 1, out: "" });
  expect(text.err).toContain(`${file}:3:18: error: unknown event 'REMOT'; did you mean 'REMOTE'?\n`);
  expect(text.err).toContain(`${file}:4:`);
  expect(json).toMatchObject({ code: 1, err: "" });
  expect(JSON.parse(json.out)).toContainEqual(
    expect.objectContaining({ severity: "error", position: { file, line: 3, column: 18 } }),
  );
});

test("check calls nothing ok that --strict refuses", async () => {
  using folder = new Folder();
  const file = folder.write("spare.yaml", "version: 1\nremotes: { spare: { candidates: from-daemon } }\n");
  const [plain, strict] = await Promise.all([signalbox("check", file), signalbox("check", file, "--strict")]);
  expect(plain).toMatchObject({ code: 0, out: "0 rules, 0 tests: ok\n" });
  expect(strict).toMatchObject({ code: 1, out: "", err: plain.err });
});

test("test ends with 1 when a test fails, and says where; as JSON it prints objects only", async () => {
  using folder = new Folder();
  const file = folder.write(
    "failing.yaml",
    `version: 1
rules:
  - { id: keep, on: HOLD, answer: keep }
tests:
  - name: releases
    at: 2026-01-05T09:00:00Z
    steps:
      - receive: ">HOLD:Waiting for hold release:0"
      - expect: ["hold release"]
`,
  );
  const [text, json] = await Promise.all([signalbox("test", file), signalbox("test", file, "--json")]);
  expect(text.code).toBe(1);
  expect(text.out).toContain(`FAIL ${file}: releases\n`);
  expect(text.out).toContain(`${file}:9:`);
  expect(text.out).toMatch(/\n0 passed, 1 failed\n$/);
  expect(json.code).toBe(1);
  expect(
    json.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([{ file, test: "releases", passed: false, failures: [{ position: { line: 9 } }] }]);
});

test("demo quota: two servers share an account, which is warned, cut, kept out and let in, and charged to the byte", async () => {
  const demo = await signalbox("demo", "quota", "--json");
  expect(demo).toMatchObject({ code: 0, err: "" });
  const last = JSON.parse(demo.out.trim().split("\n").at(-1) ?? "") as { charged: number; counted: number };
  expect(last).toMatchObject({ warned: 2, cut: 2, back: true, well: true, charged: last.counted });
  expect(last.counted).toBeGreaterThan(60e6);
});

test("demo --json tells one object a moment and ends well; version and --version say the same", async () => {
  const [demo, version, flag] = await Promise.all([
    signalbox("demo", "--json"),
    signalbox("version"),
    signalbox("--version"),
  ]);
  expect(demo).toMatchObject({ code: 0, err: "" });
  const moments = demo.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { at: number; text: string });
  expect(moments.length).toBeGreaterThan(10);
  expect(moments.some(({ text }) => text?.startsWith("CONNECTED to vpn1"))).toBe(true);
  expect(version).toEqual({ code: 0, err: "", out: expect.stringMatching(/^signalbox \d+\.\d+\.\d+\n$/) });
  expect(flag).toEqual(version);
});

test("--help shows every verb, and every verb's help has an example", async () => {
  const help = await signalbox("--help");
  expect(help).toMatchObject({ code: 0, err: "" });
  const verbs = [...help.out.matchAll(/^ {2}([a-z]+) +\S/gm)].map(([, name = ""]) => name);
  expect(verbs).toEqual([
    "demo",
    "run",
    "check",
    "test",
    "record",
    "replay",
    "schema",
    "version",
    "send",
    "simulate",
    "status",
    "quota",
    "emit",
    "set",
    "forgive",
  ]);
  const each = await Promise.all(["run", "status"].map((verb) => signalbox(verb, "--nonsense", "--help")));
  for (const { code, out, err } of each) {
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^Usage: signalbox /);
    expect(out).toMatch(/\nExample: signalbox .*\n$/);
  }
});
