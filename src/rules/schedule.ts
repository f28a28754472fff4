import type { Cron } from "croner";
import type { Store } from "../store/store.ts";
import type { Clock, Timer } from "../util/clock.ts";
import type { EventSelector, Rule } from "./rulebook.ts";
import { cronOf } from "./windows.ts";

const TABLE = "timing";

/** The clock of the machine may be set: due times are looked at again at least this often, ms. */
const LONGEST_SLEEP = 60 * 60_000;

type Selector = Extract<EventSelector, { schedule: string }>;

interface Entry {
  readonly id: string;
  readonly rule: Rule;
  readonly selector: Selector;
  readonly cron: Cron;
}

/** `on: { schedule }`: fires at its cron times; with `missed: run` once for all that were missed while no engine ran. */
export class Schedules {
  readonly #entries: readonly Entry[];
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #fire: (rule: Rule, perDaemon: boolean) => void;
  readonly #timers = new Map<string, Timer>();

  constructor(
    rules: readonly Rule[],
    store: Store,
    clock: Clock,
    fire: (rule: Rule, perDaemon: boolean) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#fire = fire;
    this.#entries = rules
      .filter((rule) => rule.enabled)
      .flatMap((rule) =>
        rule.on.flatMap((selector, i) =>
          "schedule" in selector
            ? [
                {
                  id: `schedule/${rule.id}/${i}`,
                  rule,
                  selector,
                  cron: cronOf(selector.schedule, selector.tz),
                },
              ]
            : [],
        ),
      );
  }

  start(): void {
    const now = this.#clock.now();
    for (const entry of this.#entries) {
      const last = this.#store.get(TABLE, entry.id) as number | undefined;
      const from = entry.selector.missed === "run" && last !== undefined && last <= now ? last : now;
      this.#arm(entry, from);
    }
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** Waits for the first run after `from`. */
  #arm(entry: Entry, from: number): void {
    const now = this.#clock.now();
    const due = entry.cron.nextRun(new Date(from))?.getTime();
    if (this.#store.get(TABLE, entry.id) === undefined) this.#store.put(TABLE, entry.id, now);
    if (due === undefined) return;
    const timer = this.#clock.after(Math.min(LONGEST_SLEEP, Math.max(0, due - now)), () => {
      if (this.#clock.now() < due) {
        this.#arm(entry, from);
        return;
      }
      this.#store.put(TABLE, entry.id, this.#clock.now());
      this.#arm(entry, this.#clock.now());
      this.#fire(entry.rule, !entry.selector.once);
    });
    this.#timers.set(entry.id, timer);
  }
}
