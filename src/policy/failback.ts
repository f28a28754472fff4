import type { Expression } from "../rules/cel/types.ts";
import type { During, GroupSpec } from "../rules/rulebook.ts";
import type { Clock, Timer } from "../util/clock.ts";
import type { Candidate } from "./candidate.ts";

/** Without a probe, the time elsewhere that makes a return worth trying, ms. */
const DEFAULT_AFTER = 10 * 60_000;

/** Conditions on the window and on traffic are looked at this often, ms. */
const LOOK_EVERY = 5_000;

export interface FailbackDeps {
  readonly clock: Clock;
  readonly inWindow: (during: During) => boolean;
  readonly evaluate: (when: Expression, daemon: string) => boolean;
  /** The candidates that the daemon may use and reach now. */
  readonly usable: (daemon: string) => readonly Candidate[];
  readonly isPenalized: (candidate: Candidate) => boolean;
  /** Moves the tunnel; false when that is not possible at this moment. */
  readonly move: (daemon: string, target: Candidate) => boolean;
}

interface Connected {
  readonly candidate: Candidate;
  readonly since: number;
  timer: Timer | undefined;
  /** The move is under way. */
  moving: boolean;
}

/**
 * When to go back to a better tier: only while connected on a worse one, after `after`, when the better candidate's probe has passed `times`
 * in a row (where there is a probe), in the window and while the condition holds. A return that failed bars the candidate until
 * its penalty has ended, so that a server which passes probes and takes no tunnel does not cost an outage at each pass.
 */
export class Failback {
  readonly #spec: GroupSpec;
  readonly #deps: FailbackDeps;
  readonly #daemons = new Map<string, Connected>();
  readonly #passes = new Map<string, number>();
  readonly #trying = new Map<string, string>();
  readonly #barred = new Set<string>();

  constructor(spec: GroupSpec, deps: FailbackDeps) {
    this.#spec = spec;
    this.#deps = deps;
  }

  /** A daemon reached CONNECTED; `since` in ms. */
  connected(daemon: string, candidate: Candidate, since = this.#deps.clock.now()): void {
    this.ended(daemon);
    const tried = this.#trying.get(daemon);
    if (tried !== undefined && tried !== candidate.key) this.#barred.add(tried);
    this.#barred.delete(candidate.key);
    this.#trying.delete(daemon);
    const state: Connected = { candidate, since, timer: undefined, moving: false };
    this.#daemons.set(daemon, state);
    this.#look(daemon, state);
  }

  ended(daemon: string): void {
    this.#daemons.get(daemon)?.timer?.cancel();
    this.#daemons.delete(daemon);
  }

  /** A probe's result. */
  probed(candidate: Candidate, ok: boolean): void {
    this.#passes.set(candidate.key, ok ? (this.#passes.get(candidate.key) ?? 0) + 1 : 0);
    if (ok) this.#check();
  }

  /** OpenVPN did not take the signal: it is tried again in a while. */
  refused(daemon: string): void {
    const state = this.#daemons.get(daemon);
    this.#trying.delete(daemon);
    if (!state) return;
    state.moving = false;
    state.timer = this.#deps.clock.after(LOOK_EVERY, () => this.#look(daemon, state));
  }

  windowChanged(): void {
    this.#check();
  }

  stop(): void {
    for (const daemon of this.#daemons.keys()) this.ended(daemon);
  }

  get #after(): number {
    return this.#spec.failback?.after ?? (this.#spec.probe ? 0 : DEFAULT_AFTER);
  }

  #check(): void {
    for (const [daemon, state] of this.#daemons) this.#look(daemon, state);
  }

  /** Moves when the time has come, else looks again when it may have. */
  #look(daemon: string, state: Connected): void {
    state.timer?.cancel();
    if (state.moving) return;
    const left = state.since + this.#after - this.#deps.clock.now();
    if (left <= 0 && this.#moved(daemon, state)) return;
    state.timer = this.#deps.clock.after(left > 0 ? left : LOOK_EVERY, () => this.#look(daemon, state));
  }

  #moved(daemon: string, state: Connected): boolean {
    const failback = this.#spec.failback;
    if (!failback) return false;
    const target = this.#target(daemon, state.candidate.tier, failback.times);
    if (!target) return false;
    if (failback.during && !this.#deps.inWindow(failback.during)) return false;
    if (failback.when && !this.#deps.evaluate(failback.when, daemon)) return false;
    state.moving = true;
    if (!this.#deps.move(daemon, target)) {
      state.moving = false;
      return false;
    }
    this.#trying.set(daemon, target.key);
    this.#passes.delete(target.key);
    return true;
  }

  /** The best candidate of a better tier that is well as far as we can tell. */
  #target(daemon: string, tier: number, times: number): Candidate | undefined {
    return this.#deps
      .usable(daemon)
      .filter((candidate) => candidate.tier < tier)
      .filter((candidate) => !this.#spec.probe || (this.#passes.get(candidate.key) ?? 0) >= times)
      .filter((candidate) => !this.#barred.has(candidate.key) || !this.#deps.isPenalized(candidate))
      .toSorted((a, b) => a.tier - b.tier)[0];
  }
}
