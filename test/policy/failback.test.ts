import { expect, test } from "vitest";
import { BEST, GOOD, POOR, PROBE, Scene } from "./scene.ts";
import { candidate, DAEMON, expression, MINUTE, SECOND, START } from "./support.ts";

test("without a probe the best tier is tried again ten minutes later, and not a moment earlier", () => {
  const scene = new Scene({});
  scene.failback.connected(DAEMON, POOR);
  scene.clock.advance(10 * MINUTE - 1);
  expect(scene.moves).toEqual([]);
  scene.clock.advance(1);
  expect(scene.moves).toEqual(["office best"]);
});

test("`after` says how long to stay, counted from the moment of connecting", () => {
  const scene = new Scene({ after: 2 * MINUTE });
  scene.failback.connected(DAEMON, POOR, START - MINUTE);
  scene.clock.advance(MINUTE - 1);
  expect(scene.moves).toEqual([]);
  scene.clock.advance(1);
  expect(scene.moves).toEqual(["office best"]);
});

test("without failback in the rulebook nothing ever moves", () => {
  const scene = new Scene(undefined, PROBE);
  scene.failback.connected(DAEMON, POOR);
  scene.passes(9);
  scene.clock.advance(60 * MINUTE);
  expect(scene.moves).toEqual([]);
});

test("on the best tier there is nothing to go back to", () => {
  const scene = new Scene({ after: 0 });
  scene.usable = [BEST, candidate("as good", { tier: 1 }), GOOD];
  scene.failback.connected(DAEMON, BEST);
  scene.clock.advance(60 * MINUTE);
  expect(scene.moves).toEqual([]);
});

test("a better tier is enough when the best one cannot be used", () => {
  const scene = new Scene({ after: MINUTE });
  scene.usable = [POOR, GOOD];
  scene.failback.connected(DAEMON, POOR);
  scene.clock.advance(MINUTE);
  expect(scene.moves).toEqual(["office good"]);
});

test("with a probe it takes as many passes in a row as `times` says", () => {
  const scene = new Scene({ times: 3 }, PROBE);
  scene.failback.connected(DAEMON, POOR);
  scene.passes(2);
  scene.failback.probed(BEST, false);
  scene.passes(2);
  scene.clock.advance(60 * MINUTE);
  expect(scene.moves).toEqual([]);
  scene.passes(1);
  expect(scene.moves).toEqual(["office best"]);
});

test("passes of another candidate do not count", () => {
  const scene = new Scene({ times: 2 }, PROBE);
  scene.failback.connected(DAEMON, GOOD);
  scene.passes(1);
  scene.passes(5, POOR);
  scene.clock.advance(MINUTE);
  expect(scene.moves).toEqual([]);
});

test("with a probe and `after`, both must hold", () => {
  const scene = new Scene({ times: 1, after: 10 * MINUTE }, PROBE);
  scene.failback.connected(DAEMON, POOR);
  scene.passes(5);
  scene.clock.advance(10 * MINUTE - 1);
  expect(scene.moves).toEqual([]);
  scene.clock.advance(1);
  expect(scene.moves).toEqual(["office best"]);
});

test("outside its window nothing moves; when the window opens, at once", () => {
  const scene = new Scene({ after: MINUTE, during: { windows: ["night"], not: false } });
  scene.open = false;
  scene.failback.connected(DAEMON, POOR);
  scene.clock.advance(60 * MINUTE);
  expect(scene.moves).toEqual([]);
  scene.open = true;
  scene.failback.windowChanged();
  expect(scene.moves).toEqual(["office best"]);
});

test("while its condition does not hold nothing moves, and soon after it does it moves", () => {
  const scene = new Scene({ after: MINUTE, when: expression("daemon.rate < 50kB") });
  scene.holds = false;
  scene.failback.connected(DAEMON, POOR);
  scene.clock.advance(60 * MINUTE);
  expect(scene.moves).toEqual([]);
  scene.holds = true;
  scene.clock.advance(5 * SECOND);
  expect(scene.moves).toEqual(["office best"]);
});

test("what could not be moved is tried again until it can", () => {
  const scene = new Scene({ after: MINUTE });
  scene.movable = false;
  scene.failback.connected(DAEMON, POOR);
  scene.clock.advance(2 * MINUTE);
  scene.movable = true;
  scene.clock.advance(5 * SECOND);
  expect(scene.moves).toEqual(["office best"]);
});

test("one return is one signal, however long OpenVPN takes", () => {
  const scene = new Scene({ times: 1 }, PROBE);
  scene.failback.connected(DAEMON, POOR);
  scene.passes(3);
  scene.failback.windowChanged();
  scene.clock.advance(60 * MINUTE);
  expect(scene.moves).toEqual(["office best"]);
});

test("a connection that has ended does not move", () => {
  const scene = new Scene({ after: MINUTE });
  scene.failback.connected(DAEMON, POOR);
  scene.failback.ended(DAEMON);
  scene.clock.advance(60 * MINUTE);
  expect(scene.moves).toEqual([]);
  expect(scene.clock.nextDue()).toBeUndefined();
});

test("each daemon has its own time", () => {
  const scene = new Scene({ after: 10 * MINUTE });
  scene.failback.connected("first", POOR);
  scene.clock.advance(4 * MINUTE);
  scene.failback.connected("second", GOOD);
  scene.clock.advance(6 * MINUTE);
  expect(scene.moves).toEqual(["first best"]);
  scene.clock.advance(4 * MINUTE);
  expect(scene.moves).toEqual(["first best", "second best"]);
});

test("after stopping no timer is left", () => {
  const scene = new Scene({});
  scene.failback.connected("first", POOR);
  scene.failback.connected("second", GOOD);
  scene.failback.stop();
  expect(scene.clock.nextDue()).toBeUndefined();
});
