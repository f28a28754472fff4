import { resolve } from "node:path";
import { isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import type { ActionDefinition } from "../../plugin/contract.ts";
import { parseDuration } from "../../util/duration.ts";
import { parseSize } from "../../util/size.ts";
import { didYouMean } from "../../util/suggest.ts";
import type { Env } from "../cel/types.ts";
import type { ActionCall, ForAccount, ForEach, Step } from "../rulebook.ts";
import { textPlaces, withComputedTexts } from "./computed-texts.ts";
import type { ActionOptions, ActionSite } from "./action-site.ts";
import { FOR_EACH, readForEach } from "./for-each.ts";
import { keyNode, nodeAt, withTexts } from "./parameters.ts";
import { duration, oneOf, pairsOf, text } from "./shape.ts";
import { type LoadedTemplate, readTemplate } from "./template.ts";
import { asWritten, short } from "./words.ts";
import type { World } from "./world.ts";

/** Actions and flow of the language that this version does not have. */
export const FUTURE_ACTIONS = [
  "webhook",
  "exec",
  "wait",
  "wait-for",
  "choose",
  "repeat",
  "parallel",
  "stop",
] as const;

const FUTURE_OPTIONS = ["retry", "idempotent"];
const OPTIONS = ["daemon", "timeout", "on-error"];

/** Parameters that are paths, relative to the rulebook. */
const PATHS: Readonly<Record<string, string>> = { status: "to", log: "to" };

/** `do:` — a list of actions, each a map with one action and its options, or the name of one that takes nothing. */
export function readActions(node: unknown, site: ActionSite): Step[] {
  const { context } = site;
  const found = context.resolve(node);
  if (!isSeq(found) || found.items.length === 0) {
    context.error(node, "A list of actions was expected");
    return [];
  }
  return found.items.flatMap((item): Step[] => {
    const step = readAction(item, site);
    return step ? [step] : [];
  });
}

function readAction(node: unknown, site: ActionSite): Step | undefined {
  const { context, world } = site;
  const item = context.resolve(node);
  if (isScalar(item) && takesNothing(asWritten(item), world))
    return { name: asWritten(item), params: NOTHING, position: context.position(node) };
  if (!isMap(item)) return context.error(node, "An action was expected, such as notify: text");
  const names = [...actionNames(world), FOR_EACH];
  const actions: Pair[] = [];
  let options: ActionOptions = {};
  let failed = false;
  for (const [key, pair] of pairsOf(node, context)) {
    if (OPTIONS.includes(key)) options = { ...options, ...readOption(key, pair.value as Node, site) };
    else if (names.includes(key)) {
      const [first] = actions;
      if (first) context.error(pair.key, `One action each: '${nameOf(first)}' stands here already`);
      actions.push(pair);
    } else {
      failed = true;
      const future: readonly string[] = [...FUTURE_ACTIONS, ...FUTURE_OPTIONS];
      if (future.includes(key)) context.error(pair.key, `'${key}' is not supported by this version`);
      else
        context.error(
          pair.key,
          `unknown action '${short(key)}'${didYouMean(key, [...names, ...OPTIONS, ...future])}`,
        );
    }
  }
  const steps = actions.map((pair) =>
    nameOf(pair) === FOR_EACH ? readInner(pair, site, options) : readCall(pair, site, options),
  );
  if (failed) return undefined;
  if (actions.length === 0) return context.error(node, "An action was expected beside its options");
  return steps.at(-1);
}

const nameOf = ({ key }: Pair): string => (isScalar(key) ? asWritten(key) : "");

function readOption(key: string, node: Node, { context, world }: ActionSite): ActionOptions {
  if (key === "daemon") {
    const daemon = text.read(node, context);
    return daemon !== undefined && world.knows("daemon", daemon, node, context) ? { daemon } : {};
  }
  if (key === "timeout") {
    const timeout = duration({ min: 1 }).read(node, context);
    return timeout === undefined ? {} : { timeout };
  }
  const onError = oneOf("continue", "stop").read(node, context);
  return onError ? { onError } : {};
}

function readCall(pair: Pair, site: ActionSite, options: ActionOptions): ActionCall | ForAccount | undefined {
  const name = nameOf(pair);
  const params = readParams(name, pair.value as Node, site);
  if (!params) return undefined;
  const isOfClient = isForClient(definitionOf(name, site.world), params.sample);
  if (isOfClient) checkClient(pair, site, options);
  const call = { name, params, position: site.context.position(pair.key), ...options };
  if (!isOfClient || !site.account || site.inner) return call;
  const { onError, position } = call;
  return { name, action: call, position, ...(onError ? { onError } : {}) };
}

function readInner(pair: Pair, site: ActionSite, options: ActionOptions): ForEach | undefined {
  if (site.inner) return site.context.error(pair.key, "for-each cannot stand inside for-each");
  return readForEach(pair, site, options, readActions);
}

/** Whether an action takes no more than its own name. */
function takesNothing(name: string, world: World): boolean {
  return definitionOf(name, world)?.params.safeParse(true).success === true;
}

const NOTHING: LoadedTemplate = {
  ...{ constant: true, sample: true, open: [], types: new Map() },
  resolve: () => true,
};

function isForClient(definition: Definition | undefined, sample: unknown): boolean {
  const { forClient = false } = definition ?? {};
  return typeof forClient === "function" ? typeof sample === "object" && forClient(sample) : forClient;
}

/** An action for a client goes to the event's, or to the one that for-each has in hand. */
function checkClient({ key }: Pair, { context, scope }: ActionSite, { daemon }: ActionOptions): void {
  const name = isScalar(key) ? asWritten(key) : "";
  if (daemon !== undefined)
    context.error(key, `'${name}' is for a client, and clients of ${daemon} are named by for-each`);
  else if (!scope.variables["client"])
    context.error(key, `'${name}' is for a client, and there is none here; for-each names some`);
}

function actionNames(world: World): string[] {
  const plugins = world.plugins.flatMap(({ name, definition }) =>
    Object.keys(definition.actions ?? {}).map((action) => `${name}.${action}`),
  );
  return [...Object.keys(world.actions), ...plugins];
}

type Definition = Pick<ActionDefinition, "params" | "forClient">;

function definitionOf(name: string, world: World): Definition | undefined {
  if (Object.hasOwn(world.actions, name)) return world.actions[name];
  const dot = name.indexOf(".");
  return world.plugin(name.slice(0, dot))?.actions?.[name.slice(dot + 1)];
}

/** Parameters, checked by the action's schema as far as they are known, and the names in them. */
function readParams(name: string, node: Node, site: ActionSite): LoadedTemplate | undefined {
  const { context, world, scope } = site;
  const isText = (path: string): boolean => name === "set" && isTextVariable(path.split("/")[1] ?? "", world);
  const template = readTemplate(node, context, scope, isText);
  const definition = definitionOf(name, world);
  if (!template || !definition) return undefined;
  const sample = context.plain(node, isText);
  const fixed = withTexts(definition.params, sample, node, context, template.open);
  if (!fixed) return undefined;
  checkReferences(name, node, fixed.value, site);
  if (name === "set") checkVariables(node, fixed.value, template, site);
  const path = PATHS[name];
  const found = (value: unknown): unknown =>
    path === undefined ? value : located(value, path, site.directory);
  if (!template.constant) {
    const texts = textPlaces(definition.params, sample, template.types);
    const resolved = (env: Env): unknown => found(withComputedTexts(template.resolve(env), texts));
    return { ...template, sample: fixed.value, resolve: resolved };
  }
  const value = found(fixed.value);
  return { ...template, sample: value, resolve: () => value };
}

/** Parameters with the path in them made absolute. */
function located(params: unknown, key: string, directory: string): unknown {
  if (typeof params !== "object" || params === null) return params;
  const path = (params as Record<string, unknown>)[key];
  return typeof path === "string" && path !== "" ? { ...params, [key]: resolve(directory, path) } : params;
}

/** Names inside parameters that must be declared, by action. */
function checkReferences(name: string, node: Node, value: unknown, { context, world }: ActionSite): void {
  const at = (key: string): Node => nodeAt(node, [key], context) ?? node;
  const known = (text: unknown): text is string => typeof text === "string" && !text.includes("${");
  if (name === "cr-response" && typeof value === "object") {
    const { secret } = value as { secret?: unknown };
    if (known(secret)) world.knows("secret", secret, at("secret"), context);
  }
  if (name === "increment" && known(value)) world.knows("counter", value, node, context);
  if ((name === "charge" || name === "reset") && typeof value === "object") {
    const { quota } = value as { quota?: unknown };
    if (known(quota)) world.knows("quota", quota, at("quota"), context);
  }
  if ((name === "penalize" || name === "forgive") && typeof value === "object") {
    const { group, host } = value as { group?: unknown; host?: unknown };
    if (known(group)) world.knows("group", group, at("group"), context);
    if (known(host) && known(group)) world.knowsHost(group, host, at("host"), context);
  }
}

/** What `set` sets: names that are declared, values of their types. */
function checkVariables(
  node: Node,
  value: unknown,
  { types }: LoadedTemplate,
  { context, world }: ActionSite,
): void {
  for (const [variable, given] of Object.entries(value as Record<string, unknown>)) {
    if (!world.knows("variable", variable, keyNode(node, variable, context) ?? node, context)) continue;
    const kind = world.variableFields[variable]?.type.kind;
    const computed = types.get(`/${variable}`)?.kind;
    const isOpen = [...types.keys()].some((path) => path.startsWith(`/${variable}/`));
    const fits =
      computed === undefined ? isOpen || fitsType(kind, given) : computed === kind || computed === "any";
    if (!fits && kind !== "any")
      context.error(
        nodeAt(node, [variable], context) ?? node,
        `variable '${variable}' takes a ${kind ?? "value"}, not ${computed ?? JSON.stringify(given)}`,
      );
  }
}

function isTextVariable(name: string, world: World): boolean {
  const kind = world.names.variable.has(name) ? world.variableFields[name]?.type.kind : undefined;
  return kind === "text" || kind === "list";
}

/** Sizes and durations are written as texts, and read when they are set. */
function fitsType(type: string | undefined, given: unknown): boolean {
  if (type === "size") return typeof given === "string" && parseSize(given) !== undefined;
  if (type === "duration") return typeof given === "string" && parseDuration(given) !== undefined;
  if (type === "list") return Array.isArray(given) && given.every((item) => typeof item === "string");
  return type === JS_TYPES[typeof given] && (typeof given !== "number" || Number.isFinite(given));
}

const JS_TYPES: Readonly<Record<string, string>> = { string: "text", number: "number", boolean: "bool" };
