import { DURATION, NUMBER, TEXT, TIME } from "../kinds.ts";
import { pure, type Literals, type Overload, type Overloads } from "../overload.ts";
import { EvaluationError } from "../types.ts";

const formats = new Map<string, Intl.DateTimeFormat | undefined>();

/** Whether it names a time zone, such as Europe/Berlin. */
export function isZone(zone: string): boolean {
  return formatFor(zone) !== undefined;
}

/** The time as a Date whose UTC fields are the local ones in the zone; UTC without one. */
export function localDate(time: number, zone: string | undefined): Date {
  if (zone === undefined) return new Date(time);
  const format = formatFor(zone);
  if (!format) throw new EvaluationError(`Unknown time zone '${zone}'`);
  const fields: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(time)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second) + (((time % 1000) + 1000) % 1000));
}

function formatFor(zone: string): Intl.DateTimeFormat | undefined {
  if (formats.has(zone)) return formats.get(zone);
  let format: Intl.DateTimeFormat | undefined;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    // An unknown zone is kept too, as undefined. There are but some hundreds that are known.
    if (formats.size > 1000) formats.clear();
  }
  formats.set(zone, format);
  return format;
}

/** Checks the zone, the last argument, when it is a literal. */
export function checkZone(literals: Literals): string | undefined {
  const zone = literals.at(-1);
  return typeof zone === "string" && !isZone(zone) ? `unknown time zone '${zone}'` : undefined;
}

function reader(read: (date: Date) => number): Overload {
  return pure([TIME, TEXT], NUMBER, (time: number, zone?: string) => read(localDate(time, zone)), {
    optionalParams: 1,
    check: checkZone,
  });
}

function count(unit: number): Overload {
  return pure([DURATION], NUMBER, (duration: number) => Math.trunc(duration / unit) + 0);
}

/** CEL's accessors of times (in UTC, or in the zone that is given) and of durations (whole units of all of it). */
export const TIME_METHODS: Overloads = {
  getFullYear: [reader((date) => date.getUTCFullYear())],
  getMonth: [reader((date) => date.getUTCMonth())],
  getDate: [reader((date) => date.getUTCDate())],
  getDayOfMonth: [reader((date) => date.getUTCDate() - 1)],
  getDayOfWeek: [reader((date) => date.getUTCDay())],
  getDayOfYear: [reader(dayOfYear)],
  getHours: [reader((date) => date.getUTCHours()), count(3_600_000)],
  getMinutes: [reader((date) => date.getUTCMinutes()), count(60_000)],
  getSeconds: [reader((date) => date.getUTCSeconds()), count(1000)],
  getMilliseconds: [reader((date) => date.getUTCMilliseconds()), count(1)],
};

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);
}
