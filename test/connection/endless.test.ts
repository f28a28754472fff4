import { expect, test } from "vitest";
import { ListeningBench } from "./listening-support.ts";
import { attached, settle } from "./support.ts";

const LINES = "x\r\n".repeat(1_000);
const ENDLESS = "The reply to status does not end";

test("A reply of more lines than any has ends the connection", async () => {
  const bench = attached();
  bench.send("status", "3");
  for (let i = 0; i < 100; i++) bench.peer.say(LINES);
  expect(bench.peer.destroyed).toBe(false);
  bench.peer.say(LINES);
  expect(bench.peer.destroyed).toBe(true);
  await settle();
  expect(bench.events).toEqual([`oddity: ${ENDLESS}`, `lost: ${ENDLESS}`]);
});

test("So does a reply of more text", () => {
  const bench = attached();
  bench.send("status", "3");
  const line = `${"x".repeat(10_000)}\r\n`;
  for (let i = 0; i < 1_700 && !bench.peer.destroyed; i++) bench.peer.say(line);
  expect(bench.peer.destroyed).toBe(true);
});

test("Many long replies are each as good as one", async () => {
  const bench = attached();
  for (let i = 0; i < 3; i++) {
    const outcomes = bench.send("status", "3");
    for (let lines = 0; lines < 60; lines++) bench.peer.say(LINES);
    bench.peer.say("END\r\n");
    await settle();
    expect(outcomes).toMatchObject([{ ok: true }]);
  }
  expect(bench.events).toEqual([]);
});

test("An OpenVPN that dialled us is not let go for it: the reply is kept no longer, and its end is waited for", async () => {
  const bench = new ListeningBench();
  const peer = await bench.greet();
  const outcomes = bench.send("status", "3");
  for (let i = 0; i < 300; i++) peer.say(LINES);
  expect(peer.destroyed).toBe(false);
  peer.say("END\r\n");
  await settle();
  expect(outcomes).toEqual([{ ok: false, error: "refused", text: ENDLESS }]);
  expect(bench.events.filter((event) => event.startsWith("oddity"))).toEqual([`oddity: ${ENDLESS}`]);
  const pid = bench.send("pid");
  peer.say("SUCCESS: pid=7\r\n");
  await settle();
  expect(pid).toMatchObject([{ ok: true, text: "pid=7" }]);
});
