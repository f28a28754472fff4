import { expect, test } from "vitest";
import { attached, Bench, settle } from "./support.ts";

function stopped(bench: Bench): { done: number } {
  const told = { done: 0 };
  bench.connection.stop(() => told.done++);
  return told;
}

test("stopping lets out what was written, and is done when the other end closes", () => {
  const bench = attached();
  const told = stopped(bench);
  expect(bench.peer.ended).toBe(true);
  expect(bench.peer.destroyed).toBe(false);
  expect(told.done).toBe(0);
  bench.peer.close();
  expect(told.done).toBe(1);
});

test("an end that does not come is forced after 2 s", async () => {
  const bench = attached();
  const told = stopped(bench);
  bench.clock.advance(1_999);
  expect(bench.peer.destroyed).toBe(false);
  bench.clock.advance(1);
  await settle();
  expect(bench.peer.destroyed).toBe(true);
  expect(told.done).toBe(1);
});

test("after a stop nothing is lost, nothing is tried again, and no timer is left", async () => {
  const bench = attached();
  bench.send("pid");
  stopped(bench);
  bench.peer.close();
  await settle();
  expect(bench.events).toEqual([]);
  expect(bench.clock.nextDue()).toBeUndefined();
  expect(bench.peers).toHaveLength(1);
});

test("what was asked before the stop may still be answered", async () => {
  const bench = attached();
  const pid = bench.send("pid");
  stopped(bench);
  bench.peer.say("SUCCESS: pid=7\r\n");
  await settle();
  expect(pid).toEqual([{ ok: true, text: "pid=7", lines: [] }]);
  expect(bench.events).toEqual([]);
});

test("what was asked and not answered is lost when the stop is done", async () => {
  const bench = attached();
  const pid = bench.send("pid");
  stopped(bench);
  bench.peer.close();
  await settle();
  expect(pid).toEqual([{ ok: false, error: "lost", text: "closed by OpenVPN" }]);
});

test("after a stop no command is written and no notification told", async () => {
  const bench = attached();
  stopped(bench);
  const pid = bench.send("pid");
  bench.peer.say(">STATE:1,CONNECTED,SUCCESS,,,,,\r\n>INFO:hello\r\n");
  await settle();
  expect(pid).toEqual([{ ok: false, error: "lost", text: "not connected" }]);
  expect(bench.peer.written).toEqual([]);
  expect(bench.events).toEqual([]);
});

test("stopped before the greeting, it does not attach any more", () => {
  const bench = new Bench();
  bench.peer.connect();
  const told = stopped(bench);
  bench.peer.say(">INFO:OpenVPN Management Interface Version 5\r\n");
  bench.peer.close();
  expect(bench.events).toEqual([]);
  expect(told.done).toBe(1);
});

test("a second stop is done too", () => {
  const bench = attached();
  const [first, second] = [stopped(bench), stopped(bench)];
  bench.peer.close();
  expect([first.done, second.done]).toEqual([1, 1]);
});
