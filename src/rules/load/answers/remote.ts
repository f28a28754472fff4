import type { Node } from "yaml";
import type { Answer } from "../../answer.ts";
import { anything, table, text } from "../shape.ts";
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

export function readFrom(value: Node, { context, world }: AnswerSite): Answer | undefined {
  const group = text.read(value, context);
  return group !== undefined && world.knows("group", group, value, context)
    ? { kind: "from", group }
    : undefined;
}

function isPort(value: unknown): boolean {
  const port = Number(value);
  return Number.isInteger(port) && port > 0 && port < 65536;
}
