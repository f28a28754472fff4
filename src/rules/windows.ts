import { Cron } from "croner";
import type { Clock, Timer } from "../util/clock.ts";
import { clockChanges, momentsOf, wallClock } from "../util/zone.ts";
import type { During, WindowSpec } from "./rulebook.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The clock of the machine may be set: edges are looked at again at least this often. */
const LONGEST_SLEEP = 60 * MINUTE;

/** So many overlapping runs are taken together; a window that is always open is looked at again then. */
const MOST_RUNS = 500;

/** A window looked for further ahead than this never opens. */
const HORIZON = 9 * DAY;

type Daily = Extract<WindowSpec, { days: readonly number[] }>;

/** The windows of a rulebook: which are open, and when that changes. */
export class Windows {
  readonly #specs: Readonly<Record<string, WindowSpec>>;
  readonly #crons = new Map<string, Cron>();
  readonly #clock: Clock;

  constructor(specs: Readonly<Record<string, WindowSpec>>, clock: Clock) {
    this.#specs = specs;
    this.#clock = clock;
    for (const [name, spec] of Object.entries(specs))
      if ("cron" in spec) this.#crons.set(name, cronOf(spec.cron, spec.tz));
  }

  /** Unknown names are closed. */
  isOpen(name: string, at = this.#clock.now()): boolean {
    const spec = this.#specs[name];
    if (!spec) return false;
    if (!("cron" in spec)) return isOpenDaily(spec, at);
    const run = this.#crons.get(name)?.nextRun(new Date(at - spec.for));
    return run !== null && run !== undefined && run.getTime() <= at;
  }

  /** Inside any of the windows, or with `not` outside all of them. */
  during(during: During): boolean {
    return during.windows.some((name) => this.isOpen(name)) !== during.not;
  }

  /** The next moment at which the window opens or closes, ms; undefined when none is near. */
  nextEdge(name: string, after = this.#clock.now()): number | undefined {
    const spec = this.#specs[name];
    if (!spec) return undefined;
    return "cron" in spec ? this.#cronEdge(name, spec.for, after) : dailyEdge(spec, after);
  }

  /** When the open window closes; undefined when it is closed. */
  closesAt(name: string): number | undefined {
    return this.isOpen(name) ? this.nextEdge(name) : undefined;
  }

  /** Tells each opening and closing from now on; returns how to stop. */
  watch(changed: (name: string, opened: boolean) => void): () => void {
    const names = Object.keys(this.#specs);
    const open = new Map(names.map((name) => [name, this.isOpen(name)]));
    let timer: Timer | undefined;
    const look = (): void => {
      for (const name of names) {
        const now = this.isOpen(name);
        if (now === open.get(name)) continue;
        open.set(name, now);
        changed(name, now);
      }
      arm();
    };
    const arm = (): void => {
      const now = this.#clock.now();
      const edges = names.map((name) => this.nextEdge(name, now)).filter((edge) => edge !== undefined);
      timer = this.#clock.after(
        Math.max(1, Math.min(LONGEST_SLEEP, ...edges.map((edge) => edge - now))),
        look,
      );
    };
    if (names.length > 0) arm();
    return () => timer?.cancel();
  }

  #cronEdge(name: string, length: number, after: number): number | undefined {
    const cron = this.#crons.get(name);
    if (!this.isOpen(name, after)) return cron?.nextRun(new Date(after))?.getTime();
    // Runs that overlap make one long opening; each run is looked at once.
    let end = after;
    let run = cron?.nextRun(new Date(after - length))?.getTime();
    for (let runs = 0; run !== undefined && run <= Math.max(end, after) && runs < MOST_RUNS; runs++) {
      end = run + length;
      run = cron?.nextRun(new Date(run))?.getTime();
    }
    return end;
  }
}

/** Makes a cron schedule; throws an Error that says what is wrong with the pattern. */
export function cronOf(pattern: string, tz: string | undefined): Cron {
  return new Cron(pattern, { paused: true, ...(tz === undefined ? {} : { timezone: tz }) });
}

function isOpenDaily(spec: Daily, at: number): boolean {
  const { weekday, minutes } = wallClock(at, spec.tz);
  if (spec.to > spec.from) return spec.days.includes(weekday) && minutes >= spec.from && minutes < spec.to;
  const yesterday = (weekday + 6) % 7;
  return (
    (spec.days.includes(weekday) && minutes >= spec.from) ||
    (spec.days.includes(yesterday) && minutes < spec.to)
  );
}

function dailyEdge(spec: Daily, after: number): number | undefined {
  const midnight = Math.floor(wallClock(after, spec.tz).asUtc / DAY) * DAY;
  const moments = clockChanges(after, after + HORIZON, spec.tz);
  for (let day = midnight - DAY; day <= midnight + HORIZON; day += DAY)
    for (const minutes of [0, spec.from, spec.to])
      moments.push(...momentsOf(day + minutes * MINUTE, spec.tz));
  const open = isOpenDaily(spec, after);
  return moments
    .filter((moment) => moment > after)
    .toSorted((a, b) => a - b)
    .find((moment) => isOpenDaily(spec, moment) !== open);
}
