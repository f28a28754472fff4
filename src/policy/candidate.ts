import type { CandidateSpec, GroupSpec, Proto } from "../rules/rulebook.ts";
import type { Expression } from "../rules/cel/types.ts";
import type { Dial } from "./dial.ts";

/** A place that a group may send OpenVPN to. */
export interface Candidate {
  /** `host:port/proto` */
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly proto: Proto;
  readonly tier: number;
  readonly weight: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly when?: Expression;
  /** Of an HTTP proxy: no passwords in clear. */
  readonly nct?: boolean;
  /** An entry of OpenVPN's own list: reached by ACCEPT and SKIP alone. */
  readonly listed: boolean;
}

export function keyOf(place: {
  readonly host: string;
  readonly port: number;
  readonly proto: string;
}): string {
  return `${place.host}:${place.port}/${place.proto}`;
}

export function listedCandidates(specs: readonly CandidateSpec[]): Candidate[] {
  return specs.map(({ host, port, proto, tier, weight, labels, when, nct }) => ({
    key: keyOf({ host, port, proto }),
    host,
    port,
    proto,
    tier,
    weight,
    labels,
    listed: false,
    ...(when ? { when } : {}),
    ...(nct ? { nct } : {}),
  }));
}

/** `candidates: from-daemon`: the enabled entries of OpenVPN's list, each place once. */
export function candidatesOf(dial: Dial, spec: GroupSpec): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { host, port, proto, enabled } of dial.known) {
    const key = keyOf({ host, port, proto });
    if (!enabled || found.has(key)) continue;
    const tier = spec.entryTiers ? found.size + 1 : 1;
    found.set(key, { key, host, port, proto, tier, weight: 1, labels: {}, listed: true });
  }
  return [...found.values()];
}
