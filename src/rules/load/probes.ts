import { isMap, type Node } from "yaml";
import type { CandidateSpec, ProbeSpec } from "../rulebook.ts";
import type { Context } from "./context.ts";
import { withTexts } from "./parameters.ts";
import { bool, duration, list, pairsOf, port, type Shape, table, text, unknownKey } from "./shape.ts";
import type { World } from "./world.ts";

const PROBE_KINDS = ["tcp", "openvpn", "exec"] as const;

/** A candidate probe: one kind, and when. A plugin's kind is `plugin.probe`. */
export const probeShape: Shape<unknown> = {
  expected: "a probe",
  schema: {
    type: "object",
    properties: {
      tcp: { type: "object", properties: { port: port.schema } },
      openvpn: { const: true },
      exec: list(text).schema,
      every: duration().schema,
      timeout: duration().schema,
    },
  },
  read: (node) => node,
};

const tcpShape = table({ port: { shape: port, about: "The candidate's own when left out" } });

export function readProbe(node: Node, context: Context, world: World): ProbeSpec | undefined {
  if (!isMap(context.resolve(node)))
    return context.error(node, "A probe was expected, such as { tcp: { port: 443 } }");
  let kind: ProbeSpec["kind"] | undefined;
  let every: number | undefined = 60_000;
  let timeout: number | undefined = 3_000;
  for (const [name, pair] of pairsOf(node, context)) {
    if (name === "every") every = duration({ min: 100 }).read(pair.value, context);
    else if (name === "timeout") timeout = duration({ min: 10 }).read(pair.value, context);
    else {
      if (kind && kindsOf(world).includes(name)) context.error(pair.key, "A probe has one kind");
      kind = readProbeKind(name, pair.key as Node, pair.value as Node, context, world) ?? kind;
    }
  }
  if (!kind || every === undefined || timeout === undefined) {
    if (!kind && pairsOf(node, context).every(([name]) => name === "every" || name === "timeout"))
      context.error(node, `A probe needs ${PROBE_KINDS.join(", ")} or a plugin's probe`);
    return undefined;
  }
  return { kind, every, timeout };
}

function readProbeKind(
  name: string,
  key: Node,
  value: Node,
  context: Context,
  world: World,
): ProbeSpec["kind"] | undefined {
  if (name === "tcp") {
    const spec = tcpShape.read(value, context);
    return spec && { tcp: { port: spec.get("port") } };
  }
  if (name === "openvpn") {
    const on = bool.read(value, context);
    return on === true
      ? { openvpn: true }
      : on === false
        ? context.error(value, "openvpn takes true")
        : undefined;
  }
  if (name === "exec") {
    const argv = list(text, { min: 1 }).read(value, context);
    return argv && { exec: argv };
  }
  const dot = name.indexOf(".");
  const probe = dot > 0 ? world.plugin(name.slice(0, dot))?.probes?.[name.slice(dot + 1)] : undefined;
  if (!probe) return context.error(key, unknownKey(name, [...kindsOf(world), "every", "timeout"], []));
  const fixed = withTexts(probe.params, context.plain(value), value, context, []);
  return fixed && { plugin: name, params: fixed.value };
}

function kindsOf(world: World): string[] {
  const ofPlugins = world.plugins.flatMap(({ name, definition }) =>
    Object.keys(definition.probes ?? {}).map((probe) => `${name}.${probe}`),
  );
  return [...PROBE_KINDS, ...ofPlugins];
}

/** A probe that cannot work would only ever fail. */
export function checkProbe(
  probe: ProbeSpec,
  candidates: readonly CandidateSpec[],
  node: Node,
  context: Context,
): void {
  if (!("tcp" in probe.kind) || probe.kind.tcp.port !== undefined) return;
  const udp = candidates.find((candidate) => candidate.proto === "udp");
  if (udp)
    context.error(
      node,
      `A tcp probe without a port cannot work for the udp candidate ${udp.host}:${udp.port}`,
    );
}
