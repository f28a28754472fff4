import { writeHint } from "./hints.ts";
import { accepts, ANY, isValueOf, typeName, valueName } from "./kinds.ts";
import { fold, literalOf, reject, type Context, type Run, type Typed } from "./node.ts";
import type { Overload } from "./overload.ts";
import type { ASTNode } from "./parse.ts";
import { EvaluationError, type Env, type Type } from "./types.ts";

export interface Callee {
  readonly name: string;
  readonly overloads: readonly Overload[];
  /** Not ours: what it throws or gives back is looked at. */
  readonly guarded: boolean;
  /** The first argument stands before the dot. */
  readonly method?: true;
}

type Call = (env: Env, ...args: unknown[]) => unknown;

/** Compiles a call: chooses among the overloads by the types of the arguments, at run time where those are `any`. */
export function invoke(context: Context, node: ASTNode, callee: Callee, args: readonly Typed[]): Typed {
  const fitting = callee.overloads.filter((overload) => takes(overload, args));
  const [first] = fitting;
  if (!first) return refuse(context, node, callee, args);
  const literals = args.map(literalOf);
  const problems = fitting.map((overload) => overload.check?.(literals));
  if (problems.every((problem) => problem !== undefined)) {
    const culprit = args.findLast((_, index) => literals[index] !== undefined);
    return reject(context, culprit?.node ?? node, problems[0] ?? "");
  }
  const calls = fitting.map((overload) => ({
    ...overload,
    run: (overload.bind?.(literals) ?? overload.call) as Call,
  }));
  const dynamic = args.some((argument) => argument.type.kind === "any");
  const run = spread(dynamic ? dispatch(callee.name, calls) : (calls[0]?.run ?? (first.call as Call)), args);
  const returns = new Set(fitting.map((overload) => overload.returns));
  const type = dynamic && returns.size > 1 ? ANY : first.returns;
  if (callee.guarded) return { node, type, run: guard(callee.name, type, run) };
  return first.pure ? fold(node, type, run, args) : { node, type, run };
}

function takes(overload: Overload, args: readonly Typed[]): boolean {
  const { params, optionalParams = 0 } = overload;
  if (args.length > params.length || args.length < params.length - optionalParams) return false;
  return args.every((argument, index) => accepts(params[index] ?? ANY, argument.type));
}

/** Calls the first overload that can take the values. */
function dispatch(name: string, calls: readonly (Overload & { readonly run: Call })[]): Call {
  return (env, ...values) => {
    const call = calls.find(({ params }) =>
      values.every((value, index) => isValueOf(params[index] ?? ANY, value)),
    );
    if (!call) throw new EvaluationError(`${name}() does not take (${values.map(valueName).join(", ")})`);
    return call.run(env, ...values);
  };
}

function spread(call: Call, args: readonly Typed[]): Run {
  const [a, b] = args.map((argument) => argument.run);
  if (!a) return (env) => call(env);
  if (!b) return (env, frame) => call(env, a(env, frame));
  if (args.length === 2) return (env, frame) => call(env, a(env, frame), b(env, frame));
  return (env, frame) => call(env, ...args.map((argument) => argument.run(env, frame)));
}

function guard(name: string, type: Type, run: Run): Run {
  return (env, frame) => {
    let result: unknown;
    try {
      result = run(env, frame);
    } catch (error) {
      if (error instanceof EvaluationError) throw error;
      throw new EvaluationError(
        `${name}() failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    if (isValueOf(type, result)) return result;
    throw new EvaluationError(`${name}() gave ${valueName(result)}, not ${typeName(type)}`);
  };
}

/** Says which argument is wrong when there is one way to call it, else all the ways there are. */
function refuse(context: Context, node: ASTNode, callee: Callee, args: readonly Typed[]): Typed {
  const skip = callee.method ? 1 : 0;
  const [only] = callee.overloads;
  const { params = [], optionalParams = 0 } = only ?? {};
  const given = args.length - skip;
  if (
    callee.overloads.length === 1 &&
    args.length <= params.length &&
    args.length >= params.length - optionalParams
  ) {
    for (const [index, argument] of args.entries()) {
      const wanted = params[index] ?? ANY;
      if (accepts(wanted, argument.type)) continue;
      const which =
        given > 1 ? `argument ${index + 1 - skip} of ${callee.name}()` : `the argument of ${callee.name}()`;
      const hint = writeHint(argument, wanted);
      return reject(
        context,
        argument.node,
        `${which} must be ${typeName(wanted)}, not ${typeName(argument.type)}${hint}`,
      );
    }
  }
  const ways = callee.overloads.map((overload) => signature(callee.name, overload, skip));
  const types = args.slice(skip).map((argument) => typeName(argument.type));
  return reject(
    context,
    node,
    `${callee.name}() does not take (${types.join(", ")}); expected ${ways.join(" or ")}`,
  );
}

function signature(name: string, overload: Overload, skip: number): string {
  const needed = overload.params.length - (overload.optionalParams ?? 0);
  const params = overload.params.map((param, index) => typeName(param) + (index < needed ? "" : "?"));
  return `${name}(${params.slice(skip).join(", ")})`;
}
