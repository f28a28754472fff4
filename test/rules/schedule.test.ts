import { expect, test } from "vitest";
import { Schedules } from "../../src/rules/schedule.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import { rulebookOf } from "./support.ts";

const HOUR = 3_600_000;

/** A schedule whose engine can stop and start again. */
async function nightly(options = "", pattern = "0 2 * * *", start = "2026-01-05T12:00Z") {
  const { rules } = await rulebookOf(
    `- { id: r, on: { schedule: "${pattern}", tz: Europe/Berlin${options} }, do: [notify: x] }`,
  );
  const clock = new VirtualClock(Date.parse(start));
  const store = memoryStore();
  const fired: string[] = [];
  let schedules: Schedules | undefined;
  return {
    fired,
    start() {
      schedules = new Schedules(rules, store, clock, (rule, perDaemon) =>
        fired.push(
          `${rule.id} ${new Date(clock.now()).toISOString().slice(0, 16)}${perDaemon ? "" : " once"}`,
        ),
      );
      schedules.start();
    },
    stop: () => schedules?.stop(),
    hours: (hours: number) => clock.advance(hours * HOUR),
  };
}

test("a schedule fires at its times in its time zone, once for each daemon unless it says once", async () => {
  const each = await nightly();
  each.start();
  each.hours(48);
  expect(each.fired).toEqual(["r 2026-01-06T01:00", "r 2026-01-07T01:00"]);
  const once = await nightly(", once: true");
  once.start();
  once.hours(24);
  expect(once.fired).toEqual(["r 2026-01-06T01:00 once"]);
});

test.each([
  ["2026-03-28T12:00Z", ["r 2026-03-29T01:00", "r 2026-03-30T00:30"]],
  ["2026-10-24T12:00Z", ["r 2026-10-25T00:30", "r 2026-10-26T01:30"]],
])("on both changes of the clock a daily time comes once a day: from %s", async (start, fired) => {
  const s = await nightly("", "30 2 * * *", start);
  s.start();
  s.hours(48);
  expect(s.fired).toEqual(fired);
});

test("what was missed while no engine ran is skipped", async () => {
  const s = await nightly();
  s.start();
  s.hours(20);
  s.stop();
  s.hours(60);
  s.start();
  s.hours(1);
  expect(s.fired).toEqual(["r 2026-01-06T01:00"]);
  s.hours(24);
  expect(s.fired).toEqual(["r 2026-01-06T01:00", "r 2026-01-09T01:00"]);
});

test("with missed run it fires once for all that was missed, and then goes on as before", async () => {
  const s = await nightly(", missed: run");
  s.start();
  s.hours(20);
  s.stop();
  s.hours(60);
  s.start();
  s.hours(1);
  expect(s.fired).toEqual(["r 2026-01-06T01:00", "r 2026-01-08T20:00"]);
  s.hours(24);
  expect(s.fired.slice(2)).toEqual(["r 2026-01-09T01:00"]);
});

test("with missed run nothing fires when nothing was missed, not even at the very first start", async () => {
  const s = await nightly(", missed: run");
  s.start();
  s.hours(1);
  s.stop();
  s.hours(2);
  s.start();
  s.hours(1);
  expect(s.fired).toEqual([]);
});

test("a schedule that was missed before it ever ran once is made up for", async () => {
  const s = await nightly(", missed: run");
  s.start();
  s.stop();
  s.hours(24);
  s.start();
  s.hours(0);
  expect(s.fired).toEqual(["r 2026-01-06T12:00"]);
});

test("a restart at the time itself does not fire twice", async () => {
  const s = await nightly(", missed: run");
  s.start();
  s.hours(13);
  s.stop();
  s.start();
  s.hours(1);
  expect(s.fired).toEqual(["r 2026-01-06T01:00"]);
});

test("a stopped schedule, and a rule that is off, fire nothing", async () => {
  const s = await nightly();
  s.start();
  s.stop();
  s.hours(48);
  expect(s.fired).toEqual([]);
  const { rules } = await rulebookOf(
    `- { id: r, enabled: false, on: { schedule: "* * * * *" }, do: [notify: x] }`,
  );
  const clock = new VirtualClock(0);
  const fired: string[] = [];
  new Schedules(rules, memoryStore(), clock, (rule) => fired.push(rule.id)).start();
  clock.advance(HOUR);
  expect(fired).toEqual([]);
});
