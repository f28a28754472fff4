import type { WarnLevel } from "../rules/rulebook.ts";
import type { Span } from "../util/calendar.ts";
import { JointTerms, type Terms } from "./joint-terms.ts";
import { Slices } from "./slices.ts";

/** What an account has to know of its quota. */
export interface Budget {
  readonly name: string;
  /** The warnings in ascending order, then the whole. */
  readonly levels: readonly WarnLevel[];
  /** The bit of the last level. */
  readonly wholeBit: number;
  /** Bytes, where it is the same for all. */
  readonly fixedLimit: number | undefined;
  /** Of a sliding window, ms. */
  readonly window: number | undefined;
  /** The period of now. */
  at(now: number): Span;
  /** The end of the period that began then; Infinity: it has none. */
  endOf(period: number, now: number): number;
  /** What of these counts, bytes. */
  counted(bytesIn: number, bytesOut: number): number;
}

/** What a live session has put into an account. */
export interface Contribution {
  readonly session: SessionKey;
  /** Its place among those of the account. */
  place: number;
  /** Of a sliding window. */
  readonly slices: Slices | undefined;
  /** Bytes in this period. */
  used(period: number): number;
  /** What was counted so far is of another time. */
  forget(window: number | undefined): void;
}

/** A client instance of a daemon. */
export interface SessionKey {
  readonly daemon: string;
  readonly epoch: number;
  readonly cid: number;
  /** What it uses cannot be known. */
  readonly blind?: boolean;
}

/** An account as it is kept on disk: what its live sessions used is in their own rows. */
export interface SavedAccount {
  readonly quota: string;
  /** "" where the quota is over all daemons. */
  readonly daemon: string;
  readonly subject: string;
  /** Start of the period that it counts in, ms since the epoch. */
  readonly period: number;
  /** Bytes of sessions that have ended and of charges by hand, in this period. */
  readonly closed: number;
  readonly slices: readonly (readonly [number: number, bytes: number])[];
  /** Bytes beyond the limit that were granted for this period. */
  readonly granted: number;
  /** The limit as it was last known, bytes; null: it could not be told. */
  readonly limit: number | null;
  readonly exempt: boolean;
  /** Levels by their texts, "100%" for the limit; when they were told, ms; and whether they are still reached. */
  readonly told: readonly (readonly [level: string, at: number, reached: boolean])[];
}

/** What a level is called where the whole limit is meant. */
export const WHOLE = "100%";

/** What is true of an account, as bits. */
const [EXEMPT, FORGIVEN, DIRTY] = [1, 2, 4];

/** What few accounts have. */
interface Rare {
  /** Further live sessions. */
  others?: Contribution[] | undefined;
  /** Of a sliding window. */
  slices?: Slices | undefined;
  /** When each level was told last, by its place. */
  toldAt?: Map<number, number> | undefined;
  /** What holds for each of several sessions. */
  terms?: JointTerms | undefined;
}

/** One subject's budget under one quota. Bytes and ms. */
export class Account {
  declare readonly quota: Budget;
  declare readonly daemon: string;
  declare readonly subject: string;
  /** Start of the period that it counts in. */
  declare period: number;
  /** Without what was granted; NaN: it cannot be told. */
  declare limit: number;
  declare flags: number;
  declare granted: number;
  /** When a session was last seen to use what nobody could count, ms since the epoch. */
  declare blindAt: number | undefined;
  /** Of its live sessions: there is mostly one, and a list for each account would take much room. */
  #first: Contribution | undefined;
  #rare: Rare | undefined;
  /** Bytes in this period; of a sliding window see `slices`. */
  #used = 0;
  /** Told in this period: the bit of each warning, and of the limit. */
  #told = 0;
  /** The use at which the next level is reached. */
  #next = Infinity;

  constructor(quota: Budget, daemon: string, subject: string, period: number, saved?: SavedAccount) {
    this.granted = 0;
    this.flags = 0;
    this.blindAt = undefined;
    this.quota = quota;
    this.daemon = daemon;
    this.subject = subject;
    this.period = period;
    this.limit = quota.fixedLimit ?? saved?.limit ?? NaN;
    if (quota.window !== undefined) (this.#rare ??= {}).slices = new Slices(quota.window, saved?.slices);
    if (saved) {
      this.#used = saved.closed;
      this.granted = saved.granted;
      this.exempt = saved.exempt;
      this.#recall(saved);
    }
    this.#aim();
  }

  get exempt(): boolean {
    return (this.flags & EXEMPT) !== 0;
  }

  set exempt(on: boolean) {
    this.#set(EXEMPT, on);
  }

  /** What was used in this period was forgiven by hand, whatever it was. */
  get forgiven(): boolean {
    return (this.flags & FORGIVEN) !== 0;
  }

  set forgiven(on: boolean) {
    this.#set(FORGIVEN, on);
  }

  /** It waits to be written. */
  get dirty(): boolean {
    return (this.flags & DIRTY) !== 0;
  }

  set dirty(on: boolean) {
    this.#set(DIRTY, on);
  }

  #set(flag: number, on: boolean): void {
    this.flags = on ? this.flags | flag : this.flags & ~flag;
  }

  get used(): number {
    return this.#rare?.slices?.total ?? this.#used;
  }

  /** The limit of this period. */
  get allowed(): number {
    return this.limit + this.granted;
  }

  /** The whole limit was reached and told. */
  get exceeded(): boolean {
    return (this.#told & this.quota.wholeBit) !== 0;
  }

  /** Something was told in this period. */
  get told(): boolean {
    return this.#told !== 0;
  }

  /** A level is reached that is to be told. */
  get due(): boolean {
    return this.used >= this.#next;
  }

  /** Of the sessions that are charged to it and live. */
  get shares(): readonly Contribution[] {
    if (!this.#first) return [];
    return [this.#first, ...(this.#rare?.others ?? [])];
  }

  /** How many of them there are. */
  get sessions(): number {
    return this.#first ? 1 + (this.#rare?.others?.length ?? 0) : 0;
  }

  join(share: Contribution): void {
    share.place = this.sessions;
    if (!this.#first) this.#first = share;
    else ((this.#rare ??= {}).others ??= []).push(share);
  }

  /** What it put in stays. */
  leave(share: Contribution): void {
    const rare = this.#rare;
    rare?.terms?.delete(share);
    const last = rare?.others?.pop();
    if (rare?.others?.length === 0) rare.others = undefined;
    if (last === undefined) this.#first = undefined;
    else if (last !== share) {
      last.place = share.place;
      if (share.place === 0) this.#first = last;
      else if (rare?.others) rare.others[share.place - 1] = last;
    }
  }

  /** Adds bytes; true when a level is reached that is to be told. Negative ones correct what was reported wrongly. */
  add(bytes: number, now: number): boolean {
    const slices = this.#rare?.slices;
    if (slices) slices.add(bytes, now);
    else this.#used += bytes;
    return this.due;
  }

  /** What a session used that is not in the account yet: at start, from its row. */
  restore(bytes: number, slices: Slices | undefined): void {
    const own = this.#rare?.slices;
    if (own && slices) own.merge(slices);
    else this.#used += bytes;
    this.#aim();
  }

  /** What was kept of it comes to what was used since, when it is known late. */
  merge(saved: SavedAccount): void {
    if (saved.period < this.period) return;
    this.granted += saved.granted;
    if (!this.forgiven) {
      this.#used += saved.closed;
      if (this.quota.window !== undefined)
        this.#rare?.slices?.merge(new Slices(this.quota.window, saved.slices));
      this.#recall(saved);
    }
    this.#aim();
  }

  /** The levels that are reached and were not told in this period, lowest first; they are now. */
  reached(now: number): string[] {
    const found: string[] = [];
    for (const [bit, { text, fraction }] of this.quota.levels.entries()) {
      if ((this.#told & (1 << bit)) !== 0 || !(this.used >= fraction * this.allowed)) continue;
      this.#told |= 1 << bit;
      if (this.#isTooSoon(bit, now)) continue;
      found.push(text);
    }
    this.#aim();
    return found;
  }

  /**
   * A sliding window moves on, and a limit may have been raised: what is below its level again may be told again. True when the
   * whole limit had been reached and is not any more.
   */
  recover(now: number): boolean {
    this.#rare?.slices?.trim(now);
    const was = this.exceeded;
    if (this.used < this.allowed || this.exempt) this.#told &= ~this.quota.wholeBit;
    if (this.#rare?.slices)
      for (const [bit, { fraction }] of this.quota.levels.entries())
        if (this.used < fraction * this.allowed) this.#told &= ~(1 << bit);
    this.#aim();
    return was && !this.exceeded;
  }

  /** Lets go of what is older than a sliding window. */
  trim(now: number): void {
    this.#rare?.slices?.trim(now);
  }

  /** A new period begins: nothing is used, granted or told in it. */
  begin(period: number): void {
    this.period = period;
    this.#used = 0;
    this.granted = 0;
    this.blindAt = undefined;
    this.forgiven = false;
    this.#told = 0;
    if (this.#rare) this.#rare.toldAt = undefined;
    this.#aim();
  }

  /** The period goes by another name; what was used stays. */
  rename(period: number): void {
    this.period = period;
  }

  /** By hand: nothing is used any more, and all levels may be told again. */
  clear(): void {
    const { window } = this.quota;
    this.#used = 0;
    this.blindAt = undefined;
    this.forgiven = true;
    if (window !== undefined) {
      (this.#rare ??= {}).slices = new Slices(window);
      for (const share of this.shares) share.forget(window);
    }
    this.#told = 0;
    this.#rare?.toldAt?.clear();
    this.#aim();
  }

  /**
   * By hand: more is allowed in this period, and levels that are not reached any more may be told again. Less where it is negative: true
   * when a level is reached then.
   */
  grant(bytes: number): boolean {
    this.granted += bytes;
    for (const [bit, { fraction }] of this.quota.levels.entries())
      if (1 << bit !== this.quota.wholeBit && this.used < fraction * this.allowed) this.#told &= ~(1 << bit);
    this.#aim();
    return this.due;
  }

  /** What holds for all of its sessions, as this holds for one of them: the largest limit, and exempt if one is. */
  together(share: Contribution, terms: Terms): Terms {
    if (this.sessions < 2) {
      if (this.#rare) this.#rare.terms = undefined;
      return terms;
    }
    const rare = (this.#rare ??= {});
    if (!rare.terms) {
      rare.terms = new JointTerms();
      for (const one of this.shares) rare.terms.set(one, { limit: this.limit, exempt: this.exempt });
    }
    rare.terms.set(share, terms);
    return rare.terms.all;
  }

  /** The limit, or who is exempt, is known anew; true when something is to be told. */
  judge(limit: number, exempt: boolean): boolean {
    if (Object.is(limit, this.limit) && exempt === this.exempt) return false;
    this.limit = limit;
    this.exempt = exempt;
    this.#aim();
    return this.due || this.exceeded;
  }

  /** When the use begins anew, of a sliding window when it is below the limit again, or gone; undefined: never, or it is. */
  resetsAt(now: number): number | undefined {
    const slices = this.#rare?.slices;
    if (!slices) {
      const end = this.quota.endOf(this.period, now);
      return end === Infinity ? undefined : end;
    }
    slices.trim(now);
    const isOver = this.used >= this.allowed && this.allowed > 0;
    return slices.below(isOver ? this.allowed : 1);
  }

  save(now: number): SavedAccount {
    const { quota, daemon, subject, period, granted, exempt, shares } = this;
    const slices = this.#rare?.slices?.copy();
    slices?.trim(now);
    for (const share of shares) {
      share.slices?.trim(now);
      if (share.slices) slices?.subtract(share.slices);
    }
    return {
      ...{ quota: quota.name, daemon, subject, period, granted, exempt },
      closed: slices ? 0 : this.#used - shares.reduce((sum, share) => sum + share.used(period), 0),
      slices: slices?.saved() ?? [],
      limit: Number.isFinite(this.limit) ? this.limit : null,
      told: [...(this.#rare?.toldAt ?? [])].map(([bit, at]) => [
        quota.levels[bit]?.text ?? "",
        at,
        (this.#told & (1 << bit)) !== 0,
      ]),
    };
  }

  #recall({ told }: SavedAccount): void {
    for (const [level, at, reached] of told) {
      const bit = this.quota.levels.findIndex(({ text }) => text === level);
      if (bit < 0) continue;
      ((this.#rare ??= {}).toldAt ??= new Map()).set(bit, at);
      if (reached) this.#told |= 1 << bit;
    }
  }

  /** A warning of a sliding window is told once within a window's length. */
  #isTooSoon(bit: number, now: number): boolean {
    const { window, wholeBit } = this.quota;
    const last = this.#rare?.toldAt?.get(bit);
    if (
      window !== undefined &&
      1 << bit !== wholeBit &&
      last !== undefined &&
      now >= last &&
      now - last < window
    )
      return true;
    ((this.#rare ??= {}).toldAt ??= new Map()).set(bit, now);
    return false;
  }

  /** A limit that cannot be told is never reached; what that means for people is said elsewhere. */
  #aim(): void {
    this.#next = Infinity;
    if (this.exempt || Number.isNaN(this.limit)) return;
    for (const [bit, { fraction }] of this.quota.levels.entries())
      if ((this.#told & (1 << bit)) === 0) this.#next = Math.min(this.#next, fraction * this.allowed);
  }
}
