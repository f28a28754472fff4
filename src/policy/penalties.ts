import type { GroupSpec } from "../rules/rulebook.ts";
import type { Store } from "../store/store.ts";
import type { Clock, Timer } from "../util/clock.ts";
import type { Candidate } from "./candidate.ts";
import { Health, type Record } from "./health.ts";
import type { Roster } from "./roster.ts";

const TABLE = "exhausted";

export interface GroupEvent {
  readonly type: "remote.penalized" | "remote.recovered" | "remote.exhausted";
  readonly daemon: string | undefined;
  readonly candidate: Candidate | undefined;
  readonly reason: string;
  readonly failures: number;
  readonly until?: number;
}

export interface PenaltiesDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly emit: (event: GroupEvent) => void;
}

/** Who of a group is left out, until when, and what is said when that changes. */
export class Penalties {
  readonly #spec: GroupSpec;
  readonly #deps: PenaltiesDeps;
  readonly #roster: Roster;
  readonly #health: Health;
  readonly #recovery = new Map<string, Timer>();
  /** Keys of candidates that failed and have not worked since; and of those whose last probe failed. */
  readonly #bad = new Set<string>();
  readonly #probedDown = new Set<string>();

  constructor(spec: GroupSpec, roster: Roster, deps: PenaltiesDeps) {
    this.#spec = spec;
    this.#deps = deps;
    this.#roster = roster;
    this.#health = new Health(spec.name, spec.penalty, deps.store, deps.clock);
    for (const key of this.#health.keys()) {
      if (this.#health.get(key).failures > 0) this.#bad.add(key);
      this.#armRecovery(key);
    }
  }

  stop(): void {
    for (const timer of this.#recovery.values()) timer.cancel();
  }

  of(key: string): Record {
    return this.#health.get(key);
  }

  has(candidate: Candidate): boolean {
    return this.#health.isPenalized(candidate.key);
  }

  /** It failed before and does not pass its probe either: tried behind the rest, also when its penalty is over. */
  doubtful(candidate: Candidate): boolean {
    return this.#bad.has(candidate.key) && this.#probedDown.has(candidate.key);
  }

  /** True from the moment when every candidate was penalized until one connects. */
  get exhausted(): boolean {
    return this.#deps.store.get(TABLE, this.#spec.name) !== undefined;
  }

  /** `again`: at a further address of a name, which is penalized once for all of them. */
  failed(daemon: string, candidate: Candidate, reason: string, again = false): void {
    this.#bad.add(candidate.key);
    if (again && this.has(candidate)) return;
    const record = this.#health.fail(candidate.key, this.#spec.failAfter);
    if (record.until > this.#deps.clock.now()) this.#penalized(daemon, candidate, reason);
  }

  /** A rule leaves it out. */
  penalize(candidate: Candidate): void {
    this.#health.penalize(candidate.key);
    this.#penalized(undefined, candidate, "rule");
  }

  connected(daemon: string, candidate: Candidate): void {
    this.#bad.delete(candidate.key);
    this.#deps.store.delete(TABLE, this.#spec.name);
    if (this.has(candidate)) this.#recovered(candidate, "connected", daemon);
  }

  /** It stayed up: nothing is held against it any more. */
  clear(candidate: Candidate): void {
    this.#health.clear(candidate.key);
  }

  /** Ends a penalty and keeps its level. */
  pardon(candidate: Candidate, reason: string): void {
    if (this.has(candidate)) this.#recovered(candidate, reason, undefined);
  }

  forgive(candidates: readonly Candidate[]): void {
    this.#deps.store.delete(TABLE, this.#spec.name);
    for (const candidate of candidates) {
      this.pardon(candidate, "forgiven");
      this.#health.clear(candidate.key);
      this.#bad.delete(candidate.key);
    }
  }

  probed(candidate: Candidate, ok: boolean): void {
    if (ok) {
      this.#probedDown.delete(candidate.key);
      this.#bad.delete(candidate.key);
    } else this.#probedDown.add(candidate.key);
  }

  #penalized(daemon: string | undefined, candidate: Candidate, reason: string): void {
    const { failures, until } = this.#health.get(candidate.key);
    this.#armRecovery(candidate.key);
    this.#deps.emit({ type: "remote.penalized", daemon, candidate, reason, failures, until });
    if (this.exhausted || !this.#roster.within(daemon).every((other) => this.has(other))) return;
    this.#deps.store.put(TABLE, this.#spec.name, this.#deps.clock.now());
    this.#deps.emit({ type: "remote.exhausted", daemon, candidate, reason, failures });
  }

  #recovered(candidate: Candidate, reason: string, daemon: string | undefined): void {
    this.#recovery.get(candidate.key)?.cancel();
    this.#recovery.delete(candidate.key);
    this.#health.pardon(candidate.key);
    const { failures } = this.#health.get(candidate.key);
    this.#deps.emit({ type: "remote.recovered", daemon, candidate, reason, failures });
  }

  #armRecovery(key: string): void {
    const { until } = this.#health.get(key);
    const left = until - this.#deps.clock.now();
    this.#recovery.get(key)?.cancel();
    this.#recovery.delete(key);
    if (left <= 0) return;
    const timer = this.#deps.clock.after(left, () => {
      const candidate = this.#roster.byKey(key);
      if (candidate) this.#recovered(candidate, "penalty ended", undefined);
    });
    this.#recovery.set(key, timer);
  }
}
