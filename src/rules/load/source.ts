import { type Alias, isAlias, isPair, isScalar, LineCounter, type Node, parseDocument, Scalar, visit, type Document } from "yaml";
import type { Position, Problem } from "../rulebook.ts";

/** A larger file is no rulebook; reading it would only take time. */
export const LARGEST_FILE = 4 * 1024 * 1024;

export const QUOTE = "quote the whole value";

/** One file of a rulebook: its text, its nodes, and where they stand. */
export class Source {
  readonly file: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly #lines: LineCounter;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#lines = new LineCounter();
    this.document = parseDocument(text, { lineCounter: this.#lines, version: "1.2", merge: false });
  }

  at(offset: number): Position {
    const { line, col } = this.#lines.linePos(Math.max(0, Math.min(offset, this.text.length)));
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** Where a node stands; a missing one stands at the beginning of the file. */
  position(node: Node | null | undefined): Position {
    return this.at(node?.range?.[0] ?? 0);
  }

  /** What is wrong with the YAML itself: errors of its syntax, and the traps that silently change what was meant. */
  problems(): Problem[] {
    const found: Problem[] = [];
    const add = (offset: number, message: string): void =>
      void found.push({ severity: "error", position: this.at(offset), message });
    for (const error of [...this.document.errors, ...this.document.warnings]) {
      const [offset] = error.pos;
      if (error.code !== "TAG_RESOLVE_FAILED") add(offset, `${syntaxMessage(error.message)}${this.#hint(offset, error.code)}`);
    }
    visit(this.document, {
      Alias: (_, alias) => this.#aliasTrap(alias, add),
      Pair: (_, pair) => {
        if (!isScalar(pair.key)) add(rangeStart(pair.key), "A key must be a plain word");
        if (pair.value === null) add(rangeStart(pair.key), "The value is missing");
      },
      Collection: (_, node) => {
        if (node.tag !== undefined) add(rangeStart(node), `Tags are not used here; ${QUOTE}`);
      },
      Scalar: (key, scalar, path) => {
        if (key !== "key") this.#scalarTraps(scalar, add, key !== null && !isPair(path.at(-1)));
      },
    });
    return found;
  }

  #aliasTrap(alias: Alias, add: (offset: number, message: string) => void): void {
    if (!alias.resolve(this.document))
      add(rangeStart(alias), `Nothing is named '&${alias.source}' before this; ${QUOTE} if it is no alias`);
  }

  #scalarTraps(scalar: Scalar, add: (offset: number, message: string) => void, inList: boolean): void {
    const start = rangeStart(scalar);
    if (scalar.tag !== undefined) add(this.#tagStart(start), `Tags are not used here; ${QUOTE}`);
    else if (scalar.value === null) add(start, "The value is missing");
    if (typeof scalar.value === "number" && Number.isInteger(scalar.value) && !Number.isSafeInteger(scalar.value))
      add(start, `The number ${scalar.source ?? ""} is larger than 2^53 and would not be kept exactly; ${QUOTE}`);
    if (scalar.type !== Scalar.PLAIN || typeof scalar.value !== "string") return;
    const source = scalar.source ?? scalar.value;
    if (inList && (source.split('"').length - 1) % 2 === 1)
      add(start, `An item with a quotation mark that is not closed; ${QUOTE}`);
    // `key: "${params.x}"` may stand bare when it is the whole value; inside text it is a trap.
    else if (source.includes("${") && !/^\$\{[^{}]*\}$/.test(source))
      add(start, `A value that holds \${ … } must be quoted; ${QUOTE}`);
  }

  /** A tag stands before the value that it is for. */
  #tagStart(start: number): number {
    const before = this.text.lastIndexOf("!", start);
    return before >= 0 && !this.text.slice(before, start).includes("\n") ? before : start;
  }

  /** Syntax errors that come from a value which should have been quoted. */
  #hint(offset: number, code: string): string {
    if (code === "DUPLICATE_KEY") return "";
    const lineStart = this.text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
    const lineEnd = this.text.indexOf("\n", lineStart);
    const line = this.text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
    const value = /^\s*(?:- )*(?:[\w-]+:\s+)?(.*)$/.exec(line)?.[1] ?? "";
    const suspicious = /^[!&*>[{'"%@`|]/.test(value) || /\$\{|: | #/.test(value) || code === "BLOCK_AS_IMPLICIT_KEY";
    return suspicious ? `; ${QUOTE}` : "";
  }
}

export function rangeStart(node: unknown): number {
  return (node as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
}

/** The parser's message without its own position and excerpt. */
function syntaxMessage(message: string): string {
  const [first = ""] = message.split("\n");
  return first.replace(/ at line \d+, column \d+:?$/, "");
}

/** The nodes that an alias stands for, and all others themselves. */
export function resolved(node: unknown, document: Document.Parsed): Node | undefined {
  return (isAlias(node) ? node.resolve(document) : node) as Node | undefined;
}

/** The offset in the file at which a character of a scalar's value stands; exact for scalars on one line and for literal blocks. */
export function offsetIn(scalar: Scalar, text: string, index: number): number {
  const start = rangeStart(scalar);
  const end = scalar.range?.[1] ?? start;
  const raw = text.slice(start, end);
  switch (scalar.type) {
    case Scalar.PLAIN:
      return start + (raw.includes("\n") ? 0 : index);
    case Scalar.QUOTE_SINGLE:
      return raw.includes("\n") ? start : start + quotedOffset(raw, index, /''|[^']/y);
    case Scalar.QUOTE_DOUBLE:
      return raw.includes("\n")
        ? start
        : start + quotedOffset(raw, index, /\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\.|[^"\\]/y);
    case Scalar.BLOCK_LITERAL:
      return start + blockOffset(raw, String(scalar.value), index);
    case Scalar.BLOCK_FOLDED:
      return start + blockOffset(raw, String(scalar.value), index);
    default:
      return start;
  }
}

/** Walks the pieces of a quoted text, each of which is one character of the value. */
function quotedOffset(raw: string, index: number, piece: RegExp): number {
  piece.lastIndex = 1;
  for (let i = 0; i < index && piece.test(raw); i++);
  return piece.lastIndex === 0 ? 1 : piece.lastIndex;
}

/** The lines of a block stand behind its header, all indented alike; folding turns line ends into blanks one to one. */
function blockOffset(raw: string, value: string, index: number): number {
  const header = raw.indexOf("\n") + 1;
  const body = raw.slice(header);
  const indent = /^(?:\s*\n)*( *)/.exec(body)?.[1]?.length ?? 0;
  let offset = header;
  let at = 0;
  for (const line of body.split("\n")) {
    const length = Math.max(0, line.length - indent);
    if (index <= at + length || at + length >= value.length) return offset + Math.min(indent, line.length) + Math.max(0, index - at);
    at += length + 1;
    offset += line.length + 1;
  }
  return offset;
}
