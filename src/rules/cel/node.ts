import type { ASTNode } from "./parse.ts";
import { ANY } from "./kinds.ts";
import { EvaluationError, type Env, type Scope, type Type } from "./types.ts";

/** A compiled part of an expression. `frame` holds what the macros bind, one slot for each. */
export type Run = (env: Env, frame: unknown[]) => unknown;

/** A part whose type is known and whose closure is made. */
export interface Typed {
  readonly node: ASTNode;
  readonly type: Type;
  readonly run: Run;
  /** Like `run`, but undefined where something is missing: has() asks it. */
  readonly peek?: Run;
  /** Its value, when that is known at load. */
  readonly constant?: { readonly value: unknown };
}

/** A name that a macro binds: `x` in `list.all(x, …)`. */
export interface Local {
  readonly type: Type;
  readonly slot: number;
}

/** What the parts of the compiler share while one expression is compiled. */
export interface Context {
  readonly source: string;
  readonly scope: Scope;
  readonly locals: ReadonlyMap<string, Local>;
  /** How often each variable path is read. */
  readonly reads: Map<string, number>;
  /** Compiles a part; problems are collected, and what has one gets type `any`, which provokes no further ones. */
  check(node: ASTNode): Typed;
  /** Compiles a part in which `name` is bound to a new slot. */
  checkWith(name: string, type: Type, node: ASTNode): { body: Typed; slot: number };
  problem(offset: number, length: number, message: string): void;
  /** Where a size or duration stands, its name in the tree is only a place holder. */
  isLiteral(offset: number): boolean;
}

/** Says what is wrong with a part and goes on as if it were of any type. */
export function reject(context: Context, node: ASTNode, message: string): Typed {
  context.problem(node.start, node.end - node.start, message);
  return { node, type: ANY, run: () => undefined };
}

/** Computes what depends on constants only once, at load. What fails then is left to fail (or be absorbed) at run time. */
export function fold(node: ASTNode, type: Type, run: Run, parts: readonly Typed[]): Typed {
  if (!parts.every((part) => part.constant)) return { node, type, run };
  try {
    const value = run({}, []);
    return { node, type, run: () => value, constant: { value } };
  } catch (error) {
    if (error instanceof EvaluationError) return { node, type, run };
    throw error;
  }
}

/** The literal value of a part, for hints and for checks at load. */
export function literalOf(part: Typed): string | number | boolean | undefined {
  const value = part.constant?.value;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : undefined;
}
