import { BOOL, typeName, unify, valueName } from "./kinds.ts";
import { reject, type Context, type Run, type Typed } from "./node.ts";
import type { ASTNode } from "./parse.ts";
import { EvaluationError } from "./types.ts";

/** The closure of a part that must be true or false; a value of type `any` is looked at when it comes. */
export function conditionOf(context: Context, part: Typed, what: string): Run {
  const { type, run, node } = part;
  if (type.kind === "bool") return run;
  if (type.kind !== "any") {
    context.problem(node.start, node.end - node.start, `${what} must be bool, not ${typeName(type)}`);
  }
  return (env, frame) => {
    const value = run(env, frame);
    if (typeof value !== "boolean") throw new EvaluationError(`Expected bool, found ${valueName(value)}`);
    return value;
  };
}

/**
 * `&&` and `||` decide from left to right and stop as soon as it is clear. As in CEL, an error on the left is forgotten when the
 * right side alone decides.
 */
export function logical(
  context: Context,
  node: ASTNode,
  operator: "&&" | "||",
  left: Typed,
  right: Typed,
): Typed {
  const what = `each side of ${operator}`;
  const a = conditionOf(context, left, what);
  const b = conditionOf(context, right, what);
  const decisive = operator === "||";
  const run: Run = (env, frame) => {
    let first: unknown;
    try {
      first = a(env, frame);
    } catch (error) {
      if (error instanceof EvaluationError && b(env, frame) === decisive) return decisive;
      throw error;
    }
    return first === decisive ? decisive : b(env, frame);
  };
  return { node, type: BOOL, run };
}

export function not(context: Context, node: ASTNode, operand: Typed): Typed {
  const run = conditionOf(context, operand, "what stands behind !");
  return { node, type: BOOL, run: (env, frame) => run(env, frame) !== true };
}

export function ternary(context: Context, node: ASTNode, condition: Typed, yes: Typed, no: Typed): Typed {
  const test = conditionOf(context, condition, "what stands before ?");
  const type = unify(yes.type, no.type);
  if (!type) {
    const types = `${typeName(yes.type)} and ${typeName(no.type)}`;
    return reject(context, node, `both results of ?: must have the same type, not ${types}`);
  }
  const [a, b] = [yes.run, no.run];
  return { node, type, run: (env, frame) => (test(env, frame) === true ? a(env, frame) : b(env, frame)) };
}
