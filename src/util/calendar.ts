import { clockChanges, momentsOf, wallClock } from "./zone.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A span [start, end) of time, ms since the epoch. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The hour on the zone's clock; one that is shown twice is two hours, one that is cut short by a change ends there. */
export function hourOf(at: number, tz: string | undefined): Span {
  const into = ((wallClock(at, tz).asUtc % HOUR) + HOUR) % HOUR;
  const [start, end] = [at - into, at - into + HOUR];
  const changes = clockChanges(start - 1, end + 1, tz);
  return {
    start: Math.max(start, ...changes.filter((change) => change <= at)),
    end: Math.min(end, ...changes.filter((change) => change > at)),
  };
}

/** From midnight to midnight on the zone's clock: 23 or 25 hours where it is put forward or back. */
export function dayOf(at: number, tz: string | undefined): Span {
  const midnight = midnightOf(at, tz);
  return spanFrom((days) => midnight + days * DAY, at, tz);
}

/** From Monday to Monday. */
export function weekOf(at: number, tz: string | undefined): Span {
  const monday = midnightOf(at, tz) - ((wallClock(at, tz).weekday + 6) % 7) * DAY;
  return spanFrom((weeks) => monday + weeks * 7 * DAY, at, tz);
}

/** From the day of the month at which it `starts` to that of the next; a month without such a day starts on its last one. */
export function monthOf(at: number, tz: string | undefined, starts: number): Span {
  const wall = new Date(wallClock(at, tz).asUtc);
  const first = (month: number): number => {
    const last = new Date(Date.UTC(wall.getUTCFullYear(), month + 1, 0)).getUTCDate();
    return Date.UTC(wall.getUTCFullYear(), month, Math.min(starts, last));
  };
  const month = wall.getUTCMonth();
  const before = first(month) > wall.getTime() ? month - 1 : month;
  return spanFrom((months) => first(before + months), at, tz);
}

/** Midnight of that day as the zone's clock shows it, read as if it were UTC. */
function midnightOf(at: number, tz: string | undefined): number {
  return Math.floor(wallClock(at, tz).asUtc / DAY) * DAY;
}

/** `walls`: midnights by number, 0 for the last one. Where the clock is put back over one, a day begins with the first of both. */
function spanFrom(walls: (number: number) => number, at: number, tz: string | undefined): Span {
  const end = firstMoment(walls(1), tz);
  return end <= at
    ? { start: end, end: firstMoment(walls(2), tz) }
    : { start: firstMoment(walls(0), tz), end };
}

/** The first moment at which the zone's clock shows this or, where it is put forward over it, more. */
function firstMoment(wall: number, tz: string | undefined): number {
  const moments = momentsOf(wall, tz);
  if (moments.length > 0) return Math.min(...moments);
  const [change = wall] = clockChanges(wall - DAY, wall + DAY, tz);
  return change;
}
