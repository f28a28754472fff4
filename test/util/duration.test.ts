import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/util/duration.ts";

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["5m", 300_000],
  ["2h", 7_200_000],
  ["7d", 604_800_000],
  ["1.5h", 5_400_000],
  ["0.1s", 100],
  ["0s", 0],
])("%s is %d ms", (text, duration) => {
  expect(parseDuration(text)).toBe(duration);
});

test.each(["", "5", "m", "-5m", "5 m", "1h30m", "5M", "1e3s", ".5s", "5.s", "99999999999999d"])(
  "'%s' is no duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  [0, "0s"],
  [90_000, "1m30s"],
  [1500, "1s500ms"],
  [604_800_000, "7d"],
  [-60_000, "-1m"],
])("%d ms is written %s", (duration, text) => {
  expect(formatDuration(duration)).toBe(text);
});

test("what is written adds up to what was given", () => {
  fc.assert(
    fc.property(fc.nat(), (duration) => {
      const parts = formatDuration(duration).match(/\d+[a-z]+/g) ?? [];
      expect(parts.reduce((sum, part) => sum + (parseDuration(part) ?? Number.NaN), 0)).toBe(duration);
    }),
  );
});
