import fc from "fast-check";
import { expect, test } from "vitest";
import { dayOf, hourOf, monthOf, type Span, weekOf } from "../../src/util/calendar.ts";

const HOUR = 3_600_000;
const at = (iso: string): number => Date.parse(iso);
const iso = (moment: number): string => new Date(moment).toISOString().replace(":00.000Z", "Z");
const told = ({ start, end }: Span): string => `${iso(start)} ${iso(end)}`;
const hours = ({ start, end }: Span): number => (end - start) / HOUR;

test.each([
  // Put forward: the second hour of the night is not there.
  ["Europe/Berlin", "2026-03-29T00:59:59.999Z", "2026-03-29T00:00Z 2026-03-29T01:00Z"],
  ["Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T01:00Z 2026-03-29T02:00Z"],
  // Put back: it is there twice, and each is an hour of its own.
  ["Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:00Z 2026-10-25T01:00Z"],
  ["Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:00Z 2026-10-25T02:00Z"],
  // Half an hour: the hour that is cut short, and the half that is shown once more.
  ["Australia/Lord_Howe", "2026-10-03T15:29:00Z", "2026-10-03T14:30Z 2026-10-03T15:30Z"],
  ["Australia/Lord_Howe", "2026-10-03T15:31:00Z", "2026-10-03T15:30Z 2026-10-03T16:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T14:59:00Z", "2026-04-04T14:00Z 2026-04-04T15:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-04T15:00Z 2026-04-04T15:30Z"],
  ["Asia/Kathmandu", "2026-01-05T09:14:59Z", "2026-01-05T08:15Z 2026-01-05T09:15Z"],
  ["Asia/Kathmandu", "2026-01-05T09:15:00Z", "2026-01-05T09:15Z 2026-01-05T10:15Z"],
  ["UTC", "1969-12-31T23:59:00Z", "1969-12-31T23:00Z 1970-01-01T00:00Z"],
])("the hour in %s at %s", (tz, moment, expected) => {
  expect(told(hourOf(at(moment), tz))).toBe(expected);
});

test.each([
  ["Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00Z 2026-03-29T22:00Z", 23],
  ["Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00Z 2026-10-25T23:00Z", 25],
  ["America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T05:00Z 2026-03-09T04:00Z", 23],
  ["America/New_York", "2026-11-01T12:00:00Z", "2026-11-01T04:00Z 2026-11-02T05:00Z", 25],
  ["Australia/Lord_Howe", "2026-10-03T16:00:00Z", "2026-10-03T13:30Z 2026-10-04T13:00Z", 23.5],
  ["Asia/Kathmandu", "2026-01-05T18:14:59Z", "2026-01-04T18:15Z 2026-01-05T18:15Z", 24],
  // No midnight: the day begins at one o'clock.
  ["America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03T03:00Z 2018-11-04T03:00Z", 24],
  ["America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04T03:00Z 2018-11-05T02:00Z", 23],
  ["Asia/Beirut", "2022-03-26T21:59:59Z", "2022-03-25T22:00Z 2022-03-26T22:00Z", 24],
  ["Asia/Beirut", "2022-03-26T22:00:00Z", "2022-03-26T22:00Z 2022-03-27T21:00Z", 23],
  ["America/Havana", "2026-03-08T05:00:00Z", "2026-03-08T05:00Z 2026-03-09T04:00Z", 23],
  // Midnight twice: the day begins with the first.
  ["America/Havana", "2026-11-01T04:30:00Z", "2026-11-01T04:00Z 2026-11-02T05:00Z", 25],
  ["America/Havana", "2026-11-01T05:30:00Z", "2026-11-01T04:00Z 2026-11-02T05:00Z", 25],
  // The hour before midnight twice: both are of the day before.
  ["America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17T02:00Z 2018-02-18T03:00Z", 25],
  // A minute of the new day, and then an hour of the old one again: the day has begun.
  ["America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07T02:30Z 2010-11-08T03:30Z", 25],
  ["America/St_Johns", "2010-11-07T03:00:00Z", "2010-11-07T02:30Z 2010-11-08T03:30Z", 25],
  // A day that never was.
  ["Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T10:00Z 2011-12-30T10:00Z", 24],
  ["Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00Z 2011-12-31T10:00Z", 24],
])("the day in %s at %s", (tz, moment, expected, length) => {
  const day = dayOf(at(moment), tz);
  expect(told(day)).toBe(expected);
  expect(hours(day)).toBe(length);
});

test.each([
  ["UTC", "2026-01-04T23:59:59.999Z", "2025-12-29T00:00Z 2026-01-05T00:00Z"],
  ["UTC", "2026-01-05T00:00:00Z", "2026-01-05T00:00Z 2026-01-12T00:00Z"],
  ["UTC", "2025-12-31T12:00:00Z", "2025-12-29T00:00Z 2026-01-05T00:00Z"],
  ["Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-22T23:00Z 2026-03-29T22:00Z"],
  ["Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-29T22:00Z 2026-04-05T22:00Z"],
  ["Europe/Berlin", "2026-10-25T22:30:00Z", "2026-10-18T22:00Z 2026-10-25T23:00Z"],
  ["Asia/Kathmandu", "2026-01-04T18:15:00Z", "2026-01-04T18:15Z 2026-01-11T18:15Z"],
])("the week in %s at %s", (tz, moment, expected) => {
  expect(told(weekOf(at(moment), tz))).toBe(expected);
});

test.each([
  ["UTC", 1, "2026-12-31T23:59:59.999Z", "2026-12-01T00:00Z 2027-01-01T00:00Z"],
  ["UTC", 1, "2027-01-01T00:00:00Z", "2027-01-01T00:00Z 2027-02-01T00:00Z"],
  ["UTC", 15, "2027-01-14T23:00:00Z", "2026-12-15T00:00Z 2027-01-15T00:00Z"],
  ["UTC", 15, "2026-12-31T23:00:00Z", "2026-12-15T00:00Z 2027-01-15T00:00Z"],
  // The month ends at the zone's midnight, not at ours.
  ["Europe/Berlin", 1, "2026-01-31T22:59:59.999Z", "2025-12-31T23:00Z 2026-01-31T23:00Z"],
  ["Europe/Berlin", 1, "2026-01-31T23:00:00Z", "2026-01-31T23:00Z 2026-02-28T23:00Z"],
  ["Europe/Berlin", 1, "2026-03-15T00:00:00Z", "2026-02-28T23:00Z 2026-03-31T22:00Z"],
  ["Asia/Kathmandu", 1, "2026-01-31T18:15:00Z", "2026-01-31T18:15Z 2026-02-28T18:15Z"],
  ["Pacific/Kiritimati", 1, "2026-01-31T10:00:00Z", "2026-01-31T10:00Z 2026-02-28T10:00Z"],
  ["Pacific/Pago_Pago", 1, "2026-02-01T10:59:59Z", "2026-01-01T11:00Z 2026-02-01T11:00Z"],
  // Leap years, and months that have no such day.
  ["UTC", 29, "2028-02-29T00:00:00Z", "2028-02-29T00:00Z 2028-03-29T00:00Z"],
  ["UTC", 29, "2028-02-28T23:59:59Z", "2028-01-29T00:00Z 2028-02-29T00:00Z"],
  ["UTC", 29, "2026-02-28T00:00:00Z", "2026-02-28T00:00Z 2026-03-29T00:00Z"],
  ["UTC", 29, "2026-03-01T00:00:00Z", "2026-02-28T00:00Z 2026-03-29T00:00Z"],
  ["UTC", 30, "2028-02-29T12:00:00Z", "2028-02-29T00:00Z 2028-03-30T00:00Z"],
  ["UTC", 30, "2026-02-27T23:00:00Z", "2026-01-30T00:00Z 2026-02-28T00:00Z"],
  ["UTC", 31, "2026-02-28T12:00:00Z", "2026-02-28T00:00Z 2026-03-31T00:00Z"],
  ["UTC", 31, "2026-04-30T00:00:00Z", "2026-04-30T00:00Z 2026-05-31T00:00Z"],
  ["UTC", 31, "2026-05-01T00:00:00Z", "2026-04-30T00:00Z 2026-05-31T00:00Z"],
  ["UTC", 31, "2100-02-28T00:00:00Z", "2100-02-28T00:00Z 2100-03-31T00:00Z"],
  // The day that is missing is the first of a period, or the clock is put back across its midnight.
  ["Pacific/Apia", 30, "2011-12-30T10:00:00Z", "2011-12-30T10:00Z 2012-01-29T10:00Z"],
  ["America/Sao_Paulo", 4, "2018-11-04T03:00:00Z", "2018-11-04T03:00Z 2018-12-04T02:00Z"],
  ["America/Havana", 1, "2026-11-01T05:30:00Z", "2026-11-01T04:00Z 2026-12-01T05:00Z"],
  ["America/St_Johns", 7, "2010-11-07T03:00:00Z", "2010-11-07T02:30Z 2010-12-07T03:30Z"],
])("the month in %s from day %i at %s", (tz, starts, moment, expected) => {
  expect(told(monthOf(at(moment), tz, starts))).toBe(expected);
});

const ZONES = [
  undefined,
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Sao_Paulo",
  "America/St_Johns",
  "America/Havana",
  "America/Scoresbysund",
  "America/Nuuk",
  "Asia/Beirut",
  "Asia/Gaza",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Africa/Casablanca",
  "Atlantic/Azores",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Kiritimati",
  "Antarctica/Troll",
];

const spans: fc.Arbitrary<(moment: number, tz: string | undefined) => Span> = fc.oneof(
  fc.constantFrom(hourOf, dayOf, weekOf),
  fc
    .integer({ min: 1, max: 31 })
    .map((starts) => (moment: number, tz: string | undefined) => monthOf(moment, tz, starts)),
);

const [FIRST, LAST] = [at("2000-01-01T00:00:00Z"), at("2037-12-31T00:00:00Z")];

test("spans tile time: each moment is in one, and each begins where the one before ends", () => {
  const check = (
    spanOf: (moment: number, tz: string | undefined) => Span,
    moment: number,
    tz: string | undefined,
  ): void => {
    const span = spanOf(moment, tz);
    expect(span.start).toBeLessThanOrEqual(moment);
    expect(span.end).toBeGreaterThan(moment);
    expect(spanOf(span.start, tz)).toEqual(span);
    expect(spanOf(span.end - 1, tz)).toEqual(span);
    expect(spanOf(span.end, tz).start).toBe(span.end);
    expect(spanOf(span.start - 1, tz).end).toBe(span.start);
  };
  fc.assert(fc.property(spans, fc.integer({ min: FIRST, max: LAST }), fc.constantFrom(...ZONES), check), {
    numRuns: 400,
  });
});

test("nor is a moment lost where clocks are changed, at a minute past midnight either", () => {
  const changes: readonly (readonly [tz: string, moment: string])[] = [
    ["America/St_Johns", "2010-11-07T02:31:00Z"],
    ["America/St_Johns", "2010-03-14T03:31:00Z"],
    ["America/Havana", "2026-11-01T05:00:00Z"],
    ["America/Sao_Paulo", "2018-02-18T02:00:00Z"],
    ["Asia/Beirut", "2022-10-29T21:00:00Z"],
    ["Asia/Gaza", "2016-10-28T22:00:00Z"],
    ["Atlantic/Azores", "2026-10-25T01:00:00Z"],
    ["America/Scoresbysund", "2022-10-30T01:00:00Z"],
    ["Pacific/Apia", "2011-12-30T10:00:00Z"],
    ["Antarctica/Troll", "2026-03-29T01:00:00Z"],
  ];
  fc.assert(
    fc.property(
      spans,
      fc.constantFrom(...changes),
      fc.integer({ min: -90, max: 90 }),
      fc.boolean(),
      (any, [tz, change], minutes, isMonth) => {
        const moment = at(change) + minutes * 60_000;
        const day = new Date(at(change) + 12 * HOUR).getUTCDate();
        const spanOf: typeof any = isMonth ? (when, zone) => monthOf(when, zone, day) : any;
        const span = spanOf(moment, tz);
        expect(span.start).toBeLessThanOrEqual(moment);
        expect(span.end).toBeGreaterThan(moment);
        expect(spanOf(span.end, tz).start).toBe(span.end);
        expect(spanOf(span.start, tz)).toEqual(span);
      },
    ),
    { numRuns: 400 },
  );
});
