import type { Node, Pair } from "yaml";
import { ORDERED } from "../cel/comparison.ts";
import { typeName } from "../cel/kinds.ts";
import { CLIENT } from "../cel/scope.ts";
import type { Expression, Scope } from "../cel/types.ts";
import type { ForEach, Step } from "../rulebook.ts";
import type { ActionOptions, ActionSite } from "./action-site.ts";
import { expressionText, readExpression } from "./expressions.ts";
import { anything, bool, number, oneOf, type Shape, table } from "./shape.ts";
import { short } from "./words.ts";

export const FOR_EACH = "for-each";

const PACE = /^([1-9]\d{0,5})\/([sm])$/;

/** ms from one to the next. */
const pace: Shape<number> = {
  expected: "a pace such as 5/s",
  schema: { type: "string", pattern: PACE.source },
  read(node, context) {
    const scalar = context.scalar(node, "A pace such as 5/s");
    if (!scalar) return undefined;
    const [, count, unit] = PACE.exec(scalar.text) ?? [];
    if (count !== undefined) return (unit === "s" ? 1_000 : 60_000) / Number(count);
    return context.error(node, `'${short(scalar.text)}' is not a pace such as 5/s or 30/m`);
  },
};

export const forEachShape = table(
  {
    clients: { shape: expressionText, required: true, about: "Which clients: a condition; true takes all" },
    daemons: { shape: oneOf("this", "all"), about: "Whose: the event's daemon, or every one; this" },
    "order-by": { shape: expressionText, about: "In this order, smallest first: an expression" },
    descending: { shape: bool, about: "Largest first; false" },
    limit: { shape: number({ min: 1, max: 1_000_000 }), about: "No more than so many in all" },
    pace: {
      shape: pace,
      about: "So many a second or minute, such as 5/s or 30/m; without: one after the other",
    },
    do: { shape: anything, required: true, about: "A list of actions, as in a rule" },
  },
  { what: "for-each" },
);

/** `for-each`; a timeout beside it is for each action inside. */
export function readForEach(
  { key, value }: Pair,
  site: ActionSite,
  { daemon, timeout, onError }: ActionOptions,
  readActions: (node: unknown, site: ActionSite) => Step[],
): ForEach | undefined {
  const { context } = site;
  const spec = forEachShape.read(value as Node, context);
  if (!spec) return undefined;
  const scope = withClient(site.scope);
  const clients = spec.has("clients")
    ? readExpression(spec.at("clients"), context, scope, { kind: "bool" })
    : undefined;
  const orderBy = spec.has("order-by") ? readOrder(spec.at("order-by"), site, scope) : undefined;
  if (spec.has("descending") && !spec.has("order-by"))
    context.error(spec.at("descending"), "descending needs order-by");
  const daemons = spec.get("daemons") ?? "this";
  if (daemons === "all" && daemon !== undefined)
    context.error(spec.at("daemons"), "daemons: all goes not together with daemon:");
  const steps = spec.has("do") ? readActions(spec.at("do"), { ...site, scope, inner: true }) : [];
  const limit = spec.get("limit");
  const interval = spec.get("pace");
  if (!clients) return undefined;
  return {
    name: FOR_EACH,
    clients,
    daemons,
    ...(daemon === undefined ? {} : { daemon }),
    ...(orderBy ? { orderBy } : {}),
    descending: spec.get("descending") ?? false,
    ...(limit === undefined ? {} : { limit }),
    ...(interval === undefined ? {} : { pace: interval }),
    do: steps.flatMap((step) =>
      "clients" in step || "action" in step ? [] : [timeout === undefined ? step : { timeout, ...step }],
    ),
    ...(onError ? { onError } : {}),
    position: context.position(key),
  };
}

/** Inside, `client` and `daemon` are those of the client in hand. */
function withClient({ variables, functions }: Scope): Scope {
  const { daemon } = variables;
  return {
    variables: {
      ...variables,
      ...(daemon ? { daemon: { ...daemon, optional: false } } : {}),
      client: { type: CLIENT, about: "the client in hand" },
    },
    functions,
  };
}

function readOrder(node: Node, { context }: ActionSite, scope: Scope): Expression | undefined {
  const expression = readExpression(node, context, scope);
  if (!expression || (ORDERED.has(expression.type.kind) && expression.type.kind !== "any")) return expression;
  return context.error(node, `Values of type ${typeName(expression.type)} have no order`);
}
