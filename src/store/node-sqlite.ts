import { createRequire } from "node:module";
import type { DatabaseSync } from "node:sqlite";

/** Node 22 warns that SQLite is experimental; that is no news for a user. */
export function openDatabase(path: string): DatabaseSync {
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).includes("SQLite")) Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    const sqlite = createRequire(import.meta.url)("node:sqlite") as typeof import("node:sqlite");
    return new sqlite.DatabaseSync(path);
  } finally {
    process.emitWarning = emitWarning;
  }
}
