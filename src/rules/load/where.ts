import { isMap, isScalar, isSeq, type Node } from "yaml";
import { didYouMean } from "../../util/suggest.ts";
import { compileMatcher } from "../matchers.ts";
import type { FieldMatcher } from "../rulebook.ts";
import { CLIENT_FIELDS, DAEMON_FIELDS, REMOTE_FIELDS } from "../vocabulary/scopes.ts";
import type { Type } from "../cel/types.ts";
import { commentTrap, type Context } from "./context.ts";
import { pairsOf } from "./shape.ts";
import { short } from "./words.ts";
import type { World } from "./world.ts";

export function readWhere(
  node: Node,
  events: readonly string[],
  context: Context,
  world: World,
): FieldMatcher[] {
  return pairsOf(node, context).flatMap(([name, pair]): FieldMatcher[] => {
    const path = name.split(".");
    const type = fieldType(path, events, pair.key as Node, context, world);
    if (pair.value === null) return [];
    const problems = context.problems.length;
    const value = matcherValue(pair.value, context);
    if (type === "unknown" || context.problems.length > problems) return [];
    const compiled = compileMatcher(path, value, type, context.position(pair.value), {
      lists: [...world.names.list],
    });
    if ("matcher" in compiled) return [compiled.matcher];
    for (const problem of compiled.problems)
      context.error(operatorNode(pair.value, problem.key, context), problem.message);
    return [];
  });
}

/** The type of a `where` path; undefined where it is only known at run time. */
function fieldType(
  path: readonly string[],
  events: readonly string[],
  node: Node,
  context: Context,
  world: World,
): Type | undefined | "unknown" {
  const [head = "", next] = path;
  const { variables } = world.eventScope(events);
  const roots: Readonly<Record<string, typeof DAEMON_FIELDS>> = {
    daemon: DAEMON_FIELDS,
    remote: REMOTE_FIELDS,
    ...(variables["client"] ? { client: CLIENT_FIELDS } : {}),
    vars: world.variableFields,
  };
  const root = next === undefined ? undefined : roots[head];
  const event = variables["event"]?.type;
  const fields = root ?? (event?.kind === "record" ? event.fields : undefined);
  if (!fields) return undefined;
  const name = root ? (next ?? "") : head;
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  const deeper = path.slice(root ? 2 : 1);
  if (field && deeper.length === 0) return field.type.kind === "any" ? undefined : field.type;
  if (field?.type.kind === "map" && deeper.length === 1) {
    if (!field.type.secret?.includes(deeper[0] ?? "")) return field.type.of;
    context.error(node, `'${short(path.join("."))}' is a secret, which no rule can look at`);
    return "unknown";
  }
  const names = root
    ? Object.keys(fields).map((known) => `${head}.${known}`)
    : [
        ...Object.keys(fields),
        ...Object.entries(roots).flatMap(([key, known]) => Object.keys(known).map((n) => `${key}.${n}`)),
      ];
  const owner = root ? head : events.join(" and ");
  const written = path.join(".");
  context.error(node, `unknown field '${short(written)}' of ${owner}${didYouMean(written, names)}`);
  return "unknown";
}

const ORDERED = new Set(["gt", "gte", "lt", "lte"]);

/** Values as matchers take them: `2.10` and `007` as written where text is compared, parameters put in. */
function matcherValue(node: unknown, context: Context, operator?: string): unknown {
  const found = context.resolve(node);
  if (isSeq(found)) return found.items.map((item) => matcherValue(item, context, operator));
  if (isMap(found))
    return Object.fromEntries(
      pairsOf(found, context).map(([key, pair]) => [key, matcherValue(pair.value, context, key)]),
    );
  if (!isScalar(found)) return undefined;
  const scalar = context.scalar(found, "A value");
  if (!scalar || commentTrap(context, scalar.node)) return undefined;
  if (operator === "matches" && controls(scalar.text))
    context.error(found, "A control character in a regular expression; write it as \\x…");
  if (scalar.type) return quantity(scalar.value, scalar.type) ?? scalar.value;
  const asWritten = typeof scalar.value === "number" && String(scalar.value) !== scalar.text;
  return asWritten && !ORDERED.has(operator ?? "") ? scalar.text : scalar.value;
}

function quantity(value: unknown, type: Type): string | undefined {
  if (typeof value !== "number") return undefined;
  return type.kind === "size" ? `${value}B` : type.kind === "duration" ? `${value}ms` : undefined;
}

function controls(value: string): boolean {
  // oxlint-disable-next-line no-control-regex -- these are just what is looked for
  return /[\u0000-\u001f\u007f]/.test(value);
}

/** The place of a mistake inside a matcher: an operator's value, or an item of a list. */
function operatorNode(node: unknown, key: string | undefined, context: Context): unknown {
  const found = context.resolve(node);
  if (key === undefined) return node;
  if (isSeq(found)) return found.items[Number(key)] ?? node;
  if (!isMap(found)) return node;
  const [name = "", ...rest] = key.split(".");
  const pair = found.items.find((item) => isScalar(item.key) && String(item.key.value) === name);
  if (!pair) return node;
  return rest.length > 0
    ? operatorNode(pair.value, rest.join("."), context)
    : OPERATORS.has(name)
      ? pair.value
      : pair.key;
}

const OPERATORS = new Set([
  "not",
  "one-of",
  "starts",
  "ends",
  "contains",
  "matches",
  "cidr",
  "gt",
  "gte",
  "lt",
  "lte",
  "exists",
  "in-list",
]);
