import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { enduringStore } from "../../src/store/enduring.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";

const directory = mkdtempSync(join(tmpdir(), "signalbox-store-"));
afterAll(() => rmSync(directory, { recursive: true }));
let made = 0;

const makers: [name: string, make: () => Store][] = [
  ["memory", memoryStore],
  ["sqlite", () => openStore(join(directory, String(made++)))],
  ["enduring", () => enduringStore(memoryStore(), { failed: () => undefined, again: () => undefined })],
];

describe.each(makers)("the %s store", (_, make) => {
  test("gives back what was put, table by table", () => {
    const store = make();
    store.put("health", "vpn1", { failures: 2, list: [1, "a", null] });
    store.put("sticky", "vpn1", "x");
    expect(store.get("health", "vpn1")).toEqual({ failures: 2, list: [1, "a", null] });
    expect(store.get("sticky", "vpn1")).toBe("x");
    expect(store.get("health", "vpn2")).toBeUndefined();
    store.close();
  });

  test("puts over what was there, and deletes", () => {
    const store = make();
    store.put("t", "k", 1);
    store.put("t", "k", 2);
    expect(store.entries("t")).toEqual([["k", 2]]);
    store.delete("t", "k");
    store.delete("t", "never there");
    expect(store.get("t", "k")).toBeUndefined();
    expect(store.entries("t")).toEqual([]);
    store.close();
  });

  test("lists entries in order of their keys", () => {
    const store = make();
    for (const key of ["b", "a10", "", "Z", "a9", "é", "__proto__"]) store.put("t", key, key);
    expect(store.entries("t").map(([key]) => key)).toEqual(["", "Z", "__proto__", "a10", "a9", "b", "é"]);
    store.close();
  });

  test("keeps nothing alive: what is changed after put, or in what get gave, stays as it was", () => {
    const store = make();
    const value = { list: [1] };
    store.put("t", "k", value);
    value.list.push(2);
    (store.get("t", "k") as typeof value).list.push(3);
    expect(store.get("t", "k")).toEqual({ list: [1] });
    store.close();
  });

  test.each([undefined, Symbol("x"), () => 1])("refuses a value that is no JSON: %s", (value) => {
    const store = make();
    expect(() => store.put("t", "k", value)).toThrow(TypeError);
    expect(store.entries("t")).toEqual([]);
    store.close();
  });

  test("null is a value", () => {
    const store = make();
    store.put("t", "k", null);
    expect(store.get("t", "k")).toBeNull();
    expect(store.entries("t")).toEqual([["k", null]]);
    store.close();
  });

  test("a transaction that throws leaves everything as it was and lets the error through", () => {
    const store = make();
    store.put("t", "kept", 1);
    store.put("t", "gone", 1);
    const failing = (): void =>
      store.transaction(() => {
        store.put("t", "kept", 2);
        store.put("t", "kept", 3);
        store.put("t", "new", 1);
        store.delete("t", "gone");
        expect(store.get("t", "kept")).toBe(3);
        throw new Error("stop");
      });
    expect(failing).toThrow("stop");
    expect(store.entries("t")).toEqual([
      ["gone", 1],
      ["kept", 1],
    ]);
    store.close();
  });

  test("an inner transaction that throws takes back its own writes alone", () => {
    const store = make();
    store.transaction(() => {
      store.put("t", "outer", 1);
      expect(() =>
        store.transaction(() => {
          store.put("t", "outer", 2);
          store.put("t", "inner", 1);
          throw new Error("stop");
        }),
      ).toThrow("stop");
      store.put("t", "after", 1);
    });
    expect(store.entries("t")).toEqual([
      ["after", 1],
      ["outer", 1],
    ]);
    store.close();
  });

  test("an outer transaction that throws takes back what an inner one had written", () => {
    const store = make();
    expect(() =>
      store.transaction(() => {
        store.transaction(() => store.put("t", "inner", 1));
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(store.entries("t")).toEqual([]);
    store.transaction(() => store.put("t", "later", 1));
    expect(store.entries("t")).toEqual([["later", 1]]);
    store.close();
  });
});

type Step = readonly [what: "put" | "delete" | "fail", table: string, key: string, value: unknown];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom("put" as const, "put" as const, "delete" as const, "fail" as const),
  fc.constantFrom("a", "b"),
  fc.constantFrom("", "k", "k2", "K", "ü", "plugin:x"),
  fc.jsonValue(),
);

function run(store: Store, transactions: readonly (readonly Step[])[]): unknown {
  for (const steps of transactions)
    try {
      store.transaction(() => {
        for (const [what, table, key, value] of steps)
          if (what === "put") store.put(table, key, value);
          else if (what === "delete") store.delete(table, key);
          else throw new Error("stop");
      });
    } catch (error) {
      if (!(error instanceof Error) || error.message !== "stop") throw error;
    }
  return [store.entries("a"), store.entries("b")];
}

test("memory and sqlite agree on whatever is done to them", () => {
  const sqlite = openStore(join(directory, "random"));
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 4 }), (transactions) => {
      for (const table of ["a", "b"]) for (const [key] of sqlite.entries(table)) sqlite.delete(table, key);
      expect(run(sqlite, transactions)).toEqual(run(memoryStore(), transactions));
    }),
    { numRuns: 150 },
  );
  sqlite.close();
});
