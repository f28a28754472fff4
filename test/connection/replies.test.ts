import { expect, test } from "vitest";
import { attached, Bench, GREETING, settle } from "./support.ts";

const lost = (text: string) => [{ ok: false, error: "lost", text }];
const success = (text: string) => [{ ok: true, text, lines: [] }];

test("a command sent before the greeting is never written and is lost at once", async () => {
  const bench = new Bench();
  const early = bench.send("pid");
  bench.peer.connect();
  const connected = bench.send("pid");
  bench.clock.advance(5_000);
  const blocked = bench.send("pid");
  await settle();
  for (const outcomes of [early, connected, blocked]) expect(outcomes).toEqual(lost("not connected"));
  bench.peer.say(">INFO:OpenVPN Management Interface Version 5\r\n");
  expect(bench.peer.written).toEqual([]);
});

test("a command that may not be encoded is refused and leaves no place in the queue", async () => {
  const bench = attached();
  const bad = bench.send("remote", "MOD", "two words", "1194");
  const good = bench.send("pid");
  bench.peer.say("SUCCESS: pid=7\r\n");
  await settle();
  expect(bad).toEqual([
    { ok: false, error: "invalid", text: expect.stringContaining("argument 2 of remote") },
  ]);
  expect(good).toEqual(success("pid=7"));
  expect(bench.peer.written).toEqual(["pid\n"]);
});

test("an outcome is never told within the call that sends", async () => {
  const bench = new Bench();
  const outcomes = bench.send("pid");
  expect(outcomes).toEqual([]);
  await settle();
  expect(outcomes).toHaveLength(1);
});

test("a command without a reply is done at once and shifts nothing", async () => {
  const bench = attached();
  const pid = bench.send("pid");
  const version = bench.send("version", "3");
  await settle();
  expect(version).toEqual(success(""));
  bench.peer.say("SUCCESS: pid=7\r\n");
  await settle();
  expect(pid).toEqual(success("pid=7"));
});

test("a notification between a command and its reply is told, and the reply finds its command", async () => {
  const bench = attached();
  const pid = bench.send("pid");
  bench.peer.say(">STATE:1,RECONNECTING,ping-restart,,,,,\r\nSUCCESS: pid=7\r\n");
  await settle();
  expect(bench.events).toEqual(["STATE"]);
  expect(pid).toEqual(success("pid=7"));
});

test("a notification between the lines of a reply is none of them", async () => {
  const bench = attached();
  const status = bench.send("status", "3");
  bench.peer.say("TITLE\tOpenVPN\r\n>LOG:1,I,hello\r\nTIME\t1\r\nEND\r\n");
  await settle();
  expect(bench.events).toEqual(["LOG"]);
  expect(status).toEqual([{ ok: true, text: "", lines: ["TITLE\tOpenVPN", "TIME\t1"] }]);
});

test("a refused remote is told to its own caller", async () => {
  const bench = attached();
  const outcomes = [
    bench.send("pid"),
    bench.send("remote", "MOD", "vpn2", "1194"),
    bench.send("hold", "release"),
  ];
  bench.peer.say("SUCCESS: pid=7\r\nERROR: remote command failed\r\nSUCCESS: hold release succeeded\r\n");
  await settle();
  expect(outcomes).toEqual([
    success("pid=7"),
    [{ ok: false, error: "refused", text: "remote command failed" }],
    success("hold release succeeded"),
  ]);
});

test("a late reply keeps its place: its caller gets a timeout after 10 s, the next command its own reply", async () => {
  const bench = attached();
  const late = bench.send("pid");
  bench.clock.advance(9_999);
  await settle();
  expect(late).toEqual([]);
  bench.clock.advance(1);
  await settle();
  expect(late).toEqual([{ ok: false, error: "timeout", text: "No reply to pid" }]);
  const next = bench.send("hold");
  bench.peer.say("SUCCESS: pid=7\r\nSUCCESS: hold=0\r\n");
  await settle();
  expect(late).toHaveLength(1);
  expect(next).toEqual(success("hold=0"));
  expect(bench.events).toEqual([]);
});

test("a reply that came in time leaves no timer behind", async () => {
  const bench = attached();
  bench.send("pid");
  bench.peer.say("SUCCESS: pid=7\r\n");
  await settle();
  expect(bench.clock.nextDue()).toBeUndefined();
});

test("the end of the connection fails every waiting command, in order, once", async () => {
  const bench = attached();
  const told: string[] = [];
  for (const name of ["pid", "hold", "status"])
    bench.connection.send({ name, args: [] }, (outcome) =>
      told.push(`${name} ${outcome.ok ? "ok" : outcome.error}`),
    );
  bench.peer.say("SUCCESS: pid=7\r\n");
  bench.peer.close();
  await settle();
  expect(told).toEqual(["pid ok", "hold lost", "status lost"]);
  bench.clock.advance(60_000);
  await settle();
  expect(told).toHaveLength(3);
});

test("the end of the connection is told to waiting commands with its reason", async () => {
  const bench = attached();
  const pid = bench.send("pid");
  bench.peer.close("connection reset");
  await settle();
  expect(pid).toEqual(lost("connection reset"));
});

test("a reply of an old connection is never taken for one of the new", async () => {
  const bench = attached();
  const before = bench.send("pid");
  bench.peer.close();
  bench.clock.advance(100);
  bench.peer.greet();
  const after = bench.send("hold");
  bench.peer.say("SUCCESS: hold=1\r\n");
  await settle();
  expect(before).toEqual(lost("closed by OpenVPN"));
  expect(after).toEqual(success("hold=1"));
});

test("a reply that nobody waits for is an oddity", () => {
  const bench = attached();
  bench.peer.say("SUCCESS: what?\r\n");
  expect(bench.events).toEqual(["oddity: A reply that nobody waits for: SUCCESS: what?"]);
});

test("a reply is heard before what OpenVPN says behind it in the same piece", () => {
  const bench = attached();
  const heardBefore: number[] = [];
  bench.connection.send({ name: "remote", args: ["ACCEPT"] }, () =>
    heardBefore.push(bench.notifications.length),
  );
  bench.peer.say("SUCCESS: remote command succeeded\r\n>STATE:1767600000,TCP_CONNECT,,,,,,\r\n");
  expect(heardBefore).toEqual([0]);
  expect(bench.notifications).toHaveLength(1);
});

const HOLD = ">HOLD:Waiting for hold release:1\r\n";
const RESTARTED = ">STATE:1,RECONNECTING,ping-restart,,,,,\r\n";

test("an OpenVPN before 2.5.8 answers a signal in a hold by the hold alone, and the next command gets its own reply", async () => {
  const bench = attached({}, GREETING.replace("Version 5", "Version 3"));
  bench.peer.say(RESTARTED + HOLD);
  const signal = bench.send("signal", "SIGUSR1");
  const release = bench.send("hold", "release");
  bench.peer.say(HOLD);
  bench.peer.say("SUCCESS: hold release succeeded\r\n");
  await settle();
  expect(signal).toEqual([{ ok: false, error: "refused", text: "signal 'SIGUSR1' is currently ignored" }]);
  expect(release).toEqual(success("hold release succeeded"));
});

test("signals that an OpenVPN of today ignores one after the other are told apart", async () => {
  const bench = attached();
  bench.peer.say(RESTARTED + HOLD);
  const outcomes = [bench.send("signal", "SIGUSR1"), bench.send("signal", "SIGHUP"), bench.send("pid")];
  const ignored = (name: string): string => `ERROR: signal '${name}' is currently ignored\r\n${HOLD}`;
  bench.peer.say(`${ignored("SIGUSR1")}${ignored("SIGHUP")}SUCCESS: pid=7\r\n`);
  await settle();
  expect(outcomes.map(([outcome]) => outcome?.text)).toEqual([
    "signal 'SIGUSR1' is currently ignored",
    "signal 'SIGHUP' is currently ignored",
    "pid=7",
  ]);
});

test("a hold that comes while a signal is on its way is no answer to it", async () => {
  const bench = attached();
  const signal = bench.send("signal", "SIGUSR1");
  bench.peer.say(RESTARTED + HOLD);
  await settle();
  expect(signal).toEqual([]);
  const release = bench.send("hold", "release");
  bench.peer.say(
    `ERROR: signal 'SIGUSR1' is currently ignored\r\n${HOLD}SUCCESS: hold release succeeded\r\n`,
  );
  await settle();
  expect(signal).toEqual([{ ok: false, error: "refused", text: "signal 'SIGUSR1' is currently ignored" }]);
  expect(release).toEqual(success("hold release succeeded"));
});
