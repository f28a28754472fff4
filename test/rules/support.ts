import type { Event } from "../../src/model/event.ts";
import type { Env } from "../../src/rules/cel/types.ts";
import { Decider, type Decision, type Firing } from "../../src/rules/decide.ts";
import type { Rule, Rulebook } from "../../src/rules/rulebook.ts";
import { Windows } from "../../src/rules/windows.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import { load, withRules } from "./load/support.ts";

/** A Monday, an hour before noon in Berlin. */
export const START = Date.parse("2026-01-05T10:00:00Z");

/** The rules of a text, behind declarations of everything that `withRules` has. */
export async function rulebookOf(rules: string): Promise<Rulebook> {
  const { rulebook, problems } = await load(withRules(rules));
  if (!rulebook) throw new Error(problems.map(({ message }) => message).join("\n"));
  return rulebook;
}

export async function ruleOf(text: string): Promise<Rule> {
  const [rule] = (await rulebookOf(text)).rules;
  if (!rule) throw new Error("no rule");
  return rule;
}

export interface Fields {
  readonly [name: string]: unknown;
}

export function eventOf(type: string, fields: Fields, at: number, daemon = "office"): Event {
  return { type, at, daemon, fields };
}

export function envOf({ type, at, daemon, fields }: Event): Env {
  return {
    event: { type, at, ...fields },
    daemon: { name: daemon, rate: 0, state: "CONNECTED" },
    remote: { host: "vpn1.example.net", port: 1194 },
    vars: { draining: false },
    params: { limit: 10_000_000, hosts: ["a", "b"] },
    lists: { banned: ["10.0.0.1"] },
    now: at,
  };
}

/** A decider on a virtual clock: what it decides at once, and what its timers make fire. */
export class Bench {
  readonly clock: VirtualClock;
  readonly fired: string[] = [];
  readonly firings: Firing[] = [];
  readonly store: Store;
  readonly #rulebook: Rulebook;
  #decider: Decider;

  /** Shadow rules that a timer would have made fire. */
  readonly wouldFire: string[] = [];

  constructor(rulebook: Rulebook, start = START, store = memoryStore()) {
    this.#rulebook = rulebook;
    this.clock = new VirtualClock(start);
    this.store = store;
    this.#decider = this.#build();
  }

  #build(): Decider {
    return new Decider(this.#rulebook, {
      store: this.store,
      clock: this.clock,
      windows: new Windows(this.#rulebook.windows, this.clock),
      lists: () => ({ banned: ["10.0.0.1"] }),
      env: envOf,
      attached: () => true,
      fire: (firing) => this.#note([firing]),
      wouldFire: ({ rule }) => void this.wouldFire.push(rule.id),
    });
  }

  #note(firings: readonly Firing[]): void {
    for (const firing of firings) {
      this.firings.push(firing);
      const digest = firing.suppressed === undefined ? "" : ` (${firing.suppressed} more)`;
      this.fired.push(`${(this.clock.now() - START) / 1000}s ${firing.rule.id}${digest}`);
    }
  }

  see(type: string, fields: Fields = {}, daemon = "office"): Decision {
    const event = eventOf(type, fields, this.clock.now(), daemon);
    const decision = this.#decider.decide(event, envOf(event));
    this.#note(decision.firings);
    return decision;
  }

  end(type: string, daemon = "office"): void {
    this.#decider.end(type, daemon);
  }

  /** The process ends and another begins, `pause` later. */
  restart(pause = 0): void {
    this.#decider.stop();
    this.clock.advance(pause);
    this.#decider = this.#build();
  }

  /** Seconds. */
  wait(seconds: number): void {
    this.clock.advance(seconds * 1000);
  }
}
