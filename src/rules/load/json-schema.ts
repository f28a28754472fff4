import type { PluginDefinition } from "../../plugin/contract.ts";
import { ANSWER_OPTIONS, ANSWERS, MATCHERS, PROBES, STEPS } from "../vocabulary/words.ts";
import { EVENTS } from "../vocabulary/events.ts";
import { answerSchema } from "./answers/answer.ts";
import { counterShape, daemonShape, paramShape, secretShape, variableShape } from "./declarations.ts";
import { DEFAULTS } from "./defaults.ts";
import { FOR_EACH, forEachShape } from "./for-each.ts";
import { windowShape } from "./windows.ts";
import { candidateShape, groupShape } from "./groups.ts";
import { ParameterSchemas } from "./parameters-schema.ts";
import { proxiesShape, proxyShape } from "./proxies.ts";
import { pluginShape } from "./plugins.ts";
import { quotaShape } from "./quotas.ts";
import { ruleShape } from "./rules.ts";
import { type JsonSchema, port, type Shape } from "./shape.ts";
import { testShape } from "./tests.ts";
import type { ActionCatalogue } from "./world.ts";

/** The JSON Schema (draft 07) of a rulebook, made of the very shapes that the loader reads by. */
export function rulebookJsonSchema(
  actions: ActionCatalogue,
  plugins: readonly PluginDefinition[],
): JsonSchema {
  const schemas = new ParameterSchemas();
  const answer = answers(plugins, schemas);
  const action = actionSchema(actions, plugins, schemas);
  const { definitions } = schemas;
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
    probe: probes(plugins, schemas),
  });
  const proxyGroup = filled(proxiesShape.schema, {
    candidates: { type: "array", items: { anyOf: [{ const: "direct" }, proxyShape.schema] }, minItems: 1 },
    probe: probes(plugins, schemas),
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
      proxies: {
        description: "Groups of proxies, with health as remotes have it",
        type: "object",
        additionalProperties: proxyGroup,
      },
      counters: named("What rules increment and read by counter(NAME); kept over restarts", counterShape),
      quotas: named("Budgets of traffic for each account", quotaShape),
      defaults: {
        description: "The answers where no rule wins",
        type: "object",
        additionalProperties: false,
        properties: Object.fromEntries(
          Object.entries(DEFAULTS).map(([query, builtIn]) => [
            query,
            {
              ...answer,
              description: `The answer to ${query}; ${builtIn}`,
            },
          ]),
        ),
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

function answers(plugins: readonly PluginDefinition[], schemas: ParameterSchemas): JsonSchema {
  const [plain, map] = answerSchema.anyOf;
  const own = Object.entries(map?.properties ?? {}).map(([name, schema]) => [
    name,
    { description: ANSWERS[name]?.about ?? ANSWER_OPTIONS[name], ...schema },
  ]);
  const properties = { ...Object.fromEntries(own), ...ofPlugins("answers", plugins, schemas) } as JsonSchema;
  return { anyOf: [plain, { ...map, properties, ...closed(properties, plugins) }] };
}

const tcp: JsonSchema = {
  properties: { port: { ...port.schema, description: "The candidate's own when left out" } },
};

function probes(plugins: readonly PluginDefinition[], schemas: ParameterSchemas): JsonSchema {
  const { probe } = groupShape.schema["properties"] as { probe: { properties: Record<string, JsonSchema> } };
  const own = Object.entries(probe.properties).map(([name, schema]) => [
    name,
    { description: PROBES[name]?.about, ...schema, ...(name === "tcp" ? tcp : {}) },
  ]);
  const properties = { ...Object.fromEntries(own), ...ofPlugins("probes", plugins, schemas) } as JsonSchema;
  return { type: "object", properties, ...closed(properties, plugins) };
}

function actionSchema(
  actions: ActionCatalogue,
  plugins: readonly PluginDefinition[],
  schemas: ParameterSchemas,
): JsonSchema {
  const own = Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [name, schemas.of(name, action)]),
  );
  const beside = {
    daemon: { description: "The daemon that it is for; the event's", type: "string" },
    timeout: { description: "How long it may take; 30s", type: "string" },
    "on-error": {
      description: "Whether the actions behind it run when it fails; stop",
      enum: ["continue", "stop"],
    },
  };
  const properties = { ...own, ...ofPlugins("actions", plugins, schemas), ...beside };
  const bare = Object.keys(actions).filter((name) => actions[name]?.params.safeParse(true).success);
  schemas.definitions["action"] = {
    anyOf: [{ enum: bare }, { type: "object", properties, ...closed(properties, plugins) }],
  };
  const one = { $ref: "#/definitions/action" };
  const forEach = {
    [FOR_EACH]: {
      description: "Does the actions for each of some clients of servers",
      ...filled(forEachShape.schema, { do: { type: "array", items: one } }),
    },
    ...beside,
  };
  return {
    anyOf: [one, { type: "object", required: [FOR_EACH], properties: forEach, additionalProperties: false }],
  };
}

/** The pieces of one kind of all plugins, each under `plugin.name`. */
function ofPlugins(
  kind: "actions" | "answers" | "probes",
  plugins: readonly PluginDefinition[],
  schemas: ParameterSchemas,
): Record<string, JsonSchema> {
  return Object.fromEntries(
    plugins.flatMap((plugin) =>
      Object.entries(plugin[kind] ?? {}).map(([name, spec]) => {
        const full = `${plugin.name}.${name}`;
        return [full, schemas.of(full, spec)] as const;
      }),
    ),
  );
}

/** No other keys; without the plugins at hand, whatever has a dot may be of one. */
function closed(properties: JsonSchema, plugins: readonly PluginDefinition[]): JsonSchema {
  if (plugins.length > 0) return { additionalProperties: false };
  return {
    propertyNames: {
      anyOf: [{ enum: Object.keys(properties) }, { pattern: String.raw`^[a-z][a-z0-9_-]*\.` }],
    },
    additionalProperties: { description: "Of a plugin" },
  };
}

function named(description: string, shape: Shape<unknown>): JsonSchema {
  return { description, type: "object", additionalProperties: shape.schema };
}
