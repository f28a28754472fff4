import { type Alias, type Document, isAlias, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { Position, Problem } from "../rulebook.ts";
import { type Traps, trapsOf } from "./traps.ts";

/** A larger file is no rulebook; reading it would only take time. */
export const LARGEST_FILE = 4 * 1024 * 1024;

/** One file of a rulebook: its text, its nodes, and where they stand. */
export class Source {
  readonly file: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #traps: Traps;
  /** By line, the offset of the first place at which the syntax is broken. */
  readonly #breaks = new Map<number, number>();
  readonly #told: ReadonlySet<string>;
  readonly #named = new Map<Alias, Node>();

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#lines = new LineCounter();
    this.document = parseDocument(text, { lineCounter: this.#lines, version: "1.2", merge: false });
    this.#nameAliases();
    this.#traps = trapsOf(this);
    this.#told = new Set(this.problems().map(({ position: { line, column } }) => `${line}:${column}`));
  }

  at(offset: number): Position {
    const { line, col } = this.#lines.linePos(Math.max(0, Math.min(offset, this.text.length)));
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
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
    return this.#traps.found.map(({ offset, message }) => ({ severity: "error", position: this.at(offset), message }));
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

  /** All in one walk: to look for each alias by itself takes too long in a file that has many. */
  #nameAliases(): void {
    const anchors = new Map<string, Node>();
    visit(this.document, {
      Node: (_, node) => {
        if (isAlias(node)) {
          const named = anchors.get(node.source);
          if (named) this.#named.set(node, named);
        } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
    });
  }
}
