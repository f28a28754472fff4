import { Environment, type ASTNode } from "@marcbachmann/cel-js";
import { scanLiterals, type UnitLiteral } from "./literals.ts";
import type { ExpressionProblem } from "./types.ts";

export type { ASTNode } from "@marcbachmann/cel-js";

export interface Parsed {
  readonly ast: ASTNode;
  /** Sizes and durations, by the offset of the name that stands for them in the tree. */
  readonly literals: ReadonlyMap<number, UnitLiteral>;
}

/** Only the parser of cel-js is used: no type, function or variable of its own. */
const environment = new Environment();

/** Longer expressions are refused: parser and compiler descend into them. */
const MAX_LENGTH = 16_384;

/** The syntax tree with offsets into `source`, or every problem that keeps it from being read. */
export function parseExpression(
  source: string,
): Parsed | { readonly problems: readonly ExpressionProblem[] } {
  if (source.length > MAX_LENGTH) {
    return {
      problems: [{ offset: 0, length: 0, message: `the expression is longer than ${MAX_LENGTH} characters` }],
    };
  }
  if (source.trim() === "")
    return { problems: [{ offset: 0, length: source.length, message: "the expression is empty" }] };
  const { text, literals, problems } = scanLiterals(source);
  try {
    const { ast } = environment.parse(text);
    return problems.length > 0 ? { problems } : { ast, literals };
  } catch (error) {
    return { problems: [...problems, syntaxProblem(source, error)] };
  }
}

/** What cel-js throws: `range` and a code; the summary without the drawing of the source that its message has. */
interface ParserError {
  readonly code?: string;
  readonly summary?: string;
  readonly range?: { readonly start: number; readonly end: number };
}

const SYMBOLS: Readonly<Record<string, string>> = {
  EOF: "the end",
  LPAREN: "'('",
  RPAREN: "')'",
  LBRACKET: "'['",
  RBRACKET: "']'",
  LBRACE: "'{'",
  RBRACE: "'}'",
  COLON: "':'",
  IDENTIFIER: "a name",
};

const SLIPS: Readonly<Record<string, string>> = {
  "=": "==",
  and: "&&",
  "&": "&&",
  or: "||",
  "|": "||",
  not: "!",
};

function syntaxProblem(source: string, error: unknown): ExpressionProblem {
  if (error instanceof RangeError) {
    return { offset: 0, length: source.length, message: "the expression is nested too deeply" };
  }
  const { code, summary = "syntax error", range = { start: 0, end: 0 } } = error as ParserError;
  const offset = Math.min(range.start, source.length);
  const found = source.slice(offset, range.end);
  const word = /^(?:\w+|\W)/.exec(source.slice(offset))?.[0] ?? "";
  const slip = Object.hasOwn(SLIPS, word) ? SLIPS[word] : undefined;
  const hint = slip === undefined ? "" : `; did you mean '${slip}'?`;
  const length = Math.max(0, Math.min(range.end, source.length) - offset);
  return { offset, length, message: syntaxMessage(code, summary, found) + hint };
}

function syntaxMessage(code: string | undefined, summary: string, found: string): string {
  const expected = /^Expected (\w+)/.exec(summary)?.[1];
  const instead = found === "" ? "the end of the expression" : `'${found}'`;
  switch (code) {
    case "unexpected_token":
    case "unexpected_character":
      return found === "" ? "the expression ends too early" : `unexpected ${instead}`;
    case "expected_token":
      return `expected ${SYMBOLS[expected ?? ""] ?? expected}, found ${instead}`;
    default:
      return summary.charAt(0).toLowerCase() + summary.slice(1);
  }
}
