import { z } from "zod";
import type { PluginDefinition } from "../../plugin/contract.ts";
import { ANSWER_OPTIONS, ANSWERS, MATCHERS, PROBES, STEPS } from "../vocabulary/words.ts";
import { EVENTS } from "../vocabulary/events.ts";
import { answerSchema } from "./answers.ts";
import { counterShape, daemonShape, paramShape, secretShape, variableShape } from "./declarations.ts";
import { windowShape } from "./windows.ts";
import { candidateShape, groupShape } from "./groups.ts";
import { pluginShape } from "./plugins.ts";
import { ruleShape } from "./rules.ts";
import { type JsonSchema, port, type Shape } from "./shape.ts";
import { testShape } from "./tests.ts";
import type { ActionCatalogue } from "./world.ts";

/** The JSON Schema (draft 07) of a rulebook, made of the very shapes that the loader reads by. */
export function rulebookJsonSchema(
  actions: ActionCatalogue,
  plugins: readonly PluginDefinition[],
): JsonSchema {
  const answer = answers();
  const { action, definitions } = actionSchema(actions, plugins);
  const rule = filled(ruleShape.schema, {
    on: { anyOf: [eventSchema, { type: "array", items: eventSchema }] },
    where: { type: "object", additionalProperties: matcherSchema },
    answer,
    do: { type: "array", items: action },
  });
  const group = filled(groupShape.schema, {
    candidates: {
      anyOf: [{ const: "from-daemon" }, { type: "array", items: candidateShape.schema, minItems: 1 }],
    },
    probe: { type: "object", properties: probeProperties() },
  });
  const test = filled(testShape.schema, {
    steps: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1,
        properties: described(STEPS),
      },
    },
  });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Signalbox rulebook, version 1",
    definitions,
    type: "object",
    additionalProperties: false,
    required: ["version"],
    properties: {
      version: { description: "The version of the language: 1", const: 1 },
      params: named("Inputs, given by --set NAME=VALUE or by default", paramShape),
      daemons: named("The OpenVPN processes; without any, run takes --management ADDRESS", daemonShape),
      secrets: named("Where passwords come from; never printed, journalled or stored", secretShape),
      lists: {
        description: "Lists of texts, written here or kept in files",
        type: "object",
        additionalProperties: {
          anyOf: [
            { type: "array", items: { type: ["string", "number"] } },
            {
              type: "object",
              properties: {
                file: { description: "One entry a line; # begins a comment line", type: "string" },
              },
              required: ["file"],
            },
          ],
        },
      },
      windows: named("Spans of time by the clock, for `during`", windowShape),
      variables: named("What rules set and read as vars.NAME; kept over restarts", variableShape),
      remotes: {
        description: "Failover groups: candidates with health",
        type: "object",
        additionalProperties: group,
      },
      counters: named("What rules increment and read by counter(NAME); kept over restarts", counterShape),
      defaults: {
        description: "The answers where no rule wins",
        type: "object",
        additionalProperties: false,
        properties: {
          HOLD: { ...answer, description: "The answer to HOLD; release" },
          REMOTE: { ...answer, description: "The answer to REMOTE; accept" },
        },
      },
      plugins: {
        description: "Plugins: a file or folder each",
        type: "object",
        additionalProperties: { anyOf: [{ type: "string" }, pluginShape.schema] },
      },
      include: {
        description: "Further rulebooks, read before this one",
        type: "array",
        items: { type: "string" },
      },
      rules: { description: "The rules, in the order in which they are asked", type: "array", items: rule },
      tests: { description: "Tests, run by `signalbox test`", type: "array", items: test },
    },
  };
}

const eventSchema: JsonSchema = {
  anyOf: [
    { enum: Object.keys(EVENTS).filter((name) => name !== "schedule" && name !== "file.changed") },
    {
      type: "string",
      pattern: String.raw`^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$`,
      description: "An event of one's own",
    },
    {
      type: "object",
      required: ["schedule"],
      properties: {
        schedule: { description: "A cron pattern", type: "string" },
        tz: { description: "Time zone", type: "string" },
        missed: { description: "What was missed while no engine ran; skip", enum: ["skip", "run"] },
        once: { description: "Once, not once per daemon; false", type: "boolean" },
      },
    },
    {
      type: "object",
      required: ["file"],
      properties: { file: { description: "The file that is watched", type: "string" } },
    },
  ],
};

const literal: JsonSchema = { type: ["string", "number", "boolean"] };

const matcherSchema: JsonSchema = {
  anyOf: [
    literal,
    { type: "array", items: literal },
    { type: "object", additionalProperties: false, properties: described(MATCHERS) },
  ],
};

/** Keys whose values are told apart by the loader alone. */
function described(words: Readonly<Record<string, { readonly about: string }>>): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(words).map(([name, { about }]) => [name, { description: about }]));
}

/** A schema with these keys told in full; their descriptions stay. */
function filled(schema: JsonSchema, keys: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const properties = { ...(schema["properties"] as Record<string, JsonSchema>) };
  for (const [name, key] of Object.entries(keys))
    properties[name] = { description: properties[name]?.["description"], ...key };
  return { ...schema, properties };
}

function answers(): JsonSchema {
  const [plain, map] = answerSchema.anyOf;
  const properties = Object.entries(map?.properties ?? {}).map(([name, schema]) => [
    name,
    { description: ANSWERS[name]?.about ?? ANSWER_OPTIONS[name], ...schema },
  ]);
  return { anyOf: [plain, { ...map, properties: Object.fromEntries(properties) }] };
}

const tcp: JsonSchema = {
  properties: { port: { ...port.schema, description: "The candidate's own when left out" } },
};

function probeProperties(): Record<string, JsonSchema> {
  const { probe } = groupShape.schema["properties"] as { probe: { properties: Record<string, JsonSchema> } };
  return Object.fromEntries(
    Object.entries(probe.properties).map(([name, schema]) => [
      name,
      { description: PROBES[name]?.about, ...schema, ...(name === "tcp" ? tcp : {}) },
    ]),
  );
}

function named(description: string, shape: Shape<unknown>): JsonSchema {
  return { description, type: "object", additionalProperties: shape.schema };
}

/** What the schemas of the built-in actions leave unsaid. */
const PARAMETERS: Readonly<Record<string, string>> = {
  "signal.name": "SIGHUP, SIGTERM, SIGUSR1 or SIGUSR2",
  "signal.force": "Also while a question is open; false",
  "emit.event": "Its name: lowercase with a dot",
  "emit.with": "Its fields",
  "penalize.group": "The group",
  "penalize.host": "The candidate's host; the one last tried",
  "forgive.group": "The group",
  "forgive.host": "The candidate's host; all of them",
};

/** One action, and what the schemas of parameters refer to: their definitions stand at the root, each under its action's name. */
function actionSchema(
  actions: ActionCatalogue,
  plugins: readonly PluginDefinition[],
): { readonly action: JsonSchema; readonly definitions: Record<string, JsonSchema> } {
  const definitions: Record<string, JsonSchema> = {};
  const all = [
    ...Object.entries(actions),
    ...plugins.flatMap((plugin) =>
      Object.entries(plugin.actions ?? {}).map(
        ([name, action]) => [`${plugin.name}.${name}`, action] as const,
      ),
    ),
  ];
  const properties = Object.fromEntries(
    all.map(([name, action]) => {
      const { $schema: _, ...whole } = z.toJSONSchema(action.params, {
        io: "input",
        target: "draft-07",
        unrepresentable: "any",
      });
      const { definitions: own, ...schema } = renamed(whole, name) as JsonSchema;
      for (const [key, definition] of Object.entries((own ?? {}) as Record<string, JsonSchema>))
        definitions[`${name}.${key}`] = definition;
      const told = withParameters(name, schema);
      return [
        name,
        { description: action.about, anyOf: [told, { type: "string", pattern: String.raw`\$\{` }] },
      ];
    }),
  );
  const names = [...Object.keys(properties), "daemon", "timeout", "on-error"];
  const action = {
    type: "object",
    properties: {
      ...properties,
      daemon: { description: "The daemon that it is for; the event's", type: "string" },
      timeout: { description: "How long it may take; 30s", type: "string" },
      "on-error": {
        description: "Whether the actions behind it run when it fails; stop",
        enum: ["continue", "stop"],
      },
    },
    // Without the plugins at hand, whatever has a dot may be an action of one.
    propertyNames:
      plugins.length > 0 ? {} : { anyOf: [{ enum: names }, { pattern: String.raw`^[a-z][a-z0-9_-]*\.` }] },
    additionalProperties: plugins.length > 0 ? false : { description: "An action of a plugin" },
  };
  return { action, definitions };
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
    return [name, { ...(description === undefined ? {} : { description }), ...property }];
  });
  return { ...schema, properties: Object.fromEntries(told) };
}
