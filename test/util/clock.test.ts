import { expect, test, vi } from "vitest";
import { systemClock, VirtualClock } from "../../src/util/clock.ts";

test("a virtual clock stands still until it is moved", () => {
  const clock = new VirtualClock(1_000);
  let fired = 0;
  clock.after(0, () => fired++);
  expect([clock.now(), fired]).toEqual([1_000, 0]);
  clock.advance(0);
  expect([clock.now(), fired]).toEqual([1_000, 1]);
});

test("timers fire in order of their due time, those of one moment in the order they were armed", () => {
  const clock = new VirtualClock(0);
  const order: string[] = [];
  clock.after(20, () => order.push("late"));
  clock.after(10, () => order.push("first"));
  clock.after(10, () => order.push("second"));
  clock.after(-5, () => order.push("past"));
  clock.advance(20);
  expect(order).toEqual(["past", "first", "second", "late"]);
});

test("a timer sees its own due time, and what it arms fires in the same move", () => {
  const clock = new VirtualClock(0);
  const seen: number[] = [];
  clock.after(10, () => {
    seen.push(clock.now());
    clock.after(10, () => seen.push(clock.now()));
  });
  clock.advance(25);
  expect(seen).toEqual([10, 20]);
  expect(clock.now()).toBe(25);
});

test("a cancelled timer never fires, be it cancelled twice or by another timer of its moment", () => {
  const clock = new VirtualClock(0);
  const fired: string[] = [];
  const first = clock.after(10, () => fired.push("first"));
  clock.after(20, () => second.cancel());
  const second = clock.after(20, () => fired.push("second"));
  clock.after(20, () => fired.push("third"));
  first.cancel();
  first.cancel();
  clock.advance(30);
  expect(fired).toEqual(["third"]);
});

test("the next due time is told", () => {
  const clock = new VirtualClock(100);
  expect(clock.nextDue()).toBeUndefined();
  clock.after(50, () => undefined);
  clock.after(20, () => undefined);
  expect(clock.nextDue()).toBe(120);
});

test("promises settle between the timers of an asynchronous move", async () => {
  const clock = new VirtualClock(0);
  const order: string[] = [];
  for (const delay of [10, 20])
    clock.after(delay, () => {
      order.push(`timer ${delay}`);
      void Promise.resolve().then(() => order.push(`promise ${delay}`));
    });
  await clock.advanceAsync(20, () => Promise.resolve());
  expect(order).toEqual(["timer 10", "promise 10", "timer 20", "promise 20"]);
  expect(clock.now()).toBe(20);
});

test("the system's clock waits longer than setTimeout can count, and not at all when cancelled", () => {
  vi.useFakeTimers();
  try {
    const fired: string[] = [];
    const month = 30 * 86_400_000;
    systemClock.after(month, () => fired.push("month"));
    systemClock.after(month, () => fired.push("cancelled")).cancel();
    const cutAndCancelled = systemClock.after(month, () => fired.push("cancelled later"));
    vi.advanceTimersByTime(month - 1);
    cutAndCancelled.cancel();
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual(["month"]);
  } finally {
    vi.useRealTimers();
  }
});
