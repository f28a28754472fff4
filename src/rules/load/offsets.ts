import { Scalar } from "yaml";

export const QUOTE = "quote the whole value";

export function rangeStart(node: unknown): number {
  return (node as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
}

/** The offset in the file at which a character of a scalar's value stands. */
export function offsetIn(scalar: Scalar, text: string, index: number): number {
  const start = rangeStart(scalar);
  const raw = text.slice(start, scalar.range?.[1] ?? start);
  switch (scalar.type) {
    case Scalar.PLAIN:
      return start + flowOffset(raw, 0, index, /[^]/y);
    case Scalar.QUOTE_SINGLE:
      return start + flowOffset(raw, 1, index, /''|[^]/y);
    case Scalar.QUOTE_DOUBLE:
      return (
        start + flowOffset(raw, 1, index, /\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\[^]|[^]/y)
      );
    case Scalar.BLOCK_LITERAL:
      return start + blockOffset(raw, index, false);
    case Scalar.BLOCK_FOLDED:
      return start + blockOffset(raw, index, true);
    default:
      return start;
  }
}

/** A line end with the blanks around it, which is one blank of the value, and further ones, each of which is a line end. */
const FOLD = /[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]*/y;
/** In double quotes: joins two lines. */
const JOINT = /\\\r?\n[ \t]*/y;

/** Walks the pieces of a plain or quoted text, each of which is one character of the value. */
function flowOffset(raw: string, from: number, index: number, piece: RegExp): number {
  let at = from;
  let left = index;
  for (;;) {
    const joint = raw.charAt(0) === '"' ? matchAt(JOINT, raw, at) : undefined;
    if (joint !== undefined) {
      at += joint.length;
      continue;
    }
    if (left <= 0) return at;
    const fold = matchAt(FOLD, raw, at);
    const found = fold ?? matchAt(piece, raw, at);
    if (found === undefined) return at;
    at += found.length;
    left -= fold === undefined ? 1 : Math.max(1, fold.split("\n").length - 2);
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** The lines of a block stand behind its header, all indented alike. Folding takes one line end away from several, if the lines are not indented further. */
function blockOffset(raw: string, index: number, folded: boolean): number {
  const header = raw.indexOf("\n") + 1;
  const lines = raw.slice(header).split("\n");
  const first = lines.find((line) => line.trim() !== "") ?? "";
  const indent = first.length - first.trimStart().length;
  let offset = header;
  let left = index;
  for (const [i, line] of lines.entries()) {
    const content = line.slice(indent).replace(/\r$/, "");
    if (left <= content.length) return offset + Math.min(indent, line.length) + Math.max(0, left);
    left -= content.length;
    const next = lines[i + 1]?.slice(indent).replace(/\r$/, "") ?? "";
    const swallowed = folded && content !== "" && next === "" && !/^[ \t]/.test(content);
    if (!swallowed) left -= 1;
    offset += line.length + 1;
  }
  return offset;
}
