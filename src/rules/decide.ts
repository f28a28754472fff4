import type { ClientKey } from "../model/client.ts";
import type { AccountKey, Event } from "../model/event.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import type { Env } from "./cel/types.ts";
import { type Candidate, RuleIndex, typeOf, valueAt } from "./rule-index.ts";
import type { Rule, Rulebook } from "./rulebook.ts";
import { Timing } from "./timing.ts";
import { EVENTS } from "./vocabulary/events.ts";
import type { Windows } from "./windows.ts";

/** The stages that can hold a rule back, in their order. */
export type Stage = "where" | "when" | "during" | "for" | "count" | "throttle";

/** A rule whose `do:` runs. `event` is frozen. */
export interface Firing {
  readonly rule: Rule;
  readonly event: Event;
  readonly key: string;
  /** With a digest: firings held back since the last. */
  readonly suppressed?: number;
  /** The winner of a query runs its `do:` once the answer was taken. */
  readonly afterAnswer?: boolean;
}

export interface Decision {
  /** The rule that answers a query; undefined: the default does. */
  readonly winner: Rule | undefined;
  readonly firings: readonly Firing[];
  /** Rules that matched `where` and were held back later. */
  readonly heldBack: readonly { readonly rule: string; readonly stage: Stage; readonly value?: unknown }[];
  readonly shadow: readonly { readonly rule: string; readonly would: "win" | "fire" }[];
  readonly errors: readonly { readonly rule: string; readonly message: string }[];
  /** An expression failed and its rule says `on-error: default`. */
  readonly failClosed: boolean;
}

export interface DeciderDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly windows: Windows;
  readonly lists: () => Readonly<Record<string, readonly string[]>>;
  /** Whether a daemon's state is known at present. */
  readonly attached: (daemon: string) => boolean;
  /** The environment of an event that a timer brings back. */
  readonly env: (event: Event) => Env;
  /** A timer made a rule fire. */
  readonly fire: (firing: Firing) => void;
  /** A timer would have made a shadow rule fire. */
  readonly wouldFire: (firing: Firing) => void;
}

/** Events that a daemon tells, or that are derived from what it tells: without it nobody knows whether they still hold. */
const TOLD_BY_DAEMON = /^[A-Z]|^remote\.|^daemon\.attached$/;

/** Events that tell how the whole daemon is. */
const OF_ALL_KEYS = new Set(["STATE", "BYTECOUNT"]);

/** A state of OpenVPN's history. */
export interface Recalled {
  readonly event: Event;
  readonly env: Env;
}

type Verdict = "passes" | "held" | "failed";

/** Which rules an event concerns, and what comes of it. Decides and remembers; carries nothing out. */
export class Decider {
  readonly #rules: readonly Rule[];
  readonly #index: RuleIndex;
  readonly #timing: Timing;
  readonly #deps: DeciderDeps;

  constructor(rulebook: Rulebook, deps: DeciderDeps) {
    this.#rules = rulebook.rules;
    this.#index = new RuleIndex(rulebook.rules);
    this.#deps = deps;
    this.#timing = new Timing(rulebook.rules, deps.store, deps.clock, {
      sure: ({ type, daemon }) => daemon === undefined || !TOLD_BY_DAEMON.test(type) || deps.attached(daemon),
      waited: (rule, key, event) => {
        if (!this.#timing.counts(rule, key) || !this.#timing.passes(rule, key, event)) return;
        this.#fired({ rule, event, key });
      },
      digested: (rule, key, event, suppressed) => this.#fired({ rule, event, key, suppressed }),
    });
  }

  /** Whether any rule is on events of this type. */
  hears(type: string): boolean {
    return this.#index.hears(type);
  }

  decide(event: Event, env: Env): Decision {
    const decision = new Draft();
    const query = EVENTS[event.type]?.query !== undefined;
    for (const candidate of this.#index.candidates(event, env)) {
      const { rule } = candidate;
      // One rule answers; those behind it that would answer too are not even looked at.
      const answers = query && rule.answer !== undefined;
      if (answers && (decision.winner || decision.failClosed)) continue;
      const verdict = this.#judge(candidate, event, env, decision);
      if (verdict === "failed" && answers && rule.onError === "default" && !rule.shadow) {
        decision.failClosed = true;
        continue;
      }
      if (verdict !== "passes") continue;
      if (rule.shadow)
        decision.shadow = [...decision.shadow, { rule: rule.id, would: answers ? "win" : "fire" }];
      else if (answers) {
        decision.winner = rule;
        if (rule.do.length > 0) decision.fires({ rule, event, key: decision.key, afterAnswer: true });
      } else decision.fires({ rule, event, key: decision.key });
    }
    return decision;
  }

  #fired(firing: Firing): void {
    if (firing.rule.shadow) this.#deps.wouldFire(firing);
    else this.#deps.fire(firing);
  }

  /** What went on for a `for` of these events on this daemon has ended. */
  end(type: string, daemon: string): void {
    for (const rule of this.#rules)
      if (rule.for !== undefined && rule.on.some((selector) => typeOf(selector) === type))
        this.#timing.endWaits(rule, daemon);
  }

  /** A client has gone, and with it all that was waited for on its account. */
  endClient(daemon: string, client: ClientKey): void {
    for (const rule of this.#rules) {
      if (rule.for === undefined || !rule.on.some((selector) => isAboutClient(typeOf(selector)))) continue;
      if (!rule.key) this.#timing.endWait(rule, clientKey(daemon, client));
      else this.#endWaitsOf(rule, daemon, (one) => one.epoch === client.epoch && one.cid === client.cid);
    }
  }

  /** The server has restarted, or is another one: of its clients only those are there for which `stays` holds. */
  endClients(daemon: string, stays: (client: ClientKey) => boolean): void {
    for (const rule of this.#rules)
      if (rule.for !== undefined) this.#endWaitsOf(rule, daemon, (client) => !stays(client));
  }

  #endWaitsOf(rule: Rule, daemon: string, ends: (client: ClientKey) => boolean): void {
    for (const { key, event } of [...this.#timing.waits(rule, daemon)])
      if (event.client && ends(event.client)) this.#timing.endWait(rule, key);
  }

  /**
   * The states that a daemon went through while nobody listened, oldest first: a `for` of a STATE ends where one of them does not match.
   * What is left goes on, and fires now when it fell due meanwhile.
   */
  recalled(daemon: string, states: readonly Recalled[]): void {
    for (const rule of this.#rules) {
      if (rule.for === undefined || !rule.on.some((selector) => typeOf(selector) === "STATE")) continue;
      for (const { key, event: begun } of [...this.#timing.waits(rule, daemon)])
        if (begun.type === "STATE" && since(states, begun).some(({ env }) => !this.#goesOn(rule, env)))
          this.#timing.endWait(rule, key);
    }
  }

  /** A daemon is known again: what fell due meanwhile fires. */
  resume(daemon: string): void {
    this.#timing.resume(daemon);
  }

  stop(): void {
    this.#timing.stop();
  }

  /** Takes one rule through its stages, in order: where → when → during → for → count → throttle. */
  #judge(candidate: Candidate, event: Event, env: Env, decision: Draft): Verdict {
    const { rule } = candidate;
    try {
      const matches = candidate.matches(env, this.#deps.lists());
      const holds = matches && (!rule.when || rule.when.run(env) === true);
      if (!holds) {
        this.#endWaits(rule, event);
        if (rule.for !== undefined) this.#timing.endWait(rule, this.#key(rule, event, env));
        return matches ? decision.hold(rule, "when", rule.when?.source) : "held";
      }
      if (rule.during && !this.#deps.windows.during(rule.during))
        return decision.hold(rule, "during", rule.during.windows);
      const key = this.#key(rule, event, env);
      decision.key = key;
      if (rule.for !== undefined) {
        this.#timing.wait(rule, key, event);
        return decision.hold(rule, "for", rule.for);
      }
      if (!this.#timing.counts(rule, key)) return decision.hold(rule, "count", rule.count);
      if (!this.#timing.passes(rule, key, event)) return decision.hold(rule, "throttle", rule.throttle);
      return "passes";
    } catch (error) {
      // Nobody can say that it still stays so.
      this.#endWaits(rule, event);
      const message = error instanceof Error ? error.message : String(error);
      decision.errors = [...decision.errors, { rule: rule.id, message }];
      return "failed";
    }
  }

  /** A daemon is in one state at a time: what does not match ends a `for` whatever its key. */
  #endWaits(rule: Rule, { type, daemon }: Event): void {
    if (rule.for !== undefined && daemon !== undefined && OF_ALL_KEYS.has(type))
      this.#timing.endWaits(rule, daemon);
  }

  #goesOn(rule: Rule, env: Env): boolean {
    try {
      const lists = this.#deps.lists();
      const matches = rule.where.every((matcher) => matcher.test(valueAt(matcher.path, env), lists));
      return matches && (!rule.when || rule.when.run(env) === true);
    } catch {
      return false;
    }
  }

  /** For whom timing and modes are kept apart; the client or the daemon unless the rule says otherwise. */
  #key(rule: Rule, event: Event, env: Env): string {
    if (rule.key) return String(rule.key.run(env));
    if (event.account) return accountKey(event.account);
    return event.client ? clientKey(event.daemon, event.client) : (event.daemon ?? "");
  }
}

function accountKey({ quota, daemon, subject }: AccountKey): string {
  return `${quota}/${daemon}/${subject}`;
}

/** A client instance of a daemon, over all its restarts. */
export function clientKey(daemon: string | undefined, { epoch, cid }: ClientKey): string {
  return `${daemon ?? ""}/${epoch}/${cid}`;
}

/** The states behind the one that the event told. Times of the history are whole seconds: its fields tell which one it was. */
function since(states: readonly Recalled[], begun: Event): readonly Recalled[] {
  const { name, detail } = begun.fields;
  const known = states.findLastIndex(
    ({ event }) => event.at <= begun.at && event.fields["name"] === name && event.fields["detail"] === detail,
  );
  return known < 0 ? states.filter(({ event }) => event.at > begun.at) : states.slice(known + 1);
}

function isAboutClient(type: string): boolean {
  return EVENTS[type]?.client === true;
}

const NONE: readonly never[] = [];

/** A decision in the making. Most events make little of it: what stays empty costs nothing. */
class Draft implements Decision {
  winner: Rule | undefined;
  firings: Firing[] | readonly never[] = NONE;
  heldBack: Decision["heldBack"][number][] | readonly never[] = NONE;
  shadow: Decision["shadow"] = NONE;
  errors: Decision["errors"] = NONE;
  failClosed = false;
  /** The key of the rule that was judged last. */
  key = "";

  fires(firing: Firing): void {
    if (this.firings.length === 0) this.firings = [firing];
    else (this.firings as Firing[]).push(firing);
  }

  hold(rule: Rule, stage: Stage, value: unknown): Verdict {
    const held = { rule: rule.id, stage, ...(value === undefined ? {} : { value }) };
    if (this.heldBack.length === 0) this.heldBack = [held];
    else (this.heldBack as Decision["heldBack"][number][]).push(held);
    return "held";
  }
}
