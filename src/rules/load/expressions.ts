import { Scalar } from "yaml";
import type { Expression, Scope, Type } from "../cel/types.ts";
import { commentTrap, type Context, standsInFlow } from "./context.ts";
import { offsetIn, QUOTE } from "./offsets.ts";
import type { Shape } from "./shape.ts";
import { asWritten } from "./words.ts";

/** A name with its fields needs no quotes anywhere. */
const PATH = /^[\w.]+$/;

/** Reads an expression where one is expected; every mistake in it is told at its place. */
export function readExpression(
  node: unknown,
  context: Context,
  scope: Scope,
  expected?: Type,
): Expression | undefined {
  const found = context.resolve(node);
  if (!(found instanceof Scalar)) {
    return context.error(node, `An expression was expected; ${QUOTE}`);
  }
  if (found.value === null || commentTrap(context, found)) return undefined;
  const source = asWritten(found);
  if (source.includes("${"))
    return context.error(node, "An expression names parameters as params.NAME, without ${ }");
  // oxlint-disable-next-line no-control-regex -- these are just what is looked for
  const control = source.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
  if (control >= 0)
    return context.errorAt(
      context.source.at(offsetIn(found, context.source.text, control)),
      `A control character in an expression; in "…" of YAML a backslash is written twice`,
    );
  if (found.type === Scalar.PLAIN && standsInFlow(context.source, found) && !PATH.test(source))
    return context.error(node, `An expression inside { } must be quoted; ${QUOTE}`);
  return context.expression(found, source, scope, expected);
}

/** An expression's place in the JSON Schema; it is read when the names are known. */
export const expressionText: Shape<unknown> = {
  expected: "an expression",
  schema: { type: ["string", "boolean", "number"] },
  read: (node) => node,
};
