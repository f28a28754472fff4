import { isScalar, isSeq, type Node } from "yaml";
import type { CandidateSpec, ProxySpec } from "../rulebook.ts";
import type { Context } from "./context.ts";
import { expressionText } from "./expressions.ts";
import { probeShape } from "./probes.ts";
import { section } from "./sections.ts";
import { anything, bool, duration, number, oneOf, type Shape, table, text } from "./shape.ts";
import { asWritten, short } from "./words.ts";
import { penaltyShape, readTraits, readWays, TRAITS } from "./ways.ts";
import type { Part, World } from "./world.ts";

/** `remote` takes at most this much of a host, `proxy` one parameter. */
const PLACE = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,255})):(\d{1,5})$/;

interface Place {
  readonly host: string;
  readonly port: number;
}

/** `proxy.example.net:8080`, `[2001:db8::1]:1080` */
const place: Shape<Place> = {
  expected: 'a host and its port such as "proxy.example.net:8080"',
  schema: { type: "string", pattern: PLACE.source },
  read(node, context) {
    const scalar = context.scalar(node, "A host and its port");
    if (!scalar) return undefined;
    const [, six, name, digits] = PLACE.exec(scalar.text) ?? [];
    const port = Number(digits);
    const host = six ?? name;
    if (host !== undefined && port > 0 && port < 65_536) return { host, port };
    return context.error(
      node,
      `'${short(scalar.text)}' is not a host and its port such as "proxy.example.net:8080"`,
    );
  },
};

export const proxyShape = table({
  http: { shape: place, about: "An HTTP proxy, by CONNECT: host and port" },
  socks: { shape: place, about: "A SOCKS 5 proxy: host and port" },
  nct: { shape: bool, about: "With http: no password in clear; false" },
  ...TRAITS,
});

export const proxiesShape = table(
  {
    candidates: { shape: anything, required: true, about: "A list of proxies; `direct` goes without one" },
    order: { shape: text, about: "Within a tier: as with remotes" },
    "sticky-scope": { shape: oneOf("tier", "group"), about: "With order: sticky; tier" },
    "fail-after": {
      shape: number({ min: 1, max: 1000 }),
      about: "Failures of the proxy in a row before a penalty; 2",
    },
    penalty: { shape: penaltyShape, about: "How long a failed proxy is left out" },
    "stable-after": { shape: duration(), about: "Connected this long clears the failures; 10m" },
    probe: { shape: probeShape, about: "How to see whether a proxy is well" },
    prefer: { shape: expressionText, about: "Proxies for which this holds come first: an expression" },
    required: { shape: bool, about: "Never direct: without a proxy that is well, OpenVPN waits; false" },
  },
  { what: "A group of proxies" },
);

export function readProxies(part: Part, world: World): ProxySpec[] {
  const { context } = part;
  return section(part, "proxies").flatMap(([name, pair]): ProxySpec[] => {
    const spec = proxiesShape.read(pair.value, context);
    if (!spec) return [];
    const required = spec.get("required") ?? false;
    const candidates = spec.has("candidates")
      ? readCandidates(spec.at("candidates"), required, context, world)
      : undefined;
    const ways = readWays(spec, context, world);
    if (!candidates) return [];
    return [
      {
        ...ways,
        ...{ name, candidates, required, entryTiers: false },
        failOn: ["connect", "tls", "timeout", "ping", "auth"],
        onExhausted: "least-bad",
        position: context.position(pair.key),
      },
    ];
  });
}

function readCandidates(
  node: Node,
  required: boolean,
  context: Context,
  world: World,
): CandidateSpec[] | undefined {
  const found = context.resolve(node);
  if (!isSeq(found) || found.items.length === 0)
    return context.error(
      node,
      'A list of proxies was expected, such as { http: "proxy.example.net:8080" } and direct',
    );
  const seen = new Set<string>();
  return found.items.flatMap((item): CandidateSpec[] => {
    const candidate = readCandidate(item as Node, context, world);
    if (!candidate) return [];
    const { proto, host, port } = candidate;
    const key = `${proto} ${host}:${port}`;
    if (seen.has(key)) context.error(item, `${proto === "direct" ? "direct" : key} stands in the list twice`);
    seen.add(key);
    if (proto === "direct" && required)
      context.error(item, "'direct' beside required: true, which says never direct");
    return [candidate];
  });
}

function readCandidate(item: Node, context: Context, world: World): CandidateSpec | undefined {
  const position = context.position(item);
  const found = context.resolve(item);
  if (isScalar(found)) {
    if (asWritten(found) === "direct")
      return { host: "", port: 0, proto: "direct", tier: 1, weight: 1, labels: {}, position };
    return context.error(
      item,
      `'${short(asWritten(found))}' is neither direct nor a proxy such as { http: "proxy.example.net:8080" }`,
    );
  }
  const spec = proxyShape.read(item, context);
  if (!spec) return undefined;
  if (spec.has("http") === spec.has("socks"))
    return context.error(spec.node, "A proxy is one of http and socks");
  if (spec.has("nct") && !spec.has("http")) context.error(spec.at("nct"), "'nct' goes with http");
  const where = spec.get("http") ?? spec.get("socks");
  const traits = readTraits(spec, context, world);
  if (!where) return undefined;
  return {
    ...{ position, ...traits, ...where },
    proto: spec.has("http") ? "http" : "socks",
    ...(spec.get("nct") ? { nct: true } : {}),
  };
}
