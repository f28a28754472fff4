import type { Store } from "../store/store.ts";
import type { Redactor } from "../util/secret.ts";

/** What may hold words from outside: rules' values, keys and the events that wait. All else is the engine's own. */
const FREE_TEXT = new Set(["variables", "timing", "counters"]);

/** A JSON value with every known secret taken out of its texts and keys. */
export function masked(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return redactor.mask(value);
  if (Array.isArray(value)) return value.map((item) => masked(item, redactor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redactor.mask(key), masked(item, redactor)]),
  );
}

/** A store that no known secret gets into, whoever sets it as a variable or raises an event with it. */
export function maskedStore(store: Store, redactor: Redactor): Store {
  const keyOf = (table: string, key: string): string => (FREE_TEXT.has(table) ? redactor.mask(key) : key);
  return {
    get: (table, key) => store.get(table, keyOf(table, key)),
    put: (table, key, value) =>
      store.put(table, keyOf(table, key), FREE_TEXT.has(table) ? masked(value, redactor) : value),
    delete: (table, key) => store.delete(table, keyOf(table, key)),
    entries: (table) => store.entries(table),
    transaction: (work) => store.transaction(work),
    appendJournal: (line) => store.appendJournal(line),
    close: () => store.close(),
  };
}
