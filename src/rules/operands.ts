import { parseDuration } from "../util/duration.ts";
import { parseSize } from "../util/size.ts";
import type { Type } from "./cel/types.ts";

/** What matchers can compare with. */
export type Scalar = string | number | boolean;

export function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

interface Reading {
  /** What an operand of the type must be, for messages. */
  readonly expected: string;
  read(literal: Scalar): Scalar | undefined;
}

const READINGS: Partial<Record<Type["kind"], Reading>> = {
  number: {
    expected: "a number",
    read: (literal) =>
      typeof literal === "boolean" || literal === "" ? undefined : orUndefined(Number(literal)),
  },
  bool: {
    expected: "true or false",
    read: (literal) => (["true", "false"].includes(String(literal)) ? literal : undefined),
  },
  size: { expected: "a size such as 10MB", read: (literal) => parseSize(String(literal)) },
  duration: { expected: "a duration such as 10m", read: (literal) => parseDuration(String(literal)) },
  time: {
    expected: "a time such as 2026-01-05T09:00:00Z",
    read: (literal) => (typeof literal === "string" ? orUndefined(Date.parse(literal)) : undefined),
  },
};

function orUndefined(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

/** A literal in a matcher, read as the type of the field. */
export function operandOf(
  literal: unknown,
  type: Type | undefined,
): { readonly value: Scalar } | { readonly problem: string } {
  if (!isScalar(literal)) return { problem: "a matcher compares with texts, numbers, true and false only" };
  const reading = type && READINGS[type.kind];
  const value = reading ? reading.read(literal) : literal;
  return value === undefined ? { problem: `'${String(literal)}' is not ${reading?.expected}` } : { value };
}

/** The bound of gt, gte, lt, lte as a number: sizes in bytes, durations and times in milliseconds. */
export function quantityOf(literal: unknown, type: Type | undefined): number | { readonly problem: string } {
  const reading = type && READINGS[type.kind];
  const unknown = type === undefined || type.kind === "any";
  const value = unknown && typeof literal === "string" ? readAny(literal) : readNumber(literal, reading);
  if (value !== undefined) return value;
  const expected = reading && type.kind !== "bool" ? reading.expected : "a number";
  return { problem: `takes ${expected}, not '${String(literal)}'` };
}

function readNumber(literal: unknown, reading: Reading | undefined): number | undefined {
  const value = isScalar(literal) && reading ? reading.read(literal) : literal;
  if (typeof value === "boolean" || !isScalar(value) || value === "") return undefined;
  return orUndefined(Number(value));
}

/** A field of unknown type: the literal itself says what it is. */
function readAny(literal: string): number | undefined {
  return parseSize(literal) ?? parseDuration(literal) ?? readNumber(literal, undefined);
}
