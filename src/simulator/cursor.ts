import type { Proxy } from "./proxies.ts";

/** An entry of the configuration's list of remotes. `proto` as on the wire: udp, tcp-client, udp6 … */
export interface RemoteEntry {
  readonly host: string;
  readonly port: number;
  readonly proto: string;
  readonly disabled?: boolean;
  /** --http-proxy or --socks-proxy of the entry. */
  readonly proxy?: Proxy;
}

/** OpenVPN ends when one search for an entry passes the end of the list this often. */
const FATAL_CYCLES = 2;

/** Where OpenVPN stands in its list (protocol notes, sections 7.14 and 8.1). */
export class Cursor {
  readonly entries: readonly RemoteEntry[];
  /** How often it moved on since the last good session; the pauses grow with it. */
  unsuccessful = 0;
  #current = -1;
  #cycles = 0;
  #stay = false;
  #step = 1;

  constructor(entries: readonly RemoteEntry[]) {
    this.entries = entries;
  }

  get current(): RemoteEntry | undefined {
    return this.entries[this.#current];
  }

  /** A new search for an entry begins; without `stay` it begins behind the present one. */
  begin(stay: boolean): void {
    this.#cycles = 0;
    this.#step = 1;
    this.#stay = stay && this.#current >= 0;
  }

  /** The configuration was read again: the list begins anew. */
  reset(): void {
    this.#current = -1;
    this.unsuccessful = 0;
  }

  /** The entry in question is passed over; `count` counts disabled entries too. */
  skip(count: number): void {
    this.#step = Math.max(1, count);
  }

  /** The next entry that is not disabled; undefined is fatal: "No usable connection profiles are present". */
  next(): RemoteEntry | undefined {
    for (;;) {
      if (this.#stay) this.#stay = false;
      else {
        this.unsuccessful += this.#step;
        this.#current += this.#step;
        if (this.#current >= this.entries.length) {
          this.#current %= Math.max(1, this.entries.length);
          if (++this.#cycles >= FATAL_CYCLES) return undefined;
        }
      }
      this.#step = 1;
      const entry = this.entries[this.#current];
      if (entry && !entry.disabled) return entry;
    }
  }
}
