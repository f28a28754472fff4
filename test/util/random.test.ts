import { expect, test } from "vitest";
import { seededRandom } from "../../src/util/random.ts";

const take = (seed: number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

test("the same seed gives the same numbers, another seed other ones", () => {
  expect(take(42, 20)).toEqual(take(42, 20));
  expect(take(42, 20)).not.toEqual(take(43, 20));
});

test("the numbers lie in [0, 1) and are spread evenly", () => {
  const numbers = take(1, 10_000);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  for (let tenth = 0; tenth < 10; tenth++) {
    const share = numbers.filter((number) => Math.floor(number * 10) === tenth).length / numbers.length;
    expect(share).toBeGreaterThan(0.09);
    expect(share).toBeLessThan(0.11);
  }
});
