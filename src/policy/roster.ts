import type { Expression } from "../rules/cel/types.ts";
import type { GroupSpec } from "../rules/rulebook.ts";
import { type Candidate, candidatesOf, keyOf, listedCandidates } from "./candidate.ts";
import type { Dial } from "./dial.ts";
import { unreachable } from "./reach.ts";

export type Evaluate = (expression: Expression, candidate: Candidate, daemon: string) => boolean;

/** Which candidates a group has, and which of them a daemon may use and can reach. */
export class Roster {
  readonly #spec: GroupSpec;
  readonly #evaluate: Evaluate;
  readonly #listed: readonly Candidate[] | undefined;
  /** The candidates that each daemon last had, of `from-daemon` groups. */
  readonly #seen = new Map<string, readonly Candidate[]>();
  /** The list that was last looked at. */
  readonly #learned = new Map<string, Dial["entries"]>();
  /** Keys of candidates that no entry of a daemon's list leads to. */
  readonly #stranded = new Map<string, ReadonlySet<string>>();

  constructor(spec: GroupSpec, evaluate: Evaluate) {
    this.#spec = spec;
    this.#evaluate = evaluate;
    this.#listed = spec.candidates === "from-daemon" ? undefined : listedCandidates(spec.candidates);
  }

  /** What is known of a daemon's list: the candidates of a `from-daemon` group are its entries. */
  learn(daemon: string, dial: Dial): void {
    // A list that OpenVPN told changes as a whole; one that is learned from questions grows in place.
    if (dial.entries && this.#learned.get(daemon) === dial.entries) return;
    this.#learned.set(daemon, dial.entries);
    if (!this.#listed) this.#seen.set(daemon, candidatesOf(dial, this.#spec));
    this.#stranded.set(daemon, new Set(this.unreachable(dial).map(({ candidate }) => candidate.key)));
  }

  all(): readonly Candidate[] {
    if (this.#listed) return this.#listed;
    const all = [...this.#seen.values()].flat();
    return [...new Map(all.map((candidate) => [candidate.key, candidate])).values()];
  }

  find(host: string, port: number, proto: string): Candidate | undefined {
    return this.byKey(keyOf({ host, port, proto }));
  }

  byKey(key: string): Candidate | undefined {
    return this.all().find((candidate) => candidate.key === key);
  }

  /** The candidates that a daemon may use now, `when` included. */
  usable(daemon: string): Candidate[] {
    const known = this.#listed ?? this.#seen.get(daemon) ?? [];
    return known.filter((candidate) => !candidate.when || this.#evaluate(candidate.when, candidate, daemon));
  }

  /** What a daemon may use and can reach; without a daemon, what any can reach. */
  within(daemon: string | undefined): Candidate[] {
    if (daemon !== undefined) {
      const stranded = this.#stranded.get(daemon);
      return this.usable(daemon).filter(({ key }) => !stranded?.has(key));
    }
    const stranded = [...this.#stranded.values()];
    return this.all().filter(({ key }) => stranded.length === 0 || stranded.some((keys) => !keys.has(key)));
  }

  /** The listed candidates that no entry of OpenVPN's list leads to, and why. */
  unreachable(dial: Dial): { candidate: Candidate; why: string }[] {
    return (this.#listed ?? []).flatMap((candidate) => {
      const why = unreachable(dial, candidate);
      return why === undefined ? [] : [{ candidate, why }];
    });
  }
}
