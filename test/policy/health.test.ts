import fc from "fast-check";
import { expect, test } from "vitest";
import { Health, type Penalty } from "../../src/policy/health.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import { MINUTE, START } from "./support.ts";

const PENALTY: Penalty = { base: MINUTE, factor: 2, max: 5 * MINUTE };
const A = "a:1194/udp";

interface Sick {
  readonly health: Health;
  readonly clock: VirtualClock;
  readonly store: Store;
}

function sick(penalty = PENALTY, failures = 0): Sick {
  const clock = new VirtualClock(START);
  const store = memoryStore();
  const health = new Health("office", penalty, store, clock);
  for (let i = 0; i < failures; i++) health.fail(A, 1);
  return { health, clock, store };
}

test("nothing is held against a candidate that has not failed", () => {
  const { health } = sick();
  expect(health.get(A)).toEqual({ failures: 0, level: 0, until: 0, length: 0 });
  expect(health.isPenalized(A)).toBe(false);
});

test("the penalty comes with the failure that fail-after says, and not before", () => {
  const { health, clock } = sick();
  health.fail(A, 3);
  health.fail(A, 3);
  expect(health.isPenalized(A)).toBe(false);
  expect(health.fail(A, 3)).toEqual({ failures: 3, level: 1, until: clock.now() + MINUTE, length: MINUTE });
  expect(health.isPenalized(A)).toBe(true);
});

test("a penalty ends at its end and not a moment before", () => {
  const { health, clock } = sick(PENALTY, 1);
  clock.advance(MINUTE - 1);
  expect(health.isPenalized(A)).toBe(true);
  clock.advance(1);
  expect(health.isPenalized(A)).toBe(false);
});

test("after a penalty a single failure brings the next, longer one", () => {
  const { health, clock } = sick();
  health.fail(A, 2);
  health.fail(A, 2);
  clock.advance(MINUTE);
  expect(health.fail(A, 2)).toMatchObject({ failures: 3, level: 2, length: 2 * MINUTE });
});

test("penalties grow by the factor up to the longest", () => {
  const { health, clock } = sick();
  const lengths = Array.from({ length: 5 }, () => {
    const { length, until } = health.fail(A, 1);
    clock.advance(until - clock.now());
    return length / MINUTE;
  });
  expect(lengths).toEqual([1, 2, 4, 5, 5]);
});

test("a factor of 1 keeps every penalty as long as the first", () => {
  const { health } = sick({ ...PENALTY, factor: 1 });
  expect([health.fail(A, 1), health.fail(A, 1)].map(({ length }) => length)).toEqual([MINUTE, MINUTE]);
});

test("a thousand failures in a row leave the penalty a number", () => {
  const { health, clock } = sick({ base: MINUTE, factor: 10, max: 60 * MINUTE }, 1000);
  expect(health.get(A)).toMatchObject({ failures: 1000, until: clock.now() + 60 * MINUTE });
});

test("each further length without a failure takes one level off, and at none all is forgotten", () => {
  const { health, clock } = sick(PENALTY, 2);
  clock.advance(2 * MINUTE);
  expect(health.get(A)).toMatchObject({ failures: 2, level: 2 });
  clock.advance(2 * MINUTE);
  expect(health.get(A)).toMatchObject({ failures: 2, level: 1 });
  clock.advance(2 * MINUTE - 1);
  expect(health.get(A).level).toBe(1);
  clock.advance(1);
  expect(health.get(A)).toEqual({ failures: 0, level: 0, until: 0, length: 0 });
});

test("a failure after a level has decayed brings the penalty of the lower level", () => {
  const { health, clock } = sick(PENALTY, 2);
  clock.advance(4 * MINUTE);
  expect(health.fail(A, 1)).toMatchObject({ level: 2, length: 2 * MINUTE });
});

test("failures without a penalty do not decay", () => {
  const { health, clock } = sick();
  health.fail(A, 2);
  clock.advance(24 * 60 * MINUTE);
  expect(health.fail(A, 2).level).toBe(1);
});

test("a pardon ends the penalty and keeps its level", () => {
  const { health } = sick(PENALTY, 2);
  health.pardon(A);
  expect(health.isPenalized(A)).toBe(false);
  expect(health.fail(A, 1)).toMatchObject({ failures: 3, level: 3, length: 4 * MINUTE });
});

test("a pardon of a healthy candidate changes nothing", () => {
  const { health, store } = sick();
  health.pardon(A);
  expect(store.entries("health")).toEqual([]);
});

test("clearing forgets all, also in the store", () => {
  const { health, store } = sick(PENALTY, 3);
  health.clear(A);
  expect(health.get(A).failures).toBe(0);
  expect(store.entries("health")).toEqual([]);
});

test("a rule's penalty counts no failure", () => {
  const { health } = sick();
  expect(health.penalize(A)).toMatchObject({ failures: 0, level: 1, length: MINUTE });
});

test("groups whose names begin alike keep their candidates apart", () => {
  const { store, clock } = sick(PENALTY, 1);
  const other = new Health("off", PENALTY, store, clock);
  expect([...other.keys()]).toEqual([]);
  expect([...new Health("office", PENALTY, store, clock).keys()]).toEqual([A]);
});

test("a clock that was set back does not lengthen a penalty beyond the longest", () => {
  const { store } = sick(PENALTY, 1);
  const clock = new VirtualClock(START - 24 * 60 * MINUTE);
  const health = new Health("office", PENALTY, store, clock);
  expect(health.get(A).until).toBe(clock.now() + PENALTY.max);
});

test("after a restart all is as it was", () => {
  const happening = fc.constantFrom(
    "fail",
    "fail twice",
    "penalize",
    "pardon",
    "clear",
    "second",
    "minutes",
    "hour",
  );
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 20 }), (happenings) => {
      const { health, clock, store } = sick();
      for (const what of happenings) {
        if (what === "fail") health.fail(A, 1);
        else if (what === "fail twice") health.fail(A, 2);
        else if (what === "penalize") health.penalize(A);
        else if (what === "pardon") health.pardon(A);
        else if (what === "clear") health.clear(A);
        else clock.advance(what === "second" ? 1_000 : what === "minutes" ? 3 * MINUTE : 60 * MINUTE);
      }
      const restored = new Health("office", PENALTY, store, clock);
      for (const later of [0, MINUTE, 5 * MINUTE, 60 * MINUTE]) {
        clock.advance(later);
        expect(restored.get(A)).toEqual(health.get(A));
      }
    }),
  );
});
