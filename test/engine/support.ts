import { Connection } from "../../src/connection/connection.ts";
import { builtinCatalogue } from "../../src/engine/actions/catalogue.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { JournalKind, JournalRecord } from "../../src/engine/journal.ts";
import { virtualJournal } from "../../src/engine/virtual-journal.ts";
import type { PluginDefinition } from "../../src/plugin/contract.ts";
import { loadRulebooks } from "../../src/rules/load/load.ts";
import type { Rulebook } from "../../src/rules/rulebook.ts";
import { ClientDaemon } from "../../src/simulator/client-daemon.ts";
import type { ClientOptions } from "../../src/simulator/client-options.ts";
import { inProcess } from "../../src/simulator/in-process.ts";
import { type Condition, Network } from "../../src/simulator/network.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import { seededRandom } from "../../src/util/random.ts";
import { Life } from "./life.ts";
import { slowed } from "./slowed.ts";

export const START = Date.UTC(2026, 0, 5, 9);

export const VPN1 = { host: "vpn1.example.net", port: 1194, proto: "udp" };
export const VPN2 = { host: "vpn2.example.net", port: 1194, proto: "udp" };
export const VPN3 = { host: "vpn3.example.net", port: 443, proto: "tcp-client" };

export interface WorldOptions {
  readonly daemon?: Partial<ClientOptions>;
  /** How the remotes are met, in their order; a remote without one is up. */
  readonly conditions?: readonly Condition[];
  readonly dryRun?: boolean;
  readonly plugin?: PluginDefinition;
  readonly random?: () => number;
  /** How long bytes are on their way, ms, either way; unless said otherwise no time at all. */
  readonly latency?: () => number;
}

/** An engine that leads one simulated client, on a clock that the test moves. */
export class World {
  readonly clock = new VirtualClock(START);
  readonly network = new Network();
  readonly store: Store = memoryStore();
  daemon: ClientDaemon;
  readonly records: JournalRecord[] = [];
  engine: Engine;
  /** The running engine's. */
  life = new Life();
  /** What OpenVPN says to a line instead of reading it, "" for nothing; undefined: it reads it. */
  instead: (line: string) => string | undefined = () => undefined;
  /** What OpenVPN has been sent since it began to do something else. */
  #unread: (() => void)[] | undefined;
  readonly #rulebook: Rulebook;
  readonly #options: WorldOptions;
  /** The connection to OpenVPN breaks. */
  cut: () => void = () => undefined;

  private constructor(rulebook: Rulebook, options: WorldOptions) {
    const [daemon] = rulebook.daemons;
    this.#rulebook = { ...rulebook, daemons: [daemon ?? { name: "office", management: "unix:office" }] };
    this.#options = options;
    const remotes = options.daemon?.remotes ?? [VPN1, VPN2];
    for (const [i, remote] of remotes.entries()) this.meet(remote, options.conditions?.[i] ?? "up");
    this.daemon = this.#newDaemon(options.daemon);
    this.engine = this.#newEngine();
  }

  #newDaemon(options: Partial<ClientOptions> = {}): ClientDaemon {
    return new ClientDaemon({
      clock: this.clock,
      network: this.network,
      connectTimeout: 4_000,
      pingRestart: 6_000,
      remotes: [VPN1, VPN2],
      ...options,
    });
  }

  /** OpenVPN reads nothing, as while it looks up a name. */
  stall(): void {
    this.#unread ??= [];
  }

  /** It reads on. */
  readOn(): void {
    for (const read of this.#unread?.splice(0) ?? []) read();
    this.#unread = undefined;
  }

  /** The process ends without a word, and another one begins. */
  async another(): Promise<void> {
    this.daemon.exit(1);
    this.daemon = this.#newDaemon({ ...this.#options.daemon, pid: this.daemon.pid + 1 });
    this.daemon.start();
    await this.pass(2_000);
  }

  /** Loads the rulebook and lets the client and the engine meet. */
  static async open(yaml: string, options: WorldOptions = {}): Promise<World> {
    const world = new World(await load(yaml, options.plugin), options);
    world.daemon.start();
    world.engine.start();
    await world.pass(0);
    return world;
  }

  meet(remote: { host: string; port: number; proto: string }, condition: Condition): void {
    this.network.set(remote.host, remote.port, remote.proto.startsWith("udp") ? "udp" : "tcp", condition);
  }

  /** Time goes by, in ms. */
  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms, settle);
    await settle();
  }

  /** As long as it takes until the client is connected. */
  async connected(): Promise<void> {
    await this.until(() => this.daemon.connected);
  }

  async until(happened: () => boolean): Promise<void> {
    for (let i = 0; i < 3_000 && !happened(); i++) await this.pass(100);
    if (!happened()) throw new Error(`It did not come to it; the last words:\n${this.told().join("\n")}`);
  }

  /** Until programs and plugins have answered, in real time. */
  async idle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.engine.busy);
    await settle();
  }

  /** The connection breaks, and the engine is back. */
  async cutOff(): Promise<void> {
    this.cut();
    await settle();
    await this.until(() => this.engine.session("office")?.model.attached === true);
  }

  /** The engine ends as by kill -9; what it had in the store is what the next one finds. */
  async kill(): Promise<void> {
    this.life.end();
    void this.engine.stop();
    await settle();
  }

  async revive(): Promise<void> {
    this.engine = this.#newEngine();
    this.engine.start();
    await this.pass(0);
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.revive();
  }

  async close(): Promise<void> {
    const stopped = this.engine.stop();
    await this.pass(3_000);
    await stopped;
  }

  /** What the journal holds, without what the engine asks at each attach. */
  of(kind: JournalKind): JournalRecord[] {
    return this.records.filter((record) => record.kind === kind);
  }

  /** The commands that change something, as sent. */
  get sent(): string[] {
    return this.of("command")
      .map(({ command }) => String(command))
      .filter((command) => !HOUSEKEEPING.test(command));
  }

  /** The events of one type. */
  events(type: string): Record<string, unknown>[] {
    return this.of("event")
      .map(({ event }) => event as Record<string, unknown>)
      .filter((event) => event["type"] === type);
  }

  /** Decisions about one query, as `by answer`. */
  decided(query: string): string[] {
    return this.of("decision")
      .filter(({ event }) => (event as { type: string }).type === query)
      .map(({ rule, by, answer }) => `${String(rule ?? by)}: ${String(answer)}`);
  }

  /** The texts of `notify`. */
  get notices(): unknown[] {
    return this.of("action")
      .filter(({ action, error }) => action === "notify" && error === undefined)
      .map(({ params }) => params);
  }

  told(): string[] {
    return this.records.slice(-12).map((record) => JSON.stringify(record));
  }

  /** Forgets what was heard until now. */
  clear(): void {
    this.records.length = 0;
  }

  #newEngine(): Engine {
    const random = this.#options.random ?? seededRandom(1);
    const { clock } = this;
    const life = new Life();
    this.life = life;
    const store = life.store(this.store);
    return new Engine({
      rulebook: this.#rulebook,
      clock,
      store,
      random,
      offline: true,
      dryRun: this.#options.dryRun ?? false,
      actions: builtinCatalogue,
      journal: virtualJournal(clock, random, (record) => void (life.over || this.records.push(record))),
      link: () =>
        new Connection({
          address: { kind: "unix", path: "office" },
          clock,
          random: seededRandom(1),
          dial: life.dial((address, listener) => {
            const transport = slowed(
              inProcess(this.daemon.slot),
              clock,
              this.#options.latency,
            )(address, listener);
            this.cut = () => {
              this.#unread?.splice(0);
              transport.destroy();
            };
            const write = (text: string): void => {
              if (this.#unread) this.#unread.push(() => read(text));
              else read(text);
            };
            const read = (text: string): void => {
              for (const line of text.split("\n").slice(0, -1)) {
                const reply = this.instead(line);
                if (reply === undefined) transport.write(`${line}\n`);
                else if (reply !== "") queueMicrotask(() => listener.text(`${reply}\r\n`));
              }
            };
            return { ...transport, write };
          }),
        }),
    });
  }
}

const HOUSEKEEPING = /^(version|pid|state|echo|bytecount|env-filter|log|status|remote-entry-get|verb$)/;

/** Bytes, replies and what follows from them take microtasks; plugins and actions a few more. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 60; i++) await Promise.resolve();
}

export async function load(yaml: string, plugin?: PluginDefinition): Promise<Rulebook> {
  const { rulebook, problems } = await loadRulebooks(["office.yaml"], {
    readFile: () => yaml,
    plugins: () => (plugin ? Promise.resolve(plugin) : Promise.reject(new Error("No plugin"))),
    actions: builtinCatalogue,
  });
  if (!rulebook) throw new Error(problems.map(({ message }) => message).join("\n"));
  return rulebook;
}
