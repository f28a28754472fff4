import { isMap, isScalar, isSeq, type Node, Scalar } from "yaml";
import { compileExpression } from "../cel/compile.ts";
import { record } from "../cel/kinds.ts";
import {
  type Env,
  EvaluationError,
  type Expression,
  type Fields,
  type Scope,
  type Type,
} from "../cel/types.ts";
import type { Position, Problem } from "../rulebook.ts";
import { textOf } from "./values.ts";
import { offsetIn, QUOTE } from "./offsets.ts";
import type { Source } from "./source.ts";
import { asWritten } from "./words.ts";

/** A scalar as it counts: its value (`${params.x}` put in), and the type that a parameter brought along. */
export interface ScalarValue {
  readonly value: unknown;
  /** The source text, for places where text is expected: `007` stays `007`. */
  readonly text: string;
  readonly type: Type | undefined;
  readonly node: Scalar;
}

/** Values that aliases repeat are read again each time; beyond this many for each that is written, and as many more, a file is a bomb. */
const MOST_READINGS = 10;
const MORE_READINGS = 100_000;

/** What reading one file needs: where it is, what is wrong with it, what its parameters are. */
export class Context {
  readonly source: Source;
  readonly problems: Problem[];
  /** Types and values of the parameters, known once all `params:` are read. */
  params: { fields: Fields; values: Env } = { fields: {}, values: {} };
  readonly #mostReadings: number;
  #readings = 0;

  constructor(source: Source, problems: Problem[]) {
    this.source = source;
    this.problems = problems;
    this.#mostReadings = MORE_READINGS + MOST_READINGS * source.walked.places.length;
  }

  /** Of a value that is missing or that the YAML itself has spoilt enough is said already. */
  error(node: unknown, message: string): undefined {
    if (node !== null && !this.source.isTrap(node)) this.errorAt(this.position(node), message);
  }

  errorAt(position: Position, message: string): undefined {
    if (this.source.tells(position) || this.#readings > this.#mostReadings) return;
    this.problems.push({ severity: "error", position, message });
  }

  warn(node: unknown, message: string): void {
    this.problems.push({ severity: "warning", position: this.position(node), message });
  }

  position(node: unknown): Position {
    return this.source.position(node as Node | null);
  }

  /** The node itself, behind aliases. Too many of them end the reading. */
  resolve(node: unknown): Node | undefined {
    if (++this.#readings === this.#mostReadings)
      this.error(node, "Aliases make far too many values of this file");
    return this.#readings >= this.#mostReadings ? undefined : this.source.resolved(node);
  }

  /** An item of a list; the node itself where one stands for a list of one. */
  item(node: unknown, index: number): unknown {
    const found = this.resolve(node);
    return isSeq(found) ? (found.items[index] ?? node) : node;
  }

  /** A scalar with its parameters put in; undefined (and a problem) for anything else. */
  scalar(node: unknown, expected: string): ScalarValue | undefined {
    const found = this.resolve(node);
    if (found === undefined || found === null) return undefined;
    if (!isScalar(found))
      return this.error(node, `${expected} was expected, not a ${isMap(found) ? "map" : "list"}; ${QUOTE}`);
    if (found.value === null) return undefined;
    const text = asWritten(found);
    if (typeof found.value !== "string" || !found.value.includes("${"))
      return { value: found.value, text, type: undefined, node: found };
    return this.#substituted(found, found.value);
  }

  /** Compiles an expression that stands in a scalar; problems point into it. `start`: where in the value it begins. */
  expression(node: Scalar, source: string, scope: Scope, expected?: Type, start = 0): Expression | undefined {
    if (this.source.isTrap(node)) return undefined;
    const compiled = compileExpression(source, scope, expected);
    if ("expression" in compiled) return compiled.expression;
    for (const { offset, message } of compiled.problems)
      this.errorAt(this.source.at(offsetIn(node, this.source.text, start + offset)), message);
    return undefined;
  }

  /** Whether an expression begins in a piece of text and does not end. */
  unclosed(node: Scalar, { text, start }: Piece): boolean {
    const open = text.indexOf("${");
    if (open >= 0)
      this.errorAt(
        this.source.at(offsetIn(node, this.source.text, start + open)),
        "This ${ is not closed by a }",
      );
    return open >= 0;
  }

  /** Plain values of whatever stands there: for parameters of actions and the like. `isText` as for templates. */
  plain(node: unknown, isText: (path: string) => boolean = () => false, path = ""): unknown {
    const found = this.resolve(node);
    if (isScalar(found)) return isText(path) ? asWritten(found) : found.value;
    if (isSeq(found)) return found.items.map((item, i) => this.plain(item, isText, `${path}/${i}`));
    if (isMap(found))
      return Object.fromEntries(
        found.items.flatMap(({ key, value }) => {
          const name = isScalar(key) ? asWritten(key) : undefined;
          return name === undefined ? [] : [[name, this.plain(value, isText, `${path}/${name}`)]];
        }),
      );
    return undefined;
  }

  /** The value of an expression over the parameters; undefined (and a problem) when it cannot be computed. */
  #evaluated(expression: Expression, env: Env, node: Scalar, { start }: Piece): unknown {
    try {
      return expression.run(env);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      const { fields, values } = this.params;
      // Of a parameter without a usable value enough is said where it stands.
      if (Object.keys(fields).every((name) => values[name] !== undefined))
        this.errorAt(this.source.at(offsetIn(node, this.source.text, start)), error.message);
      return undefined;
    }
  }

  /** `${params.x}` as a whole value keeps its type, inside text it becomes text. */
  #substituted(node: Scalar, raw: string): ScalarValue | undefined {
    const scope: Scope = {
      variables: { params: { type: record("params", this.params.fields) } },
      functions: {},
    };
    const env = { params: this.params.values };
    const pieces = splitTemplate(raw);
    const values: { value: unknown; type: Type | undefined }[] = [];
    for (const piece of pieces) {
      if (piece.kind === "text") {
        if (this.unclosed(node, piece)) return undefined;
        values.push({ value: piece.text, type: undefined });
        continue;
      }
      const expression = this.expression(node, piece.text, scope, undefined, piece.start);
      const value = expression && this.#evaluated(expression, env, node, piece);
      if (!expression || value === undefined) return undefined;
      values.push({ value, type: expression.type });
    }
    const [only, another] = values;
    const whole =
      only && !another
        ? only
        : { value: values.map(({ value, type }) => textOf(value, type)).join(""), type: undefined };
    return { value: whole.value, text: textOf(whole.value, whole.type), type: whole.type, node };
  }
}

export type Piece = { readonly kind: "text" | "expression"; readonly text: string; readonly start: number };

/** `a ${b} c` in pieces; an expression ends at its own closing brace, texts and maps inside it respected. */
export function splitTemplate(raw: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (;;) {
    const open = raw.indexOf("${", at);
    const end = open < 0 ? -1 : closingBrace(raw, open + 2);
    if (open < 0 || end < 0) break;
    if (open > at) pieces.push({ kind: "text", text: raw.slice(at, open), start: at });
    pieces.push({ kind: "expression", text: raw.slice(open + 2, end), start: open + 2 });
    at = end + 1;
  }
  if (at < raw.length || pieces.length === 0) pieces.push({ kind: "text", text: raw.slice(at), start: at });
  return pieces;
}

function closingBrace(raw: string, from: number): number {
  let depth = 0;
  let quote = "";
  for (let i = from; i < raw.length; i++) {
    const char = raw.charAt(i);
    if (quote !== "") {
      if (char === "\\") i++;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "{") depth++;
    else if (char === "}" && depth-- === 0) return i;
  }
  return -1;
}

/** True for nodes inside `{ }` or `[ ]`, where commas and braces end a plain text. */
export function standsInFlow(source: Source, node: Scalar): boolean {
  let nodes = flows.get(source);
  if (!nodes)
    flows.set(
      source,
      (nodes = new Set(source.walked.places.flatMap((place) => (place.flow ? [place.node] : [])))),
    );
  return nodes.has(node);
}

const flows = new WeakMap<Source, Set<Node>>();

/** A comment right behind an unquoted text: maybe it was meant to belong to it. Set apart by more than one blank, it is plainly a remark. */
export function commentTrap(context: Context, node: Scalar): boolean {
  const end = node.range?.[1] ?? 0;
  if (node.type !== Scalar.PLAIN || !/^[ \t]#/.test(context.source.text.slice(end, end + 2))) return false;
  context.errorAt(
    context.source.at(end + 1),
    `What follows # is a comment, and not part of the value; ${QUOTE}`,
  );
  return true;
}
