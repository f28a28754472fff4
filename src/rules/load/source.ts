import { type Alias, type Document, isAlias, type Node, parseDocument } from "yaml";
import type { Position, Problem } from "../rulebook.ts";
import { DEEPEST, tooDeepAt } from "./depth.ts";
import { type Traps, trapsOf } from "./traps.ts";
import { type Walked, walk } from "./walk.ts";

/** A larger file is no rulebook; reading it would only take time. */
export const LARGEST_FILE = 4 * 1024 * 1024;

const TOO_DEEP = `Maps and lists stand more than ${DEEPEST} deep in each other`;

/** One file of a rulebook: its text, its nodes, and where they stand. */
export class Source {
  readonly file: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly walked: Walked;
  readonly #lines: readonly number[];
  readonly #traps: Traps;
  /** By line, the offset of the first place at which the syntax is broken. */
  readonly #breaks = new Map<number, number>();
  readonly #told: ReadonlySet<string>;
  readonly #named = new Map<Alias, Node>();

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#lines = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
    const deep = tooDeepAt(text);
    // Keys are told apart by the traps: the parser compares each with all others, which takes too long in large files.
    const options = { version: "1.2", merge: false, uniqueKeys: false, prettyErrors: false } as const;
    this.document = parseDocument(deep === undefined ? text : "", options);
    this.walked = walk(this.document.contents);
    this.#nameAliases();
    this.#traps =
      deep === undefined ? trapsOf(this) : { found: [{ offset: deep, message: TOO_DEEP }], nodes: new Set() };
    this.#told = new Set(this.problems().map(({ position: { line, column } }) => `${line}:${column}`));
  }

  at(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.text.length));
    let [line, after] = [0, this.#lines.length];
    while (after - line > 1) {
      const middle = (line + after) >> 1;
      if ((this.#lines[middle] ?? 0) <= at) line = middle;
      else after = middle;
    }
    return { file: this.file, line: line + 1, column: at - (this.#lines[line] ?? 0) + 1 };
  }

  /** Where a node stands; a missing one stands at the beginning of the file. */
  position(node: Node | null | undefined): Position {
    return this.at(node?.range?.[0] ?? 0);
  }

  /** The node that an alias stands for, undefined when there is none; all others themselves. */
  resolved(node: unknown): Node | undefined {
    return isAlias(node) ? this.#named.get(node) : (node as Node | undefined);
  }

  /** What is wrong with the YAML itself. */
  problems(): Problem[] {
    return this.#traps.found.map(({ offset, message }) => ({
      severity: "error",
      position: this.at(offset),
      message,
    }));
  }

  /** Whether something is wrong with the YAML at just this place. */
  tells({ line, column }: Position): boolean {
    return this.#told.has(`${line}:${column}`) || this.isBehindBreak({ file: this.file, line, column });
  }

  /** True for nodes of which something was said that makes all else that could be said of them pointless. */
  isTrap(node: unknown): boolean {
    return this.#traps.nodes.has(node);
  }

  /** True for maps in which the syntax is broken: they miss keys for no other reason. */
  isBroken(node: Node): boolean {
    const [start, , end] = node.range ?? [0, 0, 0];
    const line = this.text.lastIndexOf("\n", start - 1) + 1;
    return [...this.#breaks.values()].some((offset) => line <= offset && offset <= end);
  }

  /** Notes where the parser stumbled: what it makes of the rest of the line is nobody's mistake. */
  breakAt(offset: number): void {
    const { line } = this.at(offset);
    this.#breaks.set(line, Math.min(offset, this.#breaks.get(line) ?? offset));
  }

  isBehindBreak({ line, column }: Position): boolean {
    const offset = this.#breaks.get(line);
    return offset !== undefined && column >= this.at(offset).column;
  }

  /** All in one go: to look for each alias by itself takes too long in a file that has many. */
  #nameAliases(): void {
    const anchors = new Map<string, Node>();
    for (const { node } of this.walked.places) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        continue;
      }
      const named = anchors.get(node.source);
      // An alias inside of what it stands for would have no end.
      const isInside = (named?.range?.[1] ?? 0) >= (node.range?.[1] ?? 0);
      if (named && !isInside) this.#named.set(node, named);
    }
  }
}
