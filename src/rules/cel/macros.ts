import { ANY, BOOL, listOf, TEXT, typeName, valueName } from "./kinds.ts";
import { conditionOf } from "./logic.ts";
import { reject, type Context, type Run, type Typed } from "./node.ts";
import type { ASTNode } from "./parse.ts";
import { EvaluationError, type Type } from "./types.ts";

/** `list.exists(x, condition)` and its kind, by the number of arguments that they take. */
const MACROS: Readonly<Record<string, readonly number[]>> = {
  all: [2],
  exists: [2],
  exists_one: [2],
  filter: [2],
  map: [2, 3],
};

export const MACRO_NAMES: readonly string[] = Object.keys(MACROS);

export function isMacro(name: string): boolean {
  return Object.hasOwn(MACROS, name);
}

/** Compiles a macro over the items of a list or the keys of a map. */
export function macro(
  context: Context,
  node: ASTNode,
  name: string,
  over: ASTNode,
  args: readonly ASTNode[],
): Typed {
  const [variable, second, third] = args;
  const fits = MACROS[name]?.includes(args.length);
  if (!fits || variable?.op !== "id" || !second || context.isLiteral(variable.start)) {
    const takes = name === "map" ? "map(x, value) or map(x, condition, value)" : `${name}(x, condition)`;
    return reject(context, node, `expected ${takes}`);
  }
  const range = context.check(over);
  const type = itemType(range.type);
  if (!type)
    return reject(context, over, `${name}() runs over a list or map, not over ${typeName(range.type)}`);
  const items = itemsOf(range.run);
  if (name === "map") {
    const { body, slot } = context.checkWith(variable.args, type, third ?? second);
    // The same name again: both parts see the item in their own slot.
    const condition = third && context.checkWith(variable.args, type, second);
    const keep = condition && conditionOf(context, condition.body, `the condition of ${name}()`);
    const run: Run = (env, frame) => {
      const results: unknown[] = [];
      for (const item of items(env, frame)) {
        frame[slot] = item;
        if (condition) frame[condition.slot] = item;
        if (!keep || keep(env, frame) === true) results.push(body.run(env, frame));
      }
      return results;
    };
    return { node, type: listOf(body.type), run };
  }
  const { body, slot } = context.checkWith(variable.args, type, second);
  const test = conditionOf(context, body, `the condition of ${name}()`);
  const loop: Loop = { items, slot, test };
  if (name === "filter") return { node, type: listOf(type), run: filter(loop) };
  if (name === "exists_one")
    return { node, type: BOOL, run: (env, frame) => filter(loop)(env, frame).length === 1 };
  return { node, type: BOOL, run: quantifier(loop, name === "exists") };
}

interface Loop {
  readonly items: (...args: Parameters<Run>) => readonly unknown[];
  readonly slot: number;
  readonly test: Run;
}

function filter({ items, slot, test }: Loop): (...args: Parameters<Run>) => readonly unknown[] {
  return (env, frame) =>
    items(env, frame).filter((item) => {
      frame[slot] = item;
      return test(env, frame) === true;
    });
}

/** Like a chain of `||` (or `&&`): an item that decides makes the errors of others not matter. */
function quantifier({ items, slot, test }: Loop, decisive: boolean): Run {
  return (env, frame) => {
    let failure: EvaluationError | undefined;
    for (const item of items(env, frame)) {
      frame[slot] = item;
      try {
        if (test(env, frame) === decisive) return decisive;
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
    return !decisive;
  };
}

function itemType(range: Type): Type | undefined {
  if (range.kind === "list") return range.of;
  if (range.kind === "map") return TEXT;
  return range.kind === "any" ? ANY : undefined;
}

function itemsOf(run: Run): Loop["items"] {
  return (env, frame) => {
    const range = run(env, frame);
    if (Array.isArray(range)) return range as readonly unknown[];
    if (typeof range === "object" && range !== null) return Object.keys(range);
    throw new EvaluationError(`Cannot run over ${valueName(range)}; expected a list or map`);
  };
}
