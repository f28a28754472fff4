import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "../../src/connection/connection.ts";
import { builtinCatalogue } from "../../src/engine/actions/catalogue.ts";
import { Engine } from "../../src/engine/engine.ts";
import { virtualJournal } from "../../src/engine/virtual-journal.ts";
import type { Ledger } from "../../src/quota/ledger.ts";
import { openLedger } from "../../src/quota/ledger-file.ts";
import { loadRulebooks } from "../../src/rules/load/load.ts";
import type { Rulebook } from "../../src/rules/rulebook.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { type Clock, VirtualClock } from "../../src/util/clock.ts";
import { seededRandom } from "../../src/util/random.ts";
import { MonthServer, STEP, type Tally } from "./month-server.ts";

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

/** An engine reads the list of clients every so many ms at least, and may be behind with the ledger for so many. */
const LISTS = 15_000;
const BEHIND = 2_000;

export interface MonthOptions {
  readonly clients: number;
  readonly days: number;
  readonly seed: number;
  /** How often the list of clients is read, ms, instead of every 15 s: that is work of its own. Other long waits last as long. */
  readonly lists: number;
  /** How far the ledger may be behind, ms, instead of 2 s. */
  readonly behind?: number;
  /** Of the quota, as a rulebook writes it. */
  readonly limit: string;
  /** What befalls whom, by parts of the whole time. */
  readonly mishaps: readonly (readonly [part: number, mishap: Mishap])[];
}

/**
 * `restart`: of the server · `crash`: its process dies · `stop`: the engine ends, and another one begins after half an hour · `kill`: the
 * engine dies, and another one begins at once · `restart-unseen`: the server restarts while there is no engine
 */
export type Mishap = "restart" | "crash" | "stop" | "kill" | "restart-unseen";

/** All of them, some twice. */
export const MISHAPS: MonthOptions["mishaps"] = [
  [0.1, "restart"],
  [0.2, "stop"],
  [0.3, "kill"],
  [0.4, "restart-unseen"],
  [0.5, "crash"],
  [0.6, "kill"],
  [0.7, "restart"],
  [0.8, "stop"],
];

export interface MonthTold {
  readonly tally: Tally;
  /** Accounts of which the ledger says something else than the server, with both sums, and how many there are. */
  readonly wrong: readonly (readonly [name: string, charged: number, owed: number])[];
  readonly accounts: number;
  readonly charged: number;
  readonly owed: number;
  /** What passed in all, also unseen. */
  readonly passed: number;
  /** Live sessions that the ledger still has. */
  readonly left: number;
  readonly errors: readonly string[];
  /** Ledger: transactions and rows of sessions; seconds in them. */
  readonly written: { transactions: number; rows: number; seconds: number };
  readonly seconds: number;
}

/** A month of a server with many clients, from the lines of its interface to the rows of the ledger. */
export async function month(options: MonthOptions): Promise<MonthTold> {
  const directory = mkdtempSync(join(tmpdir(), "month-"));
  try {
    return await new Month(options, directory, await quotaRules(options.limit)).tell();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function quotaRules(limit: string): Promise<Rulebook> {
  const file = join(import.meta.dirname, "../../rules/quota.yaml");
  const { rulebook, problems } = await loadRulebooks([file], {
    set: { limit },
    plugins: () => Promise.reject(new Error("No plugin")),
    actions: builtinCatalogue,
  });
  if (!rulebook) throw new Error(problems[0]?.message);
  return { ...rulebook, daemons: [{ name: "office", management: "unix:office" }] };
}

class Month {
  readonly #options: MonthOptions;
  readonly #directory: string;
  readonly #rulebook: Rulebook;
  readonly #clock = new VirtualClock(START);
  readonly #server: MonthServer;
  readonly #store = memoryStore();
  readonly #errors: string[] = [];
  readonly #written = { transactions: 0, rows: 0, seconds: 0 };
  #engine: Engine | undefined;
  /** The running engine's: ends it as by kill -9. */
  #kill: () => void = () => undefined;

  constructor(options: MonthOptions, directory: string, rulebook: Rulebook) {
    this.#options = options;
    this.#directory = directory;
    this.#rulebook = rulebook;
    this.#server = new MonthServer({
      clock: this.#clock,
      random: seededRandom(options.seed),
      clients: options.clients,
      lasts: 288,
      rate: 40e6,
    });
  }

  async tell(): Promise<MonthTold> {
    const { days, mishaps } = this.#options;
    const started = performance.now();
    const steps = (days * DAY) / STEP;
    const due = mishaps.map(([part, mishap]) => [Math.floor(part * steps), mishap] as const);
    await this.#begin();
    for (let step = 0; step < steps; step++) {
      for (const [at, mishap] of due) if (at === step) await this.#befalls(mishap);
      await this.#pass();
    }
    this.#server.end();
    await this.#pass(1);
    await this.#stop();
    return this.#sum((performance.now() - started) / 1000);
  }

  async #pass(steps = 1): Promise<void> {
    for (let i = 0; i < steps; i++) {
      this.#server.step();
      await this.#clock.advanceAsync(STEP, turn);
    }
  }

  async #befalls(mishap: Mishap): Promise<void> {
    const server = this.#server;
    if (mishap === "restart") server.restart();
    else if (mishap === "crash") server.crash();
    else if (mishap === "kill") {
      this.#kill();
      server.forget();
      await this.#begin();
    } else {
      await this.#stop();
      await this.#pass(90);
      if (mishap === "restart-unseen") server.restart();
      await this.#pass(90);
      await this.#begin();
    }
  }

  async #begin(): Promise<void> {
    const random = seededRandom(1);
    const clock = this.#stretched();
    let over = false;
    const engine = new Engine({
      rulebook: this.#rulebook,
      clock,
      store: this.#store,
      random,
      offline: true,
      actions: builtinCatalogue,
      journal: virtualJournal(clock, random, ({ kind, error }) => {
        if (kind === "error" && !over) this.#errors.push(String(error));
      }),
      ledger: () => this.#counted(openLedger(this.#directory), () => over),
      link: () =>
        new Connection({
          address: { kind: "unix", path: "office" },
          clock,
          random,
          dial: (address, listener) =>
            this.#server.dial(address, {
              connected: () => over || listener.connected(),
              text: (chunk) => over || listener.text(chunk),
              closed: (reason) => over || listener.closed(reason),
            }),
        }),
    });
    this.#engine = engine;
    this.#kill = () => {
      over = true;
      void engine.stop();
    };
    engine.start();
    await turn();
    await turn();
  }

  async #stop(): Promise<void> {
    const stopped = this.#engine?.stop();
    await this.#clock.advanceAsync(0, turn);
    await stopped;
  }

  /** What a ledger is given; nothing once its engine is dead. */
  #counted(ledger: Ledger, over: () => boolean): Ledger {
    const written = this.#written;
    return {
      ...ledger,
      write(changes) {
        if (over()) return;
        const started = performance.now();
        ledger.write(changes);
        written.seconds += (performance.now() - started) / 1000;
        written.transactions++;
        written.rows += (changes.meters?.length ?? 0) + (changes.counters?.length ?? 0);
      },
    };
  }

  #stretched(): Clock {
    const clock = this.#clock;
    const { lists, behind = BEHIND } = this.#options;
    return {
      now: () => clock.now(),
      after: (delay, callback) =>
        clock.after(delay >= LISTS ? Math.max(delay, lists) : delay === BEHIND ? behind : delay, callback),
    };
  }

  #sum(seconds: number): MonthTold {
    const ledger = openLedger(this.#directory);
    const { accounts, meters } = ledger.read();
    ledger.close();
    const { owed, passed, tally } = this.#server;
    const charged = new Map(accounts.map(({ subject, closed }) => [subject, closed]));
    const names = new Set([...charged.keys(), ...owed.keys()]);
    return {
      tally,
      wrong: [...names].flatMap((name) => {
        const pair = [charged.get(name) ?? 0, owed.get(name) ?? 0] as const;
        return pair[0] === pair[1] ? [] : [[name, ...pair] as const];
      }),
      accounts: accounts.length,
      charged: sumOf(charged),
      owed: sumOf(owed),
      passed: sumOf(passed),
      left: meters.length,
      errors: this.#errors,
      written: this.#written,
      seconds,
    };
  }
}

function sumOf(all: ReadonlyMap<string, number>): number {
  return [...all.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** A turn of the loop: bytes, replies and what follows from them, and what is written behind. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
