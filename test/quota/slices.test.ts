import fc from "fast-check";
import { expect, test } from "vitest";
import { Slices } from "../../src/quota/slices.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5, 9);

/** Windows whose length is no multiple of sixty are kept as well. */
const windows = fc.constantFrom(60_000, HOUR, DAY, 30 * DAY, 100_001, 7 * HOUR + 1);

test("never less is counted than is younger than the window, and never more than one slice beyond it", () => {
  const steps = fc.array(fc.tuple(fc.double({ min: 0, max: 0.4, noNaN: true }), fc.nat(1_000)), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(windows, steps, (window, all) => {
      const slices = new Slices(window);
      const added: { at: number; bytes: number }[] = [];
      let now = START;
      for (const [part, bytes] of all) {
        // Mostly small steps, so that many slices are there at once.
        now += Math.floor(part * part * window);
        slices.add(bytes, now);
        added.push({ at: now, bytes });
        const since = (moment: number): number =>
          added.filter(({ at }) => at >= moment).reduce((sum, one) => sum + one.bytes, 0);
        expect(slices.total).toBeGreaterThanOrEqual(since(now - window));
        expect(slices.total).toBeLessThanOrEqual(since(now - window - window / 60));
        expect(slices.saved().length).toBeLessThanOrEqual(62);
      }
    }),
    { numRuns: 60 },
  );
});

test("what is added all the time takes no more than 62 slices, and leaves when it is older than the window", () => {
  const slices = new Slices(DAY);
  for (let now = START; now < START + 3 * DAY; now += 60_000) {
    slices.add(1, now);
    expect(slices.saved().length).toBeLessThanOrEqual(62);
  }
  expect(slices.total).toBeGreaterThanOrEqual(1440);
  expect(slices.total).toBeLessThanOrEqual(1440 + 24);
  slices.trim(START + 5 * DAY);
  expect(slices.saved()).toEqual([]);
  expect(slices.total).toBe(0);
});

test("it is told when the total falls below a limit: not before, and then it has", () => {
  fc.assert(
    fc.property(
      windows,
      fc.array(fc.tuple(fc.double({ min: 0, max: 0.1, noNaN: true }), fc.integer({ min: 1, max: 100 })), {
        minLength: 1,
        maxLength: 60,
      }),
      fc.integer({ min: 1, max: 500 }),
      (window, steps, limit) => {
        const slices = new Slices(window);
        let now = START;
        for (const [part, bytes] of steps) {
          now += Math.floor(part * window);
          slices.add(bytes, now);
        }
        const at = slices.below(limit) ?? Infinity;
        if (slices.total < limit) return;
        // A millisecond more or less: slices of such windows begin between two of them.
        const before = slices.copy();
        before.trim(at - 2);
        expect(before.total).toBeGreaterThanOrEqual(limit);
        slices.trim(at + 1);
        expect(slices.total).toBeLessThan(limit);
      },
    ),
    { numRuns: 100 },
  );
  expect(new Slices(DAY).below(1)).toBeUndefined();
});

test("a clock that is set back an hour neither loses nor repeats anything", () => {
  const slices = new Slices(DAY);
  slices.add(10, START);
  slices.add(5, START - HOUR);
  slices.add(1, START - HOUR / 2);
  expect(slices.total).toBe(16);
  slices.trim(START + DAY - 1);
  expect(slices.total).toBe(16);
  slices.trim(START + DAY + DAY / 60);
  expect(slices.total).toBe(0);
});

test("a clock that is set back again and again takes no more memory", () => {
  const slices = new Slices(HOUR);
  let now = START;
  for (let i = 0; i < 1_000; i++) {
    now += i % 7 === 6 ? -HOUR / 2 : 400_000;
    slices.add(1, now);
    expect(slices.saved().length).toBeLessThanOrEqual(62);
  }
});

test("a clock that was far ahead and is right again: what was used meanwhile counts as of now, and leaves in its time", () => {
  const slices = new Slices(DAY);
  slices.add(10, START + 400 * DAY);
  slices.add(20, START + 400 * DAY + 2 * HOUR);
  slices.add(5, START);
  expect(slices.total).toBe(35);
  slices.trim(START + DAY - 2 * HOUR - 1);
  expect(slices.total).toBe(35);
  slices.trim(START + DAY - HOUR);
  expect(slices.total).toBe(25);
  slices.trim(START + DAY + DAY / 60);
  expect(slices.total).toBe(0);
});

test("what was put together can be taken apart again, and is the same after it was written and read", () => {
  const parts = fc.array(fc.tuple(fc.nat(23), fc.integer({ min: 1, max: 1_000 })), { maxLength: 40 });
  const made = (hours: readonly (readonly [number, number])[]): Slices => {
    const slices = new Slices(DAY);
    for (const [hour, bytes] of [...hours].toSorted(([a], [b]) => a - b))
      slices.add(bytes, START + hour * HOUR);
    return slices;
  };
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const [one, another] = [made(a), made(b)];
      const sum = one.copy();
      sum.merge(another);
      expect(sum.total).toBe(one.total + another.total);
      expect(sum.saved().map(([number]) => number)).toEqual(
        sum
          .saved()
          .map(([number]) => number)
          .toSorted((x, y) => x - y),
      );
      sum.subtract(another);
      expect(sum.saved()).toEqual(one.saved());
      const again = new Slices(DAY, JSON.parse(JSON.stringify(one.saved())) as [number, number][]);
      expect(again.total).toBe(one.total);
    }),
    { numRuns: 100 },
  );
});
