import { expect, test } from "vitest";
import { attached, settle } from "./support.ts";

test("a connection is given up after 60 s of total silence with a command waiting", async () => {
  const bench = attached();
  bench.send("pid");
  bench.clock.advance(59_999);
  expect(bench.peer.destroyed).toBe(false);
  bench.clock.advance(1);
  expect(bench.peer.destroyed).toBe(true);
  await settle();
  expect(bench.events).toEqual(["lost: no reply for a minute"]);
  bench.clock.advance(100);
  expect(bench.peers).toHaveLength(2);
});

test("silence with nothing waiting is no trouble", () => {
  const bench = attached();
  bench.clock.advance(86_400_000);
  expect(bench.peer.destroyed).toBe(false);
});

test("silence is no trouble once every reply is there", () => {
  const bench = attached();
  bench.send("pid");
  bench.clock.advance(59_000);
  bench.peer.say("SUCCESS: pid=7\r\n");
  bench.clock.advance(86_400_000);
  expect(bench.peer.destroyed).toBe(false);
});

test("anything heard starts the minute anew, though the reply does not come", () => {
  const bench = attached();
  bench.send("pid");
  for (let i = 0; i < 10; i++) {
    bench.clock.advance(59_000);
    bench.peer.say(">BYTECOUNT:1,2\r\n");
  }
  bench.clock.advance(59_999);
  expect(bench.peer.destroyed).toBe(false);
  bench.clock.advance(1);
  expect(bench.peer.destroyed).toBe(true);
});

test("the reply to one of two commands leaves the other one watched", () => {
  const bench = attached();
  bench.send("pid");
  bench.send("hold");
  bench.peer.say("SUCCESS: pid=7\r\n");
  bench.clock.advance(60_000);
  expect(bench.peer.destroyed).toBe(true);
});

test("the minute counts from the first command, not from the last", () => {
  const bench = attached();
  bench.send("pid");
  bench.clock.advance(50_000);
  bench.send("hold");
  bench.clock.advance(10_000);
  expect(bench.peer.destroyed).toBe(true);
});

test("a command sent while a notification is being told is watched", () => {
  const bench = attached();
  bench.peer.say(">HOLD:Waiting for hold release:0\r\n");
  bench.send("hold", "release");
  bench.peer.say(">BYTECOUNT:1,2\r\n");
  bench.clock.advance(60_000);
  expect(bench.peer.destroyed).toBe(true);
});

test("a lost connection leaves no minute running for the next one", async () => {
  const bench = attached();
  bench.send("pid");
  bench.peer.close();
  bench.clock.advance(100);
  bench.peer.greet();
  bench.clock.advance(120_000);
  await settle();
  expect(bench.peers).toHaveLength(2);
  expect(bench.peer.destroyed).toBe(false);
});
