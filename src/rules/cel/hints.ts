import { parseDuration } from "../../util/duration.ts";
import { parseSize } from "../../util/size.ts";
import { literalOf, type Typed } from "./node.ts";
import type { Type } from "./types.ts";

/** What to write instead of `part` where `wanted` stands beside it: `; write 5s?`, or nothing. */
export function writeHint(part: Typed, wanted: Type): string {
  const literal = literalOf(part);
  const fix = literal === undefined ? conversion(part, wanted) : rewrite(literal, part.type, wanted);
  return fix === undefined ? "" : `; write ${fix}?`;
}

/** The hint for two parts of which either may be the slip. */
export function pairHint(left: Typed, right: Typed): string {
  return writeHint(right, left.type) || writeHint(left, right.type);
}

function rewrite(literal: string | number | boolean, type: Type, wanted: Type): string | undefined {
  if (type.kind === "number" && wanted.kind === "duration") return `${literal}s`;
  if (type.kind === "number" && wanted.kind === "size") return `${literal}kB`;
  if (type.kind === "number" && wanted.kind === "text") return `"${literal}"`;
  if (typeof literal !== "string") return undefined;
  const fits =
    (wanted.kind === "number" && /^\d+(\.\d+)?$/.test(literal)) ||
    (wanted.kind === "bool" && /^(true|false)$/.test(literal)) ||
    (wanted.kind === "duration" && parseDuration(literal) !== undefined) ||
    (wanted.kind === "size" && parseSize(literal) !== undefined);
  if (fits) return `${literal} without quotes`;
  return wanted.kind === "time" ? `timestamp("2026-01-05T09:00:00Z")` : undefined;
}

function conversion(part: Typed, wanted: Type): string | undefined {
  const shown = part.node.op === "id" ? part.node.args : "…";
  if (wanted.kind === "text" && ["number", "bool", "size", "duration", "time"].includes(part.type.kind)) {
    return `text(${shown})`;
  }
  return wanted.kind === "number" && part.type.kind === "text" ? `number(${shown})` : undefined;
}
