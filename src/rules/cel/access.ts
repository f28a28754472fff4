import { didYouMean } from "../../util/suggest.ts";
import { ANY, BOOL, SECRET, typeName, valueName } from "./kinds.ts";
import { fold, literalOf, reject, type Context, type Run, type Typed } from "./node.ts";
import type { ASTNode } from "./parse.ts";
import { EvaluationError, type Env, type Type } from "./types.ts";

/** Names of the language that this version does not have. */
const LATER = new Set(["net"]);

/** `daemon`, or a name that a macro binds. */
export function identifier(context: Context, node: ASTNode, name: string): Typed {
  const local = context.locals.get(name);
  if (local) return { node, type: local.type, run: (_env, frame) => frame[local.slot] };
  const { variables } = context.scope;
  const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (!variable) {
    if (name === "client") return reject(context, node, "no client here: the event is not about one");
    if (LATER.has(name)) return reject(context, node, `'${name}' is not supported by this version`);
    const names = [...context.locals.keys(), ...Object.keys(variables)];
    return reject(context, node, `unknown name '${name}'${didYouMean(name, names)}`);
  }
  countRead(context, name, 1);
  const peek: Run = (env) => env[name];
  return { node, type: variable.type, run: insist(peek, name), peek };
}

/** `daemon.rate`. Fields of records are known at load; keys of maps are looked for when it runs. */
export function fieldAccess(context: Context, node: ASTNode, base: Typed, name: string): Typed {
  const type = fieldType(context, node, base, name);
  const path = pathOf(node);
  const root = path?.split(".")[0] ?? "";
  if (path !== undefined && !context.locals.has(root)) {
    countRead(context, path.slice(0, -name.length - 1), -1);
    countRead(context, path, 1);
  }
  const peek = readField(base, name);
  const run = base.type.kind === "map" && base.type.orEmpty ? orEmpty(peek) : insist(peek, path ?? name);
  return { ...fold(node, type, run, [base]), peek };
}

/** `list[0]`, `map["key"]`. */
export function indexAccess(context: Context, node: ASTNode, base: Typed, index: Typed): Typed {
  const literal = literalOf(index);
  const { type } = base;
  const empty = type.kind === "map" && type.orEmpty === true;
  if ((type.kind === "record" || empty) && typeof literal === "string") {
    const peek = readField(base, literal);
    const run = empty ? orEmpty(peek) : insist(peek, literal);
    return { node, type: fieldType(context, index.node, base, literal), run, peek };
  }
  const wanted = type.kind === "list" ? "number" : type.kind === "map" ? "text" : undefined;
  if (wanted === undefined && type.kind !== "any") {
    return reject(context, node, `${typeName(type)} has no items; [] is for lists and maps`);
  }
  if (wanted !== undefined && index.type.kind !== wanted && index.type.kind !== "any") {
    return reject(
      context,
      index.node,
      `the index of a ${type.kind} must be ${wanted}, not ${typeName(index.type)}`,
    );
  }
  const [of, at] = [base.run, index.run];
  const run: Run = empty
    ? (env, frame) => readName(of(env, frame), at(env, frame))
    : (env, frame) => readItem(of(env, frame), at(env, frame));
  return fold(node, type.kind === "list" || type.kind === "map" ? type.of : ANY, run, [base, index]);
}

/** `has(remote.address)`: whether reading it would give a value. What lies on the way there may be missing too. */
export function has(context: Context, node: ASTNode, args: readonly ASTNode[]): Typed {
  const [argument] = args;
  if (!argument || args.length > 1 || (argument.op !== "." && argument.op !== "id")) {
    return reject(context, node, "has() takes one field, such as has(remote.address)");
  }
  const { peek = () => true } = context.check(argument);
  return { node, type: BOOL, run: (env, frame) => peek(env, frame) !== undefined };
}

/** Reading is an error when nothing is there. */
function insist(peek: Run, path: string): Run {
  return (env, frame) => {
    const value = peek(env, frame);
    if (value === undefined) throw new EvaluationError(`No value for ${path}`);
    return value;
  };
}

/** A missing name of an environment is an empty text. */
function orEmpty(peek: Run): Run {
  return (env, frame) => peek(env, frame) ?? "";
}

/** A path counts as read where it stands by itself, not where it is the way to a longer one. */
function countRead(context: Context, path: string, step: 1 | -1): void {
  context.reads.set(path, (context.reads.get(path) ?? 0) + step);
}

function fieldType(context: Context, node: ASTNode, base: Typed, name: string): Type {
  const { type } = base;
  if (type.kind === "any") return ANY;
  if (type.kind === "map") return type.secret?.includes(name) ? SECRET : type.of;
  const offset = node.op === "." ? node.pos : node.start;
  const length = node.op === "." ? name.length : node.end - node.start;
  if (type.kind === "record") {
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (field) return field.type;
    const hint = didYouMean(name, Object.keys(type.fields));
    context.problem(offset, length, `unknown field '${name}' of ${type.name}${hint}`);
    return ANY;
  }
  context.problem(offset, length, `${typeName(type)} has no fields`);
  return ANY;
}

/** Gives undefined when there is no such field, or nothing to have one. */
function readField(base: Typed, name: string): Run {
  const { run, peek = run, type } = base;
  // The fields of records are named by us, and may be getters; all other names come from outside and must not reach a prototype.
  const owned = type.kind !== "record";
  return (env: Env, frame) => {
    const object = peek(env, frame) as Record<string, unknown> | null | undefined;
    if (typeof object !== "object" || object === null || Array.isArray(object)) {
      if (object === undefined) return undefined;
      throw new EvaluationError(`Cannot read ${name} of ${valueName(object)}`);
    }
    return owned && !Object.hasOwn(object, name) ? undefined : object[name];
  };
}

/** A name of an environment that is worked out at run time; secrets are read by their own name only. */
function readName(environment: unknown, name: unknown): unknown {
  const known =
    typeof environment === "object" && environment !== null && Object.hasOwn(environment, String(name));
  const value = known ? (environment as Record<string, unknown>)[String(name)] : "";
  if (typeof value !== "string") throw new EvaluationError(`${String(name)} is a secret`);
  return value;
}

function readItem(container: unknown, index: unknown): unknown {
  if (Array.isArray(container) && typeof index === "number") {
    if (Number.isInteger(index) && index >= 0 && index < container.length) return container[index] as unknown;
    throw new EvaluationError(`No item ${index} in a list of ${container.length}`);
  }
  const keyed = typeof container === "object" && container !== null && !Array.isArray(container);
  if (!keyed || typeof index !== "string") {
    throw new EvaluationError(`Cannot read item ${String(index)} of ${valueName(container)}`);
  }
  const value = Object.hasOwn(container, index) ? (container as Record<string, unknown>)[index] : undefined;
  if (value === undefined) throw new EvaluationError(`No value for ["${index}"]`);
  return value;
}

/** `a.b.c` as text, undefined when the base is no plain name. */
export function pathOf(node: ASTNode): string | undefined {
  if (node.op === "id") return node.args;
  if (node.op !== ".") return undefined;
  const base = pathOf(node.args[0]);
  return base === undefined ? undefined : `${base}.${node.args[1]}`;
}
