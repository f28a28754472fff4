import { builtinCatalogue } from "../../src/engine/actions/catalogue.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { JournalRecord } from "../../src/engine/journal.ts";
import { virtualJournal } from "../../src/engine/virtual-journal.ts";
import { ScriptedLink } from "../../src/engine/testing/link.ts";
import type { PluginDefinition } from "../../src/plugin/contract.ts";
import type { Rulebook } from "../../src/rules/rulebook.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import { seededRandom } from "../../src/util/random.ts";
import { load, START } from "./support.ts";

/** An engine before an OpenVPN that says what the test tells it, on a clock that the test moves. */
export class Scripted {
  readonly clock = new VirtualClock(START);
  readonly records: JournalRecord[] = [];
  readonly link = new ScriptedLink({ version: "2.6.14", role: "client", entries: [] }, () =>
    this.clock.now(),
  );
  engine: Engine;
  readonly #store = memoryStore();
  readonly #rulebook: Rulebook;
  readonly #dryRun: boolean;

  private constructor(rulebook: Rulebook, dryRun: boolean) {
    this.#rulebook = { ...rulebook, daemons: [{ name: "office", management: "unix:office" }] };
    this.#dryRun = dryRun;
    this.engine = this.#newEngine();
  }

  static async open(
    yaml: string,
    options: { readonly plugin?: PluginDefinition; readonly dryRun?: boolean } = {},
  ): Promise<Scripted> {
    const scripted = new Scripted(await load(yaml, options.plugin), options.dryRun ?? false);
    scripted.engine.start();
    await scripted.settle();
    return scripted;
  }

  /** OpenVPN says these lines. */
  async says(...lines: readonly string[]): Promise<void> {
    for (const line of lines) this.link.receive(line);
    await this.settle();
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms, () => this.settle());
  }

  /** What was sent since the last look. */
  sent(): string[] {
    const { sent } = this.link;
    this.link.sent = [];
    return sent;
  }

  /** The engine ends as by kill -9, and another one finds its state. */
  async restart(): Promise<void> {
    void this.engine.stop();
    this.engine = this.#newEngine();
    this.engine.start();
    await this.settle();
  }

  of(kind: JournalRecord["kind"]): JournalRecord[] {
    return this.records.filter((record) => record.kind === kind);
  }

  get errors(): unknown[] {
    return this.of("error").map(({ error }) => error);
  }

  get notices(): unknown[] {
    return this.of("action").map(({ params }) => params);
  }

  get question(): unknown {
    return this.engine.session("office")?.desk.open;
  }

  /** Replies and what follows take microtasks; programs and what is loaded later take real time. */
  async settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.engine.busy);
    await new Promise((resolve) => setImmediate(resolve));
  }

  #newEngine(): Engine {
    const random = seededRandom(1);
    return new Engine({
      rulebook: this.#rulebook,
      clock: this.clock,
      store: this.#store,
      random,
      offline: true,
      dryRun: this.#dryRun,
      actions: builtinCatalogue,
      journal: virtualJournal(this.clock, random, (record) => void this.records.push(record)),
      link: () => this.link,
    });
  }
}
