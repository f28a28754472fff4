import { isScalar, isSeq, type Node } from "yaml";
import type { CandidateSpec, FailbackSpec, GroupSpec } from "../rulebook.ts";
import { didYouMean } from "../../util/suggest.ts";
import type { Context } from "./context.ts";
import { section } from "./sections.ts";
import { duringShape, readDuring } from "./during.ts";
import { expressionText, readExpression } from "./expressions.ts";
import { anything, duration, list, number, oneOf, port, table, text } from "./shape.ts";
import { short } from "./words.ts";
import type { Part, World } from "./world.ts";
import { probeShape, checkProbe } from "./probes.ts";
import { ORDERS, penaltyShape, readTraits, readWays, TRAITS } from "./ways.ts";

const BOOL = { kind: "bool" } as const;

export const candidateShape = table(
  {
    host: { shape: text, required: true, about: "Name or address" },
    port: { shape: port, required: true, about: "Port" },
    proto: { shape: oneOf("udp", "tcp"), required: true, about: "udp or tcp" },
    ...TRAITS,
  },
  { what: "A candidate" },
);

const failbackShape = table({
  after: { shape: duration(), about: "Connected elsewhere at least this long" },
  times: { shape: number({ min: 1, max: 1000 }), about: "Passes of the probe in a row; 3" },
  during: { shape: duringShape, about: "Only in these windows" },
  when: { shape: expressionText, about: "Only while this holds: an expression" },
});

export const groupShape = table(
  {
    candidates: { shape: anything, required: true, about: "A list of candidates, or from-daemon" },
    tiers: { shape: oneOf("entries"), about: "With from-daemon: each entry is a tier of its own" },
    order: { shape: text, about: `Within a tier: ${ORDERS.join(", ")}, or a plugin's` },
    "sticky-scope": { shape: oneOf("tier", "group"), about: "With order: sticky; tier" },
    "fail-after": {
      shape: number({ min: 1, max: 1000 }),
      about: "Failed attempts in a row before a penalty; 2",
    },
    "fail-on": {
      shape: list(oneOf("connect", "tls", "timeout", "ping", "auth"), { min: 1 }),
      about: "What counts as a failure; connect, tls, timeout, ping",
    },
    penalty: { shape: penaltyShape, about: "How long a failed candidate is left out" },
    "stable-after": { shape: duration(), about: "Connected this long clears the failures; 10m" },
    "on-exhausted": { shape: oneOf("least-bad", "wait"), about: "When all are penalized; least-bad" },
    probe: { shape: probeShape, about: "How to see whether a candidate is well" },
    failback: { shape: failbackShape, about: "When to go back to a better tier" },
    prefer: { shape: expressionText, about: "Candidates for which this holds come first: an expression" },
  },
  { what: "A group" },
);

export function readGroups(part: Part, world: World): GroupSpec[] {
  return section(part, "remotes").flatMap(([name, pair]): GroupSpec[] => {
    const group = readGroup(name, pair.value, pair.key as Node, part.context, world);
    return group ? [group] : [];
  });
}

function readGroup(
  name: string,
  node: unknown,
  key: Node,
  context: Context,
  world: World,
): GroupSpec | undefined {
  const spec = groupShape.read(node, context);
  if (!spec) return undefined;
  const candidates = spec.has("candidates")
    ? readCandidates(spec.at("candidates"), context, world)
    : undefined;
  const ways = readWays(spec, context, world);
  const { probe } = ways;
  if (probe && candidates && candidates !== "from-daemon")
    checkProbe(probe, candidates, spec.at("probe"), context);
  if (probe && candidates === "from-daemon" && "tcp" in probe.kind && probe.kind.tcp.port === undefined)
    context.error(spec.at("probe"), "A tcp probe of entries that may be udp needs a port");
  if (spec.has("tiers") && candidates !== "from-daemon")
    context.error(spec.at("tiers"), "'tiers' goes with candidates: from-daemon; listed candidates say tier");
  const back = spec.get("failback");
  const failback = back && readFailback(back, context, world);
  if (!candidates) return undefined;
  return {
    name,
    candidates,
    ...ways,
    entryTiers: spec.get("tiers") === "entries",
    failOn: spec.get("fail-on") ?? ["connect", "tls", "timeout", "ping"],
    onExhausted: spec.get("on-exhausted") ?? "least-bad",
    ...(failback ? { failback } : {}),
    position: context.position(key),
  };
}

function readCandidates(
  node: Node,
  context: Context,
  world: World,
): CandidateSpec[] | "from-daemon" | undefined {
  const found = context.resolve(node);
  if (isScalar(found)) {
    if (found.value === "from-daemon") return "from-daemon";
    return context.error(
      node,
      `'${short(String(found.value))}' is neither a list of candidates nor from-daemon${didYouMean(String(found.value), ["from-daemon"])}`,
    );
  }
  if (!isSeq(found) || found.items.length === 0)
    return context.error(node, "A list of candidates or from-daemon was expected");
  const seen = new Set<string>();
  return found.items.flatMap((item): CandidateSpec[] => {
    const spec = candidateShape.read(item, context);
    const [host, number, proto] = [spec?.get("host"), spec?.get("port"), spec?.get("proto")];
    const traits = spec && readTraits(spec, context, world);
    if (spec && host !== undefined && !/^[A-Za-z0-9.:_%-]+$/.test(host))
      context.error(spec.at("host"), `'${short(host)}' is not a host`);
    if (!traits || host === undefined || number === undefined || !proto) return [];
    const place = `${host}:${number}/${proto}`;
    if (seen.has(place)) context.error(item, `candidate ${place} stands in the list twice`);
    seen.add(place);
    return [{ host, port: number, proto, ...traits, position: context.position(item as Node) }];
  });
}

function readFailback(
  spec: NonNullable<ReturnType<typeof failbackShape.read>>,
  context: Context,
  world: World,
): FailbackSpec {
  const after = spec.get("after");
  const during = spec.has("during") ? readDuring(spec.at("during"), context, world) : undefined;
  const when = spec.has("when")
    ? readExpression(spec.at("when"), context, world.eventScope(["own.event"]), BOOL)
    : undefined;
  return {
    times: spec.get("times") ?? 3,
    ...(after === undefined ? {} : { after }),
    ...(during ? { during } : {}),
    ...(when ? { when } : {}),
  };
}
