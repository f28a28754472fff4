import type { Event } from "../model/event.ts";
import type { Env } from "./cel/types.ts";
import type { FieldMatcher, Rule } from "./rulebook.ts";

/** The rules of one event type: those that an equality can find, by field and value, and the rest. */
interface Shelf {
  readonly rest: Rule[];
  readonly byField: Map<string, { readonly path: readonly string[]; readonly values: Map<string, Rule[]> }>;
}

/** Events that belong to one rule, and are looked up by it. */
const OF_ONE_RULE = new Set(["schedule", "file.changed"]);

const NONE: readonly Rule[] = [];

/** Finds the rules that an event can concern, in file order, without looking at the others. */
export class RuleIndex {
  readonly #shelves = new Map<string, Shelf>();

  constructor(rules: readonly Rule[]) {
    for (const rule of rules) if (rule.enabled) this.#add(rule);
  }

  candidates(event: Event, env: Env): readonly Rule[] {
    const shelf = this.#shelves.get(event.type);
    if (!shelf) return NONE;
    if (event.rule !== undefined) return shelf.rest.filter((rule) => rule.id === event.rule);
    let found: readonly Rule[] = shelf.rest;
    for (const { path, values } of shelf.byField.values()) {
      const rules = values.get(String(valueAt(path, env)));
      if (rules) found = found.length === 0 ? rules : merged(found, rules);
    }
    return found;
  }

  #add(rule: Rule): void {
    // A pending `for` is ended by events that do not match: such a rule must see them all.
    const key =
      rule.for === undefined ? rule.where.find((matcher) => matcher.equals !== undefined) : undefined;
    for (const type of new Set(rule.on.map(typeOf))) {
      const shelf = this.#shelf(type);
      if (key?.equals && !OF_ONE_RULE.has(type))
        for (const value of new Set(key.equals)) push(shelf, key, value, rule);
      else shelf.rest.push(rule);
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

/** The value of a `where` path: of the event, or of daemon, remote and vars. */
export function valueAt(path: readonly string[], env: Env): unknown {
  const head = path[0] ?? "";
  let value: unknown = path.length > 1 && ROOTS.has(head) ? env[head] : (env["event"] as Env)[head];
  for (let i = 1; i < path.length; i++) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[path[i] ?? ""];
  }
  return value;
}

const ROOTS = new Set(["daemon", "remote", "vars"]);

function push(shelf: Shelf, matcher: FieldMatcher, value: string, rule: Rule): void {
  const field = matcher.path.join(".");
  let entry = shelf.byField.get(field);
  if (!entry) shelf.byField.set(field, (entry = { path: matcher.path, values: new Map() }));
  const rules = entry.values.get(value);
  if (rules) rules.push(rule);
  else entry.values.set(value, [rule]);
}

/** Two lists in file order as one. */
function merged(a: readonly Rule[], b: readonly Rule[]): readonly Rule[] {
  const all: Rule[] = [];
  let j = 0;
  for (const rule of a) {
    for (let other = b[j]; other && other.index < rule.index; other = b[++j]) all.push(other);
    all.push(rule);
  }
  return all.concat(b.slice(j));
}
