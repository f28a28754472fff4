import { isMap, isScalar, isSeq, type Node, type Pair, Scalar } from "yaml";
import { formatDuration, parseDuration } from "../../util/duration.ts";
import { formatSize, parseSize } from "../../util/size.ts";
import { didYouMean } from "../../util/suggest.ts";
import { commentTrap, type Context } from "./context.ts";
import { asWritten, short } from "./words.ts";

export type JsonSchema = Record<string, unknown>;

/** What may stand at a place: reads it (problems go to the context, undefined comes back), and tells its JSON Schema. */
export interface Shape<T> {
  /** "a duration such as 30s" */
  readonly expected: string;
  read(node: unknown, context: Context): T | undefined;
  readonly schema: JsonSchema;
}

/** Free text; a number or truth value counts by its source text. */
export const text: Shape<string> = {
  expected: "text",
  schema: { type: ["string", "number", "boolean"] },
  read(node, context) {
    const scalar = context.scalar(node, "Text");
    if (!scalar || commentTrap(context, scalar.node)) return undefined;
    return scalar.text;
  },
};

export const bool: Shape<boolean> = typed("true or false", { type: "boolean" }, (value) =>
  typeof value === "boolean" ? value : undefined,
);

/** Whole numbers by `int`, any others by `float`. */
export function number(options: { min?: number; max?: number; int?: boolean } = {}): Shape<number> {
  const { min = -Infinity, max = Infinity, int = true } = options;
  const range = min > -Infinity ? (max < Infinity ? ` from ${min} to ${max}` : ` of at least ${min}`) : "";
  const schema = {
    type: int ? "integer" : "number",
    ...(min > -Infinity ? { minimum: min } : {}),
    ...(max < Infinity ? { maximum: max } : {}),
  };
  return typed(`a ${int ? "whole " : ""}number${range}`, schema, (value, kind) =>
    typeof value === "number" &&
    Number.isFinite(value) &&
    (kind === undefined || kind === "number") &&
    value >= min &&
    value <= max &&
    (!int || Number.isInteger(value))
      ? value
      : undefined,
  );
}

export const port = number({ min: 1, max: 65535 });

/** ms */
export function duration(options: { min?: number } = {}): Shape<number> {
  const { min = 0 } = options;
  const least =
    min > 1 ? ` of at least ${formatDuration(min)}` : min > 0 ? " above zero such as 30s" : " such as 30s";
  return typed(
    `a duration${least}`,
    { type: "string", pattern: String.raw`^\d+(\.\d+)?(ms|s|m|h|d)$` },
    (value, kind) => {
      const ms =
        kind === "duration" ? Number(value) : typeof value === "string" ? parseDuration(value) : undefined;
      return ms !== undefined && ms >= min ? ms : undefined;
    },
  );
}

/** bytes */
export const size: Shape<number> = typed(
  `a size such as ${formatSize(50_000_000)}`,
  { type: "string", pattern: String.raw`^\d+(\.\d+)?([kKMGTP]i?)?B$` },
  (value, kind) =>
    kind === "size" ? Number(value) : typeof value === "string" ? parseSize(value) : undefined,
);

export function oneOf<const T extends string>(...words: readonly T[]): Shape<T> {
  return {
    expected: words.length > 6 ? `one of ${words.join(", ")}` : words.join(" or "),
    schema: { enum: [...words] },
    read(node, context) {
      const scalar = context.scalar(node, "A word");
      if (!scalar) return undefined;
      const word = words.find((candidate) => candidate === scalar.text);
      return (
        word ??
        context.error(
          node,
          `'${short(scalar.text)}' is not ${words.join(", ")}${didYouMean(scalar.text, words)}`,
        )
      );
    },
  };
}

export function list<T>(item: Shape<T>, options: { orOne?: true; min?: number } = {}): Shape<T[]> {
  const schema = { type: "array", items: item.schema, ...(options.min ? { minItems: options.min } : {}) };
  return {
    expected: `a list (${item.expected} each)`,
    schema: options.orOne ? { anyOf: [item.schema, schema] } : schema,
    read(node, context) {
      const found = context.resolve(node);
      if (options.orOne && !isSeq(found)) {
        const one = item.read(node, context);
        return one === undefined ? undefined : [one];
      }
      if (!isSeq(found)) {
        const scalar = isScalar(found) ? fromParameter(context, node) : undefined;
        if (Array.isArray(scalar)) return scalar as T[];
        return context.error(node, `A list was expected`);
      }
      if (found.items.length < (options.min ?? 0))
        return context.error(node, `A list of at least ${options.min ?? 0} was expected`);
      const items = found.items.map((child) => item.read(child, context));
      return items.every((value) => value !== undefined) ? (items as T[]) : undefined;
    },
  };
}

/** A whole list may come from a parameter. */
function fromParameter(context: Context, node: unknown): unknown {
  const scalar = context.scalar(node, "A list");
  return scalar?.type?.kind === "list" ? scalar.value : undefined;
}

/** A map whose keys are names of one's own. */
export function mapOf<T>(
  item: Shape<T>,
  key: RegExp,
  keyExpected: string,
): Shape<Map<string, { value: T; node: Node }>> {
  return {
    expected: "a map",
    schema: { type: "object", additionalProperties: item.schema, propertyNames: { pattern: key.source } },
    read(node, context) {
      const entries = new Map<string, { value: T; node: Node }>();
      for (const [name, pair] of pairsOf(node, context)) {
        if (!key.test(name)) context.error(pair.key, `'${short(name)}' is not ${keyExpected}`);
        const value = item.read(pair.value, context);
        if (value !== undefined) entries.set(name, { value, node: pair.key as Node });
      }
      return entries;
    },
  };
}

export interface Key {
  readonly shape: Shape<unknown>;
  readonly required?: true;
  readonly about: string;
}

/** The values of a map with known keys, and where they stand. */
export interface Table<K extends Record<string, Key>> {
  readonly node: Node;
  get<N extends keyof K & string>(name: N): (K[N]["shape"] extends Shape<infer T> ? T : never) | undefined;
  /** The value's node, or the map's where the key is missing. */
  at(name: keyof K & string): Node;
  has(name: keyof K & string): boolean;
}

/** A map with known keys. `future`: keys of the language that this version does not have. */
export function table<const K extends Record<string, Key>>(
  keys: K,
  options: { future?: readonly string[]; what?: string } = {},
): Shape<Table<K>> {
  const { future = [] } = options;
  const required = Object.keys(keys).filter((name) => keys[name]?.required);
  return {
    expected: "a map",
    get schema() {
      return {
        type: "object",
        additionalProperties: false,
        ...(required.length > 0 ? { required } : {}),
        properties: Object.fromEntries(
          Object.entries(keys).map(([name, key]) => [name, { description: key.about, ...key.shape.schema }]),
        ),
      };
    },
    read(node, context) {
      const found = context.resolve(node);
      if (!isMap(found))
        return context.error(node, `A map with ${Object.keys(keys).slice(0, 6).join(", ")} was expected`);
      const values = new Map<string, unknown>();
      const nodes = new Map<string, Node>();
      for (const [name, pair] of pairsOf(found, context)) {
        const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
        if (!key) {
          context.error(pair.key, unknownKey(name, Object.keys(keys), future));
          continue;
        }
        nodes.set(name, (pair.value ?? pair.key) as Node);
        const value = pair.value === null ? undefined : key.shape.read(pair.value, context);
        if (value !== undefined) values.set(name, value);
      }
      const missing = required.filter((name) => !nodes.has(name));
      if (missing.length > 0 && !found.has("<<") && !context.source.isBroken(found))
        context.error(found, `${options.what ?? "This"} needs ${missing.join(" and ")}`);
      return {
        node: found,
        get: (name) => values.get(name) as never,
        at: (name) => nodes.get(name) ?? found,
        has: (name) => nodes.has(name),
      };
    },
  };
}

export function unknownKey(name: string, known: readonly string[], future: readonly string[]): string {
  if (future.includes(name)) return `'${name}' is not supported by this version`;
  if (name === "<<") return "Merge keys (<<) are not used here; write the keys out";
  return `unknown key '${short(name)}'${didYouMean(name, known) || didYouMean(name, future)}`;
}

/** The pairs of a map by the text of their keys; a problem and none for anything else. */
export function pairsOf(node: unknown, context: Context): [name: string, pair: Pair][] {
  const found = context.resolve(node);
  if (!isMap(found)) {
    context.error(node, "A map was expected");
    return [];
  }
  return found.items.flatMap((pair): [string, Pair][] =>
    isScalar(pair.key) ? [[asWritten(pair.key), pair]] : [],
  );
}

/** Whatever stands there, unread: for values that are looked at elsewhere. */
export const anything: Shape<Node> = {
  expected: "a value",
  schema: {},
  read: (node) => node as Node,
};

/** Whatever is no plain text may also be `${params.x}` as a whole. */
function orParameter(schema: JsonSchema): JsonSchema {
  if (schema["type"] === "string" && schema["pattern"] === undefined) return schema;
  return { anyOf: [schema, { type: "string", pattern: String.raw`^\$\{` }] };
}

function typed<T>(
  expected: string,
  schema: JsonSchema,
  take: (value: unknown, kind: string | undefined) => T | undefined,
): Shape<T> {
  return {
    expected,
    schema: orParameter(schema),
    read(node, context) {
      const scalar = context.scalar(node, capital(expected));
      if (!scalar) return undefined;
      const value = take(scalar.value, scalar.type?.kind);
      if (value !== undefined) return value;
      const quoted = scalar.node.type !== Scalar.PLAIN && scalar.node.type !== undefined && !scalar.type;
      const hint =
        quoted && typeof scalar.value === "string" && take(Number(scalar.value), undefined) !== undefined
          ? "; write it without quotes"
          : "";
      return context.error(node, `'${short(scalar.text)}' is not ${expected}${hint}`);
    },
  };
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
