import type { Account, Budget, Contribution, SessionKey } from "./account.ts";
import { Slices } from "./slices.ts";

/** A session as it is kept on disk. */
export interface SavedMeter {
  readonly daemon: string;
  readonly epoch: number;
  readonly cid: number;
  readonly name: string;
  /** Unix seconds; 0: not known. */
  readonly since: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly shares: readonly SavedShare[];
}

export interface SavedShare {
  readonly quota: string;
  readonly subject: string;
  readonly period: number;
  readonly mark: number;
  readonly slices?: readonly (readonly [number: number, bytes: number])[];
}

/**
 * What one session puts into one account: all that it counted beyond a mark. Fields are declared and set in the constructor, here and in
 * what else there is of each client: initializers would make Bun keep them in a place of their own, which takes half as much room again.
 */
export class Share implements Contribution {
  declare readonly session: Meter;
  declare readonly account: Account;
  /** The period that the mark is of. */
  declare period: number;
  /** What the session had counted when the period began. */
  declare mark: number;
  /** Bytes that the session counted under the quota. */
  declare counted: number;
  /** Its place among those of the account. */
  declare place: number;
  /** Of a sliding window. */
  declare slices: Slices | undefined;
  /** The next one of the same session. */
  declare next: Share | undefined;

  constructor(
    session: Meter,
    account: Account,
    start: Pick<Share, "period" | "mark" | "counted" | "slices">,
  ) {
    this.place = 0;
    this.next = undefined;
    const { period, mark, counted, slices } = start;
    this.session = session;
    this.account = account;
    this.period = period;
    this.mark = mark;
    this.counted = counted;
    this.slices = slices;
  }

  used(period: number): number {
    if (this.slices) return this.slices.total;
    return this.period === period ? this.counted - this.mark : 0;
  }

  forget(window: number | undefined): void {
    this.mark = this.counted;
    if (window !== undefined) this.slices = new Slices(window);
  }
}

export interface Watched {
  /** A report has come since the last list. */
  reported: boolean;
  /** Lists in a row in which nothing had moved. */
  still: number;
  /** Since when, ms since the epoch. */
  since: number;
  /** That its reports stand still was told. */
  told: boolean;
}

/** What is true of a session, as bits. */
const [DIRTY, CHANGED, ENDED, BEGUN_HERE, BLIND] = [1, 2, 4, 8, 16];

/** The counters of one session, as far as they are booked. */
export class Meter implements SessionKey {
  declare readonly daemon: string;
  declare epoch: number;
  declare readonly cid: number;
  /** The common name, for the journal. */
  declare name: string;
  /** Unix seconds; 0: not known. */
  declare since: number;
  declare bytesIn: number;
  declare bytesOut: number;
  /** Its shares are a chain: a list for each session would take much room. */
  declare first: Share | undefined;
  declare flags: number;
  /** What its counters did of late, where they may stand still. */
  declare watched: Watched | undefined;

  constructor(daemon: string, epoch: number, cid: number, name: string, since: number) {
    this.first = undefined;
    this.watched = undefined;
    this.bytesIn = 0;
    this.flags = CHANGED;
    this.bytesOut = 0;
    this.daemon = daemon;
    this.epoch = epoch;
    this.cid = cid;
    this.name = name;
    this.since = since;
  }

  /** It waits to be written. */
  get dirty(): boolean {
    return (this.flags & DIRTY) !== 0;
  }

  set dirty(on: boolean) {
    this.#set(DIRTY, on);
  }

  /** More than its counters is to be written. */
  get changed(): boolean {
    return (this.flags & CHANGED) !== 0;
  }

  set changed(on: boolean) {
    this.#set(CHANGED, on);
  }

  get ended(): boolean {
    return (this.flags & ENDED) !== 0;
  }

  set ended(on: boolean) {
    this.#set(ENDED, on);
  }

  /** It was there from its beginning that we were told of: no ledger knows it from before. */
  get begunHere(): boolean {
    return (this.flags & BEGUN_HERE) !== 0;
  }

  set begunHere(on: boolean) {
    this.#set(BEGUN_HERE, on);
  }

  /** Its daemon's counters stand still: what it uses cannot be known. */
  get blind(): boolean {
    return (this.flags & BLIND) !== 0;
  }

  set blind(on: boolean) {
    this.#set(BLIND, on);
  }

  #set(flag: number, on: boolean): void {
    this.flags = on ? this.flags | flag : this.flags & ~flag;
  }

  get shares(): readonly Share[] {
    const all: Share[] = [];
    for (let share = this.first; share; share = share.next) all.push(share);
    return all;
  }

  add(share: Share): void {
    share.next = this.first;
    this.first = share;
  }

  remove(share: Share): void {
    if (this.first === share) this.first = share.next;
    else
      for (let before = this.first; before; before = before.next)
        if (before.next === share) before.next = share.next;
  }

  shareIn(quota: Budget): Share | undefined {
    return this.shares.find((share) => share.account.quota === quota);
  }

  save(now: number): SavedMeter {
    const { daemon, epoch, cid, name, since, bytesIn, bytesOut } = this;
    const shares = this.shares.map(({ account, period, mark, slices }) => {
      slices?.trim(now);
      const saved = { quota: account.quota.name, subject: account.subject, period, mark };
      return slices ? { ...saved, slices: slices.saved() } : saved;
    });
    return { daemon, epoch, cid, name, since, bytesIn, bytesOut, shares };
  }
}
