import { toJson } from "./json.ts";
import type { Store } from "./store.ts";

interface Change {
  readonly table: string;
  readonly key: string;
  /** undefined: deleted. */
  readonly json: string | undefined;
}

/**
 * A store that goes on when its file cannot be written (a full disk): changes are kept in memory and written as soon as that is
 * possible again. OpenVPN waits for answers, whatever becomes of the state. `failed` is told the reason once, `again` when it is over.
 */
export function enduringStore(store: Store, tell: { failed(error: unknown): void; again(): void }): Store {
  /** Not yet in the file, by table and key. */
  let changes = new Map<string, Change>();
  /** Journal records of the transaction that is open. */
  let records: string[] = [];
  let depth = 0;
  let broken = false;
  const written = (work: () => void): boolean => {
    try {
      work();
    } catch (error) {
      // What is no JSON is a mistake of the caller.
      if (error instanceof TypeError) throw error;
      if (!broken) tell.failed(error);
      broken = true;
      return false;
    }
    if (broken) tell.again();
    broken = false;
    return true;
  };
  const flush = (): void => {
    if (depth > 0 || (changes.size === 0 && records.length === 0)) return;
    const lines = records;
    records = [];
    const all = (): void => {
      for (const line of lines) store.appendJournal(line);
      for (const { table, key, json } of changes.values())
        if (json === undefined) store.delete(table, key);
        else store.put(table, key, JSON.parse(json));
    };
    if (written(() => store.transaction(all))) changes.clear();
  };
  const change = (table: string, key: string, json: string | undefined): void => {
    changes.set(`${table}/${key}`, { table, key, json });
    flush();
  };
  const direct = (work: () => void): boolean => depth === 0 && changes.size === 0 && written(work);
  return {
    get(table, key) {
      const changed = changes.size > 0 ? changes.get(`${table}/${key}`) : undefined;
      if (!changed) return store.get(table, key);
      return changed.json === undefined ? undefined : JSON.parse(changed.json);
    },
    put(table, key, value) {
      if (!direct(() => store.put(table, key, value))) change(table, key, toJson(value));
    },
    delete(table, key) {
      if (!direct(() => store.delete(table, key))) change(table, key, undefined);
    },
    entries(table) {
      const all = new Map(store.entries(table));
      for (const changed of changes.values()) {
        if (changed.table !== table) continue;
        if (changed.json === undefined) all.delete(changed.key);
        else all.set(changed.key, JSON.parse(changed.json));
      }
      return [...all].toSorted(([a], [b]) => (a < b ? -1 : 1));
    },
    transaction(work) {
      const before = new Map(changes);
      depth++;
      try {
        work();
      } catch (error) {
        changes = before;
        records = [];
        throw error;
      } finally {
        depth--;
      }
      flush();
    },
    /** A record that cannot be written is gone: the journal is told on standard output as well. */
    appendJournal(line) {
      records.push(line);
      flush();
    },
    close: () => store.close(),
  };
}
