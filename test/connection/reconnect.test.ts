import { expect, test } from "vitest";
import { seededRandom } from "../../src/util/random.ts";
import { attached, Bench } from "./support.ts";

/** Lets each attempt fail at once; gives the pauses between them, ms. */
function pauses(bench: Bench, count: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    bench.peer.close("connection refused");
    const due = bench.clock.nextDue();
    if (due === undefined) break;
    found.push(due - bench.clock.now());
    bench.clock.advance(due - bench.clock.now());
  }
  return found;
}

test("pauses double up to a bound", () => {
  expect(pauses(new Bench({ random: () => 1 }), 8)).toEqual([200, 400, 800, 1600, 2000, 2000, 2000, 2000]);
});

test("pauses are cut by up to a half at random, so that many engines do not come at once", () => {
  expect(pauses(new Bench({ random: () => 0 }), 6)).toEqual([100, 200, 400, 800, 1000, 1000]);
  const found = pauses(new Bench({ random: seededRandom(1) }), 100).slice(5);
  expect(new Set(found).size).toBeGreaterThan(90);
  for (const pause of found) {
    expect(pause).toBeGreaterThanOrEqual(1000);
    expect(pause).toBeLessThanOrEqual(2000);
  }
});

test("it is tried for ever", () => {
  const bench = new Bench();
  expect(pauses(bench, 3_000)).toHaveLength(3_000);
  bench.peer.greet();
  expect(bench.events.at(-1)).toBe("attached 5");
});

test("every failed attempt is told with its reason", () => {
  const bench = new Bench({ address: { kind: "tcp", host: "::1", port: 7505 } });
  bench.peer.close("connection refused");
  bench.clock.advance(2_000);
  bench.peer.connect();
  bench.peer.close("connection reset");
  expect(bench.events).toEqual([
    "failed: Cannot connect to tcp:[::1]:7505: connection refused",
    "failed: Cannot use tcp:[::1]:7505: connection reset",
  ]);
});

test("a lost session is told as such, and the next attempt comes soon", () => {
  const bench = new Bench();
  pauses(bench, 10);
  bench.peer.greet();
  bench.events.length = 0;
  bench.peer.close();
  expect(bench.events).toEqual(["lost: closed by OpenVPN"]);
  const dialled = bench.peers.length;
  bench.clock.advance(100);
  expect(bench.peers).toHaveLength(dialled + 1);
});

test("the reason that the socket gives stands in what is told of a lost session", () => {
  const bench = attached();
  bench.peer.close("connection reset");
  expect(bench.events).toEqual(["lost: connection reset"]);
});

test("a new session starts from nothing: half a line and an open block of the old one are gone", () => {
  const bench = attached();
  bench.peer.say(">CLIENT:CONNECT,1,2\r\n>CLIENT:ENV,a=1\r\n>STATE:1,CONN");
  bench.peer.close();
  bench.clock.advance(100);
  bench.events.length = 0;
  bench.peer.greet();
  bench.peer.say(">BYTECOUNT:1,2\r\n");
  expect(bench.events).toEqual(["attached 5", "BYTECOUNT"]);
});

test("stopped while it pauses, it never tries again", () => {
  const bench = new Bench();
  bench.peer.close("connection refused");
  let done = 0;
  bench.connection.stop(() => done++);
  expect(done).toBe(1);
  bench.clock.advance(3_600_000);
  expect(bench.peers).toHaveLength(1);
});
