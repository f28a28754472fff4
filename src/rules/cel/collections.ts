import { ANY, accepts, listOf, mapOf, NOTHING, TEXT, typeName, unify } from "./kinds.ts";
import { fold, reject, type Context, type Run, type Typed } from "./node.ts";
import type { ASTNode } from "./parse.ts";
import { EvaluationError, type Type } from "./types.ts";

/** `[a, b]`; all items have one type. */
export function list(context: Context, node: ASTNode, items: readonly Typed[]): Typed {
  const type = commonType(context, items, "the items of a list");
  const runs = items.map((item) => item.run);
  return fold(node, listOf(type), (env, frame) => runs.map((run) => run(env, frame)), items);
}

/** `{"a": 1}`; keys are texts, all values have one type. */
export function map(context: Context, node: ASTNode, entries: readonly (readonly [Typed, Typed])[]): Typed {
  const keys = entries.map(([key]) => key);
  const values = entries.map(([, value]) => value);
  for (const key of keys) {
    if (!accepts(TEXT, key.type))
      return reject(context, key.node, `the keys of a map must be text, not ${typeName(key.type)}`);
  }
  const type = commonType(context, values, "the values of a map");
  const runs = entries.map(([key, value]) => [key.run, value.run] as const);
  const run: Run = (env, frame) =>
    Object.fromEntries(
      runs.map(([key, value]) => {
        const name = key(env, frame);
        if (typeof name !== "string") throw new EvaluationError("The keys of a map must be text");
        return [name, value(env, frame)];
      }),
    );
  return fold(node, mapOf(type), run, [...keys, ...values]);
}

function commonType(context: Context, parts: readonly Typed[], what: string): Type {
  let type: Type = NOTHING;
  for (const part of parts) {
    const both = unify(type, part.type);
    if (!both) {
      reject(context, part.node, `${what} must have one type: ${typeName(type)}, not ${typeName(part.type)}`);
      return ANY;
    }
    type = both;
  }
  return type;
}
