import fc from "fast-check";
import { expect, test } from "vitest";
import type { Command, Outcome } from "../../src/protocol/command.ts";
import { command } from "../../src/protocol/constructors.ts";
import { parseDisplay } from "../../src/protocol/encoder.ts";
import { ReplyQueue } from "../../src/protocol/replies.ts";
import type { DaemonVersion } from "../../src/protocol/reply-grammar.ts";
import { versionsOfManagement, withinVersions } from "../../src/protocol/versions.ts";

function read(text: string): Command {
  const found = parseDisplay(text);
  if (!found) throw new Error(text);
  return found;
}

/** Sends all commands, then takes all lines. */
function outcomes(daemon: DaemonVersion, commands: readonly Command[], lines: readonly string[]): unknown {
  const told: [string, Outcome][] = [];
  const oddities: string[] = [];
  const queue = new ReplyQueue((text) => oddities.push(text));
  queue.know(daemon);
  for (const each of commands) queue.expect(each, (outcome) => told.push([each.name, outcome]));
  for (const line of lines) queue.take(line);
  return { told, oddities, left: queue.size };
}

const ok = (text: string, ...lines: string[]): Outcome => ({ ok: true, text, lines });
const refused = (text: string): Outcome => ({ ok: false, error: "refused", text });

const BAD = "ERROR: state parameter must be 'on' or 'off' or some number n or 'all'";
const ON = "SUCCESS: real-time state notification set to ON";
const OFF = "SUCCESS: real-time state notification set to OFF";

/** As 2.6.14 answered. */
test.each<[text: string, lines: string[], expected: Outcome]>([
  ["state all on", ["1,CONNECTING,,,,,,", "END", ON], ok(ON.slice(9), "1,CONNECTING,,,,,,")],
  ["state 5 on", ["1,a", "END", ON], ok(ON.slice(9), "1,a")],
  ["state on off", [ON, OFF], ok(ON.slice(9))],
  ["state off 2", [OFF, "1,a", "2,b", "END"], ok(OFF.slice(9), "1,a", "2,b")],
  ["state all 5", ["1,a", "END", "1,a", "END"], ok("", "1,a", "1,a")],
  ["state on all all", [ON, "1,a", "END"], ok(ON.slice(9), "1,a")],
  ["state on 0", [ON, BAD], refused(BAD.slice(7))],
  ["state 0 on", [BAD, ON], refused(BAD.slice(7))],
  ["state foo bar", [BAD, BAD], refused(BAD.slice(7))],
  ["state x all", [BAD, "1,a", "END"], refused(BAD.slice(7))],
  [
    "log",
    ["ERROR: the 'log' command requires at least 1 parameter"],
    refused("the 'log' command requires at least 1 parameter"),
  ],
  [
    "state on all",
    ["ERROR: unknown command, enter 'help' for more options"],
    refused("unknown command, enter 'help' for more options"),
  ],
  ["test x", [], ok("")],
  [
    "test",
    ["ERROR: the 'test' command requires 1 parameter"],
    refused("the 'test' command requires 1 parameter"),
  ],
  [
    "push-update-cid x dns",
    ["ERROR: cannot parse CID", "ERROR: push-update-cid fail during cid parsing"],
    refused("push-update-cid fail during cid parsing"),
  ],
  [
    "client-pending-auth 0 x",
    ["SUCCESS: client-pending-auth command failed. Extra paramter might be too long"],
    refused("client-pending-auth command failed. Extra paramter might be too long"),
  ],
])("%s is answered by %j, and no more", (text, lines, expected) => {
  expect(outcomes({}, [read(text), command.pid()], [...lines, "SUCCESS: pid=1"])).toEqual({
    told: expect.arrayContaining([
      [read(text).name, expected],
      ["pid", ok("pid=1")],
    ]) as unknown,
    oddities: [],
    left: 0,
  });
});

const VERSION = ["OpenVPN Version: x", "Management Version: 1", "END"];
const ACKNOWLEDGED = "SUCCESS: Management client version set to 4";

test.each<[daemon: DaemonVersion, number: number, lines: string[], atOnce: boolean]>([
  [{ version: "2.4.12" }, 4, VERSION, false],
  [{ managementVersion: 1 }, 3, VERSION, false],
  [{ version: "2.5.11" }, 4, [], true],
  [{ managementVersion: 3 }, 4, [], true],
  [{ managementVersion: 4 }, 4, [], true],
  [{ version: "2.6.14" }, 4, [], true],
  [{ version: "2.7.0", managementVersion: 5 }, 4, [], true],
  [{ version: "2.7.1", managementVersion: 5 }, 4, [ACKNOWLEDGED], false],
  [{ version: "2.7.1" }, 3, [], true],
  [{ managementVersion: 5 }, 3, [], true],
  [{ managementVersion: 5 }, 4, [], true],
  [{ managementVersion: 5 }, 4, [ACKNOWLEDGED], true],
  [{ managementVersion: 6 }, 4, [ACKNOWLEDGED], false],
  [{ managementVersion: 6 }, 3, [], true],
  [{}, 3, [], true],
  [{}, 3, VERSION, true],
  [{}, 4, [ACKNOWLEDGED], true],
  [{}, 4, VERSION, true],
])(
  "%j answers version %i with %j, and every other reply finds its command",
  (daemon, number, lines, atOnce) => {
    const queue = new ReplyQueue((text) => expect(text).toBe(""));
    queue.know(daemon);
    const told: string[] = [];
    queue.expect(command.clientVersion(number), () => told.push("version"));
    expect(told).toEqual(atOnce ? ["version"] : []);
    expect(queue.size).toBe(atOnce ? 0 : 1);
    queue.expect(command.pid(), ({ text }) => told.push(text));
    for (const line of [...lines, "SUCCESS: pid=1"]) queue.take(line);
    expect(told).toEqual(["version", "pid=1"]);
    queue.expect(command.status(3), ({ text }) => told.push(text));
    queue.take("END");
    expect(queue.size).toBe(0);
  },
);

test("a version that is asked for gets its lines, though one that was said before may have none", () => {
  expect(outcomes({}, [command.clientVersion(3), command.version()], VERSION)).toMatchObject({
    told: [
      ["version", ok("")],
      ["version", ok("", ...VERSION.slice(0, 2))],
    ],
    oddities: [],
  });
});

test("before 2.5.8 an ignored signal is answered by the question alone", () => {
  const told: [string, Outcome][] = [];
  const queue = new ReplyQueue((text) => expect(text).toBe(""));
  const send = (sent: Command): void => void queue.expect(sent, (outcome) => told.push([sent.name, outcome]));
  queue.know({ version: "2.5.7" });
  send(command.signal("SIGUSR1"));
  send(command.pid());
  queue.asked();
  queue.take("SUCCESS: pid=1");
  // A question that came for itself, just before the signal was obeyed.
  send(command.signal("SIGHUP"));
  queue.asked();
  queue.take("SUCCESS: signal SIGHUP thrown");
  send(command.pid());
  queue.asked();
  queue.take("SUCCESS: pid=2");
  expect(told).toEqual([
    ["signal", refused("signal 'SIGUSR1' is currently ignored")],
    ["pid", ok("pid=1")],
    ["signal", refused("signal 'SIGHUP' is currently ignored")],
    ["pid", ok("pid=2")],
  ]);
  expect(queue.size).toBe(0);
});

test("from 2.5.8 on, and where the version is not known, the question is no answer", () => {
  for (const daemon of [{ version: "2.5.8" }, { version: "2.6.14" }, {}]) {
    const queue = new ReplyQueue(() => undefined);
    queue.know(daemon);
    const told: Outcome[] = [];
    queue.expect(command.signal("SIGUSR1"), (outcome) => told.push(outcome));
    queue.asked();
    queue.take("ERROR: signal 'SIGUSR1' is currently ignored");
    expect(told).toEqual([refused("signal 'SIGUSR1' is currently ignored")]);
  }
});

test("a password in lines that is refused at once leaves its lines' replies to nobody", () => {
  const sent = [command.passwordMultiline("Auth", "hunter2"), command.pid()];
  const lines = [
    "ERROR: no password is currently needed at this time",
    "ERROR: unknown command [aHVudGVyMg==], enter 'help' for more options",
    "ERROR: unknown command [END], enter 'help' for more options",
    "SUCCESS: pid=1",
  ];
  expect(outcomes({ version: "2.7.2" }, sent, lines)).toEqual({
    told: [
      ["password", refused("no password is currently needed at this time")],
      ["pid", ok("pid=1")],
    ],
    oddities: [],
    left: 0,
  });
});

test("lines that run as commands may have an answer or none", () => {
  const sent: Command[] = [{ name: "certificate", args: [], body: ["version 4", "# x"] }, command.pid()];
  const refusal = "The certificate command is not currently available";
  for (const answers of [[], [ACKNOWLEDGED]])
    expect(
      outcomes({}, sent, [`ERROR: ${refusal}`, ...answers, "ERROR: unknown command", "SUCCESS: pid=1"]),
    ).toEqual({
      told: [
        ["certificate", refused(refusal)],
        ["pid", ok("pid=1")],
      ],
      oddities: [],
      left: 0,
    });
});

test.each([
  ["2.7_rc1", { since: "2.7" }, true],
  ["2.8_git", { since: "2.7.2" }, true],
  ["2.5.11", { until: "2.5" }, true],
  ["2.6", { until: "2.5" }, false],
  ["2.6.1", { since: "2.6", until: "2.6.1" }, true],
  ["2.6.10", { until: "2.6.1" }, false],
  ["2.6", { since: "2.6.2" }, false],
  ["unknown", { since: "2.1" }, false],
])("version %s is in %j: %s", (version, range, expected) => {
  expect(withinVersions(version, range)).toBe(expected);
});

test.each([
  [1, { until: "2.4" }],
  [3, { since: "2.5", until: "2.5" }],
  [4, { since: "2.6", until: "2.6.1" }],
  [5, { since: "2.6.2", until: "2.7.1" }],
  [6, { since: "2.7.2" }],
  [9, { since: "2.7.2" }],
])("management version %i is that of %j", (number, range) => {
  expect(versionsOfManagement(number)).toEqual(range);
});

/** What a daemon of this version says to a command, by the notes; `seed` makes the replies differ. */
function answer({ name, args }: Command, version: string, seed: number): string[] {
  const [first = ""] = args.map(String);
  if (name === "version" && first !== "" && !withinVersions(version, { until: "2.4" }))
    return withinVersions(version, { since: "2.7.1" }) && Number(first) > 3
      ? [`SUCCESS: Management client version set to ${first}`]
      : [];
  if (name === "version") return [`OpenVPN Version: ${seed}`, "Management Version: 5", "END"];
  if (name === "state")
    return (args.length === 0 ? ["1"] : args.map(String)).flatMap((arg) => {
      if (arg === "on" || arg === "off") return [`SUCCESS: ${seed} ${arg}`];
      if (arg === "0") return [BAD];
      return [...Array.from({ length: seed % 3 }, (_, i) => `${seed},${i}`), "END"];
    });
  if (name === "status") return seed % 2 === 0 ? ["ERROR: bad status format"] : [`TITLE\t${seed}`, "END"];
  if (name === "test") return Array.from({ length: Number(first) }, (_, i) => `[${i}] The purpose`);
  if (name === "auth-retry")
    return first === "" ? [`SUCCESS: ${seed}`] : ["--auth-retry method", `ERROR: ${seed}`];
  if (name === "push-update-broad")
    return [
      "PUSH_UPDATE: x",
      seed % 2 === 0 ? "ERROR: no client updated" : "SUCCESS: 3 client(s) updated",
      `SUCCESS: ${seed}`,
    ];
  return [`SUCCESS: ${seed}`];
}

/** What a caller of a command should be told. */
function told(lines: readonly string[]): string {
  return lines.filter((line) => line !== "END").join("\n");
}

test("whatever is sent in one go, each command gets its own lines, in every version", () => {
  const sent = fc.constantFrom(
    ...[
      "pid",
      "version",
      "version 3",
      "version 4",
      "state",
      "state on all",
      "state 5 on",
      "state on off",
      "state 0 on",
    ],
    ...["state all", "status 3", "test 2", "test 0", "auth-retry", "auth-retry x", 'push-update-broad "x"'],
  );
  const version = fc.constantFrom("2.3.18", "2.4.12", "2.5.11", "2.6.14", "2.7.0", "2.7.1", "2.7.6");
  const known = fc.constantFrom("version", "management", "nothing");
  fc.assert(
    fc.property(fc.array(sent, { maxLength: 30 }), version, known, (texts, running, what) => {
      // Only one who knows the version can tell these apart when both are under way.
      if (what === "nothing") fc.pre(!texts.includes("version"));
      const numbers = {
        "2.3.18": 1,
        "2.4.12": 1,
        "2.5.11": 3,
        "2.6.14": 5,
        "2.7.0": 5,
        "2.7.1": 5,
        "2.7.6": 6,
      };
      const daemon =
        what === "version"
          ? { version: running }
          : what === "management"
            ? { managementVersion: numbers[running as keyof typeof numbers] }
            : {};
      const oddities: string[] = [];
      const queue = new ReplyQueue((text) => oddities.push(text));
      queue.know(daemon);
      const got = new Map<number, Outcome>();
      const commands = texts.map(read);
      commands.forEach((each, i) => queue.expect(each, (outcome) => got.set(i, outcome)));
      const answers = commands.map((each, i) => answer(each, running, i));
      for (const line of answers.flat()) queue.take(line);
      expect([oddities, queue.size, got.size]).toEqual([[], 0, commands.length]);
      commands.forEach((each, i) => {
        const outcome = got.get(i);
        if (!outcome?.ok || each.name === "version") return;
        const whole = [...(outcome.text === "" ? [] : [outcome.text]), ...outcome.lines].join("\n");
        for (const piece of whole.split("\n")) expect(told(answers[i] ?? [])).toContain(piece);
      });
    }),
    { seed: 5, numRuns: 500 },
  );
});

test("a flood of pipelined commands is paired in time that grows with their number only", () => {
  const queue = new ReplyQueue((text) => expect(text).toBe(""));
  const told: string[] = [];
  const count = 200_000;
  for (let i = 0; i < count; i++) queue.expect(command.pid(), ({ text }) => told.push(text));
  for (let i = 0; i < count; i++) queue.take(`SUCCESS: ${i}`);
  expect(told).toHaveLength(count);
  expect(told.every((text, i) => text === String(i))).toBe(true);
});
