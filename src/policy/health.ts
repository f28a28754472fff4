import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";

const TABLE = "health";

/** What is held against a candidate. Times in ms since the epoch. */
export interface Record {
  /** Failed attempts since it was last stable. */
  readonly failures: number;
  /** Penalties that it has had, less what has decayed. */
  readonly level: number;
  /** End of its last penalty. */
  readonly until: number;
  /** Length of its last penalty, ms. */
  readonly length: number;
}

export interface Penalty {
  readonly base: number;
  readonly factor: number;
  readonly max: number;
}

const CLEAN: Record = { failures: 0, level: 0, until: 0, length: 0 };

/**
 * The health of a group's candidates by `host:port/proto`, in the store from change to change. A penalty is base × factor^level, at most max.
 * The level falls by one for each further length of the penalty that passes after its end without a failure; at zero all is forgotten.
 * Until then the first failure after a penalty brings the next one at once.
 */
export class Health {
  readonly #group: string;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #penalty: Penalty;
  readonly #records = new Map<string, Record>();

  constructor(group: string, penalty: Penalty, store: Store, clock: Clock) {
    this.#group = group;
    this.#penalty = penalty;
    this.#store = store;
    this.#clock = clock;
    const prefix = `${group}/`;
    for (const [id, saved] of store.entries(TABLE))
      if (id.startsWith(prefix)) this.#records.set(id.slice(prefix.length), saved as Record);
  }

  keys(): Iterable<string> {
    return this.#records.keys();
  }

  get(key: string): Record {
    const record = this.#records.get(key);
    if (!record) return CLEAN;
    const now = this.#clock.now();
    // A clock that was set back must not make a penalty longer than any is.
    if (record.until > now + this.#penalty.max) return { ...record, until: now + this.#penalty.max };
    if (record.level === 0 || record.until > now) return record;
    const decayed = record.level - Math.floor((now - record.until) / Math.max(1, record.length));
    if (decayed <= 0) return CLEAN;
    return { ...record, level: decayed };
  }

  isPenalized(key: string): boolean {
    return this.get(key).until > this.#clock.now();
  }

  /** One more failed attempt; gives the record. */
  fail(key: string, failAfter: number): Record {
    const record = this.get(key);
    const failures = record.failures + 1;
    return failures >= failAfter ? this.penalize(key, failures) : this.#put(key, { ...record, failures });
  }

  /** Starts the next penalty, or lengthens the one that runs. */
  penalize(key: string, failures = this.get(key).failures): Record {
    const { base, factor, max } = this.#penalty;
    const { level } = this.get(key);
    const length = Math.min(max, base * factor ** Math.min(level, 100));
    return this.#put(key, { failures, level: level + 1, until: this.#clock.now() + length, length });
  }

  /** Ends the penalty and keeps the level: what fails again soon is left out for longer. */
  pardon(key: string): void {
    const record = this.get(key);
    if (record.until > this.#clock.now()) this.#put(key, { ...record, until: this.#clock.now() });
  }

  clear(key: string): void {
    this.#records.delete(key);
    this.#store.delete(TABLE, `${this.#group}/${key}`);
  }

  #put(key: string, record: Record): Record {
    this.#records.set(key, record);
    this.#store.put(TABLE, `${this.#group}/${key}`, record);
    return record;
  }
}
