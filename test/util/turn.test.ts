import { expect, test } from "vitest";
import { TurnClock } from "../../src/util/turn.ts";

test("it stands still within a turn of the event loop, and is read anew in the next one", async () => {
  let now = 1;
  const clock = new TurnClock({ now: () => now });
  expect(clock.now()).toBe(1);
  now = 2;
  expect(clock.now()).toBe(1);
  await Promise.resolve();
  expect(clock.now()).toBe(2);
  now = 3;
  await new Promise((resolve) => setImmediate(resolve));
  expect(clock.now()).toBe(3);
});
