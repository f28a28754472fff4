import { fieldAccess, identifier, indexAccess } from "./access.ts";
import { arithmetic, negate } from "./arithmetic.ts";
import { functionCall, methodCall } from "./calls.ts";
import { list, map } from "./collections.ts";
import { equality, membership, order } from "./comparison.ts";
import { writeHint } from "./hints.ts";
import { accepts, ANY, BOOL, isValueOf, NULL, NUMBER, TEXT, typeName, valueName } from "./kinds.ts";
import { logical, not, ternary } from "./logic.ts";
import { reject, type Context, type Local, type Run, type Typed } from "./node.ts";
import { parseExpression, type ASTNode, type Parsed } from "./parse.ts";
import { EvaluationError, type Expression, type ExpressionProblem, type Scope, type Type } from "./types.ts";

/** Deeper trees are refused: closures call each other as deep as the tree is. */
const MAX_DEPTH = 500;

/**
 * Parses, type-checks and compiles an expression to closures. With `expected`, its value must be of that type. Gives every problem
 * there is, with offsets into `source`.
 */
export function compileExpression(
  source: string,
  scope: Scope,
  expected?: Type,
): { readonly expression: Expression } | { readonly problems: readonly ExpressionProblem[] } {
  const parsed = parseExpression(source);
  if ("problems" in parsed) return parsed;
  const compiler = new Compiler(source, scope, parsed);
  const root = compiler.check(parsed.ast);
  const run = expected ? expect(compiler, root, expected) : root.run;
  if (compiler.problems.length > 0) {
    return { problems: compiler.problems.toSorted((a, b) => a.offset - b.offset) };
  }
  const reads = new Set<string>();
  for (const [path, count] of compiler.reads) if (count > 0) reads.add(path);
  const type = root.type.kind === "any" ? (expected ?? root.type) : root.type;
  return { expression: { source, type, reads, run: (env) => run(env, []) } };
}

function expect(context: Context, root: Typed, expected: Type): Run {
  const { type, run } = root;
  if (!accepts(expected, type)) {
    reject(
      context,
      root.node,
      `expected ${typeName(expected)}, not ${typeName(type)}${writeHint(root, expected)}`,
    );
  }
  if (type.kind !== "any" || expected.kind === "any") return run;
  return (env, frame) => {
    const value = run(env, frame);
    if (!isValueOf(expected, value)) {
      throw new EvaluationError(`Expected ${typeName(expected)}, found ${valueName(value)}`);
    }
    return value;
  };
}

class Compiler implements Context {
  readonly source: string;
  readonly scope: Scope;
  readonly reads = new Map<string, number>();
  readonly problems: ExpressionProblem[] = [];
  readonly #literals: Parsed["literals"];
  #locals: ReadonlyMap<string, Local> = new Map();
  #slots = 0;
  #depth = 0;

  constructor(source: string, scope: Scope, parsed: Parsed) {
    this.source = source;
    this.scope = scope;
    this.#literals = parsed.literals;
  }

  get locals(): ReadonlyMap<string, Local> {
    return this.#locals;
  }

  isLiteral(offset: number): boolean {
    return this.#literals.has(offset);
  }

  problem(offset: number, length: number, message: string): void {
    this.problems.push({ offset, length, message });
  }

  check(node: ASTNode): Typed {
    if (this.#depth >= MAX_DEPTH) {
      // Said once: the parts beside and above are as deep.
      const message = `the expression is nested more than ${MAX_DEPTH} deep`;
      const said = this.problems.some((problem) => problem.message === message);
      return said ? { node, type: ANY, run: () => undefined } : reject(this, node, message);
    }
    this.#depth++;
    const typed = this.#compile(node);
    this.#depth--;
    return typed;
  }

  checkWith(name: string, type: Type, node: ASTNode): { body: Typed; slot: number } {
    const outer = this.#locals;
    const slot = this.#slots++;
    this.#locals = new Map(outer).set(name, { type, slot });
    const body = this.check(node);
    this.#locals = outer;
    return { body, slot };
  }

  #compile(node: ASTNode): Typed {
    switch (node.op) {
      case "value":
        return this.#value(node, node.args);
      case "id": {
        const literal = this.#literals.get(node.start);
        return literal ? constant(node, literal.type, literal.value) : identifier(this, node, node.args);
      }
      case ".":
        if (this.#literals.has(node.pos))
          return reject(this, node, "expected the name of a field behind the dot");
        return fieldAccess(this, node, this.check(node.args[0]), node.args[1]);
      case "[]":
        return indexAccess(this, node, this.check(node.args[0]), this.check(node.args[1]));
      case "call":
        if (this.#literals.has(node.start)) return reject(this, node, "a number cannot be called");
        return functionCall(this, node, node.args[0], node.args[1]);
      case "rcall":
        return methodCall(this, node, ...node.args);
      case "list":
        return list(
          this,
          node,
          node.args.map((item) => this.check(item)),
        );
      case "map":
        return map(
          this,
          node,
          node.args.map(([key, value]) => [this.check(key), this.check(value)]),
        );
      case "!_":
        return not(this, node, this.check(node.args));
      case "-_":
        return negate(this, node, this.check(node.args));
      case "?:": {
        const [condition, yes, no] = node.args;
        return ternary(this, node, this.check(condition), this.check(yes), this.check(no));
      }
      case ".?":
      case "[?]":
        return reject(this, node, "optional access does not exist here; use has()");
      default:
        return this.#binary(node, this.check(node.args[0]), this.check(node.args[1]));
    }
  }

  #binary(
    node: Extract<
      ASTNode,
      { op: "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "&&" | "||" | "+" | "-" | "*" | "/" | "%" }
    >,
    left: Typed,
    right: Typed,
  ): Typed {
    switch (node.op) {
      case "&&":
      case "||":
        return logical(this, node, node.op, left, right);
      case "==":
      case "!=":
        return equality(this, node, node.op, left, right);
      case "in":
        return membership(this, node, left, right);
      case "<":
      case "<=":
      case ">":
      case ">=":
        return order(this, node, node.op, left, right);
      default:
        return arithmetic(this, node, node.op, left, right);
    }
  }

  #value(node: ASTNode, value: unknown): Typed {
    switch (typeof value) {
      case "bigint":
        if (value > BigInt(Number.MAX_SAFE_INTEGER))
          return reject(this, node, "the number is too large to be exact");
        return constant(node, NUMBER, Number(value));
      case "number":
        return constant(node, NUMBER, value);
      case "string":
        return constant(node, TEXT, value);
      case "boolean":
        return constant(node, BOOL, value);
      default:
        return value === null
          ? constant(node, NULL, null)
          : reject(this, node, "bytes do not exist here; write a text");
    }
  }
}

function constant(node: ASTNode, type: Type, value: unknown): Typed {
  return { node, type, run: () => value, constant: { value } };
}
