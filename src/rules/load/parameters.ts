import { isMap, isScalar, isSeq, type Node } from "yaml";
import { z } from "zod";
import { didYouMean } from "../../util/suggest.ts";
import type { Context } from "./context.ts";
import { QUOTE } from "./offsets.ts";
import { unknownKey } from "./shape.ts";
import { asWritten, short } from "./words.ts";

/**
 * Where the schema wants text, a number or truth value counts by its source text. Issues at places that are only known when the rule fires
 * are left until then.
 */
export function withTexts(
  schema: z.ZodType,
  sample: unknown,
  node: Node,
  context: Context,
  open: readonly string[],
): { value: unknown } | undefined {
  let value = sample;
  const dropped = tellDropped(jsonSchemaOf(schema), node, context);
  let parsed = schema.safeParse(value);
  for (const issue of parsed.success ? [] : parsed.error.issues) {
    const place = nodeAt(node, issue.path, context);
    const wantsText = issue.code === "invalid_type" && issue.expected === "string";
    if (wantsText && isScalar(place) && place.source !== undefined && typeof place.value !== "string")
      value = replaced(value, issue.path, place.source);
  }
  parsed = schema.safeParse(value);
  if (parsed.success) return dropped ? undefined : { value };
  const issues = parsed.error.issues.filter((issue) => {
    const path = issue.path.map((step) => `/${String(step)}`).join("");
    return !open.some(
      (place) => place === path || place.startsWith(`${path}/`) || path.startsWith(`${place}/`),
    );
  });
  for (const issue of issues) tellIssue(issue, { node, value, context, schema });
  return issues.length === 0 && !dropped ? { value } : undefined;
}

/** Keys that a schema drops without a word, as zod's plain objects do: nobody would ever hear of them. */
function tellDropped(schema: JsonSchema | undefined, node: unknown, context: Context): boolean {
  const found = context.resolve(node);
  if (isSeq(found)) return found.items.filter((item) => tellDropped(schema?.items, item, context)).length > 0;
  const { properties, additionalProperties: rest } = schema ?? {};
  if (!isMap(found) || !properties) return false;
  const dropped = found.items.filter(({ key, value }) => {
    const name = isScalar(key) ? asWritten(key) : "";
    if (Object.hasOwn(properties, name)) return tellDropped(properties[name], value, context);
    if (rest === undefined) context.error(key, unknownKey(name, Object.keys(properties), []));
    return rest === undefined;
  });
  return dropped.length > 0;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  /** False where zod itself complains, a schema where others may stand. */
  readonly additionalProperties?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

const jsonSchemas = new WeakMap<z.ZodType, JsonSchema>();

/** Of each schema made once: it takes longer than all else that is done with it. */
function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  let made = jsonSchemas.get(schema);
  if (!made)
    jsonSchemas.set(
      schema,
      (made = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema),
    );
  return made;
}

interface Told {
  readonly node: Node;
  readonly value: unknown;
  readonly context: Context;
  readonly schema: z.ZodType;
}

function tellIssue(issue: z.core.$ZodIssue, told: Told): void {
  const { node, value, context, schema } = told;
  const place = nodeAt(node, issue.path, context) ?? nodeAt(node, issue.path.slice(0, -1), context) ?? node;
  const given = valueAt(value, issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(jsonSchemaOf(schema), issue.path);
    for (const key of issue.keys)
      context.error(keyNode(place, key, context) ?? place, unknownKey(key, known, []));
    return;
  }
  const branch = issue.code === "invalid_union" ? nearestBranch(issue.errors, given) : undefined;
  if (branch) {
    for (const inner of branch) tellIssue({ ...inner, path: [...issue.path, ...inner.path] }, told);
    return;
  }
  const isMissing = given === undefined && issue.path.length > 0;
  if (isMissing && (issue.code === "invalid_type" || issue.code === "invalid_value")) {
    if (!context.source.isBroken(place)) context.error(place, `This needs ${String(issue.path.at(-1))}`);
  } else if (issue.code === "invalid_value" && (issue.values.length > 1 || isZods(issue))) {
    const words = issue.values.map(String);
    const near = typeof given === "string" ? didYouMean(given, words) : "";
    context.error(place, `${kindOf(given)} is not ${words.join(", ")}${near}`);
  } else if (issue.code === "invalid_type")
    context.error(
      place,
      `${KINDS[issue.expected] ?? issue.expected} was expected, not ${kindOf(given)}${issue.expected === "string" && typeof given === "object" ? `; ${QUOTE}` : ""}`,
    );
  else context.error(place, sized(issue, given) ?? issue.message);
}

/** A plugin's own words are left. */
function isZods({ message }: z.core.$ZodIssue): boolean {
  return message.startsWith("Invalid input");
}

/** zod's own words for what is too much or too little; a plugin's are left. */
function sized(issue: z.core.$ZodIssue, given: unknown): string | undefined {
  if ((issue.code !== "too_big" && issue.code !== "too_small") || !issue.message.startsWith("Too "))
    return undefined;
  const bound = String(issue.code === "too_big" ? issue.maximum : issue.minimum);
  const range = `${issue.code === "too_big" ? "at most" : "at least"} ${bound}`;
  if (issue.origin === "string")
    return `Text of ${range} ${bound === "1" ? "character" : "characters"} was expected`;
  if (issue.origin === "array") return `A list of ${range} was expected`;
  return `${kindOf(given)} is not ${issue.inclusive === false ? `${issue.code === "too_big" ? "below" : "above"} ${bound}` : range}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "Text",
  number: "A number",
  int: "A whole number",
  boolean: "true or false",
  array: "A list",
  object: "A map",
  record: "A map",
};

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object"
    ? "a map"
    : `'${short(String(value as string | number | boolean | undefined))}'`;
}

/** The keys that a schema knows at a path, over all its branches. */
function keysAt(schema: JsonSchema | undefined, path: readonly PropertyKey[]): string[] {
  if (!schema) return [];
  const { properties = {}, items, anyOf = [], oneOf = [] } = schema;
  const branches = [...anyOf, ...oneOf].flatMap((branch) => keysAt(branch, path));
  const [step, ...rest] = path;
  if (step === undefined) return [...Object.keys(properties), ...branches];
  return [...keysAt(typeof step === "number" ? items : properties[String(step)], rest), ...branches];
}

/** Of a union, the branch for this kind of value: words for a text, keys for a map. */
function nearestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
  value: unknown,
): readonly z.core.$ZodIssue[] | undefined {
  const isWord = typeof value !== "object";
  const isInside = ({ code, path }: z.core.$ZodIssue): boolean =>
    path.length > 0 || code === "unrecognized_keys";
  return (
    branches.find((issues) => !isWord && issues.every(isInside)) ??
    branches.find((issues) =>
      issues.every(
        (issue) =>
          (issue.code === "invalid_type" && issue.path.length === 0) !== isWord ||
          issue.code === "invalid_value",
      ),
    ) ??
    branches[0]
  );
}

export function nodeAt(node: Node, path: readonly PropertyKey[], context: Context): Node | undefined {
  let at: unknown = context.resolve(node);
  for (const step of path) {
    if (isSeq(at)) at = at.items[Number(step)];
    else if (isMap(at))
      at = at.items.find((pair) => isScalar(pair.key) && asWritten(pair.key) === String(step))?.value;
    else return undefined;
    at = context.resolve(at);
  }
  return at as Node | undefined;
}

export function keyNode(node: Node, key: string, context: Context): Node | undefined {
  const found = context.resolve(node);
  if (!isMap(found)) return undefined;
  return found.items.find((pair) => isScalar(pair.key) && asWritten(pair.key) === key)?.key as
    Node | undefined;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], value);
}

function replaced(value: unknown, path: readonly PropertyKey[], text: string): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return text;
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? replaced(item, rest, text) : item));
  const record = value as Record<PropertyKey, unknown>;
  return { ...record, [step]: replaced(record[step], rest, text) };
}
