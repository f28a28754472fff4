import { parseDuration } from "../../util/duration.ts";
import { parseSize } from "../../util/size.ts";
import { suggest } from "../../util/suggest.ts";
import { ANY, DURATION, SIZE } from "./kinds.ts";
import type { ExpressionProblem, Type } from "./types.ts";

/** A size or duration written as a literal, such as `50GiB`. */
export interface UnitLiteral {
  readonly type: Type;
  readonly value: number;
}

export interface Scanned {
  /** The source with every literal of ours replaced by a name of the same length: offsets stay what they were. */
  readonly text: string;
  /** By the offset at which they stand. */
  readonly literals: ReadonlyMap<number, UnitLiteral>;
  readonly problems: readonly ExpressionProblem[];
}

const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /("""|'''|"|')/y;
const UNITS = ["ms", "s", "m", "h", "d", "B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"];

/** Finds `10m`, `1.5h`, `50GiB` outside of texts and comments, which CEL's own grammar does not know. */
export function scanLiterals(source: string): Scanned {
  const literals = new Map<number, UnitLiteral>();
  const problems: ExpressionProblem[] = [];
  let text = "";
  let copied = 0;
  let position = 0;
  while (position < source.length) {
    const name = matchAt(IDENTIFIER, source, position);
    const number = name === undefined ? matchAt(NUMBER, source, position) : undefined;
    if (name !== undefined) {
      position += name.length;
      const prefix = name.length === 1 && "rRbB".includes(name);
      if (prefix) position = skipString(source, position);
    } else if (number !== undefined) {
      const suffix = matchAt(IDENTIFIER, source, position + number.length) ?? "";
      const word = number + suffix;
      if (suffix !== "") {
        const literal = readUnit(word);
        if (!literal)
          problems.push({ offset: position, length: word.length, message: unknownUnit(number, suffix) });
        literals.set(position, literal ?? { type: ANY, value: 0 });
        text += source.slice(copied, position) + "_".repeat(word.length);
        copied = position + word.length;
      }
      position += word.length;
    } else if (source.startsWith("//", position)) {
      const end = source.indexOf("\n", position);
      position = end < 0 ? source.length : end;
    } else {
      const behind = skipString(source, position);
      position = behind > position ? behind : position + 1;
    }
  }
  return { text: text + source.slice(copied), literals, problems };
}

function readUnit(word: string): UnitLiteral | undefined {
  const duration = parseDuration(word);
  if (duration !== undefined) return { type: DURATION, value: duration };
  const size = parseSize(word);
  return size === undefined ? undefined : { type: SIZE, value: size };
}

function unknownUnit(number: string, suffix: string): string {
  const near = suggest(suffix, UNITS);
  const hint =
    near === undefined
      ? "; expected a unit such as s, m, h, d, kB, MB, GiB"
      : `; did you mean '${number}${near}'?`;
  return `'${number}${suffix}' is no number, duration or size${hint}`;
}

/** The offset behind the string that begins at `position`; `position` itself when none does. */
function skipString(source: string, position: number): number {
  const quote = matchAt(STRING, source, position);
  if (quote === undefined) return position;
  let at = position + quote.length;
  while (at < source.length && !source.startsWith(quote, at)) {
    // The parser lets a backslash guard the next character in raw texts too.
    at += source[at] === "\\" ? 2 : 1;
    // Only texts in three quotes run over lines; the parser will say so.
    if (quote.length === 1 && source[at - 1] === "\n") return at;
  }
  return Math.min(at + quote.length, source.length);
}

function matchAt(pattern: RegExp, source: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(source)?.[0];
}
