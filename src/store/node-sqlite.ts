import { closeSync, existsSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import type { DatabaseSync } from "node:sqlite";

/** Node 22 warns that SQLite is experimental; that is no news for a user. */
export function openDatabase(path: string): DatabaseSync {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).includes("SQLite")) Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    const sqlite = createRequire(import.meta.url)("node:sqlite") as typeof import("node:sqlite");
    makePrivate(path);
    return new sqlite.DatabaseSync(path);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/**
 * SQLite makes its files readable for all; those beside this one take over its mode. A file that is there is not even opened, for to
 * close it would end the locks that this process has on it.
 */
function makePrivate(path: string): void {
  if (path !== ":memory:" && !existsSync(path)) closeSync(openSync(path, "a", 0o600));
}
