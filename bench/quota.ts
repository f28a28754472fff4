// The accounting of quotas: charges a second against summing up the same by hand, memory for each client, and how long a newcomer waits for
// the answer while the traffic of thousands is charged and written to the ledger, against an echo.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "../src/connection/connection.ts";
import { builtinCatalogue } from "../src/engine/actions/catalogue.ts";
import { Engine } from "../src/engine/engine.ts";
import { Journal } from "../src/engine/journal.ts";
import { DaemonModel } from "../src/model/daemon.ts";
import { Environment } from "../src/protocol/environment.ts";
import { Book } from "../src/quota/book.ts";
import { DaemonBook } from "../src/quota/daemon-book.ts";
import { Keeper } from "../src/quota/keeper.ts";
import { openLedger } from "../src/quota/ledger-file.ts";
import type { Ledger } from "../src/quota/ledger.ts";
import { loadRulebooks } from "../src/rules/load/load.ts";
import type { Rulebook } from "../src/rules/rulebook.ts";
import { openStore } from "../src/store/sqlite.ts";
import { systemClock } from "../src/util/clock.ts";
import { seededRandom } from "../src/util/random.ts";
import { Redactor } from "../src/util/secret.ts";
import { ulidFactory } from "../src/util/ulid.ts";
import { alternate, median, percentile } from "./measure.ts";
import { rateText, table, verdict } from "./report.ts";

const CLIENTS = 100_000;
const ROUNDS = 9;
/** Of the same clients in one measurement. */
const TIMES = 5;
/** Charges to sums by hand; bytes for each client; ms until 999 of 1,000 newcomers have their answer. */
const WANTED = 0.1;
const BYTES = 500;
const PATIENCE = 10;
const [SERVED, REPORTS, QUESTIONS] = [20_000, 20_000, 5_000];

const NOWHERE: Ledger = {
  read: () => ({ quotas: [], accounts: [], meters: [], daemons: [] }),
  write: () => undefined,
  corrections: () => [],
  close: () => undefined,
};

const { rulebook } = await loadRulebooks([join(import.meta.dirname, "../rules/quota.yaml")], {
  set: { limit: "100TiB" },
  plugins: () => Promise.reject(new Error("No plugin")),
  actions: builtinCatalogue,
});
if (!rulebook) throw new Error("rules/quota.yaml");

/** Bytes in use once all is collected. */
function heap(): number {
  Bun.gc(true);
  Bun.gc(true);
  return process.memoryUsage().heapUsed;
}

interface Charged {
  readonly book: DaemonBook;
  readonly keeper: Keeper;
  readonly model: DaemonModel;
  /** Bytes: of the clients as the engine knows them, and of their accounting. */
  readonly known: number;
  readonly charged: number;
}

/** A server with all the clients, each with an account of its own. */
function serverOf({ quotas, params }: Rulebook): Charged {
  const now = Date.now();
  const keeper = new Keeper(NOWHERE, {
    clock: { now: () => now, after: () => ({ cancel: () => undefined }) },
    soon: () => undefined,
    failed: () => undefined,
    again: () => undefined,
    lost: () => undefined,
  });
  const book = new Book(quotas, keeper, {
    now: () => now,
    env: (_, client) => ({ client, params }),
    tell: () => undefined,
    failed: (_, quota, message) => {
      throw new Error(`${quota}: ${message}`);
    },
  });
  const daemon = new DaemonBook("server", book, [], undefined);
  const model = new DaemonModel("server", systemClock);
  const before = heap();
  for (let cid = 0; cid < CLIENTS; cid++) {
    const env = new Environment([["common_name", `client-${cid}`]]);
    model.apply({ type: "CLIENT:ESTABLISHED", cid, env }, now);
  }
  const between = heap();
  for (const client of model.clients.all()) daemon.opened(client, Math.floor(now / 1000));
  keeper.flush();
  for (let cid = 0; cid < CLIENTS; cid++) daemon.report(cid, 123_456 + cid, 2 ** 32 + cid, now);
  const after = heap();
  return { book: daemon, keeper, model, known: between - before, charged: after - between };
}

function shuffled(count: number): number[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, (_, cid) => [random(), cid] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, cid]) => cid);
}

/** The least that charging takes: a session is found, what is new goes to its account. */
class ByHand {
  readonly #sessions = new Map<number, { in: number; out: number; account: { used: number } }>();

  constructor() {
    for (let cid = 0; cid < CLIENTS; cid++) this.#sessions.set(cid, { in: 0, out: 0, account: { used: 0 } });
  }

  report(cid: number, bytesIn: number, bytesOut: number): void {
    const session = this.#sessions.get(cid);
    if (!session) return;
    session.account.used += bytesIn - session.in + bytesOut - session.out;
    session.in = bytesIn;
    session.out = bytesOut;
  }
}

const { book, keeper, model, known, charged } = serverOf(rulebook);
const orders = { "by CID": Array.from({ length: CLIENTS }, (_, cid) => cid), shuffled: shuffled(CLIENTS) };
const rows: string[][] = [];
const ratios: number[] = [];
let counter = 2 ** 33;
for (const [order, cids] of Object.entries(orders)) {
  const hand = new ByHand();
  const now = Date.now();
  const round = (report: (cid: number, bytesIn: number, bytesOut: number) => void): number => {
    for (let time = 0; time < TIMES; time++) {
      counter += 1_500;
      for (const cid of cids) report(cid, counter, counter);
    }
    return CLIENTS * TIMES;
  };
  // oxlint-disable-next-line no-await-in-loop -- one at a time is the point
  const { charges = [], byHand = [] } = await alternate(
    {
      charges() {
        const done = round((cid, bytesIn, bytesOut) => book.report(cid, bytesIn, bytesOut, now));
        keeper.flush();
        return done;
      },
      byHand: () => round((cid, bytesIn, bytesOut) => hand.report(cid, bytesIn, bytesOut)),
    },
    ROUNDS,
    "processor",
  );
  ratios.push(median(charges.map((rate, i) => rate / (byHand[i] ?? Number.NaN))));
  rows.push([
    order,
    rateText(Math.min(...charges)),
    rateText(median(charges)),
    rateText(median(byHand)),
    (ratios.at(-1) ?? 0).toFixed(2),
  ]);
}
if (model.clients.size !== CLIENTS || book.size !== CLIENTS) throw new Error("Not all are there");
console.log(table([`${CLIENTS} clients`, "charges/s, least", "median", "by hand/s", "ratio"], rows));
console.log();
const perClient = charged / CLIENTS;
console.log(
  table(
    ["memory, bytes a client", ""],
    [
      ["the client itself", (known / CLIENTS).toFixed(0)],
      ["its accounting", perClient.toFixed(0)],
    ],
  ),
);
console.log();

/** An engine that charges and writes while newcomers ask: how long they wait, ms, and how long for an echo. */
async function newcomers(rules: Rulebook): Promise<{ engine: number[]; idle: number[]; slices: number[] }> {
  const directory = mkdtempSync(join(tmpdir(), "quota-"));
  const [management, echo] = [join(directory, "mgmt.sock"), join(directory, "echo.sock")];
  const slices: number[] = [];
  const args = [management, echo, SERVED, REPORTS, QUESTIONS].map(String);
  const daemon = spawn(process.execPath, [join(import.meta.dirname, "quota-daemon.ts"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  daemon.stdout.on("data", (chunk) => (said += String(chunk)));
  const ended = new Promise((resolve) => daemon.once("close", resolve));
  await new Promise((resolve) => daemon.stdout.once("data", resolve));
  const echoing = spawn(process.execPath, [join(import.meta.dirname, "echo-peer.ts"), echo]);
  const store = openStore(directory);
  const engine = new Engine({
    rulebook: { ...rules, daemons: [{ name: "office", management: `unix:${management}` }] },
    clock: systemClock,
    store,
    random: Math.random,
    journal: new Journal({
      now: () => Date.now(),
      id: ulidFactory(() => Date.now(), Math.random),
      redactor: new Redactor(),
      sinks: [],
      soon: setImmediate,
    }),
    actions: builtinCatalogue,
    ledger: () => {
      const ledger = openLedger(directory);
      const write: Ledger["write"] = (changes) => {
        const started = performance.now();
        ledger.write(changes);
        slices.push(performance.now() - started);
      };
      return { ...ledger, write };
    },
    link: () =>
      new Connection({
        address: { kind: "unix", path: management },
        clock: systemClock,
        random: Math.random,
      }),
  });
  engine.start();
  try {
    await ended;
    return { ...(JSON.parse(said.split("\n")[1] ?? "") as { engine: number[]; idle: number[] }), slices };
  } finally {
    await engine.stop();
    echoing.kill();
    daemon.kill();
    store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

const { engine, idle, slices } = await newcomers(rulebook);
const line = (name: string, times: readonly number[]): string[] => [
  name,
  ...[50, 99, 99.9, 100].map((percent) => percentile(times, percent).toFixed(2)),
];
console.log(
  table(
    [`ms, at ${REPORTS} reports/s`, "p50", "p99", "p99.9", "slowest"],
    [line("a newcomer's answer", engine), line("an echo", idle), line("a write to the ledger", slices)],
  ),
);
const waited = percentile(engine, 99.9);
console.log(
  `\n${perClient.toFixed(0)} bytes a client (wanted <= ${BYTES}), p99.9 ${waited.toFixed(2)} ms (wanted <= ${PATIENCE})`,
);
if (perClient > BYTES || waited > PATIENCE) process.exitCode = 1;
verdict(Math.min(...ratios), WANTED);
