import type { Aside, Link, LinkListener } from "../../src/connection/link.ts";
import { builtinCatalogue } from "../../src/engine/actions/catalogue.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { JournalRecord } from "../../src/engine/journal.ts";
import { NotificationDecoder } from "../../src/engine/testing/decode.ts";
import { virtualJournal } from "../../src/engine/virtual-journal.ts";
import type { Command, Outcome } from "../../src/protocol/command.ts";
import { display } from "../../src/protocol/encoder.ts";
import type { AccountStatus } from "../../src/quota/use.ts";
import { memoryLedger } from "../../src/quota/ledger-file.ts";
import type { Ledger } from "../../src/quota/ledger.ts";
import type { Rulebook } from "../../src/rules/rulebook.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { seededRandom } from "../../src/util/random.ts";
import { JumpClock, START } from "../quota/support.ts";
import { block } from "./server-world.ts";
import { load, settle } from "./support.ts";

interface Session {
  readonly name: string;
  in: number;
  out: number;
  readonly since: number;
}

/** A server whose clients and counters the test says; what it is asked it answers by them. */
export class CountingServer implements Link {
  pid = 1;
  dco = false;
  readonly sessions = new Map<number, Session>();
  /** What it was told to do, and what it said to that; an error to whatever is refused. */
  sent: string[] = [];
  readonly load = { in: 0, out: 0 };
  readonly #clock: JumpClock;
  readonly #decoder = new NotificationDecoder();
  readonly #states: string[] = [];
  #listener: LinkListener | undefined;

  constructor(clock: JumpClock) {
    this.#clock = clock;
    this.#states.push(`${this.#seconds},CONNECTED,SUCCESS,10.8.0.1,,,,`);
  }

  start(listener: LinkListener): void {
    this.#listener = listener;
    listener.attached({ managementVersion: 5, text: "" });
  }

  stop(done: () => void): void {
    this.#listener = undefined;
    done();
  }

  send(command: Command, done: (outcome: Outcome) => void, { own = false }: Aside = {}): void {
    if (!own) this.sent.push(display(command));
    const outcome = this.#reply(display(command));
    queueMicrotask(() => done(outcome));
  }

  /** A client comes in. `env` besides its common name. */
  async come(cid: number, name: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.arrive(cid, name);
    await this.say(
      ...block(`ESTABLISHED,${cid}`, { common_name: name, time_unix: String(this.#seconds), ...env }),
    );
  }

  /** It comes in, and nobody is told. */
  arrive(cid: number, name: string, since = this.#seconds): void {
    this.sessions.set(cid, { name, in: 0, out: 0, since });
  }

  /** It asks to come in. */
  async ask(cid: number, name: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.say(...block(`CONNECT,${cid},1`, { common_name: name, ...env }));
  }

  /** Bytes pass; nobody is told yet. */
  pass(cid: number, bytesIn: number, bytesOut = 0): void {
    const session = this.#session(cid);
    session.in += bytesIn;
    session.out += bytesOut;
    this.load.in += bytesIn;
    this.load.out += bytesOut;
  }

  /** Bytes pass, and are reported. */
  async use(cid: number, bytesIn: number, bytesOut = 0): Promise<void> {
    this.pass(cid, bytesIn, bytesOut);
    const { in: input, out } = this.#session(cid);
    await this.say(`>BYTECOUNT_CLI:${cid},${input},${out}`);
  }

  async leave(cid: number): Promise<void> {
    const { name, in: input, out } = this.#session(cid);
    this.sessions.delete(cid);
    const totals = { bytes_received: String(input), bytes_sent: String(out), time_duration: "9" };
    await this.say(...block(`DISCONNECT,${cid}`, { common_name: name, ...totals }));
  }

  /** Its clients end, and their numbers are given again. */
  async restart(): Promise<void> {
    for (const cid of [...this.sessions.keys()]) await this.leave(cid);
    const state = `${this.#seconds},RECONNECTING,SIGUSR1,,,,,`;
    this.#states.push(state);
    await this.say(`>STATE:${state}`);
  }

  async say(...lines: readonly string[]): Promise<void> {
    for (const line of lines)
      for (const notification of this.#decoder.decode(line)) this.#listener?.notification(notification);
    await settle();
  }

  async lose(): Promise<void> {
    this.#listener?.lost("closed by OpenVPN", true);
    await settle();
  }

  #session(cid: number): Session {
    const session = this.sessions.get(cid);
    if (!session) throw new Error(`No client ${cid}`);
    return session;
  }

  get #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  #reply(command: string): Outcome {
    const lines = (...all: string[]): Outcome => ({ ok: true, text: "", lines: all });
    if (command === "version") return lines("OpenVPN Version: OpenVPN 2.6.14 test");
    if (command === "pid") return { ok: true, text: `pid=${this.pid}`, lines: [] };
    if (command.startsWith("state")) return lines(...this.#states);
    if (command === "status 3") return lines(...this.#status());
    if (command === "load-stats") {
      const { in: input, out } = this.load;
      const text = `nclients=${this.sessions.size},bytesin=${input},bytesout=${out}`;
      return { ok: true, text, lines: [] };
    }
    return { ok: true, text: "", lines: [] };
  }

  #status(): string[] {
    const row = (...fields: readonly (string | number)[]): string => fields.join("\t");
    return [
      "TITLE\tOpenVPN 2.6.14 test",
      row("TIME", "-", this.#seconds),
      row(
        ...[
          "HEADER",
          "CLIENT_LIST",
          "Common Name",
          "Real Address",
          "Virtual Address",
          "Virtual IPv6 Address",
        ],
        ...["Bytes Received", "Bytes Sent", "Connected Since", "Connected Since (time_t)", "Username"],
        ...["Client ID", "Peer ID", "Data Channel Cipher"],
      ),
      ...[...this.sessions].map(([cid, { name, in: input, out, since }]) =>
        row(
          ...["CLIENT_LIST", name, `192.0.2.${cid + 1}:1194`, `10.8.0.${cid + 2}`, "", input, out],
          ...["-", since, "UNDEF", cid, cid, "AES-256-GCM"],
        ),
      ),
      row("GLOBAL_STATS", "Max bcast/mcast queue length", 0),
      row("GLOBAL_STATS", "dco_enabled", this.dco ? 1 : 0),
    ];
  }
}

export interface QuotaWorldOptions {
  readonly ledger?: () => Ledger;
  readonly online?: boolean;
  readonly start?: number;
}

/** An engine with quotas, its servers, a ledger that outlives it, and a clock that may be set. */
export class QuotaWorld {
  readonly clock: JumpClock;
  readonly servers = new Map<string, CountingServer>();
  records: JournalRecord[] = [];
  engine: Engine;
  readonly #rulebook: Rulebook;
  readonly #options: QuotaWorldOptions;
  readonly #store = memoryStore();
  readonly #memory: Ledger = memoryLedger();

  private constructor(rulebook: Rulebook, options: QuotaWorldOptions) {
    this.clock = new JumpClock(options.start ?? START);
    const daemons =
      rulebook.daemons.length > 0 ? rulebook.daemons : [{ name: "office", management: "unix:office" }];
    this.#rulebook = { ...rulebook, daemons };
    this.#options = options;
    for (const { name } of daemons) this.servers.set(name, new CountingServer(this.clock));
    this.engine = this.#newEngine();
  }

  static async open(rules: string, options: QuotaWorldOptions = {}): Promise<QuotaWorld> {
    const defaults = `defaults: { "CLIENT:CONNECT": allow, "CLIENT:REAUTH": allow, HOLD: keep }`;
    const world = new QuotaWorld(await load(`version: 1\n${defaults}\n${rules}`), options);
    await world.#begin();
    return world;
  }

  server(name = "office"): CountingServer {
    const server = this.servers.get(name);
    if (!server) throw new Error(`No server ${name}`);
    return server;
  }

  async pass(ms: number): Promise<void> {
    await this.clock.steady.advanceAsync(ms, settle);
    await settle();
  }

  /** Stopped and started again, on the same ledger. `meanwhile`: what happens while no engine runs. */
  async restart(meanwhile: () => void = () => undefined): Promise<void> {
    await this.close();
    meanwhile();
    this.engine = this.#newEngine();
    await this.#begin();
  }

  async close(): Promise<void> {
    const stopped = this.engine.stop();
    await this.pass(0);
    await stopped;
  }

  async #begin(): Promise<void> {
    this.engine.start();
    await this.pass(0);
  }

  account(subject: string, quota?: string, daemon = ""): AccountStatus | undefined {
    return this.engine.quotas
      ?.status()
      .find((one) => one.subject === subject && (quota ?? one.quota) === one.quota && one.daemon === daemon);
  }

  used(subject: string, quota?: string, daemon?: string): number | undefined {
    return this.account(subject, quota, daemon)?.used;
  }

  /** Events of quotas since the last look, as `warned ann 80%`. */
  heard(): string[] {
    return this.#take("event").flatMap(({ event }) => {
      const { type, subject, level } = event as Record<string, string>;
      return type?.startsWith("quota.") === true
        ? [`${type.slice("quota.".length)} ${subject} ${level}`]
        : [];
    });
  }

  /** Errors since the last look. */
  errors(): string[] {
    return this.#take("error").map(({ error }) => String(error));
  }

  /** The texts of `notify` since the last look. */
  notices(): unknown[] {
    return this.#take("action").flatMap(({ action, error, params }) =>
      action === "notify" && error === undefined ? [params] : [],
    );
  }

  #take(kind: JournalRecord["kind"]): JournalRecord[] {
    const found = this.records.filter((record) => record.kind === kind);
    this.records = this.records.filter((record) => record.kind !== kind);
    return found;
  }

  #newEngine(): Engine {
    const random = seededRandom(1);
    return new Engine({
      rulebook: this.#rulebook,
      clock: this.clock,
      store: this.#store,
      random,
      offline: this.#options.online !== true,
      actions: builtinCatalogue,
      journal: virtualJournal(this.clock, random, (record) => void this.records.push(record)),
      link: ({ name }) => this.server(name),
      ledger: this.#options.ledger ?? (() => ({ ...this.#memory, close: () => undefined })),
    });
  }
}
