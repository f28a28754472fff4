import type { Client, ClientKey } from "../model/client.ts";
import type { QuotaSpec } from "../rules/rulebook.ts";
import type { Env } from "../rules/cel/types.ts";
import { type Account, type SessionKey, WHOLE } from "./account.ts";
import { larger, type Terms } from "./joint-terms.ts";
import type { Keeper } from "./keeper.ts";
import type { Correction } from "./ledger.ts";
import { Share } from "./meter.ts";
import { Quota, termsOf } from "./quota.ts";
import { TermsReader } from "./terms.ts";
import { type AccountStatus, fraction, type Told, type Use, type UseView } from "./use.ts";

export interface BookHost {
  now(): number;
  /** What expressions over a client read. */
  env(daemon: string, client: ClientKey): Env;
  tell(told: Told): void;
  /** An expression of a quota failed. */
  failed(daemon: string, quota: string, message: string): void;
}

/** Sessions of one account that are judged anew whenever another one asks to come in. */
const FEW = 8;

interface Entry {
  readonly spec: QuotaSpec;
  readonly quota: Quota;
  readonly terms: TermsReader;
}

/** The accounts of all quotas: their periods, what is told of them, what rules and people read and correct. */
export class Accounts {
  readonly #keeper: Keeper;
  readonly #entries = new Map<string, Entry>();
  readonly #host: BookHost;
  /** Those of which something was told in their period. */
  readonly #told = new Set<Account>();
  /** Without the ledger nothing is known of what was used before, ms since the epoch; 0: all is known. */
  knownSince = 0;

  constructor(specs: readonly QuotaSpec[], keeper: Keeper, host: BookHost) {
    this.#keeper = keeper;
    this.#host = host;
    const now = host.now();
    const failed: BookHost["failed"] = (...said) => host.failed(...said);
    for (const spec of specs)
      this.#entries.set(spec.name, {
        ...{ spec, quota: new Quota(termsOf(spec), now) },
        terms: new TermsReader(spec, failed),
      });
  }

  get quotas(): Iterable<Quota> {
    return [...this.#entries.values()].map(({ quota }) => quota);
  }

  quota(name: string): Quota | undefined {
    return this.#entries.get(name)?.quota;
  }

  all(): Account[] {
    return [...this.quotas].flatMap((quota) => [...quota.accounts()]);
  }

  /** They were restored: of some something was told before. */
  recall(): void {
    for (const account of this.all()) if (account.told) this.#told.add(account);
  }

  /** The accounts of a client, one for each quota, judged by what holds for it now. `share`: what its session has in one so far. */
  *of(
    daemon: string,
    client: Client,
    now: number,
    share: (quota: Quota) => Share | undefined,
  ): Iterable<Account> {
    const env = this.#host.env(daemon, client);
    for (const { quota, terms: reader } of this.#entries.values()) {
      const kept = reader.canTell(client) ? undefined : share(quota)?.account;
      if (kept) {
        this.settle(kept, now);
        yield kept;
        continue;
      }
      const terms = reader.read(daemon, env);
      const isNew = quota.find(daemon, terms.subject) === undefined;
      const account = quota.account(daemon, terms.subject, now);
      yield account;
      const own = share(quota);
      this.#judge(account, own ? account.together(own, terms) : terms, now);
      if (isNew) this.#keeper.begun(account);
    }
  }

  /** Use of a client under a quota, as `quota(name)` gives it. `share`: what its session has in it. */
  use(name: string, daemon: string, env: Env, share: Share | undefined): UseView | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    const now = this.#host.now();
    const { quota, terms: reader } = entry;
    if (share && !reader.canTell(env["client"] as Client)) {
      this.settle(share.account, now);
      return this.#view(entry, share.account, share.account, now);
    }
    const terms = reader.read(daemon, env);
    const account = quota.find(daemon, terms.subject);
    if (!account) return this.#view(entry, undefined, terms, now);
    if (share?.account === account) this.#judge(account, account.together(share, terms), now);
    else if (account.sessions === 0) this.#judge(account, terms, now);
    // Who is not in yet changes nothing for those who are.
    else this.#judgeSessions(reader, account, now);
    return this.#view(entry, account, account.sessions === 0 ? terms : larger(account, terms), now);
  }

  /** The same for an account by name. */
  named(name: string, daemon: string, subject: string): UseView | undefined {
    const entry = this.#entries.get(name);
    const account = entry?.quota.find(daemon, subject);
    if (!entry || !account) return undefined;
    const now = this.#host.now();
    this.settle(account, now);
    return this.#view(entry, account, account, now);
  }

  /** The account of a client. */
  subject(name: string, daemon: string, env: Env): string | undefined {
    return this.#entries.get(name)?.terms.read(daemon, env).subject;
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
    this.settle(account, now);
    const sum = (what === "grant" ? account.granted + (account.limit || 0) : account.used) + bytes;
    if (!(Math.abs(sum) <= Number.MAX_SAFE_INTEGER)) return `${bytes} bytes are more than can be counted`;
    const was = account.used;
    const wasTold = account.told;
    if (what === "reset") account.clear();
    else if (what === "grant" ? account.grant(bytes) : account.add(bytes, now))
      this.levels(account, now, undefined);
    this.#keeper.changed(account);
    this.#keeper.correct({
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
      for (const share of account.shares)
        if (share instanceof Share) this.#keeper.settle(share.session, true);
    if (what === "reset") {
      this.#told.delete(account);
      if (wasTold) this.tell("quota.reset", account, WHOLE, undefined);
    } else if (account.exceeded) this.#recovered(account, now);
    return undefined;
  }

  /** Periods that have ended begin anew; gives when to look again, ms since the epoch. */
  tick(): number {
    const now = this.#host.now();
    for (const account of [...this.#told]) this.settle(account, now);
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
        this.settle(account, now);
        const { daemon, subject, granted, exempt } = account;
        all.push({
          ...{ quota: quota.name, daemon, subject, granted, exempt, ...this.#useOf(account, now) },
          exceeded: account.used >= account.allowed && !exempt,
          sessions: account.sessions,
          unknown: this.#isUnknown(account, now),
        });
      }
    return all.toSorted((a, b) => fraction(b) - fraction(a) || (a.subject < b.subject ? -1 : 1));
  }

  /** Anew, where they are few; otherwise the list of clients will. */
  #judgeSessions(reader: TermsReader, account: Account, now: number): void {
    this.settle(account, now);
    if (account.sessions > FEW) return;
    for (const share of account.shares) {
      const { daemon } = share.session;
      const env = this.#host.env(daemon, share.session);
      const client = env["client"] as Client | undefined;
      if (!client || !reader.canTell(client)) continue;
      const terms = reader.read(daemon, env);
      if (terms.subject === account.subject) this.#judge(account, account.together(share, terms), now);
    }
  }

  #judge(account: Account, { limit, exempt }: Terms, now: number): void {
    this.settle(account, now);
    if (!account.judge(limit, exempt)) return;
    this.#keeper.changed(account);
    this.#recovered(account, now);
    if (!exempt && account.used >= account.allowed) this.levels(account, now, undefined);
  }

  /** Brings an account to the period of now. */
  settle(account: Account, now: number): void {
    this.roll(account, now);
    if (account.quota.window !== undefined && this.#told.has(account)) this.#recovered(account, now);
  }

  roll(account: Account, now: number): void {
    const { start, end } = account.quota.at(now);
    if (account.period >= start && account.period <= end) return;
    // A clock that was far ahead: what was used since stays, under the period of now.
    if (account.period > end) {
      this.rename(account, start);
      return;
    }
    const wasTold = account.told;
    account.begin(start);
    this.#told.delete(account);
    if (!wasTold) return;
    this.#keeper.changed(account);
    this.tell("quota.reset", account, WHOLE, undefined);
  }

  rename(account: Account, period: number): void {
    const was = account.period;
    account.rename(period);
    for (const share of account.shares) {
      if (!(share instanceof Share)) continue;
      // One that was idle since has used nothing in it.
      if (share.period !== was) share.mark = share.counted;
      share.period = period;
      this.#keeper.settle(share.session, true);
    }
    this.#keeper.changed(account);
  }

  #recovered(account: Account, now: number): void {
    const wasExceeded = account.recover(now);
    if (!account.told) this.#told.delete(account);
    if (!wasExceeded) return;
    this.#keeper.changed(account);
    this.tell("quota.reset", account, WHOLE, undefined);
  }

  levels(account: Account, now: number, session: SessionKey | undefined): void {
    for (const level of account.reached(now))
      this.tell(level === WHOLE ? "quota.exceeded" : "quota.warned", account, level, session);
    if (account.told) this.#told.add(account);
    this.#keeper.changed(account);
  }

  tell(type: Told["type"], account: Account, level: string, session: SessionKey | undefined): void {
    const { quota, subject, daemon } = account;
    this.#host.tell({
      type,
      quota: quota.name,
      subject,
      daemon,
      level,
      use: this.#useOf(account, this.#host.now()),
      session,
    });
  }

  #useOf(account: Account, now: number): Use {
    const { allowed, used } = account;
    return { used, limit: Number.isNaN(allowed) ? undefined : allowed, resetsAt: account.resetsAt(now) };
  }

  /** Accounts that nobody used for a whole period are forgotten. */
  #sweep(quota: Quota, now: number): void {
    for (const account of [...quota.accounts()]) {
      account.trim(now);
      const isIdle = account.used === 0 && account.granted === 0 && account.sessions === 0;
      this.roll(account, now);
      if (!isIdle) continue;
      quota.drop(account);
      this.#keeper.drop(account);
    }
  }

  #view(
    { spec, quota }: Entry,
    account: Account | undefined,
    { limit, exempt }: Terms,
    now: number,
  ): UseView {
    const used = account?.used ?? 0;
    const allowed = limit + (account?.granted ?? 0);
    const isUnknown = Number.isNaN(limit) || this.#isUnknown(account, now, quota);
    const resetsAt = account ? this.#useOf(account, now).resetsAt : quota.at(now).end;
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
    if (!quota) return false;
    const start = quota.window === undefined ? quota.at(now).start : now - quota.window;
    const isBlind = account?.shares.some(({ session }) => session.blind) === true;
    return isBlind || start < Math.max(this.knownSince, account?.blindAt ?? 0);
  }
}
