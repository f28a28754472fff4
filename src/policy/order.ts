import type { OrderDefinition } from "../plugin/contract.ts";
import type { GroupSpec } from "../rules/rulebook.ts";
import type { Candidate } from "./candidate.ts";

/** The last used candidate stays first while the fastest is not better by this much. */
const HYSTERESIS = 1.2;

export interface OrderInput {
  readonly random: () => number;
  /** Key of the candidate that was used last. */
  readonly last: string | undefined;
  /** Key of the candidate that last stayed up, in this tier or in the group. */
  readonly sticky: string | undefined;
  latency(candidate: Candidate): number | undefined;
  readonly plugin: ((candidates: readonly Candidate[]) => readonly Candidate[]) | undefined;
}

export type PluginOrder = OrderDefinition["order"];

/** The candidates of one tier, best first. */
export function ordered(
  order: GroupSpec["order"],
  candidates: readonly Candidate[],
  input: OrderInput,
): Candidate[] {
  switch (order) {
    case "listed":
      return [...candidates];
    case "round-robin":
      return behind(candidates, input.last);
    case "random":
      return weighted(candidates, () => 1, input.random);
    case "weighted":
      return weighted(candidates, (candidate) => candidate.weight, input.random);
    case "sticky":
      return first(candidates, input.sticky);
    case "fastest":
      return fastest(candidates, input);
    default:
      return input.plugin ? [...input.plugin(candidates)] : [...candidates];
  }
}

/** The one behind the last used comes first. */
function behind(candidates: readonly Candidate[], last: string | undefined): Candidate[] {
  const at = candidates.findIndex((candidate) => candidate.key === last);
  return [...candidates.slice(at + 1), ...candidates.slice(0, at + 1)];
}

export function first(candidates: readonly Candidate[], key: string | undefined): Candidate[] {
  return candidates.toSorted((a, b) => Number(b.key === key) - Number(a.key === key));
}

/** Drawn one after the other, each with a chance in proportion to its weight. */
function weighted(
  candidates: readonly Candidate[],
  weightOf: (candidate: Candidate) => number,
  random: () => number,
): Candidate[] {
  const rest = [...candidates];
  const drawn: Candidate[] = [];
  while (rest.length > 0) {
    const total = rest.reduce((sum, candidate) => sum + weightOf(candidate), 0);
    let point = random() * total;
    const at = rest.findIndex((candidate) => (point -= weightOf(candidate)) < 0);
    drawn.push(...rest.splice(at < 0 ? 0 : at, 1));
  }
  return drawn;
}

function fastest(candidates: readonly Candidate[], input: OrderInput): Candidate[] {
  const latency = (candidate: Candidate): number => input.latency(candidate) ?? Infinity;
  const sorted = candidates.toSorted((a, b) => (latency(a) === latency(b) ? 0 : latency(a) - latency(b)));
  const [best] = sorted;
  const last = sorted.find((candidate) => candidate.key === input.last);
  return best && last && latency(last) <= latency(best) * HYSTERESIS ? first(sorted, last.key) : sorted;
}
