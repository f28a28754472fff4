import type { Node } from "yaml";
import type { Answer } from "../../answer.ts";
import { anything, bool, table, text } from "../shape.ts";
import { isPort, isProxyHost } from "../../places.ts";
import { readTemplate } from "../template.ts";
import type { AnswerSite } from "./site.ts";

export const modShape = table({
  host: { shape: anything, required: true, about: "Name or address" },
  port: { shape: anything, required: true, about: "Port" },
});

export function readMod(value: Node, { context, scope }: AnswerSite): Answer | undefined {
  const spec = modShape.read(value, context);
  const host = spec?.has("host") ? readTemplate(spec.at("host"), context, scope) : undefined;
  const port = spec?.has("port") ? readTemplate(spec.at("port"), context, scope) : undefined;
  if (!spec || !host || !port) return undefined;
  if (host.constant && !/^[A-Za-z0-9.:_%-]{1,79}$/.test(String(host.sample)))
    context.error(spec.at("host"), "A host of at most 79 characters was expected");
  if (port.constant && !isPort(port.sample)) context.error(spec.at("port"), "A port was expected");
  return { kind: "mod", host, port };
}

export const httpShape = table({
  host: { shape: anything, required: true, about: "Name or address of the proxy" },
  port: { shape: anything, required: true, about: "Port" },
  nct: { shape: bool, about: "No password in clear; false" },
});

export const socksShape = table({
  host: { shape: anything, required: true, about: "Name or address of the proxy" },
  port: { shape: anything, required: true, about: "Port" },
});

export function readProxy(kind: "http" | "socks", value: Node, site: AnswerSite): Answer | undefined {
  const { context, scope } = site;
  const spec = (kind === "http" ? httpShape : socksShape).read(value, context);
  const host = spec?.has("host") ? readTemplate(spec.at("host"), context, scope) : undefined;
  const port = spec?.has("port") ? readTemplate(spec.at("port"), context, scope) : undefined;
  if (!spec || !host || !port) return undefined;
  if (host.constant && !isProxyHost(host.sample))
    context.error(spec.at("host"), "The host of a proxy was expected");
  if (port.constant && !isPort(port.sample)) context.error(spec.at("port"), "A port was expected");
  if (kind === "socks") return { kind, host, port };
  return { kind, host, port, nct: httpShape.read(value, context)?.get("nct") ?? false };
}

export function readFrom(value: Node, { context, world, queries }: AnswerSite): Answer | undefined {
  const group = text.read(value, context);
  if (group === undefined) return undefined;
  if (queries.includes("PROXY"))
    return world.knows("proxies", group, value, context) ? { kind: "proxies", group } : undefined;
  return world.knows("group", group, value, context) ? { kind: "from", group } : undefined;
}
