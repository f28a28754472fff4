import { isEqual } from "./equality.ts";
import { pairHint, writeHint } from "./hints.ts";
import { accepts, BOOL, typeName, valueName } from "./kinds.ts";
import { fold, reject, type Context, type Run, type Typed } from "./node.ts";
import type { ASTNode } from "./parse.ts";
import { EvaluationError, type Type } from "./types.ts";

export type OrderOperator = "<" | "<=" | ">" | ">=";

/** Kinds of types whose values have an order. */
export const ORDERED: ReadonlySet<string> = new Set([
  "number",
  "text",
  "bool",
  "size",
  "duration",
  "time",
  "any",
]);
const SCALAR = new Set(["number", "text", "bool", "size", "duration", "time", "null"]);

/** `==` and `!=`. Types that can never be equal are a mistake; with `any` it is seen at run time. */
export function equality(
  context: Context,
  node: ASTNode,
  operator: "==" | "!=",
  left: Typed,
  right: Typed,
): Typed {
  if (!comparable(left.type, right.type)) return reject(context, node, mismatch(left, right));
  const [a, b] = [left.run, right.run];
  const scalar = SCALAR.has(left.type.kind) && SCALAR.has(right.type.kind);
  const equal: Run = scalar
    ? (env, frame) => a(env, frame) === b(env, frame)
    : (env, frame) => isEqual(a(env, frame), b(env, frame));
  const run: Run = operator === "==" ? equal : (env, frame) => equal(env, frame) !== true;
  return fold(node, BOOL, run, [left, right]);
}

/** `< <= > >=`, between values of one type. Texts are ordered by their UTF-16 units. */
export function order(
  context: Context,
  node: ASTNode,
  operator: OrderOperator,
  left: Typed,
  right: Typed,
): Typed {
  if (!comparable(left.type, right.type)) return reject(context, node, mismatch(left, right));
  for (const { type } of [left, right]) {
    if (!ORDERED.has(type.kind))
      return reject(context, node, `cannot order values of type ${typeName(type)}`);
  }
  const known = left.type.kind !== "any" && right.type.kind !== "any";
  const run = orderedRun(operator, left.run, right.run, known);
  return fold(node, BOOL, run, [left, right]);
}

function orderedRun(operator: OrderOperator, left: Run, right: Run, known: boolean): Run {
  if (!known) {
    return (env, frame) => {
      const a = left(env, frame);
      const b = right(env, frame);
      const scalar = typeof a === "number" || typeof a === "string" || typeof a === "boolean";
      if (!scalar || typeof a !== typeof b) {
        throw new EvaluationError(`Cannot compare ${valueName(a)} with ${valueName(b)}`);
      }
      return inOrder(operator, a, b as typeof a);
    };
  }
  // Numbers stand for every ordered type here: texts and bools compare by the same operators.
  switch (operator) {
    case "<":
      return (env, frame) => (left(env, frame) as number) < (right(env, frame) as number);
    case "<=":
      return (env, frame) => (left(env, frame) as number) <= (right(env, frame) as number);
    case ">":
      return (env, frame) => (left(env, frame) as number) > (right(env, frame) as number);
    case ">=":
      return (env, frame) => (left(env, frame) as number) >= (right(env, frame) as number);
  }
}

function inOrder<T extends number | string | boolean>(operator: OrderOperator, a: T, b: T): boolean {
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}

/** `x in list`, `name in map`. */
export function membership(context: Context, node: ASTNode, left: Typed, right: Typed): Typed {
  const container = right.type;
  if (container.kind === "text") {
    return reject(context, node, `'in' looks into lists and maps, not into text; write text.contains(part)?`);
  }
  if (container.kind !== "list" && container.kind !== "map" && container.kind !== "any") {
    return reject(context, node, `'in' looks into lists and maps, not into ${typeName(container)}`);
  }
  const item: Type | undefined =
    container.kind === "list" ? container.of : container.kind === "map" ? { kind: "text" } : undefined;
  if (item && !comparable(item, left.type)) {
    const hint = writeHint(left, item);
    return reject(context, node, `cannot look for ${typeName(left.type)} in a ${typeName(container)}${hint}`);
  }
  const [value, into] = [left.run, right.run];
  const run: Run = (env, frame) => isMember(value(env, frame), into(env, frame));
  return fold(node, BOOL, run, [left, right]);
}

function isMember(value: unknown, container: unknown): boolean {
  if (Array.isArray(container)) {
    const items: readonly unknown[] = container;
    return typeof value === "object" ? items.some((item) => isEqual(value, item)) : items.includes(value);
  }
  if (typeof container === "object" && container !== null) {
    return typeof value === "string" && Object.hasOwn(container, value);
  }
  throw new EvaluationError(`'in' looks into lists and maps, not into ${valueName(container)}`);
}

function comparable(a: Type, b: Type): boolean {
  return a.kind !== "secret" && b.kind !== "secret" && (accepts(a, b) || accepts(b, a));
}

function mismatch(left: Typed, right: Typed): string {
  const types = `cannot compare ${typeName(left.type)} with ${typeName(right.type)}`;
  if (left.type.kind === "null" || right.type.kind === "null")
    return `${types}; a field that is missing is found by has()`;
  return types + pairHint(left, right);
}
