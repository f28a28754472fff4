import { Lexer } from "yaml";

/** No rulebook nests deeper; reading what does could overflow the stack. */
export const DEEPEST = 100;

/** The offset at which a text nests deeper than a rulebook can; undefined when it does not. */
export function tooDeepAt(text: string): number | undefined {
  return tooIndentedAt(text) ?? (mayBracket(text) ? tooBracketedAt(text) : undefined);
}

/** Levels by indentation and by the `- - ? :` at the beginning of a line. */
function tooIndentedAt(text: string): number | undefined {
  const columns: number[] = [];
  let offset = 0;
  for (const line of text.split("\n")) {
    const lead = /^(?:[-?:]?[ \t]+|[-?:]\r?$)*/.exec(line)?.[0] ?? "";
    if (line.trim() !== "") {
      const indents = [...lead.matchAll(/[-?:]/g)].map((match) => match.index);
      if (lead.length < line.trimEnd().length) indents.push(lead.length);
      while (columns.length > 0 && (columns.at(-1) ?? 0) >= (indents[0] ?? 0)) columns.pop();
      columns.push(...indents);
      if (columns.length > DEEPEST) return offset;
    }
    offset += line.length + 1;
  }
  return undefined;
}

/** Brackets counted wherever they stand: few files have enough of them to be looked at closely. */
function mayBracket(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(0, depth - 1);
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** Tokens of the lexer that do not stand in the text: a document, the end of the line, a scalar begins. */
const MARKS = new Set(["\u0002", "\u0018", "\u001f"]);

function tooBracketedAt(text: string): number | undefined {
  let depth = 0;
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") depth++;
    else if (token === "]" || token === "}") depth--;
    if (depth > DEEPEST) return offset;
    if (!MARKS.has(token)) offset += token.length;
  }
  return undefined;
}
