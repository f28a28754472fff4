import { type Entry, isAsked, type Question } from "./entry.ts";

export { type Entry, type Family, parseEntry, parseWireProto, type Question } from "./entry.ts";

/** Where OpenVPN was told to dial. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly proto: "udp" | "tcp";
}

interface Saved {
  readonly entries?: readonly Entry[];
  readonly learned?: readonly Entry[];
  readonly skipCount: boolean;
  readonly position?: number;
  readonly moved?: number;
  readonly wraps: number;
  readonly fresh: boolean;
  readonly skips: number;
  readonly question?: Question;
  readonly last?: Place;
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
  /** A good session came before the question: OpenVPN begins with the same entry. */
  #fresh = false;
  /** What the last answer will do to the position. */
  #moved = 0;
  #question: Question | undefined;
  /** Where the last attempt went. */
  #last: Place | undefined;
  #holds = false;

  constructor(saved?: unknown) {
    if (typeof saved !== "object" || saved === null) return;
    const state = saved as Saved;
    this.entries = state.entries;
    this.#learned = [...(state.learned ?? [])];
    this.skipCount = state.skipCount;
    this.#position = state.position;
    this.#moved = state.moved ?? 0;
    this.#wraps = state.wraps;
    this.#fresh = state.fresh;
    this.#skips = state.skips;
    this.#question = state.question;
    this.#last = state.last;
  }

  toJSON(): Saved {
    return {
      ...(this.entries ? { entries: this.entries } : {}),
      learned: this.#learned,
      skipCount: this.skipCount,
      ...(this.#position === undefined ? {} : { position: this.#position }),
      moved: this.#moved,
      wraps: this.#wraps,
      fresh: this.#fresh,
      skips: this.#skips,
      ...(this.#question ? { question: this.#question } : {}),
      ...(this.#last ? { last: this.#last } : {}),
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

  /** OpenVPN holds addresses of the last attempt, and dials these whatever is answered. */
  get holds(): boolean {
    return this.#holds;
  }

  /** Whose addresses OpenVPN holds; undefined when it holds none or we did not see the attempt. */
  get held(): Place | undefined {
    return this.#holds ? this.#last : undefined;
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
    if (!this.entries && !this.#learned.some((entry) => isAsked(entry, question)))
      this.#learned.push({ ...question, index: this.#learned.length, enabled: true });
    const before = this.#position;
    const moved = this.#moved;
    this.#question = question;
    this.#moved = 0;
    this.#position = this.#find(question, before, moved);
    const found = this.#position;
    if (found === undefined || before === undefined) {
      if (moved > 0) this.#wraps = Math.max(1, this.#wraps);
      this.#holds = false;
      return;
    }
    if (moved === 0 && this.#fresh && found === before) {
      this.#holds = true;
      return;
    }
    const step = moved === 0 ? 1 : moved;
    // A name with more addresses is asked again for each of them, also where a SKIP was answered.
    this.#holds = found === before && this.#landing(before + step) !== before;
    if (moved === 0) this.#fresh = false;
    // A failed attempt moves OpenVPN on by one, maybe past the end: that wrap belongs to this chain.
    if (!this.#holds) this.#wraps += this.#wrapsTo(found, before + step);
  }

  /** OpenVPN took an answer. */
  answered(decision: {
    readonly kind: string;
    readonly count?: number | undefined;
    readonly host?: string | undefined;
    readonly port?: number | undefined;
  }): void {
    if (decision.kind === "skip") {
      this.#moved = this.skipCount ? (decision.count ?? 1) : 1;
      this.#skips += this.#moved;
      this.#fresh = false;
      return;
    }
    if (this.#question && !this.held) {
      const { host, port, proto } = this.#question;
      this.#last = { host: decision.host ?? host, port: decision.port ?? port, proto };
    }
    this.#fresh = false;
    this.#holds = false;
    this.#wraps = 0;
    this.#skips = 0;
    this.#moved = 0;
  }

  /** `detail` of CONNECTED: after ERROR, OpenVPN goes on to the next entry as after a failed attempt. */
  connected(detail = "SUCCESS"): void {
    this.#fresh = detail !== "ERROR";
  }

  /** RECONNECTING: a new chain begins. A failed attempt moves OpenVPN on by one; after a session it asks the same entry. */
  restarted(detail: string): void {
    this.#wraps = 0;
    const rereads = detail === "SIGHUP" || detail === "close_context usr1 to hup";
    if (rereads) {
      this.#position = undefined;
      this.#fresh = false;
    }
    // Where the chain began at the list's end, it has passed it once already; not so right after a session.
    this.#skips = this.#fresh ? -1 : 0;
    this.#moved = 0;
    this.#holds = false;
  }

  /** Whether skipping this many entries would pass the end of the list a second time. */
  skipIsFatal(count: number): boolean {
    const length = this.known.length;
    if (!this.entries) return this.#skips + count >= length;
    if (this.#position === undefined) return this.#wraps >= 1;
    const to = this.#position + count;
    return this.#wraps + this.#wrapsTo(this.#landing(to), to) >= 2;
  }

  /** Names may stand in the list more than once: the one nearest behind the expected place is meant. */
  #find(question: Question, before: number | undefined, moved: number): number | undefined {
    const { length } = this.known;
    const step = moved === 0 && !this.#fresh ? 1 : moved;
    const expected = before === undefined ? 0 : before + step;
    for (let i = 0; i < length; i++) {
      const entry = this.known[(expected + i) % length];
      if (entry?.enabled && isAsked(entry, question)) return (expected + i) % length;
    }
    return undefined;
  }

  /** Disabled entries where a step lands are passed over. */
  #landing(to: number): number | undefined {
    const { length } = this.known;
    for (let i = 0; i < length; i++) if (this.known[(to + i) % length]?.enabled) return (to + i) % length;
    return undefined;
  }

  /** How often a step to this place, and on over disabled entries to the one that is asked, passes the end; a step does so once at most. */
  #wrapsTo(asked: number | undefined, to: number): number {
    const { length } = this.known;
    if (asked === undefined) return 2;
    return (to >= length ? 1 : 0) + (asked < to % length ? 1 : 0);
  }
}
