import { formatDuration, parseDuration } from "../../util/duration.ts";
import { formatSize, parseSize } from "../../util/size.ts";
import type { Type } from "../cel/types.ts";

/** The types that parameters and variables may have. */
export const VALUE_TYPES = ["text", "number", "bool", "size", "duration", "list"] as const;

export type ValueType = (typeof VALUE_TYPES)[number];

/** The type that expressions see. */
export function typeOfValue(type: ValueType): Type {
  return type === "list" ? { kind: "list", of: { kind: "text" } } : { kind: type };
}

/** A value typed at a prompt (`--set NAME=VALUE`); undefined when it is not of the type. */
export function parseValue(type: ValueType, text: string): unknown {
  switch (type) {
    case "text":
      return text;
    case "number":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case "bool":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "size":
      return parseSize(text);
    case "duration":
      return parseDuration(text);
    case "list":
      return text === "" ? [] : text.split(",").map((item) => item.trim());
  }
}

/** A value of an expression inside a text. */
export function textOf(value: unknown, type: Type | undefined): string {
  if (typeof value === "number" && type?.kind === "size") return formatSize(value);
  if (typeof value === "number" && type?.kind === "duration") return formatDuration(value);
  if (typeof value === "number" && type?.kind === "time") return new Date(value).toISOString();
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  return value === undefined ? "" : String(value as string | number | boolean);
}
