import type { z } from "zod";
import type { Type } from "../cel/types.ts";
import { textOf } from "./values.ts";

type Path = readonly string[];

/** A place at which a computed value becomes text. */
interface TextPlace {
  readonly path: Path;
  readonly type: Type;
}

/** What stands in for a value that is only known when the rule fires. */
function standIn({ kind }: Type): unknown {
  if (kind === "text" || kind === "secret") return "x";
  if (kind === "bool") return true;
  return kind === "list" ? [] : kind === "map" || kind === "record" ? {} : 1;
}

/** Types with a text of their own; of any value it is looked at when it is there. */
const TEXTED: ReadonlySet<string> = new Set(["number", "bool", "size", "duration", "time", "any"]);

/**
 * Where the schema takes text alone and the rulebook has an expression of another type: as text that stands there counts by its source,
 * the value counts by its text.
 */
export function textPlaces(
  schema: z.ZodType,
  sample: unknown,
  types: ReadonlyMap<string, Type>,
): readonly TextPlace[] {
  const places = [...types].map(([path, type]) => ({ path: path.split("/").slice(1), type }));
  let value = sample;
  for (const { path, type } of places) value = put(value, path, standIn(type));
  return places.filter(({ path, type }) => {
    if (!TEXTED.has(type.kind) || fits(schema, value, path)) return false;
    const texted = put(value, path, "x");
    if (!fits(schema, texted, path)) return false;
    value = texted;
    return true;
  });
}

export function withComputedTexts(value: unknown, places: readonly TextPlace[]): unknown {
  return places.reduce((made, { path, type }) => {
    const given = path.reduce<unknown>(
      (at, step) => (at as Record<string, unknown> | undefined)?.[step],
      made,
    );
    return typeof given === "number" || typeof given === "boolean"
      ? put(made, path, textOf(given, type))
      : made;
  }, value);
}

function fits(schema: z.ZodType, value: unknown, path: Path): boolean {
  const parsed = schema.safeParse(value);
  const wanted = path.join("/");
  return parsed.success || !pathsOf(parsed.error.issues).includes(wanted);
}

/** Where something is wrong, in any branch. */
function pathsOf(issues: readonly z.core.$ZodIssue[], before: Path = []): string[] {
  return issues.flatMap((issue) => {
    const path = [...before, ...issue.path.map(String)];
    const inner =
      issue.code === "invalid_union" ? issue.errors.flatMap((branch) => pathsOf(branch, path)) : [];
    return [path.join("/"), ...inner];
  });
}

function put(value: unknown, [step, ...rest]: Path, given: unknown): unknown {
  if (step === undefined) return given;
  if (Array.isArray(value))
    return value.map((item, i) => (String(i) === step ? put(item, rest, given) : item));
  const record = value as Record<string, unknown>;
  return { ...record, [step]: put(record[step], rest, given) };
}
