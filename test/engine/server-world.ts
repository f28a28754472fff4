import type { Aside, Link, LinkListener } from "../../src/connection/link.ts";
import { builtinCatalogue } from "../../src/engine/actions/catalogue.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { JournalKind, JournalRecord } from "../../src/engine/journal.ts";
import { virtualJournal } from "../../src/engine/virtual-journal.ts";
import { ScriptedLink } from "../../src/engine/testing/link.ts";
import type { PluginDefinition } from "../../src/plugin/contract.ts";
import type { Command, Outcome } from "../../src/protocol/command.ts";
import { display } from "../../src/protocol/encoder.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import { seededRandom } from "../../src/util/random.ts";
import { load, settle, START } from "./support.ts";

export interface ServerOptions {
  readonly version?: string;
  readonly role?: "client" | "server";
  readonly plugin?: PluginDefinition;
  /** Files are written. */
  readonly online?: boolean;
}

/** What OpenVPN answers to a command, instead of SUCCESS; undefined: SUCCESS. */
type Answers = (command: string) => Outcome | "nothing" | undefined;

export const refused = (text: string): Outcome => ({ ok: false, error: "refused", text });

class Server implements Link {
  readonly script: ScriptedLink;
  answers: Answers = () => undefined;
  #listener: LinkListener | undefined;

  constructor(script: ScriptedLink) {
    this.script = script;
  }

  start(listener: LinkListener): void {
    this.#listener = listener;
    this.script.start(listener);
  }

  send(command: Command, done: (outcome: Outcome) => void, aside?: Aside): void {
    const answer = this.answers(display(command));
    this.script.send(command, answer === undefined ? done : () => undefined, aside);
    if (typeof answer === "object") queueMicrotask(() => done(answer));
  }

  stop(done: () => void): void {
    this.script.stop(done);
  }

  lose(): void {
    this.#listener?.lost("closed by OpenVPN", true);
  }
}

/** An engine with servers whose lines the test says, on a clock that the test moves. */
export class ServerWorld {
  readonly clock = new VirtualClock(START);
  readonly records: JournalRecord[] = [];
  readonly engine: Engine;
  readonly #servers = new Map<string, Server>();

  private constructor(rulebook: Awaited<ReturnType<typeof load>>, options: ServerOptions) {
    const { clock } = this;
    const random = seededRandom(1);
    const { version = "2.6.14", role = "server" } = options;
    const daemons =
      rulebook.daemons.length > 0 ? rulebook.daemons : [{ name: "office", management: "unix:office" }];
    for (const { name } of daemons)
      this.#servers.set(
        name,
        new Server(new ScriptedLink({ version, role, entries: [] }, () => clock.now())),
      );
    this.engine = new Engine({
      rulebook: { ...rulebook, daemons },
      clock,
      store: memoryStore(),
      random,
      offline: options.online !== true,
      actions: builtinCatalogue,
      journal: virtualJournal(clock, random, (record) => void this.records.push(record)),
      link: ({ name }) => this.server(name),
    });
  }

  static async open(rules: string, options: ServerOptions = {}): Promise<ServerWorld> {
    const defaults = `defaults: { "CLIENT:CONNECT": allow, "CLIENT:REAUTH": allow, HOLD: keep }`;
    const world = new ServerWorld(await load(`version: 1\n${defaults}\n${rules}`, options.plugin), options);
    world.engine.start();
    await world.pass(0);
    return world;
  }

  server(name = "office"): Server {
    const server = this.#servers.get(name);
    if (!server) throw new Error(`No server ${name}`);
    return server;
  }

  async say(lines: readonly string[], daemon?: string): Promise<void> {
    for (const line of lines) this.server(daemon).script.receive(line);
    await settle();
  }

  /** A client comes in; without `kid` no question is asked about it. */
  async established(
    cid: number,
    env: Readonly<Record<string, string>> = {},
    { kid, daemon }: { kid?: number; daemon?: string } = {},
  ): Promise<void> {
    if (kid !== undefined) await this.say(block(`CONNECT,${cid},${kid}`, env), daemon);
    await this.say(block(`ESTABLISHED,${cid}`, env), daemon);
    this.take(daemon);
  }

  async emit(event: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
    this.engine.raise(this.engine.globalEvent(event, fields));
    this.engine.drain();
    await settle();
  }

  /** What was sent since the last look. */
  take(daemon?: string): string[] {
    const { script } = this.server(daemon);
    const { sent } = script;
    script.sent = [];
    return sent;
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms, settle);
    await settle();
  }

  of(kind: JournalKind): JournalRecord[] {
    return this.records.filter((record) => record.kind === kind);
  }

  /** What actions failed with, as `action error: reason`. */
  get failures(): string[] {
    return this.of("action").flatMap(({ action, error, reason }) =>
      typeof error === "string" ? [`${String(action)} ${error}: ${String(reason)}`] : [],
    );
  }

  /** The texts of `notify`. */
  get notices(): unknown[] {
    return this.of("action").flatMap(({ action, error, params }) =>
      action === "notify" && error === undefined ? [params] : [],
    );
  }

  async close(): Promise<void> {
    const stopped = this.engine.stop();
    await this.pass(3_000);
    await stopped;
  }
}

export function block(head: string, env: Readonly<Record<string, string>> = {}): string[] {
  const lines = Object.entries(env).map(([name, value]) => `>CLIENT:ENV,${name}=${value}`);
  return [`>CLIENT:${head}`, ...lines, ">CLIENT:ENV,END"];
}
