import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { toJson } from "./json.ts";
import { openDatabase } from "./node-sqlite.ts";
import type { Store } from "./store.ts";

/** The state cannot be used; the message is for people. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/** Raised when the tables change their form; a file of a later version is left alone. */
const SCHEMA_VERSION = 1;

/** Journal records kept; beyond them the oldest go, a slice at a time. */
const JOURNAL_RECORDS = 50_000;
const JOURNAL_SLICE = 1_000;

/** Opens (or makes) `state.db` in the state directory, which is for its owner alone. Throws StoreError. */
export function openStore(directory: string): Store {
  const path = join(directory, "state.db");
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    database = openDatabase(path);
    prepare(database, path);
    return store(database);
  } catch (error) {
    database?.close();
    if (error instanceof StoreError) throw error;
    throw new StoreError(`Cannot open the state ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function prepare(database: DatabaseSync, path: string): void {
  // A process that is killed loses nothing with NORMAL; a power cut may lose the last moments.
  database.exec("PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > SCHEMA_VERSION)
    throw new StoreError(`Cannot open the state ${path}: it was written by a newer version of signalbox`);
  if (version === SCHEMA_VERSION) {
    // Better to find a damage now than when a question waits for its answer.
    const { quick_check: found } = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
    if (found !== "ok") throw new StoreError(`Cannot open the state ${path}: the file is damaged`);
    return;
  }
  database.exec(`
    BEGIN;
    CREATE TABLE IF NOT EXISTS state (tbl TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (tbl, key)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY, line TEXT NOT NULL);
    PRAGMA user_version = ${SCHEMA_VERSION};
    COMMIT;
  `);
}

function store(database: DatabaseSync): Store {
  const get = database.prepare("SELECT value FROM state WHERE tbl = ? AND key = ?");
  const put = database.prepare("INSERT OR REPLACE INTO state (tbl, key, value) VALUES (?, ?, ?)");
  const remove = database.prepare("DELETE FROM state WHERE tbl = ? AND key = ?");
  const all = database.prepare("SELECT key, value FROM state WHERE tbl = ? ORDER BY key");
  const append = database.prepare("INSERT INTO journal (line) VALUES (?)");
  const trim = database.prepare("DELETE FROM journal WHERE id <= ?");
  let depth = 0;
  return {
    get(table, key) {
      const row = get.get(table, key) as { value: string } | undefined;
      return row && JSON.parse(row.value);
    },
    put: (table, key, value) => void put.run(table, key, toJson(value)),
    delete: (table, key) => void remove.run(table, key),
    entries: (table) =>
      (all.all(table) as { key: string; value: string }[]).map(
        ({ key, value }) => [key, JSON.parse(value)] as const,
      ),
    transaction(work) {
      const name = `level${depth}`;
      database.exec(`SAVEPOINT ${name}`);
      depth++;
      try {
        work();
        database.exec(`RELEASE ${name}`);
      } catch (error) {
        // A full disk ends the whole transaction by itself.
        if (database.isTransaction) database.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
        throw error;
      } finally {
        depth--;
      }
    },
    appendJournal(line) {
      const id = Number(append.run(line).lastInsertRowid);
      if (id % JOURNAL_SLICE === 0) trim.run(id - JOURNAL_RECORDS);
    },
    close: () => database.close(),
  };
}

/** SQLite's own words are clear enough; its error codes and stack are not for people. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}
