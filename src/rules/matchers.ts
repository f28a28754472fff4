import { contains, parseIp, parseNetwork } from "../util/ip.ts";
import { didYouMean } from "../util/suggest.ts";
import { typeName } from "./cel/kinds.ts";
import { compilePattern } from "./cel/pattern.ts";
import { EvaluationError, type Type } from "./cel/types.ts";
import { isScalar, operandOf, quantityOf } from "./operands.ts";
import type { FieldMatcher, Position } from "./rulebook.ts";

/** `key` is the operator, or the index in a list, at which the mistake stands; none: the whole matcher. */
export interface MatcherProblem {
  readonly key?: string;
  readonly message: string;
}

type Lists = Readonly<Record<string, readonly string[]>>;
/** Sees missing values too (undefined, null), and is false for them unless it is about just that. */
type Test = (value: unknown, lists: Lists) => boolean;

/** A test, and for the index the values of which the field must equal one. */
interface Check {
  readonly test: Test;
  readonly equals?: readonly string[];
  /** It asks for nothing but one of `equals`. */
  readonly exact?: true;
}

interface Site {
  readonly type: Type | undefined;
  readonly lists: readonly string[];
  readonly problems: MatcherProblem[];
}

const OPERATORS: Readonly<Record<string, (site: Site, operand: unknown, key: string) => Check | undefined>> =
  {
    not(site, operand) {
      const inner = compileSpec(site, operand, "not");
      return inner && { test: (value, lists) => !isMissing(value) && !inner.test(value, lists) };
    },
    "one-of": (site, operand, key) =>
      Array.isArray(operand)
        ? oneOf(site, operand, (index) => itemKey(key, index))
        : oneOf(site, [operand], () => key),
    starts: textual((text, part) => text.startsWith(part)),
    ends: textual((text, part) => text.endsWith(part)),
    contains: textual((text, part) => text.includes(part)),
    matches,
    cidr,
    gt: quantitative((value, bound) => value > bound),
    gte: quantitative((value, bound) => value >= bound),
    lt: quantitative((value, bound) => value < bound),
    lte: quantitative((value, bound) => value <= bound),
    exists: (site, operand, key) =>
      typeof operand === "boolean"
        ? { test: operand ? (value) => !isMissing(value) : isMissing }
        : fail(site, key, "'exists' takes true or false"),
    "in-list": inList,
  };

/**
 * Compiles one line of `where`: a literal (equal), a list (one of), or an object of operators that must all hold. `fieldType` is
 * undefined for fields that are not known at load, such as those of one's own events.
 */
export function compileMatcher(
  path: readonly string[],
  spec: unknown,
  fieldType: Type | undefined,
  position: Position,
  known: { readonly lists: readonly string[] },
): { readonly matcher: FieldMatcher } | { readonly problems: readonly MatcherProblem[] } {
  const problems: MatcherProblem[] = [];
  if (fieldType && ["list", "map", "record", "secret", "null"].includes(fieldType.kind)) {
    return {
      problems: [
        { message: `'${path.join(".")}' is a ${typeName(fieldType)}, which no matcher can look at` },
      ],
    };
  }
  const check = compileSpec({ type: fieldType, lists: known.lists, problems }, spec, undefined);
  if (!check || problems.length > 0) return { problems };
  const { test, equals, exact = false } = check;
  return { matcher: { path: shared(path), position, test, exact, ...(equals ? { equals } : {}) } };
}

/** Thousands of matchers name the same few fields: one array for each field stays in the processor's cache. */
function shared(path: readonly string[]): readonly string[] {
  const name = JSON.stringify(path);
  const known = PATHS.get(name);
  if (known) return known;
  PATHS.set(name, path);
  return path;
}

const PATHS = new Map<string, readonly string[]>();

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function compileSpec(site: Site, spec: unknown, key: string | undefined): Check | undefined {
  if (isScalar(spec)) return oneOf(site, [spec], () => key);
  if (Array.isArray(spec)) return oneOf(site, spec, (index) => itemKey(key, index));
  if (typeof spec === "object" && spec !== null) return allOf(site, spec, key);
  return fail(site, key, "a matcher is a value, a list of values, or a map of operators");
}

function allOf(site: Site, spec: object, outer: string | undefined): Check | undefined {
  const entries = Object.entries(spec);
  if (entries.length === 0) return fail(site, outer, `expected one of ${Object.keys(OPERATORS).join(", ")}`);
  if ("exists" in spec && spec.exists === false && entries.length > 1) {
    return fail(
      site,
      outer ?? "exists",
      "'exists: false' stands alone: a missing field matches nothing else",
    );
  }
  if (outer === "not" && "exists" in spec) return fail(site, outer, "write 'exists: false' instead of 'not'");
  const checks = entries.flatMap(([key, operand]) => {
    const operator = Object.hasOwn(OPERATORS, key) ? OPERATORS[key] : undefined;
    const at = outer === undefined ? key : `${outer}.${key}`;
    if (operator) return operator(site, operand, at) ?? [];
    fail(site, at, `unknown matcher '${key}'${didYouMean(key, Object.keys(OPERATORS))}`);
    return [];
  });
  const [first] = checks;
  if (checks.length === 1 || !first) return first;
  const equals = checks.find((check) => check.equals)?.equals;
  return {
    test: (value, lists) => checks.every((check) => check.test(value, lists)),
    ...(equals ? { equals } : {}),
  };
}

/** The key of an item in a list; of the list itself below 0. */
function itemKey(list: string | undefined, index: number): string | undefined {
  if (index < 0) return list;
  return list === undefined ? String(index) : `${list}.${index}`;
}

/** Text and numbers are compared as text; what stands for a size, duration or time by its number. */
function oneOf(
  site: Site,
  literals: readonly unknown[],
  key: (index: number) => string | undefined,
): Check | undefined {
  if (literals.length === 0) return fail(site, key(-1), "the list is empty: nothing could match");
  const wanted = new Set<string>();
  for (const [index, literal] of literals.entries()) {
    const operand = operandOf(literal, site.type);
    if ("problem" in operand) fail(site, key(index), operand.problem);
    else wanted.add(String(operand.value));
  }
  const equals = [...wanted];
  const [only] = equals;
  return {
    test: equals.length === 1 ? isText(String(only)) : onText((text) => wanted.has(text)),
    equals,
    exact: true,
  };
}

/** One closure, not onText around another: with many rules, what is read for each costs more than what is done. */
function isText(only: string): Test {
  return (value) => (typeof value === "string" ? value === only : isScalar(value) && String(value) === only);
}

function textual(compare: (text: string, part: string) => boolean): (typeof OPERATORS)[string] {
  return (site, operand, key) => {
    if (!isScalar(operand)) return fail(site, key, `'${key}' takes a text`);
    const part = String(operand);
    return { test: onText((text) => compare(text, part)) };
  };
}

function matches(site: Site, operand: unknown, key: string): Check | undefined {
  if (!isScalar(operand)) return fail(site, key, "'matches' takes a regular expression");
  const pattern = compilePattern(String(operand));
  if ("problem" in pattern) return fail(site, key, pattern.problem);
  return { test: onText((text) => pattern.test(text)) };
}

function cidr(site: Site, operand: unknown, key: string): Check | undefined {
  const networks = (Array.isArray(operand) ? operand : [operand]).flatMap((item: unknown, index) => {
    const network = typeof item === "string" ? parseNetwork(item) : undefined;
    if (!network)
      fail(
        site,
        Array.isArray(operand) ? itemKey(key, index) : key,
        `${isScalar(item) ? `'${item}'` : "this"} is no network such as 10.0.0.0/8`,
      );
    return network ?? [];
  });
  const test = onText((text) => {
    const address = parseIp(text);
    return address !== undefined && networks.some((network) => contains(network, address));
  });
  return { test };
}

function quantitative(compare: (value: number, bound: number) => boolean): (typeof OPERATORS)[string] {
  return (site, operand, key) => {
    const bound = quantityOf(operand, site.type);
    if (typeof bound !== "number") return fail(site, key, `'${key}' ${bound.problem}`);
    return {
      test(value) {
        if (typeof value === "number") return compare(value, bound);
        return typeof value === "string" && value.trim() !== "" && compare(Number(value), bound);
      },
    };
  };
}

function inList(site: Site, operand: unknown, key: string): Check | undefined {
  if (typeof operand !== "string") return fail(site, key, "'in-list' takes the name of a list");
  if (!site.lists.includes(operand)) {
    return fail(site, key, `unknown list '${operand}'${didYouMean(operand, site.lists)}`);
  }
  // A list is replaced as a whole when its file changes.
  let items: readonly string[] = [];
  let set: ReadonlySet<string> = new Set();
  return {
    test(value, lists) {
      const current = lists[operand];
      if (!current) throw new EvaluationError(`List '${operand}' could not be read`);
      if (current !== items) {
        items = current;
        set = new Set(current);
      }
      return isScalar(value) && set.has(String(value));
    },
  };
}

/** Numbers and bools are seen as text; lists, maps and secrets have none and match nothing. */
function onText(test: (text: string) => boolean): Test {
  return (value) => {
    if (typeof value === "string") return test(value);
    return isScalar(value) && test(String(value));
  };
}

function fail(site: Site, key: string | undefined, message: string): undefined {
  site.problems.push(key === undefined ? { message } : { key, message });
  return undefined;
}
