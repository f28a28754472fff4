import type { ActionDefinition } from "../../plugin/contract.ts";
import type { Position, Rulebook, TestCase, TestStep } from "../../rules/rulebook.ts";
import { memoryLedger } from "../../quota/ledger-file.ts";
import type { Ledger } from "../../quota/ledger.ts";
import { memoryStore } from "../../store/memory.ts";
import type { Store } from "../../store/store.ts";
import { VirtualClock } from "../../util/clock.ts";
import { seededRandom } from "../../util/random.ts";
import { Engine } from "../engine.ts";
import type { JournalRecord } from "../journal.ts";
import { givenSecrets } from "../secrets.ts";
import { virtualJournal } from "../virtual-journal.ts";
import { ScriptedLink } from "./link.ts";
import { settled } from "./settled.ts";

export interface TestFailure {
  readonly position: Position;
  readonly message: string;
}

/** How long programs and plugins of a test may really take in all, ms; what waits for the virtual clock takes nothing. */
const PATIENCE = 5_000;

/** Runs one test of a rulebook through the engine itself, on a virtual clock. Returns what was not as expected. */
export async function runTest(
  rulebook: Rulebook,
  test: TestCase,
  actions: Readonly<Record<string, ActionDefinition>>,
): Promise<TestFailure[]> {
  const bench = new TestBench(rulebook, test, actions);
  try {
    return await bench.run();
  } finally {
    await bench.stop();
  }
}

class TestBench {
  readonly #rulebook: Rulebook;
  readonly #test: TestCase;
  readonly #actions: Readonly<Record<string, ActionDefinition>>;
  readonly #clock: VirtualClock;
  readonly #store: Store = memoryStore();
  /** Engines of a test follow each other on one ledger. */
  #ledger: Ledger | undefined;
  readonly #link: ScriptedLink;
  readonly #failures: TestFailure[] = [];
  #engine: Engine;
  #fired = new Set<string>();
  #heldBack: { rule: string; stage: string }[] = [];
  /** What fired is looked at: the next step that makes something happen starts anew. */
  #looked = false;
  /** Lets replies and actions come through; they take no virtual time. */
  readonly #settle = settled(() => this.#engine.busy, PATIENCE);

  constructor(rulebook: Rulebook, test: TestCase, actions: Readonly<Record<string, ActionDefinition>>) {
    this.#rulebook = forOneDaemon(rulebook);
    this.#test = test;
    this.#actions = actions;
    this.#clock = new VirtualClock(test.at);
    this.#link = new ScriptedLink(test.daemon, () => this.#clock.now());
    this.#engine = this.#newEngine();
  }

  async run(): Promise<TestFailure[]> {
    await this.#attach();
    for (const [index, step] of this.#test.steps.entries()) {
      await this.#step(step, index);
      // One wrong step makes all that follow doubtful.
      if (this.#failures.length > 0) break;
    }
    return this.#failures;
  }

  async stop(): Promise<void> {
    await this.#engine.stop();
    this.#ledger?.close();
  }

  #newEngine(): Engine {
    const random = seededRandom(1);
    return new Engine({
      rulebook: this.#rulebook,
      clock: this.#clock,
      store: this.#store,
      random,
      journal: virtualJournal(this.#clock, random, (record) => this.#note(record)),
      link: () => this.#link,
      actions: this.#actions,
      secrets: givenSecrets(this.#test.daemon.secrets),
      ledger: () => ({ ...(this.#ledger ??= memoryLedger()), close: () => undefined }),
      offline: true,
    });
  }

  async #attach(): Promise<void> {
    this.#engine.start();
    await this.#settle();
  }

  async #step(step: TestStep, index: number): Promise<void> {
    const happens = "receive" in step || "advance" in step || "restart" in step;
    if (happens) {
      if (this.#looked) {
        this.#fired.clear();
        this.#heldBack = [];
        this.#looked = false;
      }
      this.#link.hold = this.#repliesAfter(index);
    }
    if ("receive" in step)
      for (const line of step.receive) {
        this.#link.receive(line);
        await this.#settle();
      }
    else if ("advance" in step) await this.#clock.advanceAsync(step.advance, () => this.#settle());
    else if ("restart" in step) {
      await this.#engine.stop();
      this.#engine = this.#newEngine();
      await this.#attach();
    } else if ("reply" in step) {
      if (!this.#link.reply(step.reply)) this.#fail(step, "reply without a command that waits for one");
      await this.#settle();
    } else if ("expect" in step) this.#compare(step, step.expect);
    else if ("expectFired" in step) {
      this.#looked = true;
      for (const rule of step.expectFired)
        if (!this.#fired.has(rule)) this.#fail(step, `rule '${rule}' did not fire; ${this.#reason(rule)}`);
    } else this.#expectNotFired(step, step.expectNotFired);
  }

  #expectNotFired(step: TestStep, expected: { readonly rule: string; readonly because?: string }): void {
    this.#looked = true;
    if (this.#fired.has(expected.rule)) this.#fail(step, `rule '${expected.rule}' fired`);
    else if (expected.because !== undefined) {
      const stages = this.#stages(expected.rule);
      if (!stages.includes(expected.because))
        this.#fail(
          step,
          `rule '${expected.rule}' was not held back by ${expected.because}; ${this.#reason(expected.rule)}`,
        );
    }
  }

  #compare(step: TestStep, expected: readonly string[]): void {
    const sent = this.#link.sent;
    const { clear } = this.#link;
    this.#link.sent = [];
    this.#link.clear = [];
    const isExpected = (command: string, i: number): boolean =>
      command === expected[i] || clear[i] === expected[i];
    if (sent.length === expected.length && sent.every(isExpected)) return;
    this.#fail(step, `expected ${show(expected)}, sent ${show(sent)}`);
  }

  #reason(rule: string): string {
    return `held back by: ${this.#stages(rule).join(", ")}`;
  }

  #stages(rule: string): string[] {
    const stages = this.#heldBack.filter((held) => held.rule === rule).map((held) => held.stage);
    return stages.length > 0 ? [...new Set(stages)] : ["where"];
  }

  /** `reply:` steps up to the next step that makes something happen belong to the commands sent by this one. */
  #repliesAfter(index: number): number {
    let replies = 0;
    for (const step of this.#test.steps.slice(index + 1)) {
      if ("receive" in step || "advance" in step || "restart" in step) break;
      if ("reply" in step) replies++;
    }
    return replies;
  }

  #fail(step: TestStep, message: string): void {
    this.#failures.push({ position: step.position, message });
  }

  #note(record: JournalRecord): void {
    if (record.kind === "decision" && typeof record["rule"] === "string") this.#fired.add(record["rule"]);
    for (const rule of (record["fired"] as string[] | undefined) ?? []) this.#fired.add(rule);
    this.#heldBack.push(...((record["held-back"] as { rule: string; stage: string }[] | undefined) ?? []));
  }
}

/** A test has one daemon, whatever the rulebook lists; it bears the first one's name. */
function forOneDaemon(rulebook: Rulebook): Rulebook {
  const [first] = rulebook.daemons;
  return { ...rulebook, daemons: [first ?? { name: "default", management: "" }] };
}

function show(commands: readonly string[]): string {
  return commands.length === 0 ? "nothing" : commands.map((command) => JSON.stringify(command)).join(", ");
}
