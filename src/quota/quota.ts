import type { QuotaSpec, WarnLevel } from "../rules/rulebook.ts";
import type { Span } from "../util/calendar.ts";
import { Account, type Budget, type SavedAccount, WHOLE } from "./account.ts";
import { periodOf } from "./period.ts";

/** What the ledger keeps of a quota, for whoever reads it without the rulebook. */
export type QuotaTerms = Pick<QuotaSpec, "name" | "per" | "tz" | "counts" | "scope"> & {
  readonly levels: readonly WarnLevel[];
  /** Bytes, where it is the same for all. */
  readonly fixedLimit: number | undefined;
};

export function termsOf(spec: QuotaSpec): QuotaTerms {
  const { name, per, tz, counts, scope, warnAt, limit } = spec;
  return {
    name,
    per,
    tz,
    counts,
    scope,
    levels: warnAt,
    fixedLimit: typeof limit === "number" ? limit : undefined,
  };
}

/** A quota and its accounts. Its period is kept as of the last look at the clock. */
export class Quota implements Budget {
  readonly name: string;
  readonly terms: QuotaTerms;
  readonly levels: readonly WarnLevel[];
  readonly wholeBit: number;
  readonly fixedLimit: number | undefined;
  readonly window: number | undefined;
  readonly #accounts = new Map<string, Account>();
  #period: Span;
  /** The period that `turned` was asked in. */
  #asked: number | undefined;

  constructor(terms: QuotaTerms, now: number) {
    const { name, per, levels } = terms;
    this.name = name;
    this.terms = terms;
    this.levels = [...levels, { text: WHOLE, fraction: 1 }];
    this.wholeBit = 1 << levels.length;
    this.fixedLimit = terms.fixedLimit;
    this.window = typeof per === "object" && "last" in per ? per.last : undefined;
    this.#period = periodOf(now, per, terms.tz);
  }

  at(now: number): Span {
    if (now >= this.#period.end || now < this.#period.start)
      this.#period = periodOf(now, this.terms.per, this.terms.tz);
    return this.#period;
  }

  counted(bytesIn: number, bytesOut: number): number {
    const { counts } = this.terms;
    return counts === "both" ? bytesIn + bytesOut : counts === "in" ? bytesIn : bytesOut;
  }

  find(daemon: string, subject: string): Account | undefined {
    return this.#accounts.get(this.#key(daemon, subject));
  }

  account(daemon: string, subject: string, now: number): Account {
    const key = this.#key(daemon, subject);
    let account = this.#accounts.get(key);
    if (!account) {
      account = new Account(this, this.#place(daemon), subject, this.at(now).start);
      this.#accounts.set(key, account);
    }
    return account;
  }

  restore(saved: SavedAccount): Account {
    const { daemon, subject, period } = saved;
    const account = new Account(this, daemon, subject, period, saved);
    this.#accounts.set(this.#key(daemon, subject), account);
    return account;
  }

  drop(account: Account): void {
    this.#accounts.delete(this.#key(account.daemon, account.subject));
  }

  accounts(): Iterable<Account> {
    return this.#accounts.values();
  }

  get size(): number {
    return this.#accounts.size;
  }

  endOf(period: number, now: number): number {
    const span = this.at(now);
    return period < span.end ? span.end : periodOf(period, this.terms.per, this.terms.tz).end;
  }

  /** Whether another period has begun since this was asked last, or the whole window has passed. */
  turned(now: number): boolean {
    const start = this.window === undefined ? this.at(now).start : Math.floor(now / this.window);
    const isFirst = this.#asked === undefined;
    if (start === this.#asked) return false;
    this.#asked = start;
    return !isFirst;
  }

  #place(daemon: string): string {
    return this.terms.scope === "daemon" ? daemon : "";
  }

  #key(daemon: string, subject: string): string {
    const place = this.#place(daemon);
    return place === "" ? subject : `${place}\n${subject}`;
  }
}
