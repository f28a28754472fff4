import { expect, test } from "vitest";
import { enduringStore } from "../../src/store/enduring.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";

/** A store on a disk that is full from time to time. */
function world(): { store: Store; file: Store; told: string[]; full: (is: boolean) => void } {
  const file = memoryStore();
  const told: string[] = [];
  let full = false;
  const check = (): void => {
    if (full) throw new Error("database or disk is full");
  };
  const disk: Store = {
    ...file,
    put: (table, key, value) => (check(), file.put(table, key, value)),
    delete: (table, key) => (check(), file.delete(table, key)),
    appendJournal: () => check(),
  };
  const store = enduringStore(disk, {
    failed: (error) => void told.push((error as Error).message),
    again: () => void told.push("again"),
  });
  return { store, file, told, full: (is) => void (full = is) };
}

test("what cannot be written is known all the same, and is written when that is possible again", () => {
  const { store, file, told, full } = world();
  store.put("health", "a", 1);
  store.put("health", "b", 1);
  full(true);
  store.put("health", "a", 2);
  store.delete("health", "b");
  store.appendJournal("{}");
  store.transaction(() => store.put("health", "c", { list: [3] }));
  expect(store.get("health", "a")).toBe(2);
  expect(store.get("health", "b")).toBeUndefined();
  expect(store.entries("health")).toEqual([
    ["a", 2],
    ["c", { list: [3] }],
  ]);
  expect(file.entries("health")).toEqual([
    ["a", 1],
    ["b", 1],
  ]);
  full(false);
  store.put("health", "d", 4);
  expect(file.entries("health")).toEqual([
    ["a", 2],
    ["c", { list: [3] }],
    ["d", 4],
  ]);
  expect(told).toEqual(["database or disk is full", "again"]);
});

test("work that fails changes nothing, on a full disk either", () => {
  const { store, full } = world();
  full(true);
  store.put("health", "a", 1);
  const work = (): void => {
    store.put("health", "a", 2);
    throw new Error("no");
  };
  expect(() => store.transaction(work)).toThrow("no");
  expect(store.get("health", "a")).toBe(1);
});
