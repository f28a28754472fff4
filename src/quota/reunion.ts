import type { LedgerContent } from "./ledger.ts";
import type { Meter, SavedMeter, Share } from "./meter.ts";
import type { Quota } from "./quota.ts";
import { Slices } from "./slices.ts";

/** Sessions that were met before the ledger could be read, and what it says of them when it can. */
export class Reunion {
  readonly #met = new Map<string, Meter[]>();
  readonly #quota: (name: string) => Quota | undefined;
  /** Since when sessions were met, and now; ms. */
  readonly #since: number;
  readonly #now: number;

  constructor(
    met: Iterable<Meter>,
    quota: (name: string) => Quota | undefined,
    { since, now }: { readonly since: number; readonly now: number },
  ) {
    this.#quota = quota;
    this.#since = since;
    this.#now = now;
    for (const meter of met) {
      const key = keyOf(meter);
      this.#met.set(key, [...(this.#met.get(key) ?? []), meter]);
    }
  }

  /** The sessions of the ledger that were met go on from there; given back are those that were not. */
  unite({ meters, daemons }: LedgerContent): SavedMeter[] {
    const rest = meters.filter((saved) => !this.#meet(saved));
    const known = new Set(daemons.map(({ daemon }) => daemon));
    // Of a daemon that was met before, all that a new session has counted is its use.
    for (const meter of [...this.#met.values()].flat())
      if (known.has(meter.daemon) && !meter.begunHere) for (const share of meter.shares) this.#goOn(share, 0);
    return rest;
  }

  #meet(saved: SavedMeter): boolean {
    const key = keyOf(saved);
    const meter = this.#met.get(key)?.find((one) => isSame(one, saved));
    if (!meter) return false;
    this.#met.set(key, this.#met.get(key)?.filter((one) => one !== meter) ?? []);
    for (const { quota: name, subject, period, mark, slices } of saved.shares) {
      const quota = this.#quota(name);
      if (!quota) continue;
      const counted = quota.counted(saved.bytesIn, saved.bytesOut);
      const window = quota.window === undefined ? undefined : new Slices(quota.window, slices);
      const share = meter.shareIn(quota);
      if (share?.account.subject === subject) {
        const isOfNow = period === share.account.period && !window;
        this.#goOn(share, isOfNow ? mark : counted, window);
        continue;
      }
      // It was another account's then.
      if (share) this.#goOn(share, counted);
      const before = quota.account(saved.daemon, subject, this.#now);
      if (period > before.period) before.begin(period);
      if (!before.forgiven && (window || period === before.period)) before.restore(counted - mark, window);
    }
    return true;
  }

  /** It counts from this mark on; `slices`: of what it counted before that. */
  #goOn(share: Share, mark: number, slices?: Slices): void {
    const { account } = share;
    // Of a period that has begun meanwhile nothing was missed.
    if (account.forgiven || share.period !== account.period || account.period > this.#since) return;
    const missed = share.mark - mark;
    share.mark = mark;
    if (share.slices) {
      if (slices) share.slices.merge(slices);
      share.slices.add(missed, this.#now);
    }
    if (slices) account.restore(0, slices);
    account.add(missed, this.#now);
  }
}

function keyOf({ daemon, cid }: Pick<Meter, "daemon" | "cid">): string {
  return `${daemon}/${cid}`;
}

function isSame(meter: Meter, saved: SavedMeter): boolean {
  const hasGrown = meter.bytesIn >= saved.bytesIn && meter.bytesOut >= saved.bytesOut;
  return (
    hasGrown &&
    (meter.since !== 0 && saved.since !== 0 ? meter.since === saved.since : meter.epoch === saved.epoch)
  );
}
