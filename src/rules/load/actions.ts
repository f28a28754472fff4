import { isMap, isSeq, type Node } from "yaml";
import type { z } from "zod";
import { parseDuration } from "../../util/duration.ts";
import { parseSize } from "../../util/size.ts";
import { didYouMean } from "../../util/suggest.ts";
import type { Scope } from "../cel/types.ts";
import type { ActionCall } from "../rulebook.ts";
import type { Context } from "./context.ts";
import { duration, oneOf, pairsOf, text } from "./shape.ts";
import { short } from "./words.ts";
import { keyNode, nodeAt, withTexts } from "./parameters.ts";
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
  if (!isMap(context.resolve(node)))
    return context.error(node, "An action was expected, such as notify: text");
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
      else
        context.error(
          pair.key,
          `unknown action '${short(key)}'${didYouMean(key, [...names, ...OPTIONS, ...future])}`,
        );
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
  const isText = (path: string): boolean => name === "set" && isTextVariable(path.split("/")[1] ?? "", world);
  const template = readTemplate(node, context, scope, isText);
  const definition = definitionOf(name, world);
  if (!template || !definition) return undefined;
  const sample = context.plain(node, isText);
  const fixed = withTexts(definition.params, sample, node, context, template.open);
  if (!fixed) return undefined;
  checkReferences(name, node, fixed.value, site);
  if (name === "set") checkVariables(node, fixed.value, template, site);
  return template.constant ? { ...template, sample: fixed.value, resolve: () => fixed.value } : template;
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
}

/** What `set` sets: names that are declared, values of their types. */
function checkVariables(
  node: Node,
  value: unknown,
  { types }: LoadedTemplate,
  { context, world }: Site,
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
