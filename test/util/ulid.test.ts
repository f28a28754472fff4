import { expect, test } from "vitest";
import { seededRandom } from "../../src/util/random.ts";
import { ulidFactory } from "../../src/util/ulid.ts";

test("an identifier has 26 characters of Crockford's base 32, its time in the first ten", () => {
  const id = ulidFactory(
    () => 1_469_918_176_385,
    () => 0,
  )();
  expect(id).toBe(`01ARYZ6S41${"0".repeat(16)}`);
  expect(
    ulidFactory(
      () => 2 ** 48 - 1,
      () => 0.999,
    )(),
  ).toBe("7ZZZZZZZZZ".padEnd(26, "Z"));
});

test("identifiers of one millisecond and of later ones sort as they were made", () => {
  let now = 1_767_600_000_000;
  const make = ulidFactory(() => now, seededRandom(7));
  const made = Array.from({ length: 2_000 }, (_, i) => {
    if (i % 50 === 0) now++;
    return make();
  });
  expect(made.toSorted()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
});

test("a clock that is put back gives no identifier twice", () => {
  let now = 5_000;
  const make = ulidFactory(
    () => now,
    () => 0.5,
  );
  const before = [make(), make()];
  now = 4_000;
  const back = make();
  now = 5_000;
  const again = [make(), make()];
  expect(new Set([...before, back, ...again]).size).toBe(5);
  expect([...before, back, ...again].toSorted()).toEqual([...before, back, ...again]);
});
