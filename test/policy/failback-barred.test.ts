import { expect, test } from "vitest";
import { BEST, GOOD, POOR, PROBE, Scene } from "./scene.ts";
import { DAEMON, MINUTE, SECOND } from "./support.ts";

test("a target whose return failed is left alone until its penalty ends, however often its probe passes", () => {
  const scene = new Scene({ times: 1 }, PROBE);
  scene.failback.connected(DAEMON, GOOD);
  scene.passes(1);
  scene.penalized = [BEST];
  scene.landed(GOOD);
  scene.passes(20);
  scene.clock.advance(10 * MINUTE);
  expect(scene.moves).toEqual([]);
  scene.penalized = [];
  scene.clock.advance(5 * SECOND);
  expect(scene.moves).toEqual(["office best"]);
});

test("while a failed target is barred, another better tier is taken", () => {
  const scene = new Scene({ times: 1 }, PROBE);
  scene.failback.connected(DAEMON, POOR);
  scene.passes(1);
  scene.penalized = [BEST];
  scene.landed(POOR);
  scene.passes(1);
  scene.passes(1, GOOD);
  expect(scene.moves).toEqual(["office good"]);
});

test("a penalty from before the return bars nothing: what passes its probe is tried", () => {
  const scene = new Scene({ times: 3 }, PROBE);
  scene.penalized = [BEST];
  scene.failback.connected(DAEMON, POOR);
  scene.passes(3);
  expect(scene.moves).toEqual(["office best"]);
});

test("a return that succeeded lifts the bar of an earlier one that did not", () => {
  const scene = new Scene({ times: 1 }, PROBE);
  scene.failback.connected(DAEMON, GOOD);
  scene.passes(1);
  scene.landed(GOOD);
  scene.passes(1);
  scene.landed(BEST);
  scene.penalized = [BEST];
  scene.landed(GOOD);
  scene.passes(1);
  expect(scene.moves).toEqual(["office best"]);
});

test("passes counted before a return do not make the next one", () => {
  const scene = new Scene({ times: 3 }, PROBE);
  scene.failback.connected(DAEMON, GOOD);
  scene.passes(3);
  scene.landed(GOOD);
  scene.passes(2);
  expect(scene.moves).toEqual([]);
  scene.passes(1);
  expect(scene.moves).toEqual(["office best"]);
});
