import { expect, test } from "vitest";
import type { WindowSpec } from "../../src/rules/rulebook.ts";
import { Windows } from "../../src/rules/windows.ts";
import { VirtualClock } from "../../src/util/clock.ts";

const BERLIN = "Europe/Berlin";
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function daily(from: string, to: string, days = EVERY_DAY): WindowSpec {
  const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return { days, from: minutes(from), to: minutes(to), tz: BERLIN };
}

function cron(pattern: string, length: number): WindowSpec {
  return { cron: pattern, for: length, tz: BERLIN };
}

/** All openings and closings between two moments, as UTC texts; the edges that are foretold must be the ones that come. */
function history(spec: WindowSpec, from: string, to: string): string[] {
  const clock = new VirtualClock(Date.parse(from));
  const windows = new Windows({ w: spec }, clock);
  const seen: string[] = [];
  const stop = windows.watch((_, opened) => {
    seen.push(`${opened ? "opened" : "closed"} ${new Date(clock.now()).toISOString().slice(0, 16)}`);
  });
  clock.advance(Date.parse(to) - Date.parse(from));
  stop();
  return seen;
}

test.each([
  ["2026-01-05T07:59:59+01:00", false],
  ["2026-01-05T08:00:00+01:00", true],
  ["2026-01-05T18:29:59+01:00", true],
  ["2026-01-05T18:30:00+01:00", false],
  ["2026-01-04T12:00:00+01:00", false],
  ["2026-07-06T07:00:00Z", true],
  ["2026-07-06T05:59:59Z", false],
])("a window of working days at %s is open: %s", (at, open) => {
  const windows = new Windows({ w: daily("08:00", "18:30", [1, 2, 3, 4, 5]) }, new VirtualClock(0));
  expect(windows.isOpen("w", Date.parse(at))).toBe(open);
});

test("days is the day on which a window over midnight starts", () => {
  // Friday and Saturday night; 2026-01-09 is a Friday.
  expect(history(daily("22:00", "06:00", [5, 6]), "2026-01-08T00:00Z", "2026-01-13T00:00Z")).toEqual([
    "opened 2026-01-09T21:00",
    "closed 2026-01-10T05:00",
    "opened 2026-01-10T21:00",
    "closed 2026-01-11T05:00",
  ]);
});

test("a window until midnight and one from midnight meet without a gap", () => {
  const clock = new VirtualClock(Date.parse("2026-01-05T22:59:59.999Z"));
  const windows = new Windows({ late: daily("20:00", "24:00"), early: daily("00:00", "04:00") }, clock);
  expect([windows.isOpen("late"), windows.isOpen("early")]).toEqual([true, false]);
  clock.advance(1);
  expect([windows.isOpen("late"), windows.isOpen("early")]).toEqual([false, true]);
});

test("from and to alike is a whole day", () => {
  expect(history(daily("08:00", "08:00", [1]), "2026-01-04T00:00Z", "2026-01-10T00:00Z")).toEqual([
    "opened 2026-01-05T07:00",
    "closed 2026-01-06T07:00",
  ]);
});

test("a night is an hour shorter when the clock is put forward, and an hour longer when it is put back", () => {
  const night = daily("22:00", "06:00");
  expect(history(night, "2026-03-28T12:00Z", "2026-03-29T12:00Z")).toEqual([
    "opened 2026-03-28T21:00",
    "closed 2026-03-29T04:00",
  ]);
  expect(history(night, "2026-10-24T12:00Z", "2026-10-25T12:00Z")).toEqual([
    "opened 2026-10-24T20:00",
    "closed 2026-10-25T05:00",
  ]);
});

test("a window that begins in the hour left out begins where that hour would be", () => {
  expect(history(daily("02:30", "04:00"), "2026-03-28T12:00Z", "2026-03-29T12:00Z")).toEqual([
    "opened 2026-03-29T01:00",
    "closed 2026-03-29T02:00",
  ]);
});

test("a window that lies in the hour left out does not open that day", () => {
  expect(history(daily("02:15", "02:45"), "2026-03-28T12:00Z", "2026-03-30T12:00Z")).toEqual([
    "opened 2026-03-30T00:15",
    "closed 2026-03-30T00:45",
  ]);
});

test("a window in the hour that comes twice opens twice, as the clock shows it", () => {
  expect(history(daily("02:15", "02:45"), "2026-10-24T12:00Z", "2026-10-25T12:00Z")).toEqual([
    "opened 2026-10-25T00:15",
    "closed 2026-10-25T00:45",
    "opened 2026-10-25T01:15",
    "closed 2026-10-25T01:45",
  ]);
});

test("a cron window is open for its length from each of its runs", () => {
  // Sundays; 2026-03-29 and 2026-10-25 are those on which the clock changes.
  const weekly = cron("0 4 * * sun", 2 * HOUR);
  expect(history(weekly, "2026-03-22T12:00Z", "2026-03-30T00:00Z")).toEqual([
    "opened 2026-03-29T02:00",
    "closed 2026-03-29T04:00",
  ]);
  expect(history(weekly, "2026-10-19T12:00Z", "2026-10-26T00:00Z")).toEqual([
    "opened 2026-10-25T03:00",
    "closed 2026-10-25T05:00",
  ]);
});

test("a cron window whose time is left out or comes twice opens once, at the next or the first", () => {
  const maintenance = cron("0 2 * * sun", 2 * HOUR);
  expect(history(maintenance, "2026-03-28T12:00Z", "2026-03-29T12:00Z")).toEqual([
    "opened 2026-03-29T01:00",
    "closed 2026-03-29T03:00",
  ]);
  expect(history(maintenance, "2026-10-24T12:00Z", "2026-10-25T12:00Z")).toEqual([
    "opened 2026-10-25T00:00",
    "closed 2026-10-25T02:00",
  ]);
});

test("runs of a cron window that overlap are one opening", () => {
  const often = cron("0,30 8-9 * * *", HOUR);
  expect(history(often, "2026-01-05T00:00Z", "2026-01-05T23:00Z")).toEqual([
    "opened 2026-01-05T07:00",
    "closed 2026-01-05T09:30",
  ]);
});

test("a window that is open already when it is watched tells only its closing", () => {
  expect(history(daily("08:00", "18:00"), "2026-01-05T12:00Z", "2026-01-06T00:00Z")).toEqual([
    "closed 2026-01-05T17:00",
  ]);
});

test.each([
  [daily("22:00", "06:00"), "2026-01-05T12:00Z", undefined],
  [daily("22:00", "06:00"), "2026-01-05T23:00Z", "2026-01-06T05:00:00.000Z"],
  [cron("0 2 * * *", HOUR), "2026-01-05T01:30Z", "2026-01-05T02:00:00.000Z"],
  [cron("0 2 * * *", HOUR), "2026-01-05T02:00Z", undefined],
])("the end of an open window is known, that of a closed one is not: %j at %s", (spec, at, end) => {
  const closes = new Windows({ w: spec }, new VirtualClock(Date.parse(at))).closesAt("w");
  expect(closes === undefined ? undefined : new Date(closes).toISOString()).toBe(end);
});

test.each([
  [["day"], false, true],
  [["night"], false, false],
  [["night", "day"], false, true],
  [["night"], true, true],
  [["night", "day"], true, false],
  [["unknown"], false, false],
])("during %j, outside: %s, holds at noon: %s", (windows, not, holds) => {
  const specs = { day: daily("08:00", "18:00"), night: daily("22:00", "06:00") };
  expect(new Windows(specs, new VirtualClock(Date.parse("2026-01-05T12:00Z"))).during({ windows, not })).toBe(
    holds,
  );
});

test("a clock that is put back is seen within an hour", () => {
  const clock = new Settable(Date.parse("2026-01-05T08:00Z"));
  const seen: boolean[] = [];
  const stop = new Windows({ w: daily("08:00", "18:00") }, clock).watch((_, opened) => seen.push(opened));
  clock.shift(-4 * HOUR);
  clock.advance(HOUR);
  expect(seen).toEqual([false]);
  stop();
});

/** A clock that the machine's owner sets; timers go on as they were. */
class Settable extends VirtualClock {
  #shift = 0;
  override now(): number {
    return super.now() + this.#shift;
  }
  shift(by: number): void {
    this.#shift += by;
  }
}
