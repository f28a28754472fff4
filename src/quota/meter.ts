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

/** What one session puts into one account: all that it counted beyond a mark. */
export class Share implements Contribution {
  readonly session: Meter;
  readonly account: Account;
  /** The period that the mark is of. */
  period: number;
  /** What the session had counted when the period began. */
  mark: number;
  /** Bytes that the session counted under the quota. */
  counted: number;
  /** Its place among those of the account. */
  place = 0;
  /** Of a sliding window. */
  slices: Slices | undefined;

  constructor(
    session: Meter,
    account: Account,
    start: Pick<Share, "period" | "mark" | "counted" | "slices">,
  ) {
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

/** The counters of one session, as far as they are booked. */
export class Meter implements SessionKey {
  readonly daemon: string;
  epoch: number;
  readonly cid: number;
  /** The common name, for the journal. */
  name: string;
  /** Unix seconds; 0: not known. */
  since: number;
  bytesIn = 0;
  bytesOut = 0;
  readonly shares: Share[] = [];
  /** It waits to be written. */
  dirty = false;
  /** More than its counters is to be written. */
  changed = true;
  ended = false;
  /** It was there from its beginning that we were told of: no ledger knows it from before. */
  begunHere = false;
  /** Its daemon's counters stand still: what it uses cannot be known. */
  blind = false;
  /** What its counters did of late, where they may stand still. */
  watched: Watched | undefined;

  constructor(daemon: string, epoch: number, cid: number, name: string, since: number) {
    this.daemon = daemon;
    this.epoch = epoch;
    this.cid = cid;
    this.name = name;
    this.since = since;
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
