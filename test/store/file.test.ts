import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { lockStateDirectory } from "../../src/store/lock.ts";
import { openDatabase } from "../../src/store/node-sqlite.ts";
import { openStore, StoreError } from "../../src/store/sqlite.ts";

const directory = mkdtempSync(join(tmpdir(), "signalbox-file-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** A state directory with a file of some hundred records, closed. */
function written(name: string): { state: string; path: string } {
  const state = join(directory, name);
  const store = openStore(state);
  store.transaction(() => {
    for (let i = 0; i < 500; i++) store.put("t", String(i), "x".repeat(100));
  });
  store.close();
  return { state, path: join(state, "state.db") };
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test("state outlives the process: what was put is there when it is opened again", () => {
  const { state } = written("again");
  const store = openStore(state);
  expect(store.entries("t")).toHaveLength(500);
  store.close();
});

test("a new state directory is for its owner alone", () => {
  expect(mode(written("owner").state)).toBe("700");
});

test("the files are for their owner alone also in a directory that others can read", () => {
  const state = join(directory, "shared");
  mkdirSync(state);
  chmodSync(state, 0o755);
  const lock = lockStateDirectory(state);
  const store = openStore(state);
  store.put("t", "k", 1);
  const files = readdirSync(state);
  expect(files).toContain("state.db-wal");
  expect(files.map((file) => `${file} ${mode(join(state, file))}`)).toEqual(
    files.map((file) => `${file} 600`),
  );
  store.close();
  lock.release();
});

test("a file that is no database gives one clear error", () => {
  const { state, path } = written("garbage");
  writeFileSync(path, "this is no database, however long it may be\n".repeat(100));
  expect(() => openStore(state)).toThrow(
    new StoreError(`Cannot open the state ${path}: file is not a database`),
  );
});

test("a file that is damaged further on is refused at the start, not in the midst of work", () => {
  const { state, path } = written("damaged");
  const bytes = readFileSync(path);
  bytes.fill(0xab, 3 * 4096, 8 * 4096);
  writeFileSync(path, bytes);
  expect(() => openStore(state)).toThrow(StoreError);
  expect(() => openStore(state)).toThrow(`Cannot open the state ${path}: the file is damaged`);
});

test("a file that was cut off is refused", () => {
  const { state, path } = written("cut");
  writeFileSync(path, readFileSync(path).subarray(0, 5 * 4096 + 100));
  expect(() => openStore(state)).toThrow(`Cannot open the state ${path}: `);
});

test("a log of SQLite that is garbage is passed over", () => {
  const { state, path } = written("wal");
  writeFileSync(`${path}-wal`, "garbage".repeat(10_000));
  const store = openStore(state);
  expect(store.entries("t")).toHaveLength(500);
  store.close();
});

test("a file of a newer version is left alone", () => {
  const { state, path } = written("newer");
  const database = openDatabase(path);
  database.exec("PRAGMA user_version = 99");
  database.close();
  expect(() => openStore(state)).toThrow(
    `Cannot open the state ${path}: it was written by a newer version of signalbox`,
  );
});

test("a directory that cannot be made says why", () => {
  const file = join(directory, "file");
  writeFileSync(file, "");
  expect(() => openStore(join(file, "state"))).toThrow(StoreError);
  expect(() => openStore(join(file, "state"))).toThrow(/^Cannot open the state .*state.db: (ENOTDIR|EEXIST)/);
});

test("the journal keeps the newest records and drops the oldest", () => {
  const state = join(directory, "journal");
  const store = openStore(state);
  store.transaction(() => {
    for (let i = 1; i <= 52_500; i++) store.appendJournal(`{"n":${i}}`);
  });
  store.close();
  const database = openDatabase(join(state, "state.db"));
  const lines = database.prepare("SELECT line FROM journal ORDER BY id").all() as { line: string }[];
  database.close();
  expect(lines.at(-1)?.line).toBe('{"n":52500}');
  expect(lines[0]?.line).toBe('{"n":2001}');
  expect(lines).toHaveLength(50_500);
});
