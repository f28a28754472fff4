import type { Clock, Timer } from "../util/clock.ts";
import type { Account } from "./account.ts";
import type { Correction, Ledger, SavedDaemon } from "./ledger.ts";
import type { Meter } from "./meter.ts";
import type { QuotaTerms } from "./quota.ts";

/** How far the ledger may be behind in normal running, ms; what is missing after a kill the daemons still know. */
const BEHIND = 2_000;

/** After a failure it is tried again, ms. */
const AGAIN = 5_000;

/** So many rows are written in one go: about a millisecond, between two turns of the loop. */
const SLICE = 250;

export interface KeeperHost {
  readonly clock: Clock;
  /** Runs work in a later turn of the loop. */
  readonly soon: (work: () => void) => void;
  /** The ledger cannot be written: said once. */
  failed(error: unknown): void;
  /** It is written again. */
  again(): void;
  /** What the failure left unwritten is lost. */
  lost(): void;
}

/**
 * Writes the ledger behind the accounting. Each row stands for itself: what live sessions used is in their rows alone, so rows may be
 * written at different moments. Only where a session ends are its row and its accounts written at once.
 */
export class Keeper {
  readonly #ledger: Ledger;
  readonly #host: KeeperHost;
  /** Those that wait, from the place that is written next. */
  #meters: Meter[] = [];
  #next = 0;
  #accounts: Account[] = [];
  /** Those that have begun: their limits are to be known without the engine. */
  #fresh: Account[] = [];
  /** Sessions that have ended, and those that began anew, with their accounts. */
  #settled: Meter[] = [];
  #begun: Meter[] = [];
  #dropped: Account[] = [];
  #corrections: Correction[] = [];
  #quotas: readonly QuotaTerms[] = [];
  readonly #daemons = new Map<string, SavedDaemon>();
  #timer: Timer | undefined;
  #urgent = false;
  #running = false;
  #broken = false;
  #closed = false;

  constructor(ledger: Ledger, host: KeeperHost) {
    this.#ledger = ledger;
    this.#host = host;
  }

  /** The counters of a session have moved. */
  moved(meter: Meter): void {
    if (meter.dirty) return;
    meter.dirty = true;
    this.#meters.push(meter);
    this.#arm();
  }

  /** What of an account is not in its sessions has changed. */
  changed(account: Account): void {
    if (account.dirty) return;
    account.dirty = true;
    this.#accounts.push(account);
    this.#hurry();
  }

  /** An account is new; there is no hurry. */
  begun(account: Account): void {
    this.#fresh.push(account);
    this.#arm();
  }

  /** A session has ended and is in its accounts: their rows go together. */
  settle(meter: Meter, begunAnew = false): void {
    (begunAnew ? this.#begun : this.#settled).push(meter);
    this.#hurry();
  }

  drop(account: Account): void {
    this.#dropped.push(account);
    this.#arm();
  }

  correct(correction: Correction): void {
    this.#corrections.push(correction);
    this.#hurry();
  }

  /** Begins to write what waits, without its delay. */
  begin(): void {
    this.#host.soon(() => this.#run());
  }

  daemon(saved: SavedDaemon): void {
    this.#daemons.set(saved.daemon, saved);
    this.#arm();
  }

  terms(quotas: readonly QuotaTerms[]): void {
    this.#quotas = quotas;
    this.#arm();
  }

  /** Writes everything now; false when it cannot be done. */
  flush(): boolean {
    return this.#attempt(() => {
      this.#writeSettled();
      while (this.#waiting) this.#writeSlice();
    });
  }

  /** The last of it is written. */
  close(): void {
    this.#timer?.cancel();
    // Nothing is put off any more.
    this.#closed = true;
    if (!this.flush()) this.#host.lost();
    this.#ledger.close();
  }

  #arm(): void {
    if (this.#timer || this.#closed) return;
    this.#timer = this.#host.clock.after(this.#broken ? AGAIN : BEHIND, () => {
      this.#timer = undefined;
      this.#run();
    });
  }

  /** What the daemons forget, or what was told, is written in this turn of the loop. */
  #hurry(): void {
    if (this.#broken) {
      this.#arm();
      return;
    }
    if (this.#urgent || this.#closed) return;
    this.#urgent = true;
    this.#host.soon(() => {
      this.#urgent = false;
      if (!this.#closed) this.#attempt(() => this.#writeSettled());
    });
  }

  /** Slice by slice, each in a turn of its own. */
  #run(): void {
    if (this.#running || this.#closed) return;
    this.#running = true;
    const next = (): void => {
      this.#running = false;
      if (this.#closed) return;
      const more = this.#attempt(() => {
        this.#writeSettled();
        this.#writeSlice();
      });
      if (!more || !this.#waiting) return;
      this.#running = true;
      this.#host.soon(next);
    };
    next();
  }

  get #waiting(): boolean {
    return this.#next < this.#meters.length || this.#fresh.length > 0;
  }

  #attempt(work: () => void): boolean {
    try {
      work();
    } catch (error) {
      if (!this.#broken) this.#host.failed(error);
      this.#broken = true;
      this.#arm();
      return false;
    }
    if (this.#broken) this.#host.again();
    this.#broken = false;
    return true;
  }

  /** What belongs together, and what is written by itself. */
  #writeSettled(): void {
    const now = this.#host.clock.now();
    const [settled, begun, dropped, corrections] = [
      this.#settled,
      this.#begun,
      this.#dropped,
      this.#corrections,
    ];
    const accounts = new Set(this.#accounts);
    for (const meter of [...settled, ...begun]) for (const { account } of meter.shares) accounts.add(account);
    for (const account of dropped) accounts.delete(account);
    const daemons = [...this.#daemons.values()];
    if (
      accounts.size +
        settled.length +
        dropped.length +
        corrections.length +
        daemons.length +
        this.#quotas.length ===
      0
    )
      return;
    this.#ledger.write({
      accounts: [...accounts].map((account) => account.save(now)),
      dropped: dropped.map(({ quota, daemon, subject }) => ({ quota: quota.name, daemon, subject })),
      meters: begun.filter((meter) => !meter.ended).map((meter) => meter.save(now)),
      ended: settled,
      daemons,
      corrections,
      quotas: this.#quotas,
    });
    [this.#settled, this.#begun, this.#dropped, this.#corrections] = [[], [], [], []];
    this.#accounts = [];
    for (const account of accounts) account.dirty = false;
    this.#daemons.clear();
    this.#quotas = [];
  }

  #writeSlice(): void {
    const now = this.#host.clock.now();
    const taken = this.#meters.slice(this.#next, this.#next + SLICE);
    const fresh = this.#fresh.slice(0, SLICE);
    const live = taken.filter((meter) => !meter.ended);
    const whole = live.filter((meter) => meter.changed);
    this.#ledger.write({
      accounts: fresh.map((account) => account.save(now)),
      meters: whole.map((meter) => meter.save(now)),
      counters: live.filter((meter) => !meter.changed),
    });
    this.#fresh = this.#fresh.slice(fresh.length);
    this.#next += taken.length;
    if (this.#next === this.#meters.length) {
      this.#meters = [];
      this.#next = 0;
    }
    for (const meter of taken) meter.dirty = meter.changed = false;
  }
}
