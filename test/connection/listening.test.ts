import { expect, test } from "vitest";
import { Secret } from "../../src/util/secret.ts";
import { sessionsOf } from "../support/transcripts.ts";
import { ListeningBench } from "./listening-support.ts";
import { GREETING, settle } from "./support.ts";

const NAME = "listen:unix:/run/ovpn.sock";
const PROMPT = "ENTER PASSWORD:";
const withPassword = (): ListeningBench => new ListeningBench(() => new Secret("open sesame"));

test("nothing is tried and nothing told until OpenVPN dials, however long that takes", async () => {
  const bench = new ListeningBench();
  bench.clock.advance(86_400_000);
  expect(bench.events).toEqual([]);
  expect(bench.clock.nextDue()).toBeUndefined();
  await bench.greet();
  expect(bench.events).toEqual(["attached 5"]);
});

test("who dialled before we asked is served with all that it said", async () => {
  const bench = new ListeningBench();
  const first = await bench.greet();
  const second = await bench.dial(`${GREETING}>HOLD:Waiting for hold release:0\r\n`);
  bench.events.length = 0;
  first.close();
  await settle();
  expect(second.destroyed).toBe(false);
  expect(bench.events).toEqual(["lost: closed by OpenVPN", "attached 5", "HOLD"]);
});

test("a lost session is told, and the next one that dials is served at once", async () => {
  const bench = new ListeningBench();
  for (let i = 0; i < 3; i++) {
    const peer = await bench.greet();
    peer.close();
    await settle();
  }
  expect(bench.events).toEqual(
    Array.from({ length: 3 }, () => ["attached 5", "lost: closed by OpenVPN"]).flat(),
  );
  expect(bench.clock.now()).toBe(0);
});

test("commands go to the one who is served, and are lost while nobody is", async () => {
  const bench = new ListeningBench();
  const early = bench.send("pid");
  const peer = await bench.greet();
  const pid = bench.send("pid");
  peer.say("SUCCESS: pid=7\r\n");
  await settle();
  expect(early).toEqual([{ ok: false, error: "lost", text: "not connected" }]);
  expect(pid).toEqual([{ ok: true, text: "pid=7", lines: [] }]);
  expect(peer.written).toEqual(["pid\n"]);
});

test("a silence is never a reason to close: that would end OpenVPN", async () => {
  const bench = new ListeningBench();
  const peer = await bench.greet();
  const pid = bench.send("pid");
  bench.clock.advance(86_400_000);
  await settle();
  expect(pid).toEqual([{ ok: false, error: "timeout", text: "No reply to pid" }]);
  expect(peer.destroyed || peer.ended).toBe(false);
  expect(bench.events).toEqual(["attached 5"]);
});

test("whatever it says in a session, nothing is closed", async () => {
  const bench = new ListeningBench();
  const peer = await bench.greet();
  peer.say(`>STATE:,,\r\nhello\r\n${PROMPT}ERROR: bad password\r\n>CLIENT:ENV,END\r\n${"x".repeat(2 ** 20)}`);
  await settle();
  expect(peer.destroyed || peer.ended).toBe(false);
});

test("who says nothing in time is let go, and is not called another manager", async () => {
  const bench = new ListeningBench();
  const peer = await bench.dial();
  bench.clock.advance(4_999);
  expect(peer.destroyed).toBe(false);
  bench.clock.advance(1);
  await settle();
  expect(peer.destroyed).toBe(true);
  expect(bench.events).toEqual([`failed: Cannot use ${NAME}: no greeting`]);
  await bench.greet();
  expect(bench.events.at(-1)).toBe("attached 5");
});

test("who said something is kept for ever, until another one dials: then it must have been OpenVPN's", async () => {
  const bench = new ListeningBench();
  const stranger = await bench.dial("GET / HTTP/1.1\r\n");
  bench.clock.advance(3_600_000);
  expect(stranger.destroyed).toBe(false);
  const openvpn = await bench.greet();
  expect(stranger.destroyed).toBe(true);
  expect(openvpn.destroyed).toBe(false);
  expect(bench.events.slice(-2)).toEqual([`failed: Cannot use ${NAME}: no greeting`, "attached 5"]);
});

test("a stranger that dials first gives way when its time is over", async () => {
  const bench = new ListeningBench();
  const stranger = await bench.dial("GET / HTTP/1.1\r\n");
  const openvpn = await bench.greet();
  expect(openvpn.destroyed || stranger.destroyed).toBe(false);
  bench.clock.advance(5_000);
  await settle();
  expect(stranger.destroyed).toBe(true);
  expect(bench.events.at(-1)).toBe("attached 5");
});

test("a second one that dials is turned away as soon as the first shows that it lives", async () => {
  const bench = new ListeningBench();
  const first = await bench.greet();
  const second = await bench.greet();
  expect(first.written).toEqual(["pid\n"]);
  expect(second.destroyed).toBe(false);
  first.say(">BYTECOUNT:1,2\r\nSUCCESS: pid=7\r\n");
  await settle();
  expect(second.destroyed).toBe(true);
  expect(first.destroyed).toBe(false);
  expect(bench.events).toEqual([
    "attached 5",
    "BYTECOUNT",
    `oddity: ${NAME}: a second OpenVPN dials while one is attached, and is turned away`,
  ]);
});

test("where the first is dead, the end that the kernel finds lets the second in: last words are no sign of life", async () => {
  const bench = new ListeningBench();
  const first = await bench.greet();
  const second = await bench.greet();
  first.say(">STATE:1,EXITING,SIGTERM,,,,,\r\n");
  expect(second.destroyed).toBe(false);
  bench.clock.advance(900_000);
  first.close("timed out");
  await settle();
  expect(second.destroyed).toBe(false);
  expect(bench.events).toEqual(["attached 5", "STATE", "lost: timed out", "attached 5"]);
});

test("a third one is turned away at once, and so is said; one that left makes room", async () => {
  const bench = new ListeningBench();
  const first = await bench.greet();
  const second = await bench.greet();
  const third = await bench.greet();
  expect(third.destroyed).toBe(true);
  expect(bench.events.at(-1)).toBe(`oddity: ${NAME}: a third OpenVPN dials, and is turned away`);
  second.close();
  const fourth = await bench.greet();
  first.close();
  await settle();
  expect(fourth.destroyed).toBe(false);
  expect(bench.events.slice(-2)).toEqual(["lost: closed by OpenVPN", "attached 5"]);
});

test("one who dials in the midst of the first one's greeting waits for its outcome", async () => {
  const bench = new ListeningBench();
  const first = await bench.dial(">INFO:OpenVPN Manage");
  const second = await bench.greet();
  expect(first.written).toEqual([]);
  first.say("ment Interface Version 5\r\n");
  expect(first.written).toEqual(["pid\n"]);
  first.say("SUCCESS: pid=7\r\n");
  await settle();
  expect(second.destroyed).toBe(true);
});

test("who waits and says too much leaves", async () => {
  const bench = new ListeningBench();
  await bench.greet();
  const second = await bench.dial("x".repeat(70_000));
  expect(second.destroyed).toBe(true);
});

test("the password is given to who asks", async () => {
  const bench = withPassword();
  const peer = await bench.dial(PROMPT);
  expect(peer.written).toEqual(["open sesame\n"]);
  peer.say(`SUCCESS: password is correct\r\n${GREETING}`);
  expect(bench.events).toEqual(["attached 5"]);
});

test("a wrong password is said once; OpenVPN is kept, for its tunnel may be up", async () => {
  const bench = withPassword();
  const peer = await bench.dial(PROMPT);
  peer.say(PROMPT);
  bench.clock.advance(3_600_000);
  expect(peer.destroyed || peer.ended).toBe(false);
  expect(peer.written).toEqual(["open sesame\n"]);
  expect(bench.events).toEqual([`failed: Cannot use ${NAME}: wrong management password`]);
  const second = await bench.greet();
  expect(peer.destroyed || second.destroyed).toBe(false);
  expect(bench.events.at(-1)).toBe(
    `oddity: ${NAME}: a second OpenVPN dials, and waits for the greeting of the first`,
  );
  peer.close();
  await settle();
  expect(bench.events.at(-1)).toBe("attached 5");
});

test("without a password that it asks for, OpenVPN is kept too", async () => {
  const bench = new ListeningBench();
  const peer = await bench.dial(PROMPT);
  bench.clock.advance(3_600_000);
  expect(peer.destroyed || peer.ended).toBe(false);
  expect(bench.events).toEqual([
    `failed: Cannot use ${NAME}: OpenVPN asks for the management password, and none is set`,
  ]);
});

test("a stop lets the address go, lets out what was written, and turns away who waits", async () => {
  const bench = new ListeningBench();
  const first = await bench.greet();
  const second = await bench.greet();
  let done = 0;
  bench.connection.stop(() => done++);
  expect(bench.closed).toBe(true);
  expect([first.ended, first.destroyed, second.destroyed]).toEqual([true, false, true]);
  first.close();
  expect(done).toBe(1);
  expect(bench.events).toEqual(["attached 5"]);
});

test("a stop while nobody has dialled is done at once", async () => {
  const bench = new ListeningBench();
  let done = 0;
  bench.connection.stop(() => done++);
  await settle();
  expect([done, bench.closed]).toEqual([1, true]);
  expect(bench.clock.nextDue()).toBeUndefined();
});

test("three OpenVPN of a recording dial, one after the other", async () => {
  const bench = withPassword();
  const commands: string[][] = [];
  for (const { steps } of sessionsOf("31-management-client-dial-out.jsonl")) {
    const peer = await bench.dial();
    const sent: string[] = [];
    for (const step of steps) {
      if ("bytes" in step) peer.say(step.bytes.toString("utf8"));
      else {
        bench.send(step.command.name, ...step.command.args.map(String));
        sent.push([step.command.name, ...step.command.args].join(" "));
      }
      await settle();
    }
    expect(peer.written.filter((line) => line !== "open sesame\n").map((line) => line.trim())).toEqual(sent);
    commands.push(sent);
    peer.close();
    await settle();
  }
  expect(commands).toEqual([
    ["state on", "hold release", "signal SIGUSR1", "pid", "quit"],
    [],
    ["state on all"],
  ]);
  const lost = "lost: closed by OpenVPN";
  expect(bench.events).toEqual([
    ...["attached 5", "HOLD", "STATE", "STATE", "HOLD", lost],
    ...["attached 5", "HOLD", lost],
    ...["attached 5", lost],
  ]);
});
