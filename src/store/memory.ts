import type { Store } from "./store.ts";

/** State that ends with the process: for `--state :memory:` and for tests. Values pass through JSON as they do on disk. */
export function memoryStore(): Store {
  const tables = new Map<string, Map<string, string>>();
  const table = (name: string): Map<string, string> => {
    let found = tables.get(name);
    if (!found) tables.set(name, (found = new Map()));
    return found;
  };
  return {
    get: (name, key) => {
      const json = table(name).get(key);
      return json === undefined ? undefined : JSON.parse(json);
    },
    put: (name, key, value) => void table(name).set(key, JSON.stringify(value)),
    delete: (name, key) => void table(name).delete(key),
    entries: (name) => [...table(name)].map(([key, json]) => [key, JSON.parse(json)] as const),
    transaction: (work) => work(),
    appendJournal: () => undefined,
    close: () => undefined,
  };
}
