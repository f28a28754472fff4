import type { CandidateSpec, GroupSpec } from "../rulebook.ts";
import type { Node } from "yaml";
import { didYouMean } from "../../util/suggest.ts";
import type { Context } from "./context.ts";
import { expressionText, readExpression } from "./expressions.ts";
import { probeShape, readProbe } from "./probes.ts";
import { duration, mapOf, number, type Shape, type Table, table, text } from "./shape.ts";
import { short } from "./words.ts";
import type { World } from "./world.ts";

const BOOL = { kind: "bool" } as const;

export const ORDERS = ["listed", "round-robin", "weighted", "random", "fastest", "sticky"] as const;

/** What every candidate may say besides where it is. */
export const TRAITS = {
  tier: { shape: number({ min: 1, max: 1000 }), about: "Lower tiers come first; 1" },
  weight: { shape: number({ min: 1, max: 1_000_000 }), about: "For order: weighted; 1" },
  labels: {
    shape: mapOf(text, /^[a-z][a-z0-9_]*$/, "a name of a label"),
    about: "What `prefer` and `when` can look at",
  },
  when: { shape: expressionText, about: "Usable only while this holds: an expression" },
} as const;

export function readTraits(
  spec: Table<typeof TRAITS>,
  context: Context,
  world: World,
): Pick<CandidateSpec, "tier" | "weight" | "labels" | "when"> {
  const when = spec.has("when")
    ? readExpression(spec.at("when"), context, world.candidateScope(), BOOL)
    : undefined;
  return {
    tier: spec.get("tier") ?? 1,
    weight: spec.get("weight") ?? 1,
    labels: Object.fromEntries([...(spec.get("labels") ?? [])].map(([label, { value }]) => [label, value])),
    ...(when ? { when } : {}),
  };
}

export const penaltyShape = table({
  base: { shape: duration({ min: 1 }), about: "The first penalty; 1m" },
  factor: { shape: number({ min: 1, max: 100, int: false }), about: "Each further one is longer by this; 2" },
  max: { shape: duration({ min: 1 }), about: "The longest; 1h" },
});

interface Keyed<T> {
  readonly shape: Shape<T>;
  readonly about: string;
}

/** The keys that groups of remotes and of proxies have alike. */
type WayKeys = {
  readonly order: Keyed<string>;
  readonly "sticky-scope": Keyed<"tier" | "group">;
  readonly "fail-after": Keyed<number>;
  readonly penalty: { readonly shape: typeof penaltyShape; readonly about: string };
  readonly "stable-after": Keyed<number>;
  readonly probe: { readonly shape: typeof probeShape; readonly about: string };
  readonly prefer: { readonly shape: typeof expressionText; readonly about: string };
};

/** How a group goes about its candidates, of either kind. */
type Ways = "order" | "stickyScope" | "failAfter" | "penalty" | "stableAfter" | "probe" | "prefer";

export function readWays(spec: Table<WayKeys>, context: Context, world: World): Pick<GroupSpec, Ways> {
  const prefer = spec.has("prefer")
    ? readExpression(spec.at("prefer"), context, world.candidateScope(), BOOL)
    : undefined;
  const probe = spec.has("probe") ? readProbe(spec.at("probe"), context, world) : undefined;
  return {
    order: spec.has("order") ? readOrder(spec.get("order"), spec.at("order"), context, world) : "listed",
    stickyScope: spec.get("sticky-scope") ?? "tier",
    failAfter: spec.get("fail-after") ?? 2,
    penalty: readPenalty(spec.get("penalty"), context),
    stableAfter: spec.get("stable-after") ?? 600_000,
    ...(probe ? { probe } : {}),
    ...(prefer ? { prefer } : {}),
  };
}

function readPenalty(penalty: ReturnType<typeof penaltyShape.read>, context: Context): GroupSpec["penalty"] {
  const base = penalty?.get("base") ?? 60_000;
  const max = penalty?.get("max") ?? Math.max(base, 3_600_000);
  if (max < base) context.error(penalty?.at("max"), "The longest penalty is shorter than the first");
  return { base, factor: penalty?.get("factor") ?? 2, max };
}

function readOrder(
  order: string | undefined,
  node: Node,
  context: Context,
  world: World,
): GroupSpec["order"] {
  const known = ORDERS.find((word) => word === order);
  if (known || order === undefined) return known ?? "listed";
  const dot = order.indexOf(".");
  const plugins = world.plugins.flatMap(({ name, definition }) =>
    Object.keys(definition.orders ?? {}).map((key) => `${name}.${key}`),
  );
  if (dot > 0 && plugins.includes(order)) return { plugin: order };
  context.error(node, `unknown order '${short(order)}'${didYouMean(order, [...ORDERS, ...plugins])}`);
  return "listed";
}
