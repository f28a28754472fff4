/** One entry of OpenVPN's list of remotes; `index` counts from 0. */
export interface Entry {
  readonly index: number;
  readonly host: string;
  readonly port: number;
  readonly proto: "udp" | "tcp";
  readonly family: Family;
  readonly enabled: boolean;
}

export type Family = "any" | "4" | "6";

/** What OpenVPN asks: `>REMOTE:host,port,proto`. */
export interface Question {
  readonly host: string;
  readonly port: number;
  readonly proto: "udp" | "tcp";
  readonly family: Family;
}

const WIRE_PROTO = /^(udp|tcp)([46])?(?:-client|-server)?$/;

/** `udp`, `udp4`, `tcp6-client` …; undefined for anything else. */
export function parseWireProto(text: string): { proto: "udp" | "tcp"; family: Family } | undefined {
  const match = WIRE_PROTO.exec(text);
  if (!match) return undefined;
  return { proto: match[1] as "udp" | "tcp", family: (match[2] ?? "any") as Family };
}

/** `index,host,port,proto,enabled|disabled` of remote-entry-get, split from the right. */
export function parseEntry(line: string): Entry | undefined {
  const match = /^(\d+),(.+),(\d+),([^,]+),(enabled|disabled)$/.exec(line);
  const proto = parseWireProto(match?.[4] ?? "");
  if (!match || !proto) return undefined;
  return { index: Number(match[1]), host: match[2] ?? "", port: Number(match[3]), ...proto, enabled: match[5] === "enabled" };
}

interface Saved {
  readonly entries?: readonly Entry[];
  readonly learned?: readonly Entry[];
  readonly skipCount: boolean;
  readonly position?: number;
  readonly wraps: number;
  readonly fresh: boolean;
  readonly skips: number;
}

/**
 * What is known of one daemon's dialling: its list, where OpenVPN stands in it, and how often the present chain of questions
 * (from a restart until ACCEPT or MOD) has passed the end of the list. The second time is fatal for OpenVPN.
 */
export class Dial {
  /** Whether `SKIP n` is understood (2.6 and later). */
  skipCount = false;
  /** OpenVPN's own list; undefined while unknown. */
  entries: readonly Entry[] | undefined;
  /** Entries seen in questions: all that is known of an OpenVPN that cannot list them. */
  #learned: Entry[] = [];
  #position: number | undefined;
  #wraps = 0;
  /** Skips in this chain, for lists of unknown length. */
  #skips = 0;
  /** The first question after a good session: MOD is taken, and the old address dialled. */
  #fresh = false;
  /** What the last answer will do to the position. */
  #moved = 0;

  constructor(saved?: unknown) {
    if (typeof saved !== "object" || saved === null) return;
    const state = saved as Saved;
    this.entries = state.entries;
    this.#learned = [...(state.learned ?? [])];
    this.skipCount = state.skipCount;
    this.#position = state.position;
    this.#wraps = state.wraps;
    this.#fresh = state.fresh;
    this.#skips = state.skips;
  }

  toJSON(): Saved {
    return {
      ...(this.entries ? { entries: this.entries } : {}),
      learned: this.#learned,
      skipCount: this.skipCount,
      ...(this.#position === undefined ? {} : { position: this.#position }),
      wraps: this.#wraps,
      fresh: this.#fresh,
      skips: this.#skips,
    };
  }

  /** The list as far as it is known. */
  get known(): readonly Entry[] {
    return this.entries ?? this.#learned;
  }

  /** Index of the entry that was asked last. */
  get position(): number | undefined {
    return this.#position;
  }

  get fresh(): boolean {
    return this.#fresh;
  }

  /** A new list, or none when the configuration is read again. */
  setEntries(entries: readonly Entry[] | undefined): void {
    this.entries = entries;
    if (entries) return;
    this.#learned = [];
    this.#position = undefined;
  }

  /** OpenVPN asks anew (a repeated question is not told here). */
  asked(question: Question): void {
    if (!this.entries && !this.#learned.some((entry) => same(entry, question)))
      this.#learned.push({ ...question, index: this.#learned.length, enabled: true });
    const list = this.known;
    // Names may stand in the list more than once: the one nearest behind the expected place is meant.
    const expected = this.#position === undefined ? 0 : this.#position + this.#moved;
    let found: number | undefined;
    for (let i = 0; i < list.length && found === undefined; i++) {
      const index = (expected + i) % list.length;
      const entry = list[index];
      if (entry && same(entry, question)) found = index;
    }
    if (found !== undefined && this.#position !== undefined) {
      if (this.#moved > 0) this.#wraps += this.#wrapsTo(found);
      // A failed attempt moves OpenVPN on by one, maybe past the end: that wrap belongs to this chain.
      else if (!this.#fresh && found <= this.#position) this.#wraps = 1;
    }
    this.#position = found;
    this.#moved = 0;
  }

  /** OpenVPN took an answer. */
  answered(decision: { readonly kind: string; readonly count?: number | undefined }): void {
    this.#fresh = false;
    if (decision.kind === "skip") {
      this.#moved = this.skipCount ? (decision.count ?? 1) : 1;
      this.#skips += this.#moved;
      return;
    }
    this.#wraps = 0;
    this.#skips = 0;
    this.#moved = 0;
  }

  connected(): void {
    this.#fresh = true;
  }

  /** RECONNECTING: a new chain begins. A failed attempt moves OpenVPN on by one; after a session it asks the same entry. */
  restarted(detail: string): void {
    this.#wraps = 0;
    this.#skips = 0;
    const rereads = detail === "SIGHUP" || detail === "close_context usr1 to hup";
    if (rereads) {
      this.#position = undefined;
      this.#fresh = false;
    }
    this.#moved = 0;
  }

  /** Whether skipping this many entries would pass the end of the list a second time. */
  skipIsFatal(count: number): boolean {
    const length = this.known.length;
    if (!this.entries) return this.#skips + count >= 2 * Math.max(1, length) - 1;
    if (this.#position === undefined) return this.#wraps >= 1;
    // Disabled entries where the skip lands are passed over, maybe past the end.
    let next = this.#position + count;
    let wraps = this.#wraps + (next >= length ? 1 : 0);
    next %= length;
    for (let i = 0; i < length && this.known[next]?.enabled === false; i++) {
      next++;
      if (next >= length) {
        next = 0;
        wraps++;
      }
    }
    return wraps >= 2;
  }

  /** How often the way from the last answer's landing to this entry passed the end. */
  #wrapsTo(found: number): number {
    const length = Math.max(1, this.known.length);
    const landing = (this.#position ?? 0) + this.#moved;
    const first = landing >= length ? 1 : 0;
    return first + (found < landing % length ? 1 : 0);
  }
}

function same(entry: Question, question: Question): boolean {
  return entry.host === question.host && entry.port === question.port && entry.proto === question.proto;
}
