import type { Scalar } from "yaml";

/** A text, or any other value as written: `on` and `007` are just words here. */
export function asWritten(key: Scalar): string {
  return typeof key.value === "string" ? key.value : (key.source ?? "");
}

/** Enough of a text to know it by. */
export function short(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}
