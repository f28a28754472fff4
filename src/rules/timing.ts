import type { Event } from "../model/event.ts";
import type { Store } from "../store/store.ts";
import type { Clock, Timer } from "../util/clock.ts";
import type { Rule } from "./rulebook.ts";
import { EVENTS } from "./vocabulary/events.ts";

const TABLE = "timing";

/** Keys kept for one rule; beyond them the one longest unused is forgotten. */
const MOST_KEYS = 10_000;

interface State {
  /** The pending `for`: when it fires, and the event it stands for. */
  wait?: { due: number; event: Event };
  /** Times of the events that `count` has seen. */
  seen?: number[];
  /** Times of the firings that `throttle` has let pass. */
  fired?: number[];
  /** With `digest`: what was held back in this period, and when it is told. */
  digest?: { due: number; suppressed: number; event: Event };
}

export interface TimingHost {
  /** Whether it can be said now that what this event stands for still goes on; if not, its wait is judged by `resume`. */
  sure(event: Event): boolean;
  /** The `for` of a rule is over: the later stages are next. */
  waited(rule: Rule, key: string, event: Event): void;
  /** The period of a digest is over. */
  digested(rule: Rule, key: string, event: Event, suppressed: number): void;
}

/** What `for`, `count` and `throttle` remember, per rule and key. Kept in the store: it outlives restarts and edits of other rules. */
export class Timing {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #host: TimingHost;
  readonly #rules = new Map<string, Rule>();
  readonly #states = new Map<string, Map<string, State>>();
  readonly #timers = new Map<string, Timer>();

  constructor(rules: readonly Rule[], store: Store, clock: Clock, host: TimingHost) {
    this.#store = store;
    this.#clock = clock;
    this.#host = host;
    for (const rule of rules) if (rule.enabled && hasTiming(rule)) this.#rules.set(rule.id, rule);
    for (const [id, saved] of store.entries(TABLE)) this.#restore(id, saved as State);
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** Begins to wait, unless it waits already. */
  wait(rule: Rule, key: string, event: Event): void {
    const state = this.#state(rule, key);
    if (state.wait || rule.for === undefined) return;
    state.wait = { due: this.#clock.now() + rule.for, event };
    this.#armWait(rule, key, state.wait);
    this.#save(rule, key, state);
  }

  /** What was waited for ended before its time. */
  endWait(rule: Rule, key: string): void {
    const state = this.#states.get(rule.id)?.get(key);
    if (!state?.wait) return;
    delete state.wait;
    this.#cancel(rule, key, "wait");
    this.#save(rule, key, state);
  }

  /** Ends what a rule waits for on a daemon, whatever its key. */
  endWaits(rule: Rule, daemon: string): void {
    for (const [key, state] of this.#states.get(rule.id) ?? [])
      if (state.wait?.event.daemon === daemon) this.endWait(rule, key);
  }

  /** What the waiting rules of a daemon wait for, so that it can be looked at whether it still goes on. */
  *waits(rule: Rule, daemon: string): Iterable<{ readonly key: string; readonly event: Event }> {
    for (const [key, { wait }] of this.#states.get(rule.id) ?? [])
      if (wait?.event.daemon === daemon) yield { key, event: wait.event };
  }

  /** The daemon is known again: what fell due meanwhile fires. */
  resume(daemon: string): void {
    for (const rule of this.#rules.values())
      for (const [key, { wait }] of this.#states.get(rule.id) ?? [])
        if (wait?.event.daemon === daemon && !this.#timers.has(timerId(rule, key, "wait")))
          this.#armWait(rule, key, wait);
  }

  /** True when this event makes it enough; the count then starts anew. */
  counts(rule: Rule, key: string): boolean {
    if (!rule.count) return true;
    const now = this.#clock.now();
    const { atLeast, within } = rule.count;
    const state = this.#state(rule, key);
    const seen = (state.seen ?? []).filter((time) => time > now - within && time <= now);
    seen.push(now);
    const enough = seen.length >= atLeast;
    state.seen = enough ? [] : seen;
    this.#save(rule, key, state);
    return enough;
  }

  /** True when the rule may fire now. */
  passes(rule: Rule, key: string, event: Event): boolean {
    if (!rule.throttle) return true;
    const now = this.#clock.now();
    const { times, per, then } = rule.throttle;
    const state = this.#state(rule, key);
    const fired = (state.fired ?? []).filter((time) => time > now - per && time <= now);
    const passes = fired.length < times && !state.digest;
    if (passes) fired.push(now);
    state.fired = fired;
    if (!passes && then === "digest") {
      const due = state.digest?.due ?? (fired[0] ?? now) + per;
      if (!state.digest) this.#armDigest(rule, key, due);
      state.digest = { due, suppressed: (state.digest?.suppressed ?? 0) + 1, event };
    }
    this.#save(rule, key, state);
    return passes;
  }

  #state(rule: Rule, key: string): State {
    let keys = this.#states.get(rule.id);
    if (!keys) this.#states.set(rule.id, (keys = new Map()));
    const state = keys.get(key) ?? {};
    // Moved to the end: the order of the map is the order of use.
    keys.delete(key);
    keys.set(key, state);
    for (const oldest of keys.keys()) {
      if (keys.size <= MOST_KEYS) break;
      keys.delete(oldest);
      this.#cancel(rule, oldest, "wait");
      this.#cancel(rule, oldest, "digest");
      this.#store.delete(TABLE, idOf(rule.id, oldest));
    }
    return state;
  }

  #save(rule: Rule, key: string, state: State): void {
    const idle = !state.wait && !state.digest && !state.seen?.length && !state.fired?.length;
    if (idle) this.#store.delete(TABLE, idOf(rule.id, key));
    else this.#store.put(TABLE, idOf(rule.id, key), stored(state));
  }

  #restore(id: string, state: State): void {
    const slash = id.indexOf("/");
    const rule = this.#rules.get(id.slice(0, slash));
    // Other entries of the table, and rules that are gone: one that comes back goes on where it was.
    if (!rule || slash < 0) return;
    const key = id.slice(slash + 1);
    const keys = this.#states.get(rule.id) ?? new Map<string, State>();
    this.#states.set(rule.id, keys.set(key, state));
    if (rule.for === undefined) delete state.wait;
    else if (state.wait) this.#armWait(rule, key, state.wait);
    if (rule.throttle?.then !== "digest") delete state.digest;
    else if (state.digest) this.#armDigest(rule, key, state.digest.due);
  }

  #armWait(rule: Rule, key: string, wait: { due: number; event: Event }): void {
    this.#arm(rule, key, "wait", wait.due, (state) => {
      if (!this.#host.sure(wait.event)) return;
      delete state.wait;
      this.#save(rule, key, state);
      this.#host.waited(rule, key, wait.event);
    });
  }

  #armDigest(rule: Rule, key: string, due: number): void {
    this.#arm(rule, key, "digest", due, (state) => {
      const digest = state.digest;
      if (!digest) return;
      delete state.digest;
      // The digest is a firing like another: it opens the next period.
      state.fired = [this.#clock.now()];
      this.#save(rule, key, state);
      this.#host.digested(rule, key, digest.event, digest.suppressed);
    });
  }

  #arm(rule: Rule, key: string, what: string, due: number, fire: (state: State) => void): void {
    const timer = this.#clock.after(Math.max(0, due - this.#clock.now()), () => {
      this.#timers.delete(timerId(rule, key, what));
      const state = this.#states.get(rule.id)?.get(key);
      if (state) fire(state);
    });
    this.#timers.set(timerId(rule, key, what), timer);
  }

  #cancel(rule: Rule, key: string, what: string): void {
    this.#timers.get(timerId(rule, key, what))?.cancel();
    this.#timers.delete(timerId(rule, key, what));
  }
}

/** A state as the store keeps it: fields that are as good as a secret do not outlive the process. */
function stored({ wait, digest, ...rest }: State): State {
  return {
    ...rest,
    ...(wait ? { wait: { ...wait, event: withoutSecrets(wait.event) } } : {}),
    ...(digest ? { digest: { ...digest, event: withoutSecrets(digest.event) } } : {}),
  };
}

function withoutSecrets(event: Event): Event {
  const told = Object.entries(EVENTS[event.type]?.fields ?? {});
  const masked = told.flatMap(([name, { masked: hidden }]) =>
    hidden && event.fields[name] !== undefined ? [[name, "<redacted>"] as const] : [],
  );
  return masked.length === 0
    ? event
    : { ...event, fields: { ...event.fields, ...Object.fromEntries(masked) } };
}

function hasTiming(rule: Rule): boolean {
  return rule.for !== undefined || rule.count !== undefined || rule.throttle !== undefined;
}

function idOf(rule: string, key: string): string {
  return `${rule}/${key}`;
}

function timerId(rule: Rule, key: string, what: string): string {
  return `${what}/${rule.id}/${key}`;
}
