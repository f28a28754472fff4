import type { Client } from "../../src/model/client.ts";
import type { Told } from "../../src/quota/use.ts";
import { Book } from "../../src/quota/book.ts";
import { DaemonBook } from "../../src/quota/daemon-book.ts";
import { Keeper } from "../../src/quota/keeper.ts";
import { LateLedger } from "../../src/quota/late-ledger.ts";
import type { Ledger } from "../../src/quota/ledger.ts";
import { memoryLedger } from "../../src/quota/ledger-file.ts";
import type { Expression } from "../../src/rules/cel/types.ts";
import type { QuotaSpec } from "../../src/rules/rulebook.ts";
import { type Clock, type Timer, VirtualClock } from "../../src/util/clock.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const START = Date.UTC(2026, 0, 5, 9);

/** The machine's clock may be set; what waits goes by another one, as it does in reality. */
export class JumpClock implements Clock {
  readonly steady: VirtualClock;
  #ahead = 0;

  constructor(start = START) {
    this.steady = new VirtualClock(start);
  }

  now(): number {
    return this.steady.now() + this.#ahead;
  }

  after(delay: number, callback: () => void): Timer {
    return this.steady.after(delay, callback);
  }

  /** Somebody sets it, by so many ms. */
  jump(by: number): void {
    this.#ahead += by;
  }

  /** Somebody sets it to a moment. */
  set(at: number): void {
    this.jump(at - this.now());
  }
}

/** An expression that takes no text. */
export function computed(run: (client: Client) => unknown): Expression {
  return {
    source: "",
    type: { kind: "text" },
    reads: new Set(),
    run: (env) => run(env["client"] as Client),
  };
}

export function quotaSpec(name: string, spec: Partial<QuotaSpec> = {}): QuotaSpec {
  return {
    ...{ name, limit: 1_000, per: "lifetime", tz: "UTC", counts: "both", scope: "all", onUnknown: "deny" },
    warnAt: [{ text: "80%", fraction: 0.8 }],
    subject: computed(({ common_name }) => common_name),
    position: { file: "", line: 1, column: 1 },
    ...spec,
  };
}

export function client(cid: number, common_name: string, epoch = 1): Client {
  return { cid, epoch, common_name } as unknown as Client;
}

/** The accounts of an engine that may be killed, and begins again with what its ledger holds. */
export class BookWorld {
  readonly clock: JumpClock;
  readonly ledger: Ledger;
  readonly specs: readonly QuotaSpec[];
  told: Told[] = [];
  failures: string[] = [];
  book!: Book;
  keeper!: Keeper;
  #daemons = new Map<string, DaemonBook>();
  #restored: ReturnType<Book["restore"]> = [];
  #saved: ReturnType<Ledger["read"]>["daemons"] = [];
  #soon: (() => void)[] = [];
  #life = { over: false };
  #late: LateLedger | undefined;

  constructor(specs: readonly QuotaSpec[], ledger: Ledger = memoryLedger(), clock = new JumpClock()) {
    this.specs = specs;
    this.ledger = { ...ledger, close: () => undefined };
    this.clock = clock;
    this.begin();
  }

  /** An engine starts; the ledger may be locked. */
  begin(isLocked = false): void {
    const late = isLocked ? new LateLedger() : undefined;
    this.#late = late;
    const content = (late ?? this.ledger).read();
    const soon: (() => void)[] = [];
    this.#soon = soon;
    const life = { over: false };
    this.#life = life;
    // Whoever was killed writes no more.
    const ledger: Ledger = {
      ...this.ledger,
      write: (changes) => {
        if (!life.over) (late ?? this.ledger).write(changes);
      },
    };
    this.keeper = new Keeper(ledger, {
      clock: this.clock,
      soon: (work) => void soon.push(work),
      failed: (error) => void this.failures.push((error as Error).message),
      again: () => void this.failures.push("again"),
      lost: () => void this.failures.push("lost"),
    });
    this.book = new Book(this.specs, this.keeper, {
      now: () => this.clock.now(),
      env: (_daemon, one) => ({ client: one }),
      tell: (told) => void this.told.push(told),
      failed: (_daemon, _quota, message) => void this.failures.push(message),
    });
    if (isLocked) this.book.begin();
    this.#restored = isLocked ? [] : this.book.restore(content);
    this.#saved = content.daemons;
    this.#daemons = new Map();
  }

  /** It ends as by kill -9, and another one starts. */
  kill(isLocked = false): void {
    this.#soon.length = 0;
    this.#life.over = true;
    this.begin(isLocked);
  }

  /** It is stopped, and another one starts. */
  restart(isLocked = false): void {
    this.keeper.close();
    this.begin(isLocked);
  }

  /** The ledger can be read. */
  unlock(): void {
    const content = this.ledger.read();
    this.#late?.opened(this.ledger);
    this.#restored = this.book.merge(content);
    this.#saved = content.daemons;
    for (const [name, book] of this.#daemons)
      book.adopt(
        this.#restored.filter(({ daemon }) => daemon === name),
        this.#saved.find(({ daemon }) => daemon === name),
      );
  }

  daemon(name = "office"): DaemonBook {
    let book = this.#daemons.get(name);
    if (!book) {
      const restored = this.#restored.filter(({ daemon }) => daemon === name);
      const saved = this.#saved.find(({ daemon }) => daemon === name);
      book = new DaemonBook(name, this.book, restored, saved);
      this.#daemons.set(name, book);
    }
    return book;
  }

  /** What was put off to the next turn of the loop is done. */
  turn(): void {
    for (let work = this.#soon.shift(); work; work = this.#soon.shift()) work();
  }

  pass(ms: number): void {
    this.clock.steady.advance(ms);
    this.turn();
    this.book.accounts.tick();
    this.turn();
  }

  used(quota: string, subject: string, daemon = ""): number | undefined {
    return this.book.accounts
      .status()
      .find((one) => one.quota === quota && one.subject === subject && one.daemon === daemon)?.used;
  }

  /** What was told since the last look, as `type quota/subject level`. */
  heard(): string[] {
    return this.told
      .splice(0)
      .map(
        ({ type, quota, subject, level }) => `${type.slice("quota.".length)} ${quota}/${subject} ${level}`,
      );
  }
}
