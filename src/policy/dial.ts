import { type Entry, isAsked, type Question } from "./entry.ts";

export { type Entry, type Family, parseEntry, parseWireProto, type Question } from "./entry.ts";

/** Where OpenVPN was told to dial. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly proto: "udp" | "tcp";
}

/** A place in the list where OpenVPN may stand, and how often it passed the end in this chain to come there. */
interface Stand {
  readonly index: number;
  readonly wraps: number;
}

interface Saved {
  readonly entries?: readonly Entry[];
  readonly learned?: readonly Entry[];
  readonly skipCount: boolean;
  readonly stands: readonly Stand[];
  readonly moved: number;
  readonly fresh: boolean;
  readonly skips: number;
  readonly question?: Question;
  readonly open?: boolean;
  readonly trying?: number;
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
  /** Most likely first. More than one where an entry stands in the list twice or names have many addresses. */
  #stands: readonly Stand[] = [];
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
  /** The name that failed has more addresses: the next of them is asked for. */
  #goesOn = false;
  /** The end of the last attempt was seen, not read from the store: nothing went by unseen since. */
  #seen = false;
  /** The question has no answer, as far as we know. */
  #open = false;
  /** So many entries a SKIP would lead on that was sent and of which we know no reply. */
  #trying = 0;

  constructor(saved?: unknown) {
    if (typeof saved !== "object" || saved === null) return;
    const state = saved as Saved;
    this.entries = state.entries;
    this.#learned = [...(state.learned ?? [])];
    this.skipCount = state.skipCount;
    this.#stands = state.stands;
    this.#moved = state.moved;
    this.#fresh = state.fresh;
    this.#skips = state.skips;
    this.#question = state.question;
    this.#open = state.open ?? false;
    this.#trying = state.trying ?? 0;
    this.#last = state.last;
  }

  toJSON(): Saved {
    return {
      ...(this.entries ? { entries: this.entries } : {}),
      learned: this.#learned,
      skipCount: this.skipCount,
      stands: this.#stands,
      moved: this.#moved,
      fresh: this.#fresh,
      skips: this.#skips,
      ...(this.#question ? { question: this.#question } : {}),
      ...(this.#open ? { open: true } : {}),
      ...(this.#trying > 0 ? { trying: this.#trying } : {}),
      ...(this.#last ? { last: this.#last } : {}),
    };
  }

  /** The list as far as it is known. */
  get known(): readonly Entry[] {
    return this.entries ?? this.#learned;
  }

  /** Index of the entry that was asked last. */
  get position(): number | undefined {
    return this.#stands[0]?.index;
  }

  /** OpenVPN holds addresses of the last attempt, and dials these whatever is answered. */
  get holds(): boolean {
    return this.#holds;
  }

  /** Whose addresses OpenVPN holds; undefined when it holds none or we did not see the attempt. */
  get held(): Place | undefined {
    return this.#holds ? this.#last : undefined;
  }

  /** Whose next address OpenVPN is about to dial, after an attempt at another of its addresses failed. */
  get goesOn(): Place | undefined {
    return this.#goesOn ? this.#last : undefined;
  }

  /** A new list, or none when the configuration is read again. */
  setEntries(entries: readonly Entry[] | undefined): void {
    this.entries = entries;
    if (entries) return;
    this.#learned = [];
    this.#stands = [];
  }

  /** Whether this is the last question of the chain: `open`, or `answered` and not acted upon yet. */
  knows(question: Question): "open" | "answered" | undefined {
    if (!this.#question || !isAsked(this.#question, question)) return undefined;
    return this.#open ? "open" : "answered";
  }

  /** OpenVPN asks anew (a repeated question is not told here). */
  asked(question: Question): void {
    if (!this.entries && !this.#learned.some((entry) => isAsked(entry, question)))
      this.#learned.push({ ...question, index: this.#learned.length, enabled: true });
    // Answered by a SKIP that we know nothing of: an engine that was killed, another manager.
    const unseen = this.#open;
    const moved = this.#moved;
    const suits = ({ index }: Stand): boolean => this.#isAsked(index, question);
    // A name with more addresses is asked again for each of them, also where a SKIP was answered.
    const begins = moved === 0 && !unseen;
    const from = begins ? this.#stands.map((stand) => ({ ...stand, wraps: 0 })) : this.#stands;
    const stayed = from.filter(suits);
    // A failed attempt moves OpenVPN on by one, maybe past the end: that wrap belongs to this chain.
    const steps = unseen ? this.known.map((_entry, i) => i + 1) : [Math.max(1, moved)];
    const landed = from.flatMap((stand) => steps.map((step) => this.#land(stand, step))).filter(suits);
    const again = begins && this.#fresh && (stayed.length > 0 || this.#stands.length === 0);
    if (unseen) this.#skips++;
    const known = this.#stands.length > 0;
    // Not moved on where only a move explains the question: the name has more addresses.
    const same = landed.length === 0 && stayed.length > 0;
    this.#goesOn = same && begins && !again && this.#seen;
    this.#holds = again || this.#goesOn || (same && moved > 0);
    this.#fresh = again;
    this.#stands = distinct(again ? stayed : [...landed, ...stayed]);
    if (this.#stands.length === 0) this.#stands = this.#search(question, known || unseen || moved > 0, again);
    this.#question = question;
    this.#moved = 0;
    this.#open = true;
    this.#trying = 0;
  }

  /** A SKIP is about to be sent. True when it may lead round to the very same question. */
  skipping(count: number): boolean {
    const question = this.#question;
    this.#trying = count;
    return !this.entries || (question !== undefined && this.#around(question).length > 0);
  }

  /** The open question is told again: the SKIP that was sent may have led back to it. */
  toldAgain(question: Question): void {
    if (this.#trying === 0) return;
    this.#skips += this.#trying;
    this.#stands = distinct([...this.#stands, ...this.#around(question)]);
    this.#trying = 0;
  }

  /** OpenVPN took an answer. */
  answered(decision: {
    readonly kind: string;
    readonly count?: number | undefined;
    readonly host?: string | undefined;
    readonly port?: number | undefined;
  }): void {
    this.#open = false;
    this.#trying = 0;
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
    this.#goesOn = false;
    this.#seen = false;
    this.#skips = 0;
    this.#moved = 0;
  }

  /** `detail` of CONNECTED: after ERROR, OpenVPN goes on to the next entry as after a failed attempt. */
  connected(detail = "SUCCESS"): void {
    this.#fresh = detail !== "ERROR";
  }

  /** RECONNECTING: a new chain begins. A failed attempt moves OpenVPN on by one; after a session it asks the same entry. */
  restarted(detail: string): void {
    const rereads = detail === "SIGHUP" || detail === "close_context usr1 to hup";
    if (rereads) {
      this.#stands = [];
      this.#fresh = false;
    }
    this.#open = false;
    this.#trying = 0;
    this.#question = undefined;
    // Where the chain began at the list's end, it has passed it once already; not so right after a session.
    this.#skips = this.#fresh ? -1 : 0;
    this.#moved = 0;
    this.#holds = false;
    this.#goesOn = false;
    this.#seen = true;
  }

  /** Whether skipping this many entries would pass the end of the list a second time. */
  skipIsFatal(count: number): boolean {
    if (!this.entries) return this.#skips + count >= this.known.length;
    if (this.#stands.length === 0) return this.#skips >= 1;
    return this.#stands.some((stand) => this.#land(stand, count).wraps >= 2);
  }

  /** Where the SKIP that was sent leads, as far as the same is asked there. */
  #around(question: Question): Stand[] {
    const landed = this.#stands.map((stand) => this.#land(stand, this.#trying));
    return landed.filter(({ index }) => this.#isAsked(index, question));
  }

  #isAsked(index: number, question: Question): boolean {
    const entry = this.known[index];
    return entry !== undefined && entry.enabled && isAsked(entry, question);
  }

  /** Where the question may stand when nothing tells how OpenVPN came there. It may have passed the end before it came to the first entry. */
  #search(question: Question, skipped: boolean, fresh: boolean): Stand[] {
    const first = this.known.findIndex(({ enabled }) => enabled);
    return this.known.flatMap((_entry, index) => {
      if (!this.#isAsked(index, question)) return [];
      return [{ index, wraps: !fresh && (skipped || index === first) ? 1 : 0 }];
    });
  }

  /** A step on. Disabled entries where it lands are passed over, maybe past the end; a step itself passes it once at most. */
  #land({ index, wraps }: Stand, count: number): Stand {
    const { length } = this.known;
    const to = index + count;
    for (let i = 0; i < length; i++) {
      const at = (to + i) % length;
      if (this.known[at]?.enabled)
        return { index: at, wraps: wraps + (to >= length ? 1 : 0) + (at < to % length ? 1 : 0) };
    }
    return { index, wraps: 2 };
  }
}

function distinct(stands: readonly Stand[]): Stand[] {
  return [...new Map(stands.map((stand) => [`${stand.index} ${stand.wraps}`, stand])).values()];
}
