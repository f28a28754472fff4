import { toJson } from "./json.ts";
import type { Store } from "./store.ts";

/** State that ends with the process: for `--state :memory:` and for tests. Values pass through JSON as they do on disk. */
export function memoryStore(): Store {
  const tables = new Map<string, Map<string, string>>();
  /** How to take back what was written since the outermost transaction began. */
  const undo: (() => void)[] = [];
  let depth = 0;
  const table = (name: string): Map<string, string> => {
    let found = tables.get(name);
    if (!found) tables.set(name, (found = new Map()));
    return found;
  };
  const write = (name: string, key: string, json: string | undefined): void => {
    const rows = table(name);
    const before = rows.get(key);
    if (depth > 0) undo.push(() => (before === undefined ? rows.delete(key) : rows.set(key, before)));
    if (json === undefined) rows.delete(key);
    else rows.set(key, json);
  };
  return {
    get: (name, key) => {
      const json = table(name).get(key);
      return json === undefined ? undefined : JSON.parse(json);
    },
    put: (name, key, value) => write(name, key, toJson(value)),
    delete: (name, key) => write(name, key, undefined),
    entries: (name) =>
      [...table(name)]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, json]) => [key, JSON.parse(json)] as const),
    transaction(work) {
      const mark = undo.length;
      depth++;
      try {
        work();
      } catch (error) {
        for (const back of undo.splice(mark).reverse()) back();
        throw error;
      } finally {
        if (--depth === 0) undo.length = 0;
      }
    },
    appendJournal: () => undefined,
    close: () => undefined,
  };
}
