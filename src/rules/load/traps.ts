import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isScalar,
  type Node,
  type Pair,
  Scalar,
  type YAMLError,
} from "yaml";
import { didYouMean } from "../../util/suggest.ts";
import { QUOTE, rangeStart } from "./offsets.ts";
import { asWritten, short } from "./words.ts";
import type { Position } from "../rulebook.ts";
import type { Walked } from "./walk.ts";
import { firstLine, isClosed, isIndentation, contains } from "./yaml-errors.ts";

/** Said of a place in the YAML text. */
interface Trap {
  readonly offset: number;
  readonly message: string;
}

/** What is looked at: a text and its nodes. */
interface Source {
  readonly text: string;
  readonly document: Document.Parsed;
  readonly walked: Walked;
  at(offset: number): Position;
  resolved(node: unknown): Node | undefined;
  breakAt(offset: number): void;
  isBehindBreak(position: Position): boolean;
}

export interface Traps {
  readonly found: readonly Trap[];
  /** Nodes that are not what was meant: nothing more is said of them. */
  readonly nodes: ReadonlySet<unknown>;
}

/** A file with more broken lines than this is no rulebook. */
const MOST_BROKEN_LINES = 100;

/** What is wrong with the YAML itself: errors of its syntax, and what silently changes what was meant. */
export function trapsOf(source: Source): Traps {
  return new Finder(source).find();
}

class Finder {
  readonly #source: Source;
  readonly #found: Trap[] = [];
  readonly #nodes = new Set<unknown>();
  readonly #scalars: Node[] = [];
  readonly #flows: Node[] = [];
  readonly #ends = new Map<number, Node>();
  readonly #used = new Set<string>();
  readonly #anchors: string[] = [];

  constructor(source: Source) {
    this.#source = source;
  }

  find(): Traps {
    const { document } = this.#source;
    const { places, maps } = this.#source.walked;
    for (const { node } of places) {
      const end = node.range?.[1];
      if (end !== undefined) this.#ends.set(end, node);
      if (isAlias(node)) this.#used.add(node.source);
      if (!isCollection(node)) this.#scalars.push(node);
      else if (/[{[]/.test(this.#source.text.charAt(rangeStart(node)))) this.#flows.push(node);
    }
    const errors = [...document.errors, ...document.warnings].filter(
      ({ code }) => code !== "TAG_RESOLVE_FAILED",
    );
    const lines = new Set<number>();
    for (const error of errors) this.#syntax(error, lines);
    this.#version();
    for (const pairs of maps) this.#pairs(pairs);
    for (const { node, isKey, listed } of places) {
      if (isAlias(node)) this.#alias(node);
      else this.#properties(node);
      if (isScalar(node)) this.#scalar(node, isKey, listed);
    }
    return { found: this.#found, nodes: this.#nodes };
  }

  #add(offset: number, message: string, node?: unknown): void {
    if (node) this.#nodes.add(node);
    if (!this.#source.isBehindBreak(this.#source.at(offset))) this.#found.push({ offset, message });
  }

  /** In YAML 1.1 `on` and `off` are truth values, and 08:00 is a number. */
  #version(): void {
    const { text, document } = this.#source;
    const { version } = document.directives.yaml;
    const directive = /^%YAML/m.exec(text);
    if (version !== "1.2" && directive)
      this.#add(directive.index, `YAML ${version} takes words for other values; YAML 1.2 was expected`);
  }

  /** One error a line: the parser stumbles on over what follows the first. */
  #syntax(error: YAMLError, lines: Set<number>): void {
    const [offset] = error.pos;
    if (lines.size >= MOST_BROKEN_LINES || lines.has(this.#source.at(offset).line)) return;
    const place = this.#place(error);
    for (const scalar of this.#scalars)
      if (contains(scalar, offset) || contains(scalar, place)) this.#nodes.add(scalar);
    const { line } = this.#source.at(place);
    if (!lines.has(line))
      this.#found.push({ offset: place, message: `${this.#saying(error)}${this.#hint(place, error)}` });
    const message = firstLine(error);
    this.#source.breakAt(message.startsWith("Flow ") || isIndentation(message) ? offset : place);
    lines.add(line).add(this.#source.at(offset).line);
  }

  /** Where the value begins that leads to the error. */
  #place(error: YAMLError): number {
    const [offset] = error.pos;
    const { text } = this.#source;
    const message = firstLine(error);
    if (message.startsWith("Missing closing ")) {
      const open = this.#scalars.find(
        (node) => contains(node, offset) && /^["']/.test(text.slice(rangeStart(node))),
      );
      return open ? rangeStart(open) : offset;
    }
    if (message.endsWith("at node end")) {
      const end = text.slice(0, offset).trimEnd().length;
      const node = this.#ends.get(end);
      if (node) this.#nodes.add(node);
      return node ? rangeStart(node) : offset;
    }
    if (isIndentation(message)) return offset + (/^ */.exec(text.slice(offset))?.[0].length ?? 0);
    if (message.startsWith("Not a YAML token")) {
      const header = /[|>][^|>\n]*$/.exec(text.slice(0, offset));
      return header && !header[0].includes("\n") ? header.index : offset;
    }
    if (message.startsWith("Flow ")) {
      const open = this.#flows.findLast((node) => rangeStart(node) < offset && !isClosed(node, text));
      return open ? rangeStart(open) : offset;
    }
    return offset;
  }

  #saying(error: YAMLError): string {
    const { code } = error;
    const message = firstLine(error);
    if (message.startsWith("Flow "))
      return `This ${this.#source.text.charAt(this.#place(error))} is not closed, or what closes it is not indented as it should be`;
    if (code === "MULTIPLE_DOCS") return "A second document begins here; a rulebook is one";
    if (message.endsWith("at node end")) return "More text stands behind the end of this value";
    if (message.startsWith("Missing closing ")) return "The quotation mark is not closed";
    if (isIndentation(message)) return "This line is not indented as those before it";
    if (message.startsWith("Implicit ")) return "A key, ': ' and a value were expected";
    if (message.startsWith("Nested mappings"))
      return "A second ': ' in this value, or a line that is not indented as it should be";
    return message;
  }

  /** Syntax errors that come from a value which should have been quoted. */
  #hint(offset: number, { code, message }: YAMLError): string {
    if (code === "MULTIPLE_DOCS" || code === "TAB_AS_INDENT") return "";
    if (isIndentation(message)) return "";
    const { text } = this.#source;
    const lineStart = text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
    const lineEnd = text.indexOf("\n", lineStart);
    const line = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
    const value = /^\s*(?:- )*(?:[\w-]+:\s+)?(.*)$/.exec(line)?.[1] ?? "";
    const suspicious =
      /^[!&*>[{'"%@`|]/.test(value) || /\$\{|: | #/.test(value) || code === "BLOCK_AS_IMPLICIT_KEY";
    return suspicious ? `; ${QUOTE}` : "";
  }

  #alias(alias: Alias): void {
    if (this.#source.resolved(alias)) return;
    if (this.#anchors.includes(alias.source)) {
      this.#add(rangeStart(alias), `'*${alias.source}' stands inside of what it names`, alias);
      return;
    }
    const near = didYouMean(alias.source, this.#anchors);
    this.#add(
      rangeStart(alias),
      `Nothing is named '&${alias.source}' before this; ${QUOTE} if it is no alias${near}`,
      alias,
    );
  }

  #pairs(pairs: readonly Pair[]): void {
    const seen = new Set<string>();
    for (const { key, value } of pairs) {
      const start = rangeStart(key);
      const name = isScalar(key) ? asWritten(key) : "";
      if (!isScalar(key) || (key.value === null && name === ""))
        this.#add(start, "A key must be a plain word", key);
      else if (seen.has(name)) this.#add(start, `duplicate key '${short(name)}'`);
      seen.add(name);
      if (value === null) this.#add(start, "The value is missing");
    }
  }

  /** Tags and anchors, which stand before their node. */
  #properties(node: Node): void {
    const { tag, anchor } = node as { tag?: string; anchor?: string };
    const start = rangeStart(node);
    if (tag !== undefined) this.#add(this.#tagStart(start), `Tags are not used here; ${QUOTE}`, node);
    if (anchor === undefined) return;
    this.#anchors.push(anchor);
    if (isScalar(node) && !this.#used.has(anchor))
      this.#add(
        this.#source.text.lastIndexOf(`&${anchor}`, start),
        `Nothing refers to '&${anchor}'; ${QUOTE}`,
        node,
      );
  }

  #scalar(scalar: Scalar, isKey: boolean, inList: boolean): void {
    const start = rangeStart(scalar);
    if (isKey) return;
    // An anchor that nothing uses is told, and with it that there is no value.
    if (scalar.tag === undefined && scalar.value === null && !this.#nodes.has(scalar))
      this.#add(start, "The value is missing", scalar);
    if (
      typeof scalar.value === "number" &&
      Number.isInteger(scalar.value) &&
      !Number.isSafeInteger(scalar.value)
    )
      this.#add(
        start,
        `The number ${scalar.source ?? ""} is larger than 2^53 and would not be kept exactly; ${QUOTE}`,
        scalar,
      );
    if (scalar.type !== Scalar.PLAIN || typeof scalar.value !== "string") return;
    const source = scalar.source ?? scalar.value;
    if (inList && (source.split('"').length - 1) % 2 === 1)
      this.#add(start, `An item with a quotation mark that is not closed; ${QUOTE}`, scalar);
    // `key: ${params.x}` may stand bare when it is the whole value; inside text it is a trap.
    else if (source.includes("${") && !/^\$\{[^{}]*\}$/.test(source))
      this.#add(start, `A value that holds \${ … } must be quoted; ${QUOTE}`, scalar);
  }

  /** A tag stands before the value that it is for. */
  #tagStart(start: number): number {
    const { text } = this.#source;
    let at = text.lastIndexOf("!", start);
    while (at > 0 && !/[\s{[,]/.test(text.charAt(at - 1))) at--;
    return at >= 0 && !text.slice(at, start).includes("\n") ? at : start;
  }
}
