import type { Expression } from "../rules/cel/types.ts";
import type { FailureKind, GroupSpec } from "../rules/rulebook.ts";
import type { Store } from "../store/store.ts";
import type { Clock, Timer } from "../util/clock.ts";
import { type Candidate, candidatesOf, keyOf, listedCandidates } from "./candidate.ts";
import type { Dial, Question } from "./dial.ts";
import { Health } from "./health.ts";
import { Latencies } from "./latencies.ts";
import { first, ordered, type PluginOrder } from "./order.ts";
import { reach, unreachable } from "./reach.ts";

export type { Candidate } from "./candidate.ts";

export interface GroupEvent {
  readonly type: "remote.penalized" | "remote.recovered" | "remote.exhausted";
  readonly daemon: string | undefined;
  readonly candidate: Candidate | undefined;
  readonly reason: string;
  readonly failures: number;
  readonly until?: number;
}

export interface GroupDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  /** Evaluates `when` or `prefer` for a candidate; an error counts as false. */
  readonly evaluate: (expression: Expression, candidate: Candidate, daemon: string) => boolean;
  readonly emit: (event: GroupEvent) => void;
  readonly order?: (candidates: Parameters<PluginOrder>[0]) => ReturnType<PluginOrder>;
}

export interface Decision {
  readonly kind: "accept" | "mod" | "skip" | "park";
  readonly host?: string;
  readonly port?: number;
  readonly count?: number;
  /** With `park`: when the first penalty ends. */
  readonly until?: number;
  readonly why: string;
}

/** What would be tried next. */
export interface Peek {
  readonly candidate: Candidate;
  readonly penalized: boolean;
  /** With `on-exhausted: wait`: nothing is tried before this moment. */
  readonly until?: number;
}

type Place = { readonly host: string; readonly port: number; readonly proto: string };

/** A failover group: its candidates' health, and which of them is next. Daemons may share it. */
export class RemoteGroup {
  readonly name: string;
  readonly #spec: GroupSpec;
  readonly #deps: GroupDeps;
  readonly #health: Health;
  readonly #latencies = new Latencies();
  readonly #listed: readonly Candidate[] | undefined;
  /** The candidates that each daemon last had, of `from-daemon` groups. */
  readonly #seen = new Map<string, readonly Candidate[]>();
  /** The choice for a daemon, from its first question to the attempt's end. */
  readonly #chosen = new Map<string, string>();
  readonly #recovery = new Map<string, Timer>();
  readonly #stable = new Map<string, Timer>();
  readonly #connected = new Map<string, string>();
  /** Keys of candidates that failed and have not worked since; and of those whose last probe failed. */
  readonly #bad = new Set<string>();
  readonly #probedDown = new Set<string>();
  /** Keys of candidates that no entry of a daemon's list leads to. */
  readonly #stranded = new Map<string, ReadonlySet<string>>();
  /** Key of the candidate that was connected last. */
  #last: string | undefined;
  /** Key of the candidate that was tried last. */
  #tried: string | undefined;

  constructor(spec: GroupSpec, deps: GroupDeps) {
    this.name = spec.name;
    this.#spec = spec;
    this.#deps = deps;
    this.#health = new Health(spec.name, spec.penalty, deps.store, deps.clock);
    this.#listed = spec.candidates === "from-daemon" ? undefined : listedCandidates(spec.candidates);
    this.#last = deps.store.get("sticky", `${spec.name}/last`) as string | undefined;
    this.#tried = this.#last;
    for (const key of this.#health.keys()) {
      if (this.#health.get(key).failures > 0) this.#bad.add(key);
      this.#armRecovery(key);
    }
  }

  stop(): void {
    for (const timer of [...this.#recovery.values(), ...this.#stable.values()]) timer.cancel();
  }

  /** The candidates of a `from-daemon` group are the entries that are known. */
  learn(daemon: string, dial: Dial): void {
    if (!this.#listed) this.#seen.set(daemon, candidatesOf(dial, this.#spec));
  }

  /** How to answer a question; `refused` answers to this very question were not taken: the next best is told. */
  decide(daemon: string, dial: Dial, question: Question, refused: number): Decision {
    const ranked = this.#ranked(daemon, dial);
    const [best] = ranked;
    if (best?.until !== undefined)
      return { kind: "park", until: best.until, why: "every candidate is penalized" };
    const ways = ranked.flatMap(({ candidate, penalized }) => {
      const way = reach(dial, question, candidate);
      return way.kind === "unreachable" ? [] : [{ candidate, penalized, way }];
    });
    const choice = ways[Math.min(refused, ways.length - 1)];
    // Whatever else, a question is never left to end OpenVPN: the entry that is asked is tried.
    if (!choice) return { kind: "accept", why: "no candidate can be reached from here" };
    const { candidate, penalized, way } = choice;
    this.#chosen.set(daemon, candidate.key);
    const why = penalized ? `${candidate.key}, the least bad` : candidate.key;
    return way.kind === "skip" ? { ...way, why: `toward ${why}` } : { ...way, why };
  }

  peek(daemon: string, dial: Dial): Peek | undefined {
    return this.#ranked(daemon, dial)[0];
  }

  /** The number of failures that this one makes. */
  wouldFail(place: Place, kind: FailureKind): number {
    return this.failures(place) + (this.#spec.failOn.includes(kind) ? 1 : 0);
  }

  failures(place: Place): number {
    return this.#health.get(keyOf(place)).failures;
  }

  /** An attempt or a connection failed. */
  failed(daemon: string, place: Place, kind: FailureKind, reason: string): void {
    const candidate = this.find(place.host, place.port, place.proto);
    this.#chosen.delete(daemon);
    this.#tried = candidate?.key ?? this.#tried;
    if (!candidate || !this.#spec.failOn.includes(kind)) return;
    this.#bad.add(candidate.key);
    const record = this.#health.fail(candidate.key, this.#spec.failAfter);
    if (record.until > this.#deps.clock.now()) this.#penalized(daemon, candidate, reason);
  }

  /** An attempt reached CONNECTED; `since` in ms. */
  connected(daemon: string, candidate: Candidate, since = this.#deps.clock.now()): void {
    this.#last = candidate.key;
    this.#tried = candidate.key;
    this.#deps.store.put("sticky", `${this.name}/last`, candidate.key);
    this.#connected.set(daemon, candidate.key);
    this.#bad.delete(candidate.key);
    this.#deps.store.delete("exhausted", this.name);
    if (this.#health.isPenalized(candidate.key)) this.#recovered(candidate, "connected", daemon);
    const left = since + this.#spec.stableAfter - this.#deps.clock.now();
    this.#stable.get(daemon)?.cancel();
    this.#stable.set(
      daemon,
      this.#deps.clock.after(Math.max(0, left), () => {
        this.#health.clear(candidate.key);
        this.#deps.store.put("sticky", `${this.name}/${candidate.tier}`, candidate.key);
        this.#deps.store.put("sticky", `${this.name}/group`, candidate.key);
      }),
    );
  }

  /** The connection or attempt is over, for whatever reason. */
  ended(daemon: string): void {
    this.#stable.get(daemon)?.cancel();
    this.#stable.delete(daemon);
    this.#connected.delete(daemon);
    this.#chosen.delete(daemon);
  }

  find(host: string, port: number, proto: string): Candidate | undefined {
    const key = keyOf({ host, port, proto });
    return this.#all().find((candidate) => candidate.key === key);
  }

  /** Leaves the candidates of a host out; false when there are none. */
  penalize(host: string): boolean {
    const found = this.#all().filter((candidate) => candidate.host === host);
    for (const candidate of found) this.#penalizeByRule(candidate);
    return found.length > 0;
  }

  penalizeOne(place: Place): boolean {
    const candidate = this.find(place.host, place.port, place.proto);
    if (candidate) this.#penalizeByRule(candidate);
    return candidate !== undefined;
  }

  /** Forgets what is held against the candidates of a host, or against all; false when there are none. */
  forgive(host?: string): boolean {
    const found = this.#all().filter((candidate) => host === undefined || candidate.host === host);
    this.#deps.store.delete("exhausted", this.name);
    for (const candidate of found) {
      if (this.#health.isPenalized(candidate.key)) this.#recovered(candidate, "forgiven", undefined);
      this.#health.clear(candidate.key);
      this.#bad.delete(candidate.key);
    }
    return found.length > 0 || host === undefined;
  }

  /** Ends a penalty and keeps its level. */
  pardon(candidate: Candidate, reason: string): void {
    if (this.#health.isPenalized(candidate.key)) this.#recovered(candidate, reason, undefined);
  }

  isPenalized(candidate: Candidate): boolean {
    return this.#health.isPenalized(candidate.key);
  }

  /** True from the moment when every candidate was penalized until one connects. */
  get exhausted(): boolean {
    return this.#deps.store.get("exhausted", this.name) !== undefined;
  }

  /** A probe's round trip, ms; undefined when it failed. */
  latency(candidate: Candidate, ms: number | undefined): void {
    this.#latencies.add(candidate.key, ms);
    if (ms === undefined) this.#probedDown.add(candidate.key);
    else {
      this.#probedDown.delete(candidate.key);
      this.#bad.delete(candidate.key);
    }
  }

  /** The candidates that a daemon may use now, `when` included. */
  usable(daemon: string): Candidate[] {
    return this.#all(daemon).filter(
      (candidate) => !candidate.when || this.#deps.evaluate(candidate.when, candidate, daemon),
    );
  }

  all(): readonly Candidate[] {
    return this.#all();
  }

  /** The candidates that no entry of OpenVPN's list leads to. */
  unreachable(dial: Dial): { candidate: Candidate; why: string }[] {
    return (this.#listed ?? []).flatMap((candidate) => {
      const why = unreachable(dial, candidate);
      return why === undefined ? [] : [{ candidate, why }];
    });
  }

  /** A candidate as expressions read it. */
  view(candidate: Candidate): Record<string, unknown> {
    const { host, port, proto, tier, weight, labels } = candidate;
    const latency = this.#latencies.median(candidate.key);
    const { failures } = this.#health.get(candidate.key);
    const penalized = this.isPenalized(candidate);
    return {
      host,
      port,
      proto,
      tier,
      weight,
      labels,
      failures,
      penalized,
      ...(latency === undefined ? {} : { latency }),
    };
  }

  status(): Record<string, unknown>[] {
    const now = this.#deps.clock.now();
    const current = new Set(this.#connected.values());
    return this.#all().map((candidate) => {
      const { host, port, proto, tier, failures, latency } = this.view(candidate);
      const { until } = this.#health.get(candidate.key);
      return {
        host,
        port,
        proto,
        tier,
        failures,
        current: current.has(candidate.key),
        ...(latency === undefined ? {} : { latency }),
        ...(until > now ? { penalizedUntil: until } : {}),
      };
    });
  }

  /** All usable candidates, best first: healthy before penalized, tiers in order, preferred first. */
  #ranked(daemon: string, dial: Dial): Peek[] {
    this.learn(daemon, dial);
    const stranded = new Set(this.unreachable(dial).map(({ candidate }) => candidate.key));
    this.#stranded.set(daemon, stranded);
    const usable = this.usable(daemon).filter((candidate) => !stranded.has(candidate.key));
    const healthy = usable.filter((candidate) => !this.isPenalized(candidate));
    const until = (candidate: Candidate): number => this.#health.get(candidate.key).until;
    const penalized = usable
      .filter((candidate) => this.isPenalized(candidate))
      .toSorted((a, b) => until(a) - until(b));
    const [leastBad] = penalized;
    if (healthy.length === 0 && leastBad && this.#spec.onExhausted === "wait")
      return [{ candidate: leastBad, penalized: true, until: until(leastBad) }];
    // What failed before and does not pass its probe either is tried behind the rest, also when its penalty is over.
    const doubtful = (candidate: Candidate): boolean =>
      this.#bad.has(candidate.key) && this.#probedDown.has(candidate.key);
    const best = this.#inOrder(daemon, healthy).toSorted((a, b) => Number(doubtful(a)) - Number(doubtful(b)));
    return [
      ...best.map((candidate) => ({ candidate, penalized: false })),
      ...penalized.map((candidate) => ({ candidate, penalized: true })),
    ];
  }

  #inOrder(daemon: string, candidates: readonly Candidate[]): Candidate[] {
    // Once chosen, it stays so until the attempt is over: a draw is not repeated at each question on the way.
    const chosen = candidates.find((candidate) => candidate.key === this.#chosen.get(daemon));
    const tiers = [...new Set(candidates.map((candidate) => candidate.tier))].toSorted((a, b) => a - b);
    const all = tiers.flatMap((tier) => this.#inTier(daemon, tier, candidates));
    const sticky = this.#spec.order === "sticky" && this.#spec.stickyScope === "group";
    const ranked = sticky
      ? first(all, this.#deps.store.get("sticky", `${this.name}/group`) as string | undefined)
      : all;
    const best = chosen ? first(ranked, chosen.key) : ranked;
    if (best[0]) this.#chosen.set(daemon, best[0].key);
    return best;
  }

  #inTier(daemon: string, tier: number, candidates: readonly Candidate[]): Candidate[] {
    const { prefer, order } = this.#spec;
    const mine = candidates.filter((candidate) => candidate.tier === tier);
    const plugin = this.#deps.order;
    const sorted = ordered(order, mine, {
      random: this.#deps.random,
      last: order === "round-robin" ? this.#tried : this.#last,
      sticky: this.#deps.store.get("sticky", `${this.name}/${tier}`) as string | undefined,
      latency: (candidate) => this.#latencies.median(candidate.key),
      plugin: plugin ? (those) => this.#byPlugin(those, plugin) : undefined,
    });
    if (!prefer) return sorted;
    const preferred = new Set(sorted.filter((candidate) => this.#deps.evaluate(prefer, candidate, daemon)));
    return [...preferred, ...sorted.filter((candidate) => !preferred.has(candidate))];
  }

  /** What a plugin forgets keeps its place at the end; what it invents is left out. */
  #byPlugin(candidates: readonly Candidate[], plugin: NonNullable<GroupDeps["order"]>): Candidate[] {
    const measured = candidates.map((candidate) => ({
      ...candidate,
      latency: this.#latencies.median(candidate.key),
    }));
    const keys = plugin(measured).map(keyOf);
    const found = keys.flatMap((key) => candidates.filter((candidate) => candidate.key === key));
    return [...new Set([...found, ...candidates])];
  }

  #all(daemon?: string): readonly Candidate[] {
    if (this.#listed) return this.#listed;
    if (daemon !== undefined) return this.#seen.get(daemon) ?? [];
    const all = [...this.#seen.values()].flat();
    return [...new Map(all.map((candidate) => [candidate.key, candidate])).values()];
  }

  /** What a daemon may use and reach; without a daemon, what any can reach. */
  #within(daemon: string | undefined): readonly Candidate[] {
    const stranded =
      daemon === undefined ? [...this.#stranded.values()] : [this.#stranded.get(daemon) ?? new Set()];
    const all = daemon === undefined ? this.#all() : this.usable(daemon);
    return all.filter(({ key }) => stranded.length === 0 || stranded.some((keys) => !keys.has(key)));
  }

  #penalizeByRule(candidate: Candidate): void {
    this.#health.penalize(candidate.key);
    for (const [daemon, key] of this.#chosen) if (key === candidate.key) this.#chosen.delete(daemon);
    this.#penalized(undefined, candidate, "rule");
  }

  #penalized(daemon: string | undefined, candidate: Candidate, reason: string): void {
    const { failures, until } = this.#health.get(candidate.key);
    this.#armRecovery(candidate.key);
    this.#deps.emit({ type: "remote.penalized", daemon, candidate, reason, failures, until });
    if (this.exhausted || !this.#within(daemon).every((other) => this.isPenalized(other))) return;
    this.#deps.store.put("exhausted", this.name, this.#deps.clock.now());
    this.#deps.emit({ type: "remote.exhausted", daemon, candidate, reason, failures });
  }

  #recovered(candidate: Candidate, reason: string, daemon: string | undefined): void {
    this.#recovery.get(candidate.key)?.cancel();
    this.#recovery.delete(candidate.key);
    this.#health.pardon(candidate.key);
    const failures = this.failures(candidate);
    this.#deps.emit({ type: "remote.recovered", daemon, candidate, reason, failures });
  }

  #armRecovery(key: string): void {
    const { until } = this.#health.get(key);
    const left = until - this.#deps.clock.now();
    this.#recovery.get(key)?.cancel();
    this.#recovery.delete(key);
    if (left <= 0) return;
    const timer = this.#deps.clock.after(left, () => {
      const candidate = this.#all().find((other) => other.key === key);
      if (candidate) this.#recovered(candidate, "penalty ended", undefined);
    });
    this.#recovery.set(key, timer);
  }
}
