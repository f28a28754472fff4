import { pairHint } from "./hints.ts";
import { ANY, DURATION, listOf, NUMBER, SIZE, TEXT, TIME, typeName, unify, valueName } from "./kinds.ts";
import { fold, reject, type Context, type Run, type Typed } from "./node.ts";
import type { ASTNode } from "./parse.ts";
import { EvaluationError, type Type } from "./types.ts";

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

/** Which types may be computed with, and what comes out. */
const TABLE: Readonly<Record<ArithmeticOperator, readonly (readonly [Type, Type, Type])[]>> = {
  "+": [
    [NUMBER, NUMBER, NUMBER],
    [TEXT, TEXT, TEXT],
    [SIZE, SIZE, SIZE],
    [DURATION, DURATION, DURATION],
    [TIME, DURATION, TIME],
    [DURATION, TIME, TIME],
  ],
  "-": [
    [NUMBER, NUMBER, NUMBER],
    [SIZE, SIZE, SIZE],
    [DURATION, DURATION, DURATION],
    [TIME, DURATION, TIME],
    [TIME, TIME, DURATION],
  ],
  "*": [
    [NUMBER, NUMBER, NUMBER],
    [SIZE, NUMBER, SIZE],
    [NUMBER, SIZE, SIZE],
    [DURATION, NUMBER, DURATION],
    [NUMBER, DURATION, DURATION],
  ],
  "/": [
    [NUMBER, NUMBER, NUMBER],
    [SIZE, NUMBER, SIZE],
    [SIZE, SIZE, NUMBER],
    [DURATION, NUMBER, DURATION],
    [DURATION, DURATION, NUMBER],
  ],
  "%": [[NUMBER, NUMBER, NUMBER]],
};

/** `+ - * / %`: over numbers, sizes, durations and times as their units allow; `+` also joins texts and lists. */
export function arithmetic(
  context: Context,
  node: ASTNode,
  operator: ArithmeticOperator,
  left: Typed,
  right: Typed,
): Typed {
  const type = resultType(operator, left.type, right.type);
  if (!type) {
    const what = `${typeName(left.type)} ${operator} ${typeName(right.type)}`;
    return reject(context, node, `cannot compute ${what}${pairHint(left, right)}`);
  }
  const known = left.type.kind !== "any" && right.type.kind !== "any";
  const run = known
    ? typedRun(operator, type, left.run, right.run)
    : dynamicRun(operator, left.run, right.run);
  return fold(node, type, run, [left, right]);
}

function resultType(operator: ArithmeticOperator, left: Type, right: Type): Type | undefined {
  if (operator === "+" && left.kind === "list" && right.kind === "list") {
    const of = unify(left.of, right.of);
    return of && listOf(of);
  }
  const fits = (wanted: Type, given: Type): boolean => given.kind === "any" || given.kind === wanted.kind;
  const rows = TABLE[operator].filter(([a, b]) => fits(a, left) && fits(b, right));
  const results = new Set(rows.map(([, , result]) => result));
  const lists =
    operator === "+" && (left.kind === "any" || right.kind === "any") && (isList(left) || isList(right));
  if (results.size === 0) return lists ? ANY : undefined;
  const [only] = results;
  return results.size === 1 ? only : ANY;
}

function isList(type: Type): boolean {
  return type.kind === "list";
}

type Numbers = (a: number, b: number) => number;

const COMPUTE: Readonly<Record<ArithmeticOperator, Numbers>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => {
    if (b === 0) throw new EvaluationError("Division by zero");
    return a / b;
  },
  // CEL's remainder, like JavaScript's, has the sign of the dividend; `+ 0` makes -0 of it 0.
  "%": (a, b) => {
    if (b === 0) throw new EvaluationError("Division by zero");
    return (a % b) + 0;
  },
};

function typedRun(operator: ArithmeticOperator, type: Type, left: Run, right: Run): Run {
  if (type.kind === "text")
    return (env, frame) => (left(env, frame) as string) + (right(env, frame) as string);
  if (type.kind === "list") {
    return (env, frame) => [...(left(env, frame) as unknown[]), ...(right(env, frame) as unknown[])];
  }
  const compute = COMPUTE[operator];
  return (env, frame) => compute(left(env, frame) as number, right(env, frame) as number);
}

function dynamicRun(operator: ArithmeticOperator, left: Run, right: Run): Run {
  const compute = COMPUTE[operator];
  return (env, frame) => {
    const a = left(env, frame);
    const b = right(env, frame);
    if (typeof a === "number" && typeof b === "number") return compute(a, b);
    if (operator === "+" && typeof a === "string" && typeof b === "string") return a + b;
    if (operator === "+" && Array.isArray(a) && Array.isArray(b))
      return [...(a as unknown[]), ...(b as unknown[])];
    throw new EvaluationError(`Cannot compute ${valueName(a)} ${operator} ${valueName(b)}`);
  };
}

/** `-x`. */
export function negate(context: Context, node: ASTNode, operand: Typed): Typed {
  const { type, run } = operand;
  if (!["number", "size", "duration", "any"].includes(type.kind)) {
    return reject(context, node, `cannot negate ${typeName(type)}`);
  }
  const negated: Run = (env, frame) => {
    const value = run(env, frame);
    if (typeof value !== "number") throw new EvaluationError(`Cannot negate ${valueName(value)}`);
    return 0 - value;
  };
  return fold(node, type, negated, [operand]);
}
