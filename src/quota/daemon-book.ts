import type { Client } from "../model/client.ts";
import type { Book } from "./book.ts";
import type { SavedDaemon } from "./ledger.ts";
import { Meter, type Share } from "./meter.ts";

/** A session as the list of clients has it. */
export interface Listed {
  readonly client: Client;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Unix seconds; 0: not known. */
  readonly since: number;
}

/** What a process has counted in all, bytes. */
export interface Load {
  readonly pid: number;
  readonly in: number;
  readonly out: number;
}

/** A session whose counters stood still in so many lists, and for so long (ms), is one that nobody counts: pings alone would move them. */
const STILL = 3;
const STILL_FOR = 60_000;

/** Sessions that a list did not have are remembered, so many: their ends may be on their way, or another list has them again. */
const MOST_MISSING = 10_000;

/** The sessions of one daemon: which of them is meant by a report, and when one ends. */
export class DaemonBook {
  readonly daemon: string;
  /** Bytes booked of this daemon, for comparison with its own counters. */
  readonly #booked: { in: number; out: number };
  #isListed = false;
  /** What it had counted when that was looked at last. */
  #saved: SavedDaemon | undefined;
  readonly #book: Book;
  readonly #meters = new Map<number, Meter>();
  /** Of before: they are found in the first list, or have ended unseen. */
  #restored: readonly Meter[];
  /** Those that a list did not have, the oldest first. */
  readonly #missing = new Map<number, Meter>();

  /** `saved`: undefined for a daemon that was never met before. */
  constructor(daemon: string, book: Book, restored: readonly Meter[], saved: SavedDaemon | undefined) {
    this.#saved = saved;
    this.#booked = { in: saved?.bookedIn ?? 0, out: saved?.bookedOut ?? 0 };
    this.daemon = daemon;
    this.#book = book;
    this.#restored = restored;
  }

  /** The ledger was read late: sessions of before, and what was known of the daemon. */
  adopt(restored: readonly Meter[], saved: SavedDaemon | undefined): void {
    this.#restored = [...this.#restored, ...restored];
    if (!this.#saved && saved) {
      this.#saved = saved;
      this.#booked.in += saved.bookedIn;
      this.#booked.out += saved.bookedOut;
    }
    if (this.#saved) this.#book.keeper.daemon(this.#saved);
  }

  get size(): number {
    return this.#meters.size;
  }

  /** `>BYTECOUNT_CLI:`; false when nothing is known of the session. `early`: what the list of clients said may be newer. */
  report(cid: number, bytesIn: number, bytesOut: number, now: number, early = false): boolean {
    const meter = this.#meters.get(cid);
    if (!meter) return false;
    if (bytesIn < meter.bytesIn || bytesOut < meter.bytesOut) {
      // Where the kernel moves the packets, the list knows more than the reports do.
      if (early || meter.watched) return true;
      this.#book.anew(meter);
    }
    if (meter.watched && bytesIn + bytesOut > meter.bytesIn + meter.bytesOut) meter.watched.reported = true;
    this.#count(meter, bytesIn, bytesOut, now);
    return true;
  }

  /** Its tunnel is up. */
  opened(client: Client, since: number): void {
    const known = this.#meters.get(client.cid);
    // No CID is given twice in one run of a server.
    if (known && known.epoch !== client.epoch) this.#close(known);
    const meter = known && !known.ended ? known : this.#begin(client, since);
    meter.name = client.common_name;
    this.#book.enter(meter, client);
  }

  /** It has ended; its totals supersede what was reported. Undefined: it never had a tunnel. */
  ended(
    client: Client,
    totals: { readonly in: number; readonly out: number } | undefined,
    now: number,
  ): void {
    let meter = this.#meters.get(client.cid) ?? this.#missed(client, totals);
    if (!meter && totals) {
      meter = this.#open(client, 0);
      this.#book.enter(meter, client);
    }
    if (!meter) return;
    if (totals && meter.watched)
      this.#count(meter, Math.max(meter.bytesIn, totals.in), Math.max(meter.bytesOut, totals.out), now);
    else if (totals) this.#count(meter, totals.in, totals.out, now);
    this.#close(meter);
  }

  /** What a client's session has in an account. */
  shareOf({ cid, epoch }: Pick<Client, "cid" | "epoch">, quota: string): Share | undefined {
    const meter = this.#meters.get(cid);
    return meter?.epoch === epoch
      ? meter.shares.find(({ account }) => account.quota.name === quota)
      : undefined;
  }

  /**
   * The list of clients: who is in it is known, with what was missed; given back is who has ended unseen. `isOffloaded`: the kernel
   * moves the packets, and reports may stand still.
   */
  listed(rows: readonly Listed[], isOffloaded: boolean, now: number): Meter[] {
    const restored = new Map(this.#restored.map((meter) => [meter.cid, meter]));
    const lost = this.#restored.filter((meter) => restored.get(meter.cid) !== meter);
    this.#restored = [];
    const unseen: Meter[] = [...lost];
    const here = new Set<number>();
    for (const row of rows) {
      const { client } = row;
      here.add(client.cid);
      const before = restored.get(client.cid);
      restored.delete(client.cid);
      let meter = this.#meters.get(client.cid);
      if (meter && before) {
        unseen.push(before);
        this.#book.write(meter);
      }
      meter ??= before ?? this.#returned(row);
      if (meter && !isSame(meter, row)) {
        unseen.push(meter);
        meter = undefined;
      }
      if (meter) {
        this.#meters.set(client.cid, meter);
        if (meter.epoch !== client.epoch) this.#book.rename(meter, client.epoch);
      }
      meter ??= this.#open(client, row.since);
      if (meter.since === 0 && row.since !== 0) {
        meter.since = row.since;
        meter.changed = true;
      }
      meter.name = client.common_name;
      // What a daemon that was never met before counted in other periods is not asked about.
      if (!this.#saved && !meter.first) {
        meter.bytesIn = row.bytesIn;
        meter.bytesOut = row.bytesOut;
      }
      this.#book.enter(meter, client);
      if (isOffloaded) this.#watch(meter, row, now);
      this.#count(meter, Math.max(meter.bytesIn, row.bytesIn), Math.max(meter.bytesOut, row.bytesOut), now);
    }
    unseen.push(...restored.values());
    for (const meter of this.#meters.values()) if (!here.has(meter.cid)) unseen.push(meter);
    for (const meter of unseen) this.#close(meter);
    // Who is killed within the usual delay again and again would never write a thing.
    if (!this.#isListed) this.#book.keeper.begin();
    this.#isListed = true;
    for (const meter of unseen) {
      this.#missing.delete(meter.cid);
      this.#missing.set(meter.cid, meter);
    }
    for (const oldest of this.#missing.keys()) {
      if (this.#missing.size <= MOST_MISSING) break;
      this.#missing.delete(oldest);
    }
    return unseen;
  }

  /** What was counted in all: how much of it was not booked since the last look, at most; undefined: that cannot be told. */
  weigh(load: Load): { in: number; out: number } | undefined {
    const before = this.#saved;
    const { in: bookedIn, out: bookedOut } = this.#booked;
    this.#saved = {
      daemon: this.daemon,
      pid: load.pid,
      loadIn: load.in,
      loadOut: load.out,
      bookedIn,
      bookedOut,
    };
    this.#book.keeper.daemon(this.#saved);
    if (!before || before.pid !== load.pid || load.in < before.loadIn) return undefined;
    return {
      in: Math.max(0, load.in - before.loadIn - (bookedIn - before.bookedIn)),
      out: Math.max(0, load.out - before.loadOut - (bookedOut - before.bookedOut)),
    };
  }

  /**
   * The daemon has begun a new run; given back is who has ended with the old one, unseen. Of those of before only the list can tell: it
   * may be that just the count of runs was lost.
   */
  restarted(): Meter[] {
    const unseen = [...this.#meters.values()];
    for (const meter of unseen) this.#close(meter);
    this.#missing.clear();
    return unseen;
  }

  /** One that an earlier list did not have. */
  #returned(row: Listed): Meter | undefined {
    const meter = this.#missing.get(row.client.cid);
    if (!meter) return undefined;
    this.#missing.delete(meter.cid);
    if (!isSame(meter, row, true)) return undefined;
    this.#book.reopen(meter);
    return meter;
  }

  /** One that ended after we had come and before the list was made. */
  #missed(
    { cid, epoch }: Client,
    totals: { readonly in: number; readonly out: number } | undefined,
  ): Meter | undefined {
    const meter = this.#missing.get(cid);
    const isIt =
      totals && meter?.epoch === epoch && totals.in >= meter.bytesIn && totals.out >= meter.bytesOut;
    this.#missing.delete(cid);
    return isIt ? meter : undefined;
  }

  #begin(client: Client, since: number): Meter {
    const meter = this.#open(client, since);
    meter.begunHere = true;
    return meter;
  }

  #open(client: Client, since: number): Meter {
    const meter = new Meter(this.daemon, client.epoch, client.cid, client.common_name, since);
    this.#meters.set(client.cid, meter);
    return meter;
  }

  #close(meter: Meter): void {
    this.#book.close(meter);
    if (this.#meters.get(meter.cid) === meter) this.#meters.delete(meter.cid);
  }

  #count(meter: Meter, bytesIn: number, bytesOut: number, now: number): void {
    this.#booked.in += bytesIn - meter.bytesIn;
    this.#booked.out += bytesOut - meter.bytesOut;
    this.#book.count(meter, bytesIn, bytesOut, now);
  }

  /** Where the kernel moves the packets, a counter that stands still says nothing. */
  #watch(meter: Meter, row: Listed, now: number): void {
    if (!meter.watched) {
      meter.watched = { reported: false, still: 0, since: now, told: false };
      return;
    }
    const { watched } = meter;
    const hasMoved = row.bytesIn > meter.bytesIn || row.bytesOut > meter.bytesOut;
    if (hasMoved || watched.reported) {
      if (hasMoved && !watched.reported && !watched.told) {
        watched.told = true;
        this.#book.blind(meter, true);
      }
      if (meter.blind) {
        meter.blind = false;
        this.#book.sees(meter);
      }
      Object.assign(watched, { reported: false, still: 0, since: now });
      return;
    }
    watched.still++;
    if (meter.blind || watched.still < STILL || now - watched.since < STILL_FOR) return;
    meter.blind = true;
    this.#book.blind(meter, false);
  }
}

/** Whether the row is of the session that was known under its number. */
function isSame(meter: Meter, { client, bytesIn, bytesOut, since }: Listed, mayHaveEnded = false): boolean {
  if (meter.ended && !mayHaveEnded) return false;
  if (meter.since !== 0 && since !== 0) return meter.since === since;
  return meter.epoch === client.epoch && bytesIn >= meter.bytesIn && bytesOut >= meter.bytesOut;
}
