import { isMap, isScalar, isSeq, type Node } from "yaml";
import { z } from "zod";
import { didYouMean } from "../../util/suggest.ts";
import type { Scope } from "../cel/types.ts";
import type { ActionCall } from "../rulebook.ts";
import type { Context } from "./context.ts";
import { duration, keyText, oneOf, pairsOf, short, text, unknownKey } from "./shape.ts";
import { type LoadedTemplate, readTemplate } from "./template.ts";
import type { World } from "./world.ts";

/** Actions and flow of the language that this version does not have. */
export const FUTURE_ACTIONS = [
  "client-kill",
  "kill",
  "client-deny",
  "forget-passwords",
  "mute",
  "push-update",
  "client-pf",
  "cr-response",
  "status",
  "log",
  "webhook",
  "exec",
  "charge",
  "reset",
  "wait",
  "wait-for",
  "choose",
  "repeat",
  "parallel",
  "stop",
  "for-each",
] as const;

const FUTURE_OPTIONS = ["retry", "idempotent"];
const OPTIONS = ["daemon", "timeout", "on-error"];

interface Site {
  readonly context: Context;
  readonly world: World;
  readonly scope: Scope;
}

/** `do:` — a list of actions, each a map with one action and its options. */
export function readActions(node: unknown, site: Site): ActionCall[] {
  const { context } = site;
  const found = context.resolve(node);
  if (!isSeq(found) || found.items.length === 0) {
    context.error(node, "A list of actions was expected");
    return [];
  }
  return found.items.flatMap((item): ActionCall[] => {
    const call = readAction(item, site);
    return call ? [call] : [];
  });
}

function readAction(node: unknown, site: Site): ActionCall | undefined {
  const { context, world } = site;
  if (!isMap(context.resolve(node))) return context.error(node, "An action was expected, such as notify: text");
  const names = actionNames(world);
  let name: string | undefined;
  let params: LoadedTemplate | undefined;
  let position = context.position(node);
  let failed = false;
  const options: { daemon?: string; timeout?: number; onError?: "continue" | "stop" } = {};
  for (const [key, pair] of pairsOf(node, context)) {
    const value = pair.value as Node;
    if (key === "daemon") {
      const daemon = text.read(value, context);
      if (daemon !== undefined && world.knows("daemon", daemon, value, context)) options.daemon = daemon;
    } else if (key === "timeout") {
      const timeout = duration({ min: 1 }).read(value, context);
      if (timeout !== undefined) options.timeout = timeout;
    } else if (key === "on-error") {
      const onError = oneOf("continue", "stop").read(value, context);
      if (onError) options.onError = onError;
    } else if (names.includes(key)) {
      if (name !== undefined) context.error(pair.key, `One action each: '${name}' stands here already`);
      name = key;
      position = context.position(pair.key);
      params = readParams(key, value, site);
    } else {
      failed = true;
      const future: readonly string[] = [...FUTURE_ACTIONS, ...FUTURE_OPTIONS];
      if (future.includes(key)) context.error(pair.key, `'${key}' is not supported by this version`);
      else context.error(pair.key, `unknown action '${short(key)}'${didYouMean(key, [...names, ...OPTIONS, ...future])}`);
    }
  }
  if (failed) return undefined;
  if (name === undefined) return context.error(node, "An action was expected beside its options");
  return params && { name, params, position, ...options };
}

function actionNames(world: World): string[] {
  const plugins = world.plugins.flatMap(({ name, definition }) =>
    Object.keys(definition.actions ?? {}).map((action) => `${name}.${action}`),
  );
  return [...Object.keys(world.actions), ...plugins];
}

function definitionOf(name: string, world: World): { readonly params: z.ZodType } | undefined {
  if (Object.hasOwn(world.actions, name)) return world.actions[name];
  const dot = name.indexOf(".");
  return world.plugin(name.slice(0, dot))?.actions?.[name.slice(dot + 1)];
}

/** Parameters, checked by the action's schema as far as they are known, and the names in them. */
function readParams(name: string, node: Node, site: Site): LoadedTemplate | undefined {
  const { context, world, scope } = site;
  const template = readTemplate(node, context, scope);
  const definition = definitionOf(name, world);
  if (!template || !definition) return undefined;
  const sample = context.plain(node);
  const fixed = withTexts(definition.params, sample, node, context, template.open);
  if (!fixed) return undefined;
  checkReferences(name, node, fixed.value, site);
  return template.constant ? { ...template, sample: fixed.value, resolve: () => fixed.value } : template;
}

/**
 * Where the schema wants text, a number or truth value counts by its source text. Issues at places that are only known when the rule fires
 * are left until then.
 */
function withTexts(
  schema: z.ZodType,
  sample: unknown,
  node: Node,
  context: Context,
  open: readonly string[],
): { value: unknown } | undefined {
  let value = sample;
  let parsed = schema.safeParse(value);
  for (const issue of parsed.success ? [] : parsed.error.issues) {
    const place = nodeAt(node, issue.path, context);
    const wantsText = issue.code === "invalid_type" && issue.expected === "string";
    if (wantsText && isScalar(place) && place.source !== undefined && typeof place.value !== "string")
      value = replaced(value, issue.path, place.source);
  }
  parsed = schema.safeParse(value);
  if (parsed.success) return { value };
  const issues = parsed.error.issues.filter((issue) => {
    const path = issue.path.map((step) => `/${String(step)}`).join("");
    return !open.some((place) => place === path || place.startsWith(`${path}/`) || path.startsWith(`${place}/`));
  });
  for (const issue of issues) tellIssue(issue, { node, value, context, schema });
  return issues.length === 0 ? { value } : undefined;
}

interface Told {
  readonly node: Node;
  readonly value: unknown;
  readonly context: Context;
  readonly schema: z.ZodType;
}

function tellIssue(issue: z.core.$ZodIssue, told: Told): void {
  const { node, value, context, schema } = told;
  const place = nodeAt(node, issue.path, context) ?? nodeAt(node, issue.path.slice(0, -1), context) ?? node;
  const given = valueAt(value, issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }), issue.path);
    for (const key of issue.keys) context.error(keyNode(place, key, context) ?? place, unknownKey(key, known, []));
    return;
  }
  const branch = issue.code === "invalid_union" ? nearestBranch(issue.errors, given) : undefined;
  if (branch) {
    for (const inner of branch) tellIssue({ ...inner, path: [...issue.path, ...inner.path] }, told);
    return;
  }
  if (issue.code === "invalid_value" && issue.values.length > 1) {
    const words = issue.values.map(String);
    context.error(place, `'${short(String(given))}' is not ${words.join(", ")}${didYouMean(String(given), words)}`);
  } else if (issue.code === "invalid_type" && given === undefined && issue.path.length > 0) {
    if (!context.source.isBroken(place)) context.error(place, `This needs ${String(issue.path.at(-1))}`);
  } else if (issue.code === "invalid_type")
    context.error(place, `${KINDS[issue.expected] ?? issue.expected} was expected, not ${kindOf(given)}`);
  else context.error(place, issue.message);
}

const KINDS: Readonly<Record<string, string>> = {
  string: "Text",
  number: "A number",
  int: "A whole number",
  boolean: "true or false",
  array: "A list",
  object: "A map",
  record: "A map",
};

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : `'${short(String(value))}'`;
}

/** The keys that a schema knows at a path, over all its branches. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  const { properties = {}, items, anyOf = [], oneOf = [] } = schema as {
    properties?: Record<string, unknown>;
    items?: unknown;
    anyOf?: unknown[];
    oneOf?: unknown[];
  };
  const branches = [...anyOf, ...oneOf].flatMap((branch) => keysAt(branch, path));
  const [step, ...rest] = path;
  if (step === undefined) return [...Object.keys(properties), ...branches];
  const child = typeof step === "number" ? items : properties[String(step)];
  return typeof child === "object" && child !== null ? [...keysAt(child, rest), ...branches] : branches;
}

/** Of a union, the branch for this kind of value: words for a text, keys for a map. */
function nearestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
  value: unknown,
): readonly z.core.$ZodIssue[] | undefined {
  const isWord = typeof value !== "object";
  return (
    branches.find((issues) => issues.every((issue) => (issue.code === "invalid_type" && issue.path.length === 0) !== isWord || issue.code === "invalid_value")) ??
    branches[0]
  );
}

function nodeAt(node: Node, path: readonly PropertyKey[], context: Context): Node | undefined {
  let at: unknown = context.resolve(node);
  for (const step of path) {
    if (isSeq(at)) at = at.items[Number(step)];
    else if (isMap(at)) at = at.items.find((pair) => isScalar(pair.key) && keyText(pair.key) === String(step))?.value;
    else return undefined;
    at = context.resolve(at);
  }
  return at as Node | undefined;
}

function keyNode(node: Node, key: string, context: Context): Node | undefined {
  const found = context.resolve(node);
  if (!isMap(found)) return undefined;
  return found.items.find((pair) => isScalar(pair.key) && keyText(pair.key) === key)?.key as Node | undefined;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], value);
}

function replaced(value: unknown, path: readonly PropertyKey[], text: string): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return text;
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? replaced(item, rest, text) : item));
  const record = value as Record<PropertyKey, unknown>;
  return { ...record, [step]: replaced(record[step], rest, text) };
}

/** Names inside parameters that must be declared, by action. */
function checkReferences(name: string, node: Node, value: unknown, { context, world }: Site): void {
  const at = (key: string): Node => nodeAt(node, [key], context) ?? node;
  const known = (text: unknown): text is string => typeof text === "string" && !text.includes("${");
  if (name === "increment" && known(value)) world.knows("counter", value, node, context);
  if ((name === "penalize" || name === "forgive") && typeof value === "object") {
    const { group, host } = value as { group?: unknown; host?: unknown };
    if (known(group)) world.knows("group", group, at("group"), context);
    if (known(host) && known(group)) world.knowsHost(group, host, at("host"), context);
  }
  if (name === "set")
    for (const [variable, given] of Object.entries(value as Record<string, unknown>)) {
      if (!world.knows("variable", variable, keyNode(node, variable, context) ?? node, context)) continue;
      const type = world.variableFields[variable]?.type.kind;
      const fits = type === "list" ? Array.isArray(given) : type === JS_TYPES[typeof given];
      if (!(typeof given === "string" && given.includes("${")) && !fits)
        context.error(at(variable), `variable '${variable}' takes a ${type ?? "value"}, not ${JSON.stringify(given)}`);
    }
}

const JS_TYPES: Readonly<Record<string, string>> = { string: "text", number: "number", boolean: "bool" };
