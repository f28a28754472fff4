import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "./node-sqlite.ts";
import { reasonOf, StoreError } from "./sqlite.ts";

/** Another engine has this state directory. */
export class LockedError extends Error {
  override readonly name = "LockedError";
}

/**
 * One engine for one state directory: an exclusive transaction on `lock.db` that is held as long as the process lives. The kernel
 * lets go of it when the process ends, however it ends. Throws LockedError or StoreError.
 */
export function lockStateDirectory(directory: string): { release(): void } {
  const path = join(directory, "lock.db");
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    database = openDatabase(path);
    database.exec(
      "PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE",
    );
  } catch (error) {
    database?.close();
    const reason = reasonOf(error);
    if (reason.startsWith("database is locked"))
      throw new LockedError(`Another engine runs on the state directory ${directory}`);
    throw new StoreError(`Cannot use the state directory ${directory}: ${reason}`, { cause: error });
  }
  const held = database;
  return {
    release() {
      held.exec("COMMIT");
      held.close();
    },
  };
}
