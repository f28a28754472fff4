import { copyFileSync, existsSync, mkdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import type { SavedMeter } from "../../src/quota/meter.ts";
import { openLedger } from "../../src/quota/ledger-file.ts";
import { seededRandom } from "../../src/util/random.ts";
import { Folder, ROOT, Run } from "../cli/support.ts";
import { block, ServerWorld } from "../engine/server-world.ts";
import { type End, LiveServer, type Visit } from "./live-server.ts";

/** How often an engine is killed: a few times with all the other tests, a hundred times by itself. */
const KILLS = Number(process.env["SIGNALBOX_KILLS"] ?? 8);
const SEED = Number(process.env["SIGNALBOX_SEED"] ?? 1);
const CLIENTS = 50;
const NAMES = 40;
/** Every so many engines one lives long enough to be looked at. */
const LOOKED_AT = 8;
/** What was told an engine so long before it was killed has reached its ledger, ms. */
const TAKEN = 50;
/** Whoever is over the limit has been sent away so long after an attach, ms; one who has just come in a little later. */
const SENT_AWAY = 1_000;
const JUST_IN = 300;

interface Ledger {
  /** By name: bytes of ended sessions, and in all. */
  readonly accounts: ReadonlyMap<string, number>;
  /** Live sessions by CID and beginning. */
  readonly meters: ReadonlyMap<string, SavedMeter>;
}

/** What a dead engine has left; its files are not touched. */
function left(folder: Folder, number: number): Ledger {
  const copy = join(folder.path, `copy-${number}`);
  mkdirSync(copy);
  for (const name of ["ledger.db", "ledger.db-wal"])
    if (existsSync(join(folder.state, name))) copyFileSync(join(folder.state, name), join(copy, name));
  if (!existsSync(join(copy, "ledger.db"))) return { accounts: new Map(), meters: new Map() };
  const ledger = openLedger(copy);
  const { accounts, meters } = ledger.read();
  ledger.close();
  const sums = new Map(accounts.map(({ subject, closed }) => [subject, closed]));
  for (const { shares, bytesIn, bytesOut } of meters)
    for (const { subject, mark } of shares)
      sums.set(subject, (sums.get(subject) ?? 0) + bytesIn + bytesOut - mark);
  return {
    accounts: sums,
    meters: new Map(meters.map((meter) => [`${meter.cid} since ${meter.since}`, meter])),
  };
}

/** Resolves when something is written to the ledger, or after `patience` ms. */
async function written(folder: Folder, patience: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const watcher = watch(folder.state, (_, name) => {
      if (name === "ledger.db-wal") done();
    });
    const timer = setTimeout(() => done(), patience);
    const done = (): void => {
      clearTimeout(timer);
      watcher.close();
      resolve();
    };
  });
}

class Story {
  readonly folder = new Folder();
  readonly random = seededRandom(SEED);
  /** When each engine was killed. */
  readonly killedAt = new Map<number, number>();
  /** By session: the most that a dead engine had written. */
  readonly flushed = new Map<string, number>();
  /** Those that came in although the ledger said that they were over the limit, and those that were left in. */
  readonly wronged: string[] = [];
  readonly limit = 250_000 + 30_000 * KILLS;
  readonly server: LiveServer;
  readonly rules: string;
  over: ReadonlySet<string> = new Set();
  ledger: Ledger = { accounts: new Map(), meters: new Map() };

  private constructor(server: LiveServer) {
    this.server = server;
    const rules = readFileSync(join(ROOT, "rules/quota.yaml"), "utf8").replace(
      "backoff: 600s",
      "backoff: 2s",
    );
    this.rules = this.folder.write("quota.yaml", rules.slice(0, rules.indexOf("\ntests:")));
  }

  static async open(): Promise<Story> {
    const sockets = new Folder();
    const random = seededRandom(SEED + 1);
    const server = await LiveServer.open({
      random,
      clients: CLIENTS,
      path: join(sockets.path, "mgmt.sock"),
      name: (i) => `client-${i % NAMES}`,
      rate: (i) => 20_000 * (1 + (i % 20)),
    });
    const story = new Story(server);
    story.sockets = sockets;
    return story;
  }

  sockets: Folder = this.folder;

  /** Starts an engine; resolves when it is attached. */
  async start(life: number): Promise<{ engine: Run; visit: Visit }> {
    const { server, folder, rules, limit } = this;
    server.life = life;
    const attached = new Promise<Visit>((resolve) => {
      server.onAttach = (visit) => {
        if (visit.life === life) resolve(visit);
      };
    });
    const management = `unix:${join(this.sockets.path, "mgmt.sock")}`;
    const engine = new Run([
      ...["run", rules, "--management", management, "--state", folder.state, "--set", `limit=${limit}B`],
      ...["--log", "json"],
    ]);
    const ended = engine.ended.then(({ err, out }) => {
      throw new Error(`The engine ended: ${err}${out.slice(-500)}`);
    });
    const visit = await Promise.race([attached, ended]);
    ended.catch(() => undefined);
    return { engine, visit };
  }

  /** The engine is looked at, or dies at some moment soon. */
  async lives(life: number, visit: Visit): Promise<void> {
    const { random, folder } = this;
    if (life === 1) await this.filled();
    else if (life % LOOKED_AT === 0) await this.lookAt(visit);
    else if (random() < 0.4) await written(folder, 300);
    else await pause(5 + random() * 295);
  }

  /** Most clients have come in. */
  async filled(): Promise<void> {
    const isFull = (): boolean =>
      this.server.sessions.filter(({ established }) => established).length >= CLIENTS * 0.9;
    // oxlint-disable-next-line no-await-in-loop
    for (let waited = 0; waited < 3_000 && !isFull(); waited += 50) await pause(50);
  }

  /** Nobody over the limit has a session that was not told to go. */
  async lookAt(visit: Visit): Promise<void> {
    const { server, over } = this;
    await pause(SENT_AWAY - (performance.now() - visit.attachedAt));
    const isLeftIn = ({
      commonName,
      established,
      leaving,
      closed,
    }: LiveServer["sessions"][number]): boolean => over.has(commonName) && established && !leaving && !closed;
    const suspects = server.sessions.filter(isLeftIn);
    await pause(JUST_IN);
    for (const session of suspects.filter(isLeftIn)) this.wronged.push(`left in: ${session.commonName}`);
  }

  async kill(life: number, engine: Run): Promise<void> {
    const { server, folder, limit } = this;
    this.killedAt.set(life, performance.now());
    await engine.end("SIGKILL");
    for (const { command, name, life: by } of server.verdicts.splice(0))
      if (by === life && command.startsWith("client-auth") && this.over.has(name))
        this.wronged.push(`let in: ${name}`);
    this.ledger = left(folder, life);
    for (const [key, { bytesIn, bytesOut }] of this.ledger.meters)
      this.flushed.set(key, Math.max(this.flushed.get(key) ?? 0, bytesIn + bytesOut));
    this.over = new Set([...this.ledger.accounts].flatMap(([name, bytes]) => (bytes >= limit ? [name] : [])));
  }

  /** Told an engine that lived on: its total is what was charged. */
  isTaken({ at, visit }: End): boolean {
    if (visit?.readyAt === undefined) return false;
    return (this.killedAt.get(visit.life) ?? Infinity) >= Math.max(at, visit.readyAt) + TAKEN;
  }

  close(): void {
    this.server.close();
    this.folder[Symbol.dispose]();
    this.sockets[Symbol.dispose]();
  }
}

test("Engines are killed at random moments: no byte is lost that the server still knew, none charged twice", async () => {
  const story = await Story.open();
  const { server, random } = story;
  const churn = setInterval(() => server.leave(Math.floor(random() * CLIENTS), 100 + random() * 900), 150);
  const engines = new Set<Run>();
  try {
    for (let life = 1; life <= KILLS; life++) {
      const restarts = life === Math.ceil(KILLS / 3) || life === Math.ceil((2 * KILLS) / 3);
      // With an engine that hears of it, and without.
      if (restarts && life * 2 > KILLS) server.restart();
      // oxlint-disable-next-line no-await-in-loop -- one engine after the other is the point
      const { engine, visit } = await story.start(life);
      engines.add(engine);
      if (restarts && life * 2 <= KILLS) server.restart();
      // oxlint-disable-next-line no-await-in-loop
      await story.lives(life, visit);
      // oxlint-disable-next-line no-await-in-loop
      await story.kill(life, engine);
      engines.delete(engine);
    }
    const last = await story.start(KILLS + 1);
    engines.add(last.engine);
    await story.lookAt(last.visit);
    clearInterval(churn);
    server.end();
    await pause(500);
    await last.engine.end();
    engines.delete(last.engine);
    const { accounts, meters } = left(story.folder, KILLS + 1);
    const least = new Map<string, number>();
    const most = new Map<string, number>();
    let exact = 0;
    for (const end of server.ends) {
      const isTaken = story.isTaken(end);
      if (isTaken) exact++;
      const bytes = isTaken ? end.total : Math.min(end.total, story.flushed.get(end.key) ?? 0);
      least.set(end.name, (least.get(end.name) ?? 0) + bytes);
      most.set(end.name, (most.get(end.name) ?? 0) + end.total);
    }
    const wrong = [...new Set([...most.keys(), ...accounts.keys()])].flatMap((name) => {
      const [charged, bytes] = [accounts.get(name) ?? 0, most.get(name) ?? 0];
      return charged >= (least.get(name) ?? 0) && charged <= bytes
        ? []
        : [[name, least.get(name), charged, bytes]];
    });
    if (process.env["SIGNALBOX_KILLS"] !== undefined) {
      const sum = (all: ReadonlyMap<string, number>): number => [...all.values()].reduce((a, b) => a + b, 0);
      console.log(
        `${KILLS} kills, ${server.ends.length} sessions, ${exact} of them to the byte; charged ${sum(accounts)}, at least ${sum(least)}, at most ${sum(most)}; ${story.over.size} of ${accounts.size} accounts over the limit`,
      );
    }
    expect({ wrong, wronged: story.wronged, left: meters.size }).toEqual({ wrong: [], wronged: [], left: 0 });
    // How many ends an engine lived to see depends on the machine.
    expect(exact).toBeGreaterThan(CLIENTS / 5);
    expect(story.over.size).toBeGreaterThan(0);
  } finally {
    clearInterval(churn);
    for (const engine of engines) engine[Symbol.dispose]();
    story.close();
  }
}, 240_000);

test("A session that ends before the engine ever heard of it is charged to whom the block of its end names", async () => {
  const world = await ServerWorld.open(
    "quotas: { monthly: { subject: \"client.username + '@' + client.common_name\", limit: 1GB, per: month } }",
  );
  const env = {
    common_name: "ann",
    username: "a",
    bytes_received: "200",
    bytes_sent: "3000",
    time_duration: "9",
  };
  await world.say(block("DISCONNECT,7", env));
  expect(world.engine.quotas?.status().map(({ subject, used }) => [subject, used])).toEqual([
    ["a@ann", 3200],
  ]);
  await world.close();
});
