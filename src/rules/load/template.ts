import { isMap, isScalar, isSeq, type Scalar } from "yaml";
import type { Env, Expression, Scope, Type } from "../cel/types.ts";
import type { Template } from "../answer.ts";
import { commentTrap, type Context, splitTemplate } from "./context.ts";
import { asWritten } from "./words.ts";
import { textOf } from "./values.ts";

type Build =
  | { readonly constant: true; readonly value: unknown }
  | { readonly constant: false; resolve(env: Env): unknown };

/** A template, with what a check at load can use: a value that stands for it, and the paths that are only known at run time. */
export interface LoadedTemplate extends Template {
  readonly sample: unknown;
  readonly open: readonly string[];
  /** The types of the values at these paths. */
  readonly types: ReadonlyMap<string, Type>;
}

/**
 * Values in which `${ … }` may stand, evaluated when the rule fires. Undefined (and problems) when an expression is wrong. `isText`: paths
 * such as `/host` at which a number or truth value counts by its source text.
 */
export function readTemplate(
  node: unknown,
  context: Context,
  scope: Scope,
  isText: (path: string) => boolean = () => false,
): LoadedTemplate | undefined {
  const open: string[] = [];
  const types = new Map<string, Type>();
  let failed = false;
  const build = (child: unknown, path: string): Build => {
    const found = context.resolve(child);
    if (isSeq(found))
      return all(
        found.items.map((item, i) => build(item, `${path}/${i}`)),
        (values) => values,
      );
    if (isMap(found)) {
      const pairs = found.items.filter((pair) => isScalar(pair.key));
      const keys = pairs.map((pair) => asWritten(pair.key as Scalar));
      const values = pairs.map((pair, i) => build(pair.value, `${path}/${keys[i] ?? ""}`));
      return all(values, (list) => Object.fromEntries(keys.map((key, i) => [key, list[i]])));
    }
    if (!isScalar(found)) return { constant: true, value: undefined };
    if (typeof found.value === "string" && commentTrap(context, found)) failed = true;
    if (typeof found.value !== "string" || !found.value.includes("${"))
      return { constant: true, value: isText(path) ? asWritten(found) : found.value };
    const text = textTemplate(found, found.value, context, scope);
    failed ||= text === undefined;
    open.push(path);
    if (text) types.set(path, text.type);
    return text ?? { constant: true, value: undefined };
  };
  const built = build(node, "");
  if (failed) return undefined;
  const sample = built.constant ? built.value : undefined;
  return {
    constant: built.constant,
    sample,
    open,
    types,
    resolve: (env) => (built.constant ? built.value : built.resolve(env)),
  };
}

/**
 * A text in which expressions may stand, always a text when resolved. Secrets may not stand in it. Undefined (and problems) when
 * it is none.
 */
export function readText(node: unknown, context: Context, scope: Scope): LoadedTemplate | undefined {
  const found = context.resolve(node);
  if (!isScalar(found))
    return found
      ? context.error(node, `Text was expected, not a ${isMap(found) ? "map" : "list"}`)
      : undefined;
  if (found.value === null || commentTrap(context, found)) return undefined;
  const raw = asWritten(found);
  if (!raw.includes("${"))
    return { constant: true, sample: raw, open: [], types: new Map(), resolve: () => raw };
  const pieces = readPieces(found, raw, context, scope);
  if (!pieces) return undefined;
  const secret = pieces.find((piece) => typeof piece === "object" && piece.type.kind === "secret");
  if (typeof secret === "object")
    return context.error(node, `${secret.source.trim()} is a secret, and answers are shown and kept`);
  const types = new Map<string, Type>([["", { kind: "text" }]]);
  return { constant: false, sample: undefined, open: [""], types, resolve: (env) => joined(pieces, env) };
}

function all(parts: readonly Build[], join: (values: unknown[]) => unknown): Build {
  if (parts.every((part) => part.constant))
    return { constant: true, value: join(parts.map((part) => part.value)) };
  return {
    constant: false,
    resolve: (env) => join(parts.map((part) => (part.constant ? part.value : part.resolve(env)))),
  };
}

/** As a whole value an expression keeps its type, inside text it becomes text. */
function textTemplate(
  node: Scalar,
  raw: string,
  context: Context,
  scope: Scope,
): (Build & { readonly type: Type }) | undefined {
  const pieces = readPieces(node, raw, context, scope);
  if (!pieces) return undefined;
  const [only, another] = pieces;
  if (typeof only === "object" && another === undefined)
    return { constant: false, type: only.type, resolve: (env) => only.run(env) };
  return { constant: false, type: { kind: "text" }, resolve: (env) => joined(pieces, env) };
}

function readPieces(
  node: Scalar,
  raw: string,
  context: Context,
  scope: Scope,
): (string | Expression)[] | undefined {
  const pieces: (string | Expression)[] = [];
  let failed = false;
  for (const piece of splitTemplate(raw)) {
    if (piece.kind === "text") {
      if (context.unclosed(node, piece)) failed = true;
      pieces.push(piece.text);
      continue;
    }
    const expression = context.expression(node, piece.text, scope, undefined, piece.start);
    if (expression) pieces.push(expression);
    failed ||= expression === undefined;
  }
  return failed ? undefined : pieces;
}

function joined(pieces: readonly (string | Expression)[], env: Env): string {
  return pieces
    .map((piece) => (typeof piece === "string" ? piece : textOf(piece.run(env), piece.type)))
    .join("");
}
