import type { Client } from "../model/client.ts";
import type { QuotaSpec } from "../rules/rulebook.ts";
import { type Account, type Budget, WHOLE } from "./account.ts";
import { Accounts, type BookHost } from "./accounts.ts";
import type { Keeper } from "./keeper.ts";
import type { LedgerContent } from "./ledger.ts";
import { Meter, Share } from "./meter.ts";
import { Reunion } from "./reunion.ts";
import { Slices } from "./slices.ts";

/** Sessions that have ended and are remembered until the ledger can be read. */
const MOST_LEFT = 100_000;

/** The sessions of all daemons, and what they put into accounts. They are booked by their absolute counters: what was booked once is never booked again. */
export class Book {
  readonly keeper: Keeper;
  readonly accounts: Accounts;
  readonly #now: () => number;
  /** Sessions that have ended since the book began without its ledger, of those that the ledger may know. */
  readonly #left = new Set<Meter>();

  constructor(specs: readonly QuotaSpec[], keeper: Keeper, host: BookHost) {
    this.keeper = keeper;
    this.accounts = new Accounts(specs, keeper, host);
    this.#now = () => host.now();
  }

  /** Nothing could be read: what was used before now is not known. */
  begin(): void {
    this.accounts.knownSince = this.#now();
  }

  /** What was kept; sessions of daemons are given back, as they are to be found again. */
  restore(content: LedgerContent): Meter[] {
    const now = this.#now();
    for (const saved of content.accounts) this.accounts.quota(saved.quota)?.restore(saved);
    const meters = content.meters.map((saved) => {
      const meter = new Meter(saved.daemon, saved.epoch, saved.cid, saved.name, saved.since);
      meter.bytesIn = saved.bytesIn;
      meter.bytesOut = saved.bytesOut;
      meter.changed = false;
      for (const { quota: name, subject, period, mark, slices } of saved.shares) {
        const quota = this.accounts.quota(name);
        if (!quota) continue;
        const account = quota.account(saved.daemon, subject, now);
        const counted = quota.counted(saved.bytesIn, saved.bytesOut);
        const window = quota.window === undefined ? undefined : new Slices(quota.window, slices);
        // The account was written before the turn of a period, or the clock was set back since.
        if (period > account.period) account.begin(period);
        const share = new Share(meter, account, { period, mark, counted, slices: window });
        if (account.forgiven) share.forget(quota.window);
        meter.add(share);
        account.join(share);
        account.restore(share.used(account.period), window);
      }
      return meter;
    });
    this.accounts.recall();
    this.keeper.terms([...this.accounts.quotas].map(({ terms }) => terms));
    return meters;
  }

  /** What was kept can be read after all: what was met meanwhile goes on from it. Given back are sessions that were not met. */
  merge(content: LedgerContent): Meter[] {
    const now = this.#now();
    const met = new Set(this.#left);
    for (const account of this.accounts.all()) {
      this.accounts.settle(account, now);
      for (const share of account.shares) if (share instanceof Share) met.add(share.session);
    }
    const known = (quota: string, daemon: string, subject: string, period: number): Account | undefined => {
      const account = this.accounts.quota(quota)?.find(daemon, subject);
      // The clock was set back since.
      if (account && period > account.period) this.accounts.rename(account, period);
      return account;
    };
    for (const { daemon, shares } of content.meters)
      for (const { quota, subject, period } of shares) known(quota, daemon, subject, period);
    for (const saved of content.accounts) {
      const account = known(saved.quota, saved.daemon, saved.subject, saved.period);
      if (account) account.merge(saved);
      else this.accounts.quota(saved.quota)?.restore(saved);
    }
    const reunion = new Reunion(met, (name) => this.accounts.quota(name), {
      since: this.accounts.knownSince,
      now,
    });
    const meters = reunion.unite(content);
    const rest = this.restore({ ...content, accounts: [], meters });
    const left = new Set(meters);
    for (const { daemon, epoch, cid, name, since } of content.meters.filter((saved) => !left.has(saved)))
      this.keeper.settle(new Meter(daemon, epoch, cid, name, since));
    this.accounts.knownSince = 0;
    this.#left.clear();
    for (const meter of met) if (!meter.ended) this.keeper.settle(meter, true);
    for (const account of this.accounts.all()) {
      this.accounts.settle(account, now);
      if (account.due) this.accounts.levels(account, now, undefined);
      this.keeper.changed(account);
    }
    return rest;
  }

  /** A session is known by its client: it is put to its accounts, with what it has counted so far. */
  enter(meter: Meter, client: Client): void {
    const now = this.#now();
    const own = (quota: Budget): Share | undefined => meter.shareIn(quota);
    for (const account of this.accounts.of(meter.daemon, client, now, own)) {
      const share = meter.shareIn(account.quota);
      if (share?.account === account) continue;
      if (share) this.#take(meter, share);
      this.#join(meter, account, share !== undefined, now);
    }
  }

  /** Absolute counters of a session; they only grow. */
  count(meter: Meter, bytesIn: number, bytesOut: number, now: number): void {
    const [deltaIn, deltaOut] = [bytesIn - meter.bytesIn, bytesOut - meter.bytesOut];
    if (deltaIn === 0 && deltaOut === 0) return;
    meter.bytesIn = bytesIn;
    meter.bytesOut = bytesOut;
    for (let share = meter.first; share; share = share.next) this.#put(meter, share, deltaIn, deltaOut, now);
    this.keeper.moved(meter);
  }

  /** All of it is written anew: a row under its number is taken away. */
  write(meter: Meter): void {
    meter.changed = true;
    this.keeper.moved(meter);
  }

  /** The session has ended: what it used belongs to its accounts. Again, when more of it was counted afterwards. */
  close(meter: Meter): void {
    if (!meter.ended) for (const share of meter.shares) share.account.leave(share);
    meter.ended = true;
    if (this.accounts.knownSince !== 0 && !meter.begunHere && this.#left.size < MOST_LEFT)
      this.#left.add(meter);
    this.keeper.settle(meter);
  }

  /** It had not ended after all. */
  reopen(meter: Meter): void {
    meter.ended = false;
    meter.changed = true;
    for (const share of meter.shares) share.account.join(share);
    this.keeper.settle(meter, true);
  }

  /** Another session under the same number: what the one before used stays, its counters begin anew. */
  anew(meter: Meter): void {
    meter.bytesIn = 0;
    meter.bytesOut = 0;
    for (const share of meter.shares) {
      share.counted = 0;
      share.mark = 0;
      share.period = share.account.period;
      if (share.slices) share.forget(share.account.quota.window);
    }
    meter.changed = true;
    this.keeper.settle(meter, true);
  }

  /** The count of the daemon's runs was lost, and goes on with another number. */
  rename(meter: Meter, epoch: number): void {
    this.keeper.settle(new Meter(meter.daemon, meter.epoch, meter.cid, meter.name, meter.since));
    meter.epoch = epoch;
    meter.changed = true;
    this.keeper.settle(meter, true);
  }

  /** A session whose reports stand still; `isCounted`: the list of clients has its counters nevertheless. */
  blind(meter: Meter, isCounted: boolean): void {
    for (const { account } of meter.shares) {
      if (!isCounted) account.blindAt = this.#now();
      this.accounts.tell("quota.blind", account, WHOLE, meter);
    }
  }

  /** Its counters move again. */
  sees(meter: Meter): void {
    for (const { account } of meter.shares)
      if (!account.shares.some((share) => share instanceof Share && share.session.blind))
        account.blindAt = undefined;
  }

  #put(meter: Meter, share: Share, deltaIn: number, deltaOut: number, now: number): void {
    const { account } = share;
    const { quota } = account;
    const bytes = quota.counted(deltaIn, deltaOut);
    this.accounts.roll(account, now);
    if (share.period !== account.period) {
      share.period = account.period;
      share.mark = share.counted;
      meter.changed = true;
    }
    share.counted += bytes;
    if (share.slices) {
      share.slices.add(bytes, now);
      meter.changed = true;
    }
    if (bytes !== 0 && account.add(bytes, now)) this.accounts.levels(account, now, meter);
  }

  /** What the session had counted before it came to this account, or in another period, is of no concern here. */
  #join(meter: Meter, account: Account, hasMoved: boolean, now: number): void {
    const { quota } = account;
    this.accounts.roll(account, now);
    const { period } = account;
    const counted = quota.counted(meter.bytesIn, meter.bytesOut);
    const isOld = meter.since * 1000 < (quota.window === undefined ? period : now - quota.window);
    const mark = hasMoved || isOld ? counted : 0;
    const slices = quota.window === undefined ? undefined : new Slices(quota.window);
    slices?.add(counted - mark, now);
    const share = new Share(meter, account, { period, mark, counted, slices });
    meter.add(share);
    account.join(share);
    meter.changed = true;
    this.keeper.moved(meter);
    if (account.add(counted - mark, now)) this.accounts.levels(account, now, meter);
  }

  /** The session is of another account from now on. */
  #take(meter: Meter, share: Share): void {
    meter.remove(share);
    share.account.leave(share);
    meter.changed = true;
    this.keeper.changed(share.account);
    this.keeper.settle(meter, true);
  }
}
