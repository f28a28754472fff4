import { didYouMean, suggest } from "../../util/suggest.ts";
import { has, pathOf } from "./access.ts";
import { CONVERSIONS } from "./builtins/convert.ts";
import { LENGTH, NUMBER_FUNCTIONS } from "./builtins/number.ts";
import { TEXT_FUNCTIONS, TEXT_METHODS } from "./builtins/text.ts";
import { TIME_METHODS } from "./builtins/time.ts";
import { accepts, typeName } from "./kinds.ts";
import { isMacro, macro, MACRO_NAMES } from "./macros.ts";
import { type Context, type Typed } from "./node.ts";
import { invoke } from "./invoke.ts";
import type { Overload, Overloads } from "./overload.ts";
import type { ASTNode } from "./parse.ts";

const FUNCTIONS: Overloads = { ...CONVERSIONS, ...NUMBER_FUNCTIONS, ...TEXT_FUNCTIONS };
/** Functions of the language that this version does not have. */
const LATER = new Set(["revoked"]);
const METHODS: Overloads = { size: LENGTH, ...TEXT_METHODS, ...TIME_METHODS };

/** `name(…)`. */
export function functionCall(context: Context, node: ASTNode, name: string, args: readonly ASTNode[]): Typed {
  if (name === "has") return has(context, node, args);
  const parts = args.map((argument) => context.check(argument));
  const own = scopeFunction(context, name);
  const overloads = own ? [own] : Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (overloads) return invoke(context, node, { name, overloads, guarded: own !== undefined }, parts);
  if (LATER.has(name))
    return unknown(context, node, node.start, name, `'${name}' is not supported by this version`);
  const hint = Object.hasOwn(METHODS, name)
    ? `; it is a method, write value.${name}(…)`
    : didYouMean(name, ["has", ...Object.keys(FUNCTIONS), ...Object.keys(context.scope.functions)]);
  return unknown(context, node, node.start, name, `unknown function '${name}'${hint}`);
}

/** `value.name(…)`, a macro, or a function with a dotted name such as `plugin.function(…)`. */
export function methodCall(
  context: Context,
  node: ASTNode,
  name: string,
  receiver: ASTNode,
  args: readonly ASTNode[],
): Typed {
  const dotted = pluginName(context, receiver, name);
  if (dotted !== undefined) {
    const full = `${dotted}.${name}`;
    const parts = args.map((argument) => context.check(argument));
    const spec = scopeFunction(context, full);
    if (spec) return invoke(context, node, { name: full, overloads: [spec], guarded: true }, parts);
    const hint = didYouMean(full, Object.keys(context.scope.functions));
    return unknown(context, node, node.start, full, `unknown function '${full}'${hint}`);
  }
  if (isMacro(name)) return macro(context, node, name, receiver, args);
  const parts = [receiver, ...args].map((part) => context.check(part));
  const type = parts[0]?.type ?? { kind: "any" };
  const takes = (overload: Overload): boolean =>
    overload.params[0] !== undefined && accepts(overload.params[0], type);
  const overloads = Object.hasOwn(METHODS, name) ? METHODS[name]?.filter(takes) : undefined;
  const offset = Math.max(context.source.indexOf(name, receiver.end), receiver.start);
  if (overloads?.length)
    return invoke(context, node, { name, overloads, guarded: false, method: true }, parts);
  const hint = Object.hasOwn(FUNCTIONS, name)
    ? `; it is a function, write ${name}(…)`
    : didYouMean(name, [
        ...MACRO_NAMES,
        ...Object.keys(METHODS).filter((method) => METHODS[method]?.some(takes)),
      ]);
  const what = type.kind === "any" ? `unknown method '${name}'` : `${typeName(type)} has no method '${name}'`;
  return unknown(context, node, offset, name, what + hint);
}

/** The name before a dotted function: no variable, but the beginning of the name of some function, or nearly so. */
function pluginName(context: Context, receiver: ASTNode, name: string): string | undefined {
  const path = pathOf(receiver);
  if (path === undefined) return undefined;
  const root = path.split(".")[0] ?? "";
  if (context.locals.has(root) || Object.hasOwn(context.scope.variables, root)) return undefined;
  const functions = Object.keys(context.scope.functions).filter((known) => known.includes("."));
  const isOne = functions.some((known) => known.startsWith(`${path}.`));
  return isOne || suggest(`${path}.${name}`, functions) !== undefined ? path : undefined;
}

function scopeFunction(context: Context, name: string): Overload | undefined {
  const { functions } = context.scope;
  return Object.hasOwn(functions, name) ? functions[name] : undefined;
}

function unknown(context: Context, node: ASTNode, offset: number, name: string, message: string): Typed {
  context.problem(offset, name.length, message);
  return { node, type: { kind: "any" }, run: () => undefined };
}
