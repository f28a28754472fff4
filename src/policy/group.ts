import type { FailureKind, GroupSpec } from "../rules/rulebook.ts";
import type { Store } from "../store/store.ts";
import type { Clock, Timer } from "../util/clock.ts";
import { type Candidate, keyOf } from "./candidate.ts";
import type { Dial, Question } from "./dial.ts";
import { Latencies } from "./latencies.ts";
import { type GroupEvent, Penalties } from "./penalties.ts";
import { type PluginRank, Ranking } from "./ranking.ts";
import { reach } from "./reach.ts";
import { type Evaluate, Roster } from "./roster.ts";

export type { Candidate } from "./candidate.ts";
export type { GroupEvent } from "./penalties.ts";

export interface GroupDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  /** Evaluates `when` or `prefer` for a candidate; an error counts as false. */
  readonly evaluate: Evaluate;
  readonly emit: (event: GroupEvent) => void;
  readonly order?: PluginRank;
}

export interface Decision {
  readonly kind: "accept" | "mod" | "skip" | "park";
  readonly host?: string;
  readonly port?: number;
  readonly count?: number;
  /** Another address of the name that failed just now. */
  readonly again?: boolean;
  /** With `park`: when the first penalty ends. */
  readonly until?: number;
  readonly why: string;
}

/** What would be tried next. */
export interface Peek {
  readonly candidate: Candidate;
  readonly penalized: boolean;
  /** OpenVPN goes on with its next address. */
  readonly again?: boolean;
  /** With `on-exhausted: wait`: nothing is tried before this moment. */
  readonly until?: number;
}

type Place = { readonly host: string; readonly port: number; readonly proto: string };

/** A failover group: its candidates' health, and which of them is next. Daemons may share it. */
export class RemoteGroup {
  readonly name: string;
  readonly #spec: GroupSpec;
  readonly #clock: Clock;
  readonly #roster: Roster;
  readonly #penalties: Penalties;
  readonly #ranking: Ranking;
  readonly #latencies = new Latencies();
  readonly #stable = new Map<string, Timer>();
  readonly #connected = new Map<string, string>();
  /** Keys of candidates that a rule left out and that were not chosen since. */
  readonly #leftOut = new Set<string>();

  constructor(spec: GroupSpec, deps: GroupDeps) {
    this.name = spec.name;
    this.#spec = spec;
    this.#clock = deps.clock;
    this.#roster = new Roster(spec, deps.evaluate);
    this.#penalties = new Penalties(spec, this.#roster, deps);
    this.#ranking = new Ranking(spec, { ...deps, latencies: this.#latencies, plugin: deps.order });
  }

  stop(): void {
    this.#penalties.stop();
    for (const timer of this.#stable.values()) timer.cancel();
  }

  /** Takes in what is known of a daemon's list. */
  learn(daemon: string, dial: Dial): void {
    this.#roster.learn(daemon, dial);
  }

  /** How to answer a question; `refused` answers to this very question were not taken: the next best is told. */
  decide(daemon: string, dial: Dial, question: Question, refused: number): Decision {
    const ranked = this.#ranked(daemon, dial);
    const [best] = ranked;
    if (best?.until !== undefined)
      return { kind: "park", until: best.until, why: "every candidate is penalized" };
    const ways = ranked.flatMap((peek) => {
      const way = reach(dial, question, peek.candidate);
      return way.kind === "unreachable" ? [] : [{ ...peek, way }];
    });
    // Where MOD was refused, an entry that names the candidate may still lead to it.
    const around = ways
      .filter(({ way }) => way.kind === "mod")
      .map((other) => ({ ...other, way: reach(dial, question, { ...other.candidate, listed: true }) }))
      .flatMap(({ way, ...other }) => (way.kind === "unreachable" ? [] : [{ ...other, way }]));
    const choice = [...ways, ...(refused > 0 ? around : [])][refused];
    // Whatever else, a question is never left to end OpenVPN: the entry that is asked is tried.
    if (!choice) return { kind: "accept", why: "no candidate can be reached from here" };
    const { candidate, penalized, again, way } = choice;
    this.#ranking.choose(daemon, candidate);
    if (again) return { ...way, again, why: `${candidate.key}, its next address` };
    this.#leftOut.delete(candidate.key);
    const why = penalized ? `${candidate.key}, the least bad` : candidate.key;
    return way.kind === "skip" ? { ...way, why: `toward ${why}` } : { ...way, why };
  }

  /** Candidates that lead nowhere by themselves, such as proxies: all that may be used, best first. */
  ranking(daemon: string): Peek[] {
    return this.#sorted(daemon, this.#roster.usable(daemon), undefined);
  }

  peek(daemon: string, dial: Dial): Peek | undefined {
    return this.#ranked(daemon, dial)[0];
  }

  /** The number of failures that this one makes. */
  wouldFail(place: Place, kind: FailureKind): number {
    return this.failures(place) + (this.#spec.failOn.includes(kind) ? 1 : 0);
  }

  failures(place: Place): number {
    return this.#penalties.of(keyOf(place)).failures;
  }

  /** An attempt or a connection failed; `again`: the attempt was at a further address of what had failed just before. */
  failed(daemon: string, place: Place, kind: FailureKind, reason: string, again = false): void {
    const candidate = this.find(place.host, place.port, place.proto);
    this.#ranking.over(daemon, candidate);
    if (candidate && this.#spec.failOn.includes(kind))
      this.#penalties.failed(daemon, candidate, reason, again);
  }

  /** An attempt reached CONNECTED; `since` in ms. */
  connected(daemon: string, candidate: Candidate, since = this.#clock.now()): void {
    this.#ranking.connected(candidate);
    this.#connected.set(daemon, candidate.key);
    this.#penalties.connected(daemon, candidate);
    this.#stable.get(daemon)?.cancel();
    const left = since + this.#spec.stableAfter - this.#clock.now();
    this.#stable.set(
      daemon,
      this.#clock.after(Math.max(0, left), () => {
        this.#penalties.clear(candidate);
        this.#ranking.stayed(candidate);
      }),
    );
  }

  /** The connection or attempt is over, for whatever reason. */
  ended(daemon: string): void {
    this.#stable.get(daemon)?.cancel();
    this.#stable.delete(daemon);
    this.#connected.delete(daemon);
    this.#ranking.over(daemon);
  }

  find(host: string, port: number, proto: string): Candidate | undefined {
    return this.#roster.find(host, port, proto);
  }

  /** Leaves the candidates of a host out; false when there are none. */
  penalize(host: string): boolean {
    const found = this.all().filter((candidate) => candidate.host === host);
    for (const candidate of found) this.#penalize(candidate);
    return found.length > 0;
  }

  penalizeOne(place: Place): boolean {
    const candidate = this.find(place.host, place.port, place.proto);
    if (candidate) this.#penalize(candidate);
    return candidate !== undefined;
  }

  /** Forgets what is held against the candidates of a host, or against all; false when there are none. */
  forgive(host?: string): boolean {
    const found = this.all().filter((candidate) => host === undefined || candidate.host === host);
    this.#penalties.forgive(found);
    return found.length > 0 || host === undefined;
  }

  /** A tunnel goes back to a candidate: no penalty and no stickiness stands in the way. */
  goBack(candidate: Candidate): void {
    this.#penalties.pardon(candidate, "return");
    this.#ranking.unstick();
  }

  /** Ends a penalty and keeps its level. */
  pardon(candidate: Candidate, reason: string): void {
    this.#penalties.pardon(candidate, reason);
  }

  /** The end of its last penalty, ms since the epoch; 0: it has had none. */
  penaltyEnd(candidate: Candidate): number {
    return this.#penalties.of(candidate.key).until;
  }

  isPenalized(candidate: Candidate): boolean {
    return this.#penalties.has(candidate);
  }

  /** True from the moment when every candidate was penalized until one connects. */
  get exhausted(): boolean {
    return this.#penalties.exhausted;
  }

  /** A probe's round trip, ms; undefined when it failed. */
  latency(candidate: Candidate, ms: number | undefined): void {
    this.#latencies.add(candidate.key, ms);
    this.#penalties.probed(candidate, ms !== undefined);
  }

  /** The candidates that a daemon may use now, `when` included. */
  usable(daemon: string): Candidate[] {
    return this.#roster.usable(daemon);
  }

  all(): readonly Candidate[] {
    return this.#roster.all();
  }

  /** The candidates that no entry of OpenVPN's list leads to. */
  unreachable(dial: Dial): { candidate: Candidate; why: string }[] {
    return this.#roster.unreachable(dial);
  }

  /** A candidate as expressions read it. */
  view(candidate: Candidate): Record<string, unknown> {
    const { key, host, port, proto, tier, weight, labels } = candidate;
    const latency = this.#latencies.median(key);
    const { failures } = this.#penalties.of(key);
    const penalized = this.isPenalized(candidate);
    const known = { host, port, proto, tier, weight, labels, failures, penalized };
    return latency === undefined ? known : { ...known, latency };
  }

  status(): Record<string, unknown>[] {
    const now = this.#clock.now();
    const current = new Set(this.#connected.values());
    return this.all().map((candidate) => {
      const { host, port, proto, tier, failures, latency } = this.view(candidate);
      const { until } = this.#penalties.of(candidate.key);
      return {
        ...{ host, port, proto, tier, failures },
        current: current.has(candidate.key),
        ...(latency === undefined ? {} : { latency }),
        ...(until > now ? { penalizedUntil: until } : {}),
      };
    });
  }

  /** All candidates that can be used and reached, best first: healthy before doubtful before penalized. */
  #ranked(daemon: string, dial: Dial): Peek[] {
    this.learn(daemon, dial);
    const usable = this.#roster.within(daemon);
    return this.#sorted(daemon, usable, this.#onward(dial, usable));
  }

  #sorted(daemon: string, usable: readonly Candidate[], onward: Candidate | undefined): Peek[] {
    const healthy = usable.filter((candidate) => !this.isPenalized(candidate));
    const until = (candidate: Candidate): number => this.#penalties.of(candidate.key).until;
    const penalized = usable
      .filter((candidate) => this.isPenalized(candidate))
      .toSorted((a, b) => until(a) - until(b));
    const [leastBad] = penalized;
    if (!onward && healthy.length === 0 && leastBad && this.#spec.onExhausted === "wait")
      return [{ candidate: leastBad, penalized: true, until: until(leastBad) }];
    const doubt = (candidate: Candidate): number => Number(this.#penalties.doubtful(candidate));
    const best = this.#ranking.inOrder(daemon, healthy).toSorted((a, b) => doubt(a) - doubt(b));
    const others = [
      ...best.map((candidate) => ({ candidate, penalized: false })),
      ...penalized.map((candidate) => ({ candidate, penalized: true })),
    ];
    if (!onward) return others;
    const rest = others.filter(({ candidate }) => candidate !== onward);
    return [{ candidate: onward, penalized: this.isPenalized(onward), again: true }, ...rest];
  }

  /** A name has failed when its last address has: OpenVPN would begin with the first again after a detour. */
  #onward(dial: Dial, usable: readonly Candidate[]): Candidate | undefined {
    const key = dial.goesOn && keyOf(dial.goesOn);
    return usable.find((candidate) => candidate.key === key && !this.#leftOut.has(candidate.key));
  }

  #penalize(candidate: Candidate): void {
    this.#leftOut.add(candidate.key);
    this.#ranking.abandon(candidate);
    this.#penalties.penalize(candidate);
  }
}
