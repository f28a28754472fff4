import { z } from "zod";
import type { PluginDefinition } from "../../plugin/contract.ts";
import { EVENTS } from "../vocabulary.ts";
import { answerSchema } from "./answers.ts";
import { counterShape, daemonShape, paramShape, secretShape, variableShape, windowShape } from "./declarations.ts";
import { candidateShape, groupShape } from "./groups.ts";
import { pluginShape } from "./plugins.ts";
import { ruleShape } from "./rules.ts";
import type { JsonSchema, Shape } from "./shape.ts";
import { testShape } from "./tests.ts";
import type { ActionCatalogue } from "./world.ts";

/** The JSON Schema (draft 07) of a rulebook, made of the very shapes that the loader reads by. */
export function rulebookJsonSchema(actions: ActionCatalogue, plugins: readonly PluginDefinition[]): JsonSchema {
  const rule = structuredClone(ruleShape.schema) as { properties: Record<string, JsonSchema> };
  rule.properties["on"] = { anyOf: [eventSchema, { type: "array", items: eventSchema }] };
  rule.properties["where"] = { type: "object" };
  rule.properties["answer"] = answerSchema;
  rule.properties["do"] = { type: "array", items: actionSchema(actions, plugins) };
  const group = structuredClone(groupShape.schema) as { properties: Record<string, JsonSchema> };
  group.properties["candidates"] = {
    anyOf: [{ const: "from-daemon" }, { type: "array", items: candidateShape.schema, minItems: 1 }],
  };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Signalbox rulebook, version 1",
    type: "object",
    additionalProperties: false,
    required: ["version"],
    properties: {
      version: { const: 1 },
      params: named(paramShape),
      daemons: named(daemonShape),
      secrets: named(secretShape),
      lists: {
        type: "object",
        additionalProperties: {
          anyOf: [
            { type: "array", items: { type: ["string", "number"] } },
            { type: "object", properties: { file: { type: "string" } }, required: ["file"] },
          ],
        },
      },
      windows: named(windowShape),
      variables: named(variableShape),
      remotes: { type: "object", additionalProperties: group },
      counters: named(counterShape),
      defaults: {
        type: "object",
        additionalProperties: false,
        properties: { HOLD: answerSchema, REMOTE: answerSchema },
      },
      plugins: { type: "object", additionalProperties: { anyOf: [{ type: "string" }, pluginShape.schema] } },
      include: { type: "array", items: { type: "string" } },
      rules: { type: "array", items: rule },
      tests: { type: "array", items: testShape.schema },
    },
  };
}

const eventSchema: JsonSchema = {
  anyOf: [
    { enum: Object.keys(EVENTS).filter((name) => name !== "schedule" && name !== "file.changed") },
    { type: "string", pattern: String.raw`^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$`, description: "An event of one's own" },
    { type: "object", required: ["schedule"], properties: { schedule: { type: "string" }, tz: { type: "string" } } },
    { type: "object", required: ["file"], properties: { file: { type: "string" } } },
  ],
};

function named(shape: Shape<unknown>): JsonSchema {
  return { type: "object", additionalProperties: shape.schema };
}

function actionSchema(actions: ActionCatalogue, plugins: readonly PluginDefinition[]): JsonSchema {
  const all = [
    ...Object.entries(actions),
    ...plugins.flatMap((plugin) =>
      Object.entries(plugin.actions ?? {}).map(([name, action]) => [`${plugin.name}.${name}`, action] as const),
    ),
  ];
  const properties = Object.fromEntries(
    all.map(([name, action]) => {
      const { $schema: _, ...schema } = z.toJSONSchema(action.params, { io: "input", target: "draft-07" });
      return [name, { description: action.about, anyOf: [schema, { type: "string", pattern: String.raw`\$\{` }] }];
    }),
  );
  return {
    type: "object",
    properties: {
      ...properties,
      daemon: { type: "string" },
      timeout: { type: "string" },
      "on-error": { enum: ["continue", "stop"] },
    },
    additionalProperties: plugins.length > 0 ? false : { description: "An action of a plugin" },
  };
}
