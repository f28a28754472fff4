import type { Fields, Type } from "./types.ts";

export const NUMBER: Type = { kind: "number" };
export const TEXT: Type = { kind: "text" };
export const BOOL: Type = { kind: "bool" };
export const SIZE: Type = { kind: "size" };
export const DURATION: Type = { kind: "duration" };
export const TIME: Type = { kind: "time" };
export const SECRET: Type = { kind: "secret" };
export const NULL: Type = { kind: "null" };
export const ANY: Type = { kind: "any" };
/** Items of `[]`: takes the type of whatever it stands beside. Known by identity. */
export const NOTHING: Type = { kind: "any" };

export function listOf(of: Type): Type {
  return { kind: "list", of };
}

export function mapOf(of: Type): Type {
  return { kind: "map", of };
}

export function record(name: string, fields: Fields): Type {
  return { kind: "record", name, fields };
}

/** How messages call a type. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case "list":
      return type.of.kind === "any" ? "list" : `list of ${typeName(type.of)}`;
    case "map":
      return type.of.kind === "any" ? "map" : `map of ${typeName(type.of)}`;
    case "record":
      return type.name;
    default:
      return type.kind;
  }
}

/** Whether a value of type `given` may stand where `wanted` is expected; with `any` that is seen at run time. */
export function accepts(wanted: Type, given: Type): boolean {
  if (wanted.kind === "any" || given.kind === "any") return wanted.kind !== "any" || given.kind !== "secret";
  if (wanted.kind === "list" && given.kind === "list") return accepts(wanted.of, given.of);
  if (wanted.kind === "map" && given.kind === "map") return accepts(wanted.of, given.of);
  if (wanted.kind === "record" && given.kind === "record") return wanted.name === given.name;
  return wanted.kind === given.kind;
}

/** The type of a value that is either an `a` or a `b`; undefined when they have none in common. */
export function unify(a: Type, b: Type): Type | undefined {
  if (a === NOTHING) return b;
  if (b === NOTHING) return a;
  if (a.kind === "secret" || b.kind === "secret") return a.kind === b.kind ? a : undefined;
  if (a.kind === "any" || b.kind === "any") return ANY;
  if (a.kind === "list" && b.kind === "list") {
    const of = unify(a.of, b.of);
    return of && { kind: "list", of };
  }
  if (a.kind === "map" && b.kind === "map") {
    const of = unify(a.of, b.of);
    // What is secret in one of them is secret.
    return of && { ...a, ...b, of };
  }
  return accepts(a, b) ? a : undefined;
}

/** Whether a run-time value can be of the type. Numbers, sizes, durations and times are all numbers then. */
export function isValueOf(type: Type, value: unknown): boolean {
  switch (type.kind) {
    case "number":
    case "size":
    case "duration":
    case "time":
      return typeof value === "number";
    case "text":
      return typeof value === "string";
    case "bool":
      return typeof value === "boolean";
    case "null":
      return value === null;
    case "list":
      return Array.isArray(value);
    case "map":
    case "record":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "secret":
      return typeof value === "object" && value !== null;
    case "any":
      return value !== undefined;
  }
}

/** How messages call a run-time value of unknown type. */
export function valueName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  switch (typeof value) {
    case "number":
      return "number";
    case "string":
      return "text";
    case "boolean":
      return "bool";
    case "undefined":
      return "nothing";
    default:
      return "map";
  }
}
