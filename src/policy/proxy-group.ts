import type { ProxySpec } from "../rules/rulebook.ts";
import type { Candidate } from "./candidate.ts";
import { type GroupDeps, RemoteGroup } from "./group.ts";

/** Which proxy an attempt takes. */
export type ProxyChoice =
  | { readonly kind: "proxy"; readonly candidate: Candidate; readonly why: string }
  /** Without one. */
  | { readonly kind: "direct"; readonly why: string }
  /** None may be taken, and going direct is forbidden; `until`: the first penalty ends, ms. */
  | { readonly kind: "none"; readonly why: string; readonly until?: number };

/** A group of proxies: its candidates' health, and which of them is next. */
export class ProxyGroup {
  readonly name: string;
  readonly required: boolean;
  readonly #group: RemoteGroup;

  constructor(spec: ProxySpec, deps: GroupDeps) {
    this.name = spec.name;
    this.required = spec.required;
    // Its records are kept beside those of remotes.
    this.#group = new RemoteGroup({ ...spec, name: `proxies/${spec.name}` }, deps);
  }

  /** `udp`: the remote is one, to which no HTTP proxy leads; `refused` answers to this very question were not taken. */
  choose(daemon: string, udp: boolean, refused: number): ProxyChoice {
    const ranked = this.#group.ranking(daemon);
    const fitting = ranked.filter(({ candidate }) => !udp || candidate.proto !== "http");
    const well = fitting.filter(({ penalized }) => !penalized)[refused];
    if (well) {
      const { candidate } = well;
      if (candidate.proto === "direct") return { kind: "direct", why: "direct" };
      return { kind: "proxy", candidate, why: candidate.key };
    }
    const why =
      ranked.length === 0
        ? "no proxy may be used here"
        : fitting.length === 0
          ? "no HTTP proxy leads to a UDP remote"
          : "every proxy is penalized";
    if (!this.required) return { kind: "direct", why };
    const until = this.#firstEnd(fitting.map(({ candidate }) => candidate));
    return { kind: "none", why, ...(until === undefined ? {} : { until }) };
  }

  find(key: string): Candidate | undefined {
    return this.#group.all().find((candidate) => candidate.key === key);
  }

  wouldFail(candidate: Candidate): number {
    return this.#group.wouldFail(candidate, "connect");
  }

  failed(daemon: string, candidate: Candidate, reason: string): void {
    this.#group.failed(daemon, candidate, "connect", reason);
  }

  connected(daemon: string, candidate: Candidate): void {
    this.#group.connected(daemon, candidate);
  }

  ended(daemon: string): void {
    this.#group.ended(daemon);
  }

  /** As expressions and probes see it. */
  get group(): RemoteGroup {
    return this.#group;
  }

  stop(): void {
    this.#group.stop();
  }

  #firstEnd(candidates: readonly Candidate[]): number | undefined {
    const ends = candidates.map((candidate) => this.#group.penaltyEnd(candidate)).filter((end) => end > 0);
    return ends.length > 0 ? Math.min(...ends) : undefined;
  }
}
