import type { Event } from "../model/event.ts";
import type { Env } from "./cel/types.ts";
import type { FieldMatcher, Rule } from "./rulebook.ts";

/**
 * A rule that an event may concern, and what of its `where` is still to be looked at. The first matcher stands in it by itself: with
 * thousands of rules, each object that is read for one costs more than what is done with it.
 */
export class Candidate {
  readonly rule: Rule;
  readonly #path: readonly string[] | undefined;
  readonly #test: FieldMatcher["test"] | undefined;
  readonly #more: readonly FieldMatcher[] | undefined;

  constructor(rule: Rule, where: readonly FieldMatcher[]) {
    const [first, ...more] = where;
    this.rule = rule;
    this.#path = first?.path;
    this.#test = first?.test;
    this.#more = more.length > 0 ? more : undefined;
  }

  matches(env: Env, lists: Lists): boolean {
    const test = this.#test;
    if (this.#path === undefined || test === undefined) return true;
    if (!test(valueAt(this.#path, env), lists)) return false;
    return (
      this.#more === undefined || this.#more.every((other) => other.test(valueAt(other.path, env), lists))
    );
  }
}

type Lists = Parameters<FieldMatcher["test"]>[1];

/** The rules of one event type: those that an equality can find, by field and value, and the rest. One alone is no list. */
interface Shelf {
  readonly rest: Candidate[];
  readonly byField: Map<string, Field>;
}

interface Field {
  readonly path: readonly string[];
  readonly values: Map<string, Candidate | Candidate[]>;
}

/** Events that belong to one rule, and are looked up by it. */
const OF_ONE_RULE = new Set(["schedule", "file.changed"]);

const NONE: readonly Candidate[] = [];

/** Finds the rules that an event can concern, in file order, without looking at the others. */
export class RuleIndex {
  readonly #shelves = new Map<string, Shelf>();

  constructor(rules: readonly Rule[]) {
    for (const rule of rules) if (rule.enabled) this.#add(rule);
  }

  hears(type: string): boolean {
    return this.#shelves.has(type);
  }

  candidates(event: Event, env: Env): readonly Candidate[] {
    const shelf = this.#shelves.get(event.type);
    if (!shelf) return NONE;
    if (event.rule !== undefined) return shelf.rest.filter(({ rule }) => rule.id === event.rule);
    let found: readonly Candidate[] = shelf.rest;
    for (const { path, values } of shelf.byField.values()) {
      const value = valueAt(path, env);
      if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") continue;
      const here = values.get(String(value));
      if (here) found = merged(found, Array.isArray(here) ? here : [here]);
    }
    return found;
  }

  #add(rule: Rule): void {
    // A pending `for` is ended by events that do not match: such a rule must see them all.
    const key =
      rule.for === undefined ? rule.where.find((matcher) => matcher.equals !== undefined) : undefined;
    for (const type of new Set(rule.on.map(typeOf))) {
      const shelf = this.#shelf(type);
      if (key?.equals && !OF_ONE_RULE.has(type)) {
        const candidate = new Candidate(
          rule,
          key.exact ? rule.where.filter((matcher) => matcher !== key) : rule.where,
        );
        for (const value of new Set(key.equals)) push(shelf, key.path, value, candidate);
      } else shelf.rest.push(new Candidate(rule, rule.where));
    }
  }

  #shelf(type: string): Shelf {
    let shelf = this.#shelves.get(type);
    if (!shelf) this.#shelves.set(type, (shelf = { rest: [], byField: new Map() }));
    return shelf;
  }
}

/** The type of the events that a selector hears. */
export function typeOf(selector: Rule["on"][number]): string {
  if ("event" in selector) return selector.event;
  return "schedule" in selector ? "schedule" : "file.changed";
}

/** The value of a `where` path: of the event, or of daemon, remote, client and vars. */
export function valueAt(path: readonly string[], env: Env): unknown {
  const head = path[0] ?? "";
  let value: unknown = path.length > 1 && ROOTS.has(head) ? env[head] : (env["event"] as Env)[head];
  for (let i = 1; i < path.length; i++) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[path[i] ?? ""];
  }
  return value;
}

const ROOTS = new Set(["daemon", "remote", "client", "vars"]);

function push(shelf: Shelf, path: readonly string[], value: string, candidate: Candidate): void {
  const name = path.join(".");
  let field = shelf.byField.get(name);
  if (!field) shelf.byField.set(name, (field = { path, values: new Map() }));
  const here = field.values.get(value);
  if (Array.isArray(here)) here.push(candidate);
  else field.values.set(value, here ? [here, candidate] : candidate);
}

/** Two lists in file order as one. */
function merged(a: readonly Candidate[], b: readonly Candidate[]): readonly Candidate[] {
  if (a.length === 0) return b;
  return [...a, ...b].toSorted((one, other) => one.rule.index - other.rule.index);
}
