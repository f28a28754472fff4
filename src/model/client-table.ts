import type { Client } from "./client.ts";
import { hasClient, leave, NUMBERS, put, Traffic } from "./traffic.ts";

/** The numbers of so many neighbouring CIDs stand side by side; a power of 2. */
const PAGE = 64;

/** Reports that may wait to be put down. */
const MOST_REPORTS = 1024;

/** Where the numbers of a client begin in its page. With bits, for a division of what may be no small number takes longer than all the rest. */
function placeOf(cid: number): number {
  return (cid & (PAGE - 1)) * NUMBERS;
}

function pageOf(cid: number): number {
  return (cid - (cid & (PAGE - 1))) / PAGE;
}

type Report = (cid: number, bytesIn: number, bytesOut: number, now: number) => void;

/**
 * Clients by CID, with their counters. With very many of them what a report costs is to fetch its client from memory: so the numbers stand
 * close together, and reports are put down many at a time, for then they are fetched side by side. Whoever reads sees them put down.
 */
export class ClientTable {
  readonly #clients = new Map<number, Client>();
  readonly #pages = new Map<number, Float64Array>();
  readonly #reports = new Float64Array(3 * MOST_REPORTS);
  #end = 0;
  /** When those that wait were told. */
  #told = 0;
  readonly #stranger: Report;
  readonly #settled = (): void => this.#settle();

  /** `stranger` is told a report about nobody who is here. */
  constructor(stranger: Report) {
    this.#stranger = stranger;
  }

  get size(): number {
    this.#settle();
    return this.#clients.size;
  }

  get(cid: number): Client | undefined {
    this.#settle();
    return this.#clients.get(cid);
  }

  /** Nobody of this CID is here. */
  add(cid: number, now: number, make: (traffic: Traffic) => Client): Client {
    this.#settle();
    const page = this.#page(pageOf(cid));
    const client = make(new Traffic(page, placeOf(cid), now, this.#settled));
    this.#clients.set(cid, client);
    return client;
  }

  /** The one that leaves keeps its counters. */
  delete(cid: number): void {
    this.#settle();
    if (!this.#clients.delete(cid)) return;
    const number = pageOf(cid);
    const page = this.#page(number);
    leave(page, placeOf(cid));
    for (let at = 0; at < page.length; at += NUMBERS) if (hasClient(page, at)) return;
    this.#pages.delete(number);
  }

  clear(): void {
    this.#end = 0;
    this.#pages.clear();
    this.#clients.clear();
  }

  values(): Iterable<Client> {
    this.#settle();
    return this.#clients.values();
  }

  /** Takes absolute counters in. */
  report(cid: number, bytesIn: number, bytesOut: number, now: number): void {
    if (now !== this.#told || this.#end === this.#reports.length) {
      this.#settle();
      this.#told = now;
    }
    const end = this.#end;
    this.#reports[end] = cid;
    this.#reports[end + 1] = bytesIn;
    this.#reports[end + 2] = bytesOut;
    this.#end = end + 3;
  }

  #settle(): void {
    const end = this.#end;
    if (end === 0) return;
    this.#end = 0;
    const reports = this.#reports;
    const now = this.#told;
    for (let i = 0; i < end; i += 3) {
      const cid = reports[i] ?? 0;
      const bytesIn = reports[i + 1] ?? 0;
      const bytesOut = reports[i + 2] ?? 0;
      const page = this.#pages.get(pageOf(cid));
      const at = placeOf(cid);
      if (page !== undefined && hasClient(page, at)) put(page, at, bytesIn, bytesOut, now);
      else this.#stranger(cid, bytesIn, bytesOut, now);
    }
  }

  #page(number: number): Float64Array {
    let page = this.#pages.get(number);
    if (!page) this.#pages.set(number, (page = new Float64Array(PAGE * NUMBERS)));
    return page;
  }
}
