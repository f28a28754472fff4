import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRecording } from "../../src/recording/read.ts";
import { heard } from "../recording/support.ts";
import { Folder, Openvpn, Run, signalbox } from "./support.ts";

/** The commands that were replied to so far. */
function commandsIn(file: string): string[] {
  const { connections } = readRecording(readFileSync(file, "utf8"), file);
  return connections.flatMap((each) =>
    heard(each).replies.flatMap(({ command, outcome }) =>
      outcome.ok || outcome.error === "refused" ? [command.name] : [],
    ),
  );
}

function recorded(file: string): ReturnType<typeof heard> & { commands: string[]; end: string | undefined } {
  const { connections } = readRecording(readFileSync(file, "utf8"), file);
  const [first] = connections;
  if (!first) throw new Error("Nothing was recorded");
  const commands = first.steps.flatMap((step) => ("command" in step ? [step.command.name] : []));
  return { ...heard(first), commands, end: first.end?.by };
}

test("record attaches, asks for everything, answers nothing and ends by a signal; the file is its owner's", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder, { password: "let me in" });
  const file = join(folder.path, "a.jsonl");
  const password = folder.write("password", "let me in\n");
  const run = new Run(["record", openvpn.address, file, "--password", password]);
  await run.saysOnError("Attached");
  await expect.poll(() => commandsIn(file)).toContain("log");
  const { code, out } = await run.end("SIGINT");
  expect(code).toBe(0);
  expect(out).toMatch(/^\d+ bytes in .*a\.jsonl\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(
    Buffer.from(readFileSync(file, "utf8")).includes(
      Buffer.from("let me in").toString("base64").slice(0, 11),
    ),
  ).toBe(false);
  const { commands, types, oddities, end } = recorded(file);
  expect(commands).toEqual([
    "version",
    "pid",
    "state",
    "echo",
    "bytecount",
    "status",
    "verb",
    "log",
    "bytecount",
  ]);
  expect(types.slice(0, 2)).toEqual(["HOLD", "LOG"]);
  expect({ oddities, end }).toEqual({ oddities: [], end: "controller" });
});

test("record asks for what it was told to, writes over nothing, and says why it cannot", async () => {
  using folder = new Folder();
  const there = folder.write("there.jsonl", "mine");
  const over = await signalbox("record", "unix:/nowhere", there);
  expect(over).toEqual({
    code: 1,
    out: "",
    err: `signalbox: Cannot record to ${there}: it exists, and no recording is written over another file\n`,
  });
  expect(readFileSync(there, "utf8")).toBe("mine");
  const lost = await signalbox("record", "unix:/nowhere/x.sock", join(folder.path, "b.jsonl"));
  expect(lost).toMatchObject({ code: 3, err: "Cannot connect to unix:/nowhere/x.sock: no such file\n" });
  const wrong = await signalbox("record", "unix:/x", "y", "--events", "state,logs");
  expect(wrong).toMatchObject({
    code: 2,
    err: expect.stringContaining("--events takes of state, echo, log, bytecount, not 'logs'"),
  });

  using openvpn = await Openvpn.listen(folder);
  const file = join(folder.path, "c.jsonl");
  const run = new Run(["record", openvpn.address, file, "--events", "state"]);
  await run.saysOnError("Attached");
  await expect.poll(() => commandsIn(file)).toContain("verb");
  await run.end();
  expect(recorded(file).commands).toEqual(["version", "pid", "state", "status", "verb"]);
});

test("run --record keeps what the engine and OpenVPN said", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  const rulebook = folder.write("r.yaml", "version: 1\nrules: [ { id: a, on: REMOTE, answer: accept } ]\n");
  const file = join(folder.path, "run.jsonl");
  const argv = ["run", rulebook, "--management", openvpn.address, "--state", ":memory:"];
  const run = new Run([...argv, "--record", file]);
  await run.says("STATE CONNECTED");
  expect((await run.end()).code).toBe(0);
  const { replies, types, oddities, end } = recorded(file);
  expect(replies.map(({ command }) => command.name)).toEqual(
    expect.arrayContaining(["version", "hold", "remote"]),
  );
  expect(types).toEqual(expect.arrayContaining(["HOLD", "REMOTE", "STATE"]));
  expect({ oddities, end }).toEqual({ oddities: [], end: "controller" });
  expect(await signalbox(...argv, "--record", file)).toMatchObject({
    code: 1,
    err: expect.stringContaining("it exists"),
  });
});
