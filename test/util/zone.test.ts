import fc from "fast-check";
import { expect, test } from "vitest";
import { clockChanges, momentsOf, offset, wallClock } from "../../src/util/zone.ts";

const HOUR = 3_600_000;
const at = (iso: string): number => Date.parse(iso);

test.each([
  ["2026-01-05T09:30:00Z", "Europe/Berlin", 1, 10 * 60 + 30],
  ["2026-07-05T22:30:00Z", "Europe/Berlin", 1, 30],
  ["2026-01-04T23:59:59.999Z", "UTC", 0, 23 * 60 + 59],
  ["2026-01-05T00:00:00Z", "America/New_York", 0, 19 * 60],
  ["2026-01-05T00:00:00Z", "Asia/Kathmandu", 1, 5 * 60 + 45],
  ["1969-12-31T23:00:00Z", "UTC", 3, 23 * 60],
])("the clock at %s in %s shows weekday %i, minute %i", (iso, tz, weekday, minutes) => {
  expect(wallClock(at(iso), tz)).toMatchObject({ weekday, minutes });
});

test("the offset follows summer time, to the millisecond", () => {
  const change = at("2026-03-29T01:00:00Z");
  expect(offset(change - 1, "Europe/Berlin")).toBe(HOUR);
  expect(offset(change, "Europe/Berlin")).toBe(2 * HOUR);
});

test("a skipped hour has no moments, a repeated one has two", () => {
  const wall = (iso: string): string[] =>
    momentsOf(at(`${iso}Z`), "Europe/Berlin").map((moment) => new Date(moment).toISOString());
  expect(wall("2026-03-29T02:30:00")).toEqual([]);
  expect(wall("2026-10-25T02:30:00")).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]);
  expect(wall("2026-10-25T03:00:00")).toEqual(["2026-10-25T02:00:00.000Z"]);
});

test("what the clock shows leads back to the moment", () => {
  const zones = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    undefined,
  ];
  const seconds = fc.integer({
    min: at("2000-01-01T00:00:00Z") / 1000,
    max: at("2037-12-31T00:00:00Z") / 1000,
  });
  fc.assert(
    fc.property(seconds, fc.constantFrom(...zones), (second, tz) => {
      const moment = second * 1000;
      expect(momentsOf(wallClock(moment, tz).asUtc, tz)).toContain(moment);
    }),
    { numRuns: 200 },
  );
});

test("the changes of the clock between two moments are found", () => {
  const [from, to] = [at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z")];
  const changes = (tz: string): string[] =>
    clockChanges(from, to, tz).map((moment) => new Date(moment).toISOString());
  expect(changes("Europe/Berlin")).toEqual(["2026-03-29T01:00:00.000Z", "2026-10-25T01:00:00.000Z"]);
  expect(changes("Australia/Lord_Howe")).toEqual(["2026-04-04T15:00:00.000Z", "2026-10-03T15:30:00.000Z"]);
  expect(changes("Asia/Kolkata")).toEqual([]);
  expect(clockChanges(from, at("2026-03-29T00:59:59Z"), "Europe/Berlin")).toEqual([]);
});

test("an unknown zone is a RangeError", () => {
  expect(() => wallClock(0, "Europe/Atlantis")).toThrow(RangeError);
});
