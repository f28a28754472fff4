type Schema = boolean | { readonly [keyword: string]: unknown };
type Check = (
  given: never,
  value: unknown,
  schema: { readonly [keyword: string]: unknown },
  at: Place,
) => string[];

interface Place {
  readonly path: string;
  readonly root: Schema;
}

const ANNOTATIONS = new Set(["$schema", "title", "description", "default", "definitions"]);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

const when = (wrong: boolean, at: Place, what: string): string[] => (wrong ? [`${at.path}: ${what}`] : []);

const KEYWORDS: Readonly<Record<string, Check>> = {
  type: (types: string | string[], value, _, at) =>
    when(![types].flat().some((type) => TYPES[type]?.(value)), at, `is no ${String(types)}`),
  const: (given: unknown, value, _, at) => when(value !== given, at, `is not ${String(given)}`),
  enum: (given: unknown[], value, _, at) =>
    when(!given.includes(value), at, `is none of ${given.join(", ")}`),
  pattern: (given: string, value, _, at) =>
    when(typeof value === "string" && !new RegExp(given, "u").test(value), at, `does not match ${given}`),
  minLength: (given: number, value, _, at) =>
    when(typeof value === "string" && value.length < given, at, "is too short"),
  minimum: (given: number, value, _, at) =>
    when(typeof value === "number" && value < given, at, `is below ${given}`),
  maximum: (given: number, value, _, at) =>
    when(typeof value === "number" && value > given, at, `is above ${given}`),
  minItems: (given: number, value, _, at) =>
    when(Array.isArray(value) && value.length < given, at, "has too few items"),
  minProperties: (given: number, value, _, at) =>
    when(isObject(value) && Object.keys(value).length < given, at, "has too few keys"),
  maxProperties: (given: number, value, _, at) =>
    when(isObject(value) && Object.keys(value).length > given, at, "has too many keys"),
  required: (given: string[], value, _, at) =>
    isObject(value) ? given.filter((key) => !(key in value)).map((key) => `${at.path}: lacks ${key}`) : [],
  properties: (given: Record<string, Schema>, value, _, at) =>
    members(value).flatMap(([key, item]) =>
      given[key] === undefined ? [] : inside(given[key], item, at, key),
    ),
  additionalProperties: (given: Schema, value, schema, at) =>
    members(value)
      .filter(([key]) => !Object.hasOwn((schema["properties"] ?? {}) as object, key))
      .flatMap(([key, item]) => inside(given, item, at, key)),
  propertyNames: (given: Schema, value, _, at) =>
    members(value).flatMap(([key]) => inside(given, key, at, key)),
  items: (given: Schema, value, _, at) =>
    Array.isArray(value) ? value.flatMap((item, i) => inside(given, item, at, String(i))) : [],
  anyOf: (given: Schema[], value, _, at) => {
    const each = given.map((one) => problems(one, value, at));
    return each.some((found) => found.length === 0)
      ? []
      : [`${at.path}: none of ${given.length} forms fits`, ...each.flat()];
  },
  $ref: (given: string, value, _, at) => problems(resolve(given, at.root), value, at),
};

/** What of a value its JSON Schema (draft 7) does not allow. A keyword that is not known here is an error, not overlooked. */
export function problems(schema: Schema, value: unknown, at: Place = { path: "$", root: schema }): string[] {
  if (typeof schema === "boolean") return when(!schema, at, "is not allowed");
  return Object.entries(schema)
    .filter(([keyword]) => !ANNOTATIONS.has(keyword))
    .flatMap(([keyword, given]) => {
      const check = KEYWORDS[keyword];
      if (!check) throw new Error(`Unknown keyword '${keyword}'`);
      return check(given as never, value, schema, at);
    });
}

function inside(schema: Schema, value: unknown, at: Place, key: string): string[] {
  return problems(schema, value, { ...at, path: `${at.path}.${key}` });
}

function resolve(pointer: string, root: Schema): Schema {
  let found: unknown = root;
  for (const key of pointer.split("/").slice(1)) found = (found as Record<string, unknown>)[key];
  if (found === undefined) throw new Error(`Nothing at '${pointer}'`);
  return found as Schema;
}

function members(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
