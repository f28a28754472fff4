/** Types of the expression language. Numbers are one type; sizes (bytes), durations (ms) and times (ms since the epoch) are their own. */
export type Type =
  | { readonly kind: "number" | "text" | "bool" | "size" | "duration" | "time" | "secret" | "null" | "any" }
  | { readonly kind: "list"; readonly of: Type }
  | MapType
  | { readonly kind: "record"; readonly name: string; readonly fields: Fields };

export interface MapType {
  readonly kind: "map";
  readonly of: Type;
  /** A missing key reads as "": has() tells whether it is there. */
  readonly orEmpty?: true;
  /** Keys whose values are secrets. */
  readonly secret?: readonly string[];
}

export interface Field {
  readonly type: Type;
  /** May be missing at run time: reading it then is a run-time error unless guarded by has(). */
  readonly optional?: boolean;
  /** Journals do not show it. */
  readonly masked?: boolean;
  readonly about?: string;
}

export type Fields = { readonly [name: string]: Field };

/** At run time: sizes are bytes, durations and times milliseconds, all as number. */
export type Value =
  | number
  | string
  | boolean
  | null
  | readonly Value[]
  | { readonly [name: string]: Value | undefined }
  | object;

/** The values that an expression reads, by variable name (`event`, `daemon`, `vars` …). */
export type Env = { readonly [variable: string]: unknown };

export interface FunctionSpec {
  readonly params: readonly Type[];
  /** Trailing parameters that may be left out. */
  readonly optionalParams?: number;
  readonly returns: Type;
  readonly call: (env: Env, ...args: never[]) => unknown;
  /** Checks literal arguments at load (undefined for those that are not literals); returns the problem, if any. */
  readonly check?: (literals: readonly (string | number | boolean | undefined)[]) => string | undefined;
  readonly about?: string;
}

/** What names an expression may use. Function names may be dotted (`plugin.function`). */
export interface Scope {
  readonly variables: Fields;
  readonly functions: { readonly [name: string]: FunctionSpec };
}

/** A mistake in an expression; offset and length in UTF-16 units of its source. */
export interface ExpressionProblem {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
}

/** A compiled expression. `run` throws EvaluationError. */
export interface Expression {
  readonly source: string;
  readonly type: Type;
  /** Every variable path that it reads, e.g. `daemon.rate`, `event.host`. */
  readonly reads: ReadonlySet<string>;
  run(env: Env): unknown;
}

export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}
