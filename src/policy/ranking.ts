import type { GroupSpec } from "../rules/rulebook.ts";
import type { Store } from "../store/store.ts";
import { type Candidate, keyOf } from "./candidate.ts";
import type { Latencies } from "./latencies.ts";
import { first, ordered, type PluginOrder } from "./order.ts";
import type { Evaluate } from "./roster.ts";

const TABLE = "sticky";

export interface RankingDeps {
  readonly store: Store;
  readonly random: () => number;
  readonly evaluate: Evaluate;
  readonly latencies: Latencies;
  readonly plugin: PluginRank | undefined;
}

export type PluginRank = (candidates: Parameters<PluginOrder>[0]) => ReturnType<PluginOrder>;

/** In which order a group's candidates come: tiers, the order within a tier, what is preferred, what was chosen already. */
export class Ranking {
  readonly #spec: GroupSpec;
  readonly #deps: RankingDeps;
  /** The choice for a daemon, from its first question to the attempt's end. */
  readonly #chosen = new Map<string, string>();
  /** Keys of the candidate that was connected last, and of the one that was tried last. */
  #last: string | undefined;
  #tried: string | undefined;

  constructor(spec: GroupSpec, deps: RankingDeps) {
    this.#spec = spec;
    this.#deps = deps;
    this.#last = this.#sticky("last");
    this.#tried = this.#last;
  }

  /**
   * Best first. What comes out first is the daemon's choice until its attempt is over: a draw is not repeated at each question. It
   * gives way to a better tier that is well again.
   */
  inOrder(daemon: string, candidates: readonly Candidate[]): Candidate[] {
    const chosen = candidates.find((candidate) => candidate.key === this.#chosen.get(daemon));
    const tiers = [...new Set(candidates.map((candidate) => candidate.tier))].toSorted((a, b) => a - b);
    const all = tiers.flatMap((tier) => this.#inTier(daemon, tier, candidates));
    const sticky = this.#spec.order === "sticky" && this.#spec.stickyScope === "group";
    const ranked = sticky ? first(all, this.#sticky("group")) : all;
    const best = chosen && chosen.tier === ranked[0]?.tier ? first(ranked, chosen.key) : ranked;
    if (best[0]) this.choose(daemon, best[0]);
    return best;
  }

  choose(daemon: string, candidate: Candidate): void {
    this.#chosen.set(daemon, candidate.key);
  }

  /** The attempt is over: the next choice is free. `candidate`: the one that was tried. */
  over(daemon: string, candidate?: Candidate): void {
    this.#chosen.delete(daemon);
    this.#tried = candidate?.key ?? this.#tried;
  }

  /** Nobody keeps to a candidate that a rule left out. */
  abandon(candidate: Candidate): void {
    for (const [daemon, key] of this.#chosen) if (key === candidate.key) this.#chosen.delete(daemon);
  }

  connected(candidate: Candidate): void {
    this.#last = candidate.key;
    this.#tried = candidate.key;
    this.#deps.store.put(TABLE, `${this.#spec.name}/last`, candidate.key);
  }

  /** It stayed up: with `order: sticky` it comes first from now on. */
  stayed(candidate: Candidate): void {
    this.#deps.store.put(TABLE, `${this.#spec.name}/${candidate.tier}`, candidate.key);
    this.#deps.store.put(TABLE, `${this.#spec.name}/group`, candidate.key);
  }

  /** What stayed up comes first in its own tier alone, until another one stays up. */
  unstick(): void {
    this.#deps.store.delete(TABLE, `${this.#spec.name}/group`);
  }

  #inTier(daemon: string, tier: number, candidates: readonly Candidate[]): Candidate[] {
    const { prefer, order } = this.#spec;
    const { latencies, plugin } = this.#deps;
    const mine = candidates.filter((candidate) => candidate.tier === tier);
    const sorted = ordered(order, mine, {
      random: this.#deps.random,
      last: order === "round-robin" ? this.#tried : this.#last,
      sticky: order === "sticky" ? this.#sticky(String(tier)) : undefined,
      latency: (candidate) => latencies.median(candidate.key),
      plugin: plugin ? (those) => this.#byPlugin(those, plugin) : undefined,
    });
    if (!prefer) return sorted;
    const preferred = new Set(sorted.filter((candidate) => this.#deps.evaluate(prefer, candidate, daemon)));
    return [...preferred, ...sorted.filter((candidate) => !preferred.has(candidate))];
  }

  /** What a plugin forgets keeps its place at the end; what it invents is left out. */
  #byPlugin(candidates: readonly Candidate[], plugin: PluginRank): Candidate[] {
    const measured = candidates.map((candidate) => ({
      ...candidate,
      latency: this.#deps.latencies.median(candidate.key),
    }));
    const keys = plugin(measured).map(keyOf);
    const found = keys.flatMap((key) => candidates.filter((candidate) => candidate.key === key));
    return [...new Set([...found, ...candidates])];
  }

  #sticky(scope: string): string | undefined {
    return this.#deps.store.get(TABLE, `${this.#spec.name}/${scope}`) as string | undefined;
  }
}
