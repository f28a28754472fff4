import { z } from "zod";
import type { JsonSchema } from "./shape.ts";

/** What the schemas of the built-in actions leave unsaid. */
const PARAMETERS: Readonly<Record<string, string>> = {
  "signal.name": "SIGHUP, SIGTERM, SIGUSR1 or SIGUSR2",
  "signal.force": "Also while a question is open; false",
  "client-kill.restart": "It connects again",
  "client-kill.restart.next": "To its next remote",
  "client-kill.restart.preserve-token": "With the token that it has",
  "client-kill.restart.text": "Words for it",
  "client-kill.halt": "It ends; words for it",
  "client-kill.message": "The message as it stands",
  "client-kill.hard": "Cut 0.3 s later, where that is safe; false",
  "client-deny.reason": "For OpenVPN's log",
  "client-deny.client-reason": "For the client",
  "push-update.options": "Options with commas between, such as route 10.9.0.0 255.255.0.0, -dns",
  "push-update.broad": "To all clients; false",
  "status.to": "The file, relative to the rulebook",
  "log.to": "The file, relative to the rulebook",
  "emit.event": "Its name: lowercase with a dot",
  "emit.with": "Its fields",
  "penalize.group": "The group",
  "penalize.host": "The candidate's host; the one last tried",
  "forgive.group": "The group",
  "forgive.host": "The candidate's host; all of them",
};

/** The JSON Schemas of parameters. What they refer to stands at the root of the whole, each under the name of what it belongs to. */
export class ParameterSchemas {
  readonly definitions: Record<string, JsonSchema> = {};

  /** An expression may stand for the whole. */
  of(name: string, spec: { readonly about?: string; readonly params: z.ZodType }): JsonSchema {
    const { $schema: _, ...whole } = z.toJSONSchema(spec.params, {
      io: "input",
      target: "draft-07",
      unrepresentable: "any",
    });
    const { definitions: own, ...schema } = renamed(whole, name) as JsonSchema;
    for (const [key, definition] of Object.entries((own ?? {}) as Record<string, JsonSchema>))
      this.definitions[`${name}.${key}`] = definition;
    const told = withParameters(name, schema);
    return { description: spec.about, anyOf: [told, { type: "string", pattern: String.raw`\$\{` }] };
  }
}

/** References of a schema, led to where its definitions stand in the whole. */
function renamed(schema: unknown, action: string): unknown {
  if (Array.isArray(schema)) return schema.map((entry) => renamed(entry, action));
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === "$ref" && typeof value === "string"
        ? value.replace("#/definitions/", `#/definitions/${action}.`)
        : renamed(value, action),
    ]),
  );
}

function withParameters(action: string, schema: JsonSchema): JsonSchema {
  const properties = schema["properties"] as Record<string, JsonSchema> | undefined;
  const branches = schema["anyOf"] as JsonSchema[] | undefined;
  if (branches) return { ...schema, anyOf: branches.map((branch) => withParameters(action, branch)) };
  if (!properties) return schema;
  const told = Object.entries(properties).map(([name, property]) => {
    const description = PARAMETERS[`${action}.${name}`];
    const inner = withParameters(`${action}.${name}`, property);
    return [name, { ...(description === undefined ? {} : { description }), ...inner }];
  });
  return { ...schema, properties: Object.fromEntries(told) };
}
