/** A moment on the wall clock of a time zone. */
export interface WallClock {
  /** 0 = Sunday … 6 = Saturday */
  readonly weekday: number;
  /** Minutes since midnight. */
  readonly minutes: number;
  /** The same wall clock read as if it were UTC, ms: for arithmetic on days. */
  readonly asUtc: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const formatters = new Map<string, Intl.DateTimeFormat>();

/** `tz` undefined is the machine's zone. Throws RangeError for an unknown one. */
export function wallClock(at: number, tz: string | undefined): WallClock {
  const asUtc = at + offset(at, tz);
  const days = Math.floor(asUtc / DAY);
  // 1970-01-01 was a Thursday.
  return { weekday: (((days + 4) % 7) + 7) % 7, minutes: Math.floor((asUtc - days * DAY) / MINUTE), asUtc };
}

/** How far the zone's clock is ahead of UTC at a moment, ms. */
export function offset(at: number, tz: string | undefined): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatter(tz).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** The moments at which the zone's clock shows this; none in a skipped hour, two in a repeated one. */
export function momentsOf(asUtc: number, tz: string | undefined): number[] {
  const offsets = new Set([offset(asUtc - DAY, tz), offset(asUtc + DAY, tz)]);
  return [...offsets].map((ahead) => asUtc - ahead).filter((at) => at + offset(at, tz) === asUtc);
}

/** The moments between two at which the zone's clock is put forward or back. */
export function clockChanges(from: number, to: number, tz: string | undefined): number[] {
  const found: number[] = [];
  for (let day = from; day < to; day += DAY) {
    let [low, high] = [day, Math.min(day + DAY, to)];
    if (offset(low, tz) === offset(high, tz)) continue;
    const before = offset(low, tz);
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000;
      if (middle <= low) break;
      if (offset(middle, tz) === before) low = middle;
      else high = middle;
    }
    found.push(Math.ceil(high / 1000) * 1000);
  }
  return found;
}

function formatter(tz: string | undefined): Intl.DateTimeFormat {
  const name = tz ?? "";
  let found = formatters.get(name);
  if (!found) {
    found = new Intl.DateTimeFormat("en-US", {
      ...(tz === undefined ? {} : { timeZone: tz }),
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(name, found);
  }
  return found;
}
