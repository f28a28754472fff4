import type { Env, FunctionSpec, Type } from "./types.ts";

/** The literal arguments of a call; undefined where one is known only at run time. */
export type Literals = Parameters<NonNullable<FunctionSpec["check"]>>[0];

/** One way to call a built-in function or method; the receiver of a method is its first parameter. */
export interface Overload extends FunctionSpec {
  /** Depends on its arguments only: calls with constants are computed at load. */
  readonly pure?: true;
  /** Prepares the call when some arguments are literals, such as a pattern that needs to be compiled but once. */
  readonly bind?: (literals: Literals) => FunctionSpec["call"] | undefined;
}

export type Overloads = { readonly [name: string]: readonly Overload[] };

/** Describes a pure function of its arguments. */
export function pure(
  params: readonly Type[],
  returns: Type,
  compute: (...args: never[]) => unknown,
  more: Partial<Pick<Overload, "optionalParams" | "check" | "bind">> = {},
): Overload {
  const plain = compute as (...args: unknown[]) => unknown;
  return { params, returns, pure: true, call: (_env: Env, ...args: unknown[]) => plain(...args), ...more };
}
