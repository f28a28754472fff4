import type { Client } from "../model/client.ts";
import type { QuotaSpec } from "../rules/rulebook.ts";
import type { Env, Expression } from "../rules/cel/types.ts";
import { type Account, type SessionKey, WHOLE } from "./account.ts";
import type { Keeper } from "./keeper.ts";
import type { Correction, LedgerContent } from "./ledger.ts";
import { Meter, Share } from "./meter.ts";
import { Quota, termsOf } from "./quota.ts";
import { Reunion } from "./reunion.ts";
import { Slices } from "./slices.ts";

/** Sessions that have ended and are remembered until the ledger can be read. */
const MOST_LEFT = 100_000;

/** Accounts whose name cannot be told are one. */
export const UNNAMED = "UNDEF";

/** Something to be told of an account; `session` is whose traffic brought it about. */
export interface Told {
  readonly type: "quota.warned" | "quota.exceeded" | "quota.reset" | "quota.blind";
  readonly quota: string;
  readonly subject: string;
  /** "" where the quota is over all daemons. */
  readonly daemon: string;
  readonly level: string;
  readonly use: Use;
  readonly session: SessionKey | undefined;
}

/** Bytes and ms. */
export interface Use {
  readonly used: number;
  /** With what was granted; undefined: it cannot be told. */
  readonly limit: number | undefined;
  readonly resetsAt: number | undefined;
}

export interface AccountStatus extends Use {
  readonly quota: string;
  readonly daemon: string;
  readonly subject: string;
  readonly granted: number;
  readonly exempt: boolean;
  readonly exceeded: boolean;
  readonly sessions: number;
  readonly unknown: boolean;
}

export interface BookHost {
  now(): number;
  /** What expressions over a client read. */
  env(daemon: string, client: Client): Env;
  tell(told: Told): void;
  /** An expression of a quota failed. */
  failed(daemon: string, quota: string, message: string): void;
}

interface Entry {
  readonly spec: QuotaSpec;
  readonly quota: Quota;
}

/** What a quota says of one client. */
interface Terms {
  readonly subject: string;
  /** NaN: it cannot be told. */
  readonly limit: number;
  readonly exempt: boolean;
}

/** The accounts of all quotas. Sessions are booked by their absolute counters: what was booked once is never booked again. */
export class Book {
  readonly keeper: Keeper;
  readonly #entries = new Map<string, Entry>();
  readonly #host: BookHost;
  /** Accounts of which something was told in their period. */
  readonly #told = new Set<Account>();
  /** Without the ledger nothing is known of what was used before, ms since the epoch; 0: all is known. */
  #knownSince = 0;
  /** Sessions that have ended since, of those that the ledger may know. */
  readonly #left = new Set<Meter>();

  constructor(specs: readonly QuotaSpec[], keeper: Keeper, host: BookHost) {
    this.keeper = keeper;
    this.#host = host;
    const now = host.now();
    for (const spec of specs) this.#entries.set(spec.name, { spec, quota: new Quota(termsOf(spec), now) });
  }

  get quotas(): Iterable<Quota> {
    return [...this.#entries.values()].map(({ quota }) => quota);
  }

  /** Nothing could be read: what was used before now is not known. */
  begin(): void {
    this.#knownSince = this.#host.now();
  }

  /** What was kept; sessions of daemons are given back, as they are to be found again. */
  restore(content: LedgerContent): Meter[] {
    const now = this.#host.now();
    for (const saved of content.accounts) this.#entries.get(saved.quota)?.quota.restore(saved);
    const meters = content.meters.map((saved) => {
      const meter = new Meter(saved.daemon, saved.epoch, saved.cid, saved.name, saved.since);
      meter.bytesIn = saved.bytesIn;
      meter.bytesOut = saved.bytesOut;
      meter.changed = false;
      for (const { quota: name, subject, period, mark, slices } of saved.shares) {
        const quota = this.#entries.get(name)?.quota;
        if (!quota) continue;
        const account = quota.account(saved.daemon, subject, now);
        const counted = quota.counted(saved.bytesIn, saved.bytesOut);
        const window = quota.window === undefined ? undefined : new Slices(quota.window, slices);
        // The account was written before the turn of a period, or the clock was set back since.
        if (period > account.period) account.begin(period);
        const share = new Share(meter, account, { period, mark, counted, slices: window });
        if (account.forgiven) share.forget(quota.window);
        meter.shares.push(share);
        account.join(share);
        account.restore(share.used(account.period), window);
      }
      return meter;
    });
    for (const account of this.#accounts()) if (account.told) this.#told.add(account);
    this.keeper.terms([...this.quotas].map(({ terms }) => terms));
    return meters;
  }

  /** What was kept can be read after all: what was met meanwhile goes on from it. Given back are sessions that were not met. */
  merge(content: LedgerContent): Meter[] {
    const now = this.#host.now();
    const met = new Set(this.#left);
    for (const account of this.#accounts()) {
      this.#settle(account, now);
      for (const share of account.shares) if (share instanceof Share) met.add(share.session);
    }
    const known = (quota: string, daemon: string, subject: string, period: number): Account | undefined => {
      const account = this.#entries.get(quota)?.quota.find(daemon, subject);
      // The clock was set back since.
      if (account && period > account.period) this.#rename(account, period);
      return account;
    };
    for (const { daemon, shares } of content.meters)
      for (const { quota, subject, period } of shares) known(quota, daemon, subject, period);
    for (const saved of content.accounts) {
      const account = known(saved.quota, saved.daemon, saved.subject, saved.period);
      if (account) account.merge(saved);
      else this.#entries.get(saved.quota)?.quota.restore(saved);
    }
    const reunion = new Reunion(met, (name) => this.#entries.get(name)?.quota, {
      since: this.#knownSince,
      now,
    });
    const meters = reunion.unite(content);
    const rest = this.restore({ ...content, accounts: [], meters });
    const left = new Set(meters);
    for (const { daemon, epoch, cid, name, since } of content.meters.filter((saved) => !left.has(saved)))
      this.keeper.settle(new Meter(daemon, epoch, cid, name, since));
    this.#knownSince = 0;
    this.#left.clear();
    for (const meter of met) if (!meter.ended) this.keeper.settle(meter, true);
    for (const account of this.#accounts()) {
      this.#settle(account, now);
      if (account.due) this.#levels(account, now, undefined);
      this.keeper.changed(account);
    }
    return rest;
  }

  /** A session is known by its client: it is put to its accounts, with what it has counted so far. */
  enter(meter: Meter, client: Client): void {
    const now = this.#host.now();
    const env = this.#host.env(meter.daemon, client);
    for (const { spec, quota } of this.#entries.values()) {
      const terms = this.#termsFor(spec, meter.daemon, env);
      const share = meter.shareIn(quota);
      const { daemon } = meter;
      const account = quota.account(daemon, terms.subject, now);
      if (share?.account !== account) {
        if (share) this.#take(meter, share);
        this.#join(meter, account, share !== undefined, now);
      }
      this.#judge(account, terms, now);
    }
  }

  /** Absolute counters of a session; they only grow. */
  count(meter: Meter, bytesIn: number, bytesOut: number, now: number): void {
    const [deltaIn, deltaOut] = [bytesIn - meter.bytesIn, bytesOut - meter.bytesOut];
    if (deltaIn === 0 && deltaOut === 0) return;
    meter.bytesIn = bytesIn;
    meter.bytesOut = bytesOut;
    for (const share of meter.shares) this.#put(meter, share, deltaIn, deltaOut, now);
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
    if (this.#knownSince !== 0 && !meter.begunHere && this.#left.size < MOST_LEFT) this.#left.add(meter);
    this.keeper.settle(meter);
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
      if (!isCounted) account.blind = true;
      this.#tell("quota.blind", account, WHOLE, meter);
    }
  }

  /** Its counters move again. */
  sees(meter: Meter): void {
    for (const { account } of meter.shares)
      if (!account.shares.some((share) => share instanceof Share && share.session.blind))
        account.blind = false;
  }

  /** Use of a client under a quota, as `quota(name)` gives it. */
  of(name: string, daemon: string, env: Env): Record<string, unknown> | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    const now = this.#host.now();
    const { spec, quota } = entry;
    const terms = this.#termsFor(spec, daemon, env);
    const account = quota.find(daemon, terms.subject);
    if (account) this.#judge(account, terms, now);
    return this.#view(entry, account, terms, now);
  }

  /** The same for an account by name. */
  named(name: string, daemon: string, subject: string): Record<string, unknown> | undefined {
    const entry = this.#entries.get(name);
    const account = entry?.quota.find(daemon, subject);
    if (!entry || !account) return undefined;
    const now = this.#host.now();
    this.#settle(account, now);
    return this.#view(entry, account, account, now);
  }

  /** The account of a client. */
  subject(name: string, daemon: string, env: Env): string | undefined {
    const spec = this.#entries.get(name)?.spec;
    return spec && this.#termsFor(spec, daemon, env).subject;
  }

  /** The live sessions of an account. */
  sessions(name: string, daemon: string, subject: string): readonly SessionKey[] {
    const account = this.#entries.get(name)?.quota.find(daemon, subject);
    return account ? account.shares.map(({ session }) => session) : [];
  }

  /** Corrects an account by hand or by a rule; what is wrong with it, or undefined. */
  correct(
    how: Omit<Correction, "at" | "daemon"> & { readonly daemon: string | undefined },
  ): string | undefined {
    const { what, subject, bytes, by } = how;
    const entry = this.#entries.get(how.quota);
    if (!entry) return `Unknown quota '${how.quota}'`;
    const { quota } = entry;
    if (quota.terms.scope === "daemon" && how.daemon === undefined)
      return `Quota '${quota.name}' has accounts of each daemon; say which`;
    const now = this.#host.now();
    const found = quota.find(how.daemon ?? "", subject);
    if (!found && what === "reset") return `Quota '${quota.name}' has no account '${subject}'`;
    const account = found ?? quota.account(how.daemon ?? "", subject, now);
    this.#settle(account, now);
    const was = account.used;
    const wasTold = account.told;
    if (what === "reset") account.clear();
    else if (what === "grant" ? account.grant(bytes) : account.add(bytes, now))
      this.#levels(account, now, undefined);
    this.keeper.changed(account);
    this.keeper.correct({
      at: now,
      by,
      what,
      quota: quota.name,
      daemon: account.daemon,
      subject,
      bytes: what === "reset" ? was : bytes,
    });
    // What is left of them in the account is reckoned from their rows.
    if (what === "reset")
      for (const share of account.shares) if (share instanceof Share) this.keeper.settle(share.session, true);
    if (what === "reset") {
      this.#told.delete(account);
      if (wasTold) this.#tell("quota.reset", account, WHOLE, undefined);
    } else if (account.exceeded) this.#recovered(account, now);
    return undefined;
  }

  /** Periods that have ended begin anew; gives when to look again, ms since the epoch. */
  tick(): number {
    const now = this.#host.now();
    for (const account of [...this.#told]) this.#settle(account, now);
    let next = Infinity;
    for (const { quota } of this.#entries.values()) {
      if (quota.turned(now)) this.#sweep(quota, now);
      next = Math.min(next, quota.at(now).end);
    }
    for (const account of this.#told) {
      const at = account.quota.window === undefined ? undefined : account.resetsAt(now);
      if (at !== undefined) next = Math.min(next, at);
    }
    return next;
  }

  /** All accounts, those with the largest part of their limit first. */
  status(): AccountStatus[] {
    const now = this.#host.now();
    const all: AccountStatus[] = [];
    for (const { quota } of this.#entries.values())
      for (const account of [...quota.accounts()]) {
        this.#settle(account, now);
        const { daemon, subject, granted, exempt } = account;
        all.push({
          ...{ quota: quota.name, daemon, subject, granted, exempt, ...this.#use(account, now) },
          exceeded: account.used >= account.allowed && !exempt,
          sessions: account.shares.length,
          unknown: this.#isUnknown(account, now),
        });
      }
    return all.toSorted((a, b) => fraction(b) - fraction(a) || (a.subject < b.subject ? -1 : 1));
  }

  #accounts(): Account[] {
    return [...this.quotas].flatMap((quota) => [...quota.accounts()]);
  }

  #put(meter: Meter, share: Share, deltaIn: number, deltaOut: number, now: number): void {
    const { account } = share;
    const { quota } = account;
    const bytes = quota.counted(deltaIn, deltaOut);
    this.#roll(account, now);
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
    if (bytes !== 0 && account.add(bytes, now)) this.#levels(account, now, meter);
  }

  /** What the session had counted before it came to this account, or in another period, is of no concern here. */
  #join(meter: Meter, account: Account, hasMoved: boolean, now: number): void {
    const { quota } = account;
    this.#roll(account, now);
    const { period } = account;
    const counted = quota.counted(meter.bytesIn, meter.bytesOut);
    const isOld = meter.since * 1000 < (quota.window === undefined ? period : now - quota.window);
    const mark = hasMoved || isOld ? counted : 0;
    const slices = quota.window === undefined ? undefined : new Slices(quota.window);
    slices?.add(counted - mark, now);
    const share = new Share(meter, account, { period, mark, counted, slices });
    meter.shares.push(share);
    account.join(share);
    meter.changed = true;
    this.keeper.moved(meter);
    if (account.add(counted - mark, now)) this.#levels(account, now, meter);
  }

  /** The session is of another account from now on. */
  #take(meter: Meter, share: Share): void {
    meter.shares.splice(meter.shares.indexOf(share), 1);
    share.account.leave(share);
    meter.changed = true;
    this.keeper.changed(share.account);
    this.keeper.settle(meter, true);
  }

  #judge(account: Account, { limit, exempt }: Pick<Terms, "limit" | "exempt">, now: number): void {
    this.#settle(account, now);
    if (!account.judge(limit, exempt)) return;
    this.keeper.changed(account);
    this.#recovered(account, now);
    if (!exempt && account.used >= account.allowed) this.#levels(account, now, undefined);
  }

  /** Brings an account to the period of now. */
  #settle(account: Account, now: number): void {
    this.#roll(account, now);
    if (account.quota.window !== undefined && this.#told.has(account)) this.#recovered(account, now);
  }

  #roll(account: Account, now: number): void {
    const { start, end } = account.quota.at(now);
    if (account.period >= start && account.period <= end) return;
    // A clock that was far ahead: what was used since stays, under the period of now.
    if (account.period > end) {
      this.#rename(account, start);
      return;
    }
    const wasTold = account.told;
    account.begin(start);
    this.#told.delete(account);
    if (!wasTold) return;
    this.keeper.changed(account);
    this.#tell("quota.reset", account, WHOLE, undefined);
  }

  #rename(account: Account, period: number): void {
    const was = account.period;
    account.rename(period);
    for (const share of account.shares) {
      if (!(share instanceof Share)) continue;
      // One that was idle since has used nothing in it.
      if (share.period !== was) share.mark = share.counted;
      share.period = period;
      this.keeper.settle(share.session, true);
    }
    this.keeper.changed(account);
  }

  #recovered(account: Account, now: number): void {
    const wasExceeded = account.recover(now);
    if (!account.told) this.#told.delete(account);
    if (!wasExceeded) return;
    this.keeper.changed(account);
    this.#tell("quota.reset", account, WHOLE, undefined);
  }

  #levels(account: Account, now: number, session: SessionKey | undefined): void {
    for (const level of account.reached(now))
      this.#tell(level === WHOLE ? "quota.exceeded" : "quota.warned", account, level, session);
    if (account.told) this.#told.add(account);
    this.keeper.changed(account);
  }

  #tell(type: Told["type"], account: Account, level: string, session: SessionKey | undefined): void {
    const { quota, subject, daemon } = account;
    this.#host.tell({
      type,
      quota: quota.name,
      subject,
      daemon,
      level,
      use: this.#use(account, this.#host.now()),
      session,
    });
  }

  #use(account: Account, now: number): Use {
    const { allowed, used } = account;
    return { used, limit: Number.isNaN(allowed) ? undefined : allowed, resetsAt: account.resetsAt(now) };
  }

  /** Accounts that nobody used for a whole period are forgotten. */
  #sweep(quota: Quota, now: number): void {
    for (const account of [...quota.accounts()]) {
      const isIdle = account.used === 0 && account.granted === 0 && account.shares.length === 0;
      this.#roll(account, now);
      if (!isIdle) continue;
      quota.drop(account);
      this.keeper.drop(account);
    }
  }

  #view(
    { spec, quota }: Entry,
    account: Account | undefined,
    { limit, exempt }: Pick<Terms, "limit" | "exempt">,
    now: number,
  ): Record<string, unknown> {
    const used = account?.used ?? 0;
    const allowed = limit + (account?.granted ?? 0);
    const isUnknown = Number.isNaN(limit) || this.#isUnknown(account, now, quota);
    const resetsAt = account ? this.#use(account, now).resetsAt : quota.at(now).end;
    return {
      used,
      limit: Number.isNaN(limit) ? 0 : allowed,
      remaining: Number.isNaN(limit) ? 0 : Math.max(0, allowed - used),
      fraction: fraction({ used, limit: Number.isNaN(limit) ? undefined : allowed }),
      exceeded: !exempt && (used >= allowed || (isUnknown && spec.onUnknown === "deny")),
      ...(resetsAt === undefined || resetsAt === Infinity ? {} : { resets_at: resetsAt }),
    };
  }

  /** What was used in this period is not known in full. */
  #isUnknown(account: Account | undefined, now: number, quota = account?.quota): boolean {
    if (account?.blind) return true;
    if (this.#knownSince === 0 || !quota) return false;
    const start = quota.window === undefined ? quota.at(now).start : now - quota.window;
    return start < this.#knownSince;
  }

  #termsFor(spec: QuotaSpec, daemon: string, env: Env): Terms {
    const run = (expression: Expression): unknown => {
      try {
        return expression.run(env);
      } catch (error) {
        this.#host.failed(daemon, spec.name, error instanceof Error ? error.message : String(error));
        return undefined;
      }
    };
    const subject = run(spec.subject);
    const limit = typeof spec.limit === "number" ? spec.limit : run(spec.limit);
    return {
      subject: typeof subject === "string" && subject !== "" ? subject : UNNAMED,
      limit: typeof limit === "number" ? limit : NaN,
      exempt: spec.exempt ? run(spec.exempt) === true : false,
    };
  }
}

/** Of the limit; a limit of nothing is used up. */
export function fraction({ used, limit }: Pick<Use, "used" | "limit">): number {
  if (limit === undefined) return 0;
  return limit > 0 ? used / limit : 1;
}
