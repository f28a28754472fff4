import type { Client } from "../model/client.ts";
import type { AccountKey, Event } from "../model/event.ts";
import { type AccountStatus, fraction, type Told, type UseView } from "../quota/use.ts";
import { Book } from "../quota/book.ts";
import type { SessionKey } from "../quota/account.ts";
import { DaemonBook } from "../quota/daemon-book.ts";
import { Keeper } from "../quota/keeper.ts";
import { LateLedger } from "../quota/late-ledger.ts";
import type { Correction, Ledger, LedgerContent, SavedDaemon } from "../quota/ledger.ts";
import { isLocked } from "../quota/ledger-file.ts";
import type { Meter } from "../quota/meter.ts";
import { type Env, EvaluationError } from "../rules/cel/types.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import type { Clock, Timer } from "../util/clock.ts";
import type { Journal } from "./journal.ts";

/** The clock of the machine may be set: periods are looked at again at least this often, ms. */
const LONGEST_SLEEP = 60_000;

/** A ledger that somebody else has is tried again after so long, ms. */
const AGAIN = 5_000;

export interface QuotasHost {
  readonly clock: Clock;
  readonly journal: Journal;
  /** Opens the ledger; throws an Error whose message is for people. */
  readonly ledger: () => Ledger;
  env(event: Event): Env;
  raise(event: Event): void;
  drain(): void;
  /** The event's daemon where there is just one. */
  readonly only: string | undefined;
}

/** The quotas of an engine: its daemons report, rules read and correct, and what an account reaches becomes an event. */
export class Quotas {
  readonly #book: Book;
  readonly #host: QuotasHost;
  readonly #ledger: Ledger;
  /** The ledger was locked, and may open later. */
  #late: LateLedger | undefined;
  readonly #names: ReadonlySet<string>;
  readonly daemons: readonly string[];
  readonly #books = new Map<string, DaemonBook>();
  #content: LedgerContent | undefined;
  #meters: readonly Meter[] = [];
  #timer: Timer | undefined;
  #retry: Timer | undefined;
  readonly #complained = new Set<string>();

  /** Undefined where a rulebook has none. */
  static of(rulebook: Rulebook, host: QuotasHost): Quotas | undefined {
    return rulebook.quotas.length === 0 ? undefined : new Quotas(rulebook, host);
  }

  private constructor({ quotas, daemons }: Rulebook, host: QuotasHost) {
    this.#host = host;
    this.daemons = daemons.map(({ name }) => name);
    this.#names = new Set(quotas.map(({ name }) => name));
    const { clock } = host;
    const opened = this.#open();
    this.#ledger = "ledger" in opened ? opened.ledger : new LateLedger();
    if ("content" in opened) this.#content = opened.content;
    else {
      const { locked, problem } = opened;
      if (locked && this.#ledger instanceof LateLedger) this.#late = this.#ledger;
      this.#unread(problem, locked);
    }
    const keeper = new Keeper(this.#ledger, {
      clock,
      soon: (work) => void setImmediate(work),
      failed: (error) =>
        this.#say(`The ledger cannot be written; accounting goes on in memory: ${messageOf(error)}`),
      again: () => this.#say("The ledger is written again"),
      lost: () =>
        this.#say(
          "The ledger could not be written to the end: what was used since then, and corrected, is lost",
        ),
    });
    this.#book = new Book(quotas, keeper, {
      now: () => clock.now(),
      env: (daemon, { epoch, cid }) =>
        host.env({ type: "", at: clock.now(), daemon, client: { epoch, cid }, fields: {} }),
      tell: (told) => this.#tell(told),
      failed: (daemon, quota, message) => this.#complain(daemon, quota, message),
    });
    if (this.#content) this.#meters = this.#book.restore(this.#content);
    else this.#book.begin();
  }

  start(): void {
    this.#look();
    if (this.#late) this.#waitFor(this.#late);
  }

  /** The last of the ledger is written. */
  stop(): void {
    this.#timer?.cancel();
    this.#retry?.cancel();
    this.#book.keeper.close();
  }

  /** The accounts as one daemon's sessions see them. */
  daemon(name: string): DaemonBook {
    let book = this.#books.get(name);
    if (!book) {
      book = new DaemonBook(name, this.#book, ...this.#savedOf(name));
      this.#books.set(name, book);
    }
    return book;
  }

  /** `quota(name)` for the client or the account of an event. */
  value(name: string, event: Event, env: Env): UseView {
    const { account } = event;
    const client = env["client"] as Client | undefined;
    const found = client
      ? this.#useOf(name, event.daemon ?? "", client, env)
      : account?.quota === name
        ? this.#book.accounts.named(name, account.daemon, account.subject)
        : undefined;
    if (!found) throw new EvaluationError(`No client here whose account under ${name} is meant`);
    return found;
  }

  /** Where it is not known yet which name a session will have, the account that has less left decides. */
  #useOf(name: string, daemon: string, client: Client, env: Env): UseView | undefined {
    const { accounts } = this.#book;
    const share = this.#books.get(daemon)?.shareOf(client, name);
    const uses = client.names.map((common_name) => {
      if (common_name === client.common_name) return accounts.use(name, daemon, env, share);
      const other = { client: { value: client.as(common_name) } };
      return accounts.use(name, daemon, Object.create(env, other) as Env, share);
    });
    return uses.reduce((one, other) => (one && other && isTighter(other, one) ? other : one));
  }

  /** The account of an event's client, or the event's own. */
  subject(name: string, event: Event, env: Env): string | undefined {
    if (event.account?.quota === name) return event.account.subject;
    return env["client"] === undefined
      ? undefined
      : this.#book.accounts.subject(name, event.daemon ?? "", env);
  }

  /** The live sessions of an account. */
  sessions({ quota, daemon, subject }: AccountKey): readonly SessionKey[] {
    return this.#book.accounts.sessions(quota, daemon, subject);
  }

  /** What is wrong with it, or undefined. */
  correct(
    how: Omit<Correction, "at" | "daemon"> & { readonly daemon: string | undefined },
  ): string | undefined {
    const problem = this.#book.accounts.correct(how);
    if (problem === undefined) {
      const { bytes, ...rest } = how;
      const size = how.what === "reset" ? {} : { bytes };
      this.#host.journal.write("action", undefined, { action: `quota ${how.what}`, ...rest, ...size });
    }
    this.#host.drain();
    return problem;
  }

  status(): AccountStatus[] {
    const all = this.#book.accounts.status();
    this.#host.drain();
    return all;
  }

  corrections(subject: string | undefined, limit: number): readonly Correction[] {
    this.#book.keeper.flush();
    return this.#ledger.corrections(subject, limit);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  get names(): readonly string[] {
    return [...this.#names];
  }

  #open(): { ledger: Ledger; content: LedgerContent } | { locked: boolean; problem: string } {
    let ledger: Ledger | undefined;
    try {
      ledger = this.#host.ledger();
      return { ledger, content: ledger.read() };
    } catch (error) {
      ledger?.close();
      return { locked: isLocked(error), problem: messageOf(error) };
    }
  }

  /** Whoever has the ledger may let go of it. One that is found to be damaged then, or another program's, is not touched again. */
  #waitFor(late: LateLedger): void {
    this.#retry = this.#host.clock.after(AGAIN, () => {
      const opened = this.#open();
      if ("content" in opened) this.#opened(late, opened.ledger, opened.content);
      else if (opened.locked) this.#waitFor(late);
      else this.#unread(opened.problem, false);
    });
  }

  #opened(late: LateLedger, ledger: Ledger, content: LedgerContent): void {
    late.opened(ledger);
    this.#content = content;
    this.#meters = this.#book.merge(content);
    for (const [name, book] of this.#books) book.adopt(...this.#savedOf(name));
    this.#say("The ledger can be read: what was used before is known again");
    this.#host.drain();
  }

  #savedOf(name: string): [restored: Meter[], saved: SavedDaemon | undefined] {
    const restored = this.#meters.filter(({ daemon }) => daemon === name);
    return [restored, this.#content?.daemons.find(({ daemon }) => daemon === name)];
  }

  #unread(problem: string, isTriedAgain: boolean): void {
    const fate = isTriedAgain
      ? "goes on in memory until it can be read"
      : "goes on in memory and is lost when the engine ends";
    this.#say(
      `${problem}. Accounting ${fate}; what was used before is not known, and on-unknown decides about people`,
    );
  }

  #look(): void {
    const now = this.#host.clock.now();
    const next = this.#book.accounts.tick();
    this.#host.drain();
    this.#timer = this.#host.clock.after(Math.max(1, Math.min(LONGEST_SLEEP, next - now)), () =>
      this.#look(),
    );
  }

  #tell({ type, quota, subject, daemon, level, use, session }: Told): void {
    const { used, limit, resetsAt } = use;
    const of = session?.daemon ?? (daemon === "" ? this.#host.only : daemon);
    this.#host.raise({
      ...{ type, at: this.#host.clock.now(), daemon: of, account: { quota, daemon, subject } },
      ...(session ? { client: { epoch: session.epoch, cid: session.cid } } : {}),
      fields: {
        ...{ quota, subject, level, used, fraction: fraction(use) },
        ...(limit === undefined ? {} : { limit }),
        ...(resetsAt === undefined ? {} : { resets_at: resetsAt }),
      },
    });
  }

  /** The same mistake is said once. */
  #complain(daemon: string, quota: string, message: string): void {
    const id = `${daemon}/${quota}/${message}`;
    if (this.#complained.has(id) || this.#complained.size > 1000) return;
    this.#complained.add(id);
    this.#host.journal.write("error", daemon, { quota, error: message });
  }

  #say(error: string): void {
    this.#host.journal.write("error", undefined, { error });
  }
}

function isTighter(one: UseView, other: UseView): boolean {
  return one.exceeded === other.exceeded ? one.fraction > other.fraction : one.exceeded;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}
