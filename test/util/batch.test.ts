import { expect, test } from "vitest";
import { Batch } from "../../src/util/batch.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("lines of one turn are written together, in order, and nothing within the call", async () => {
  const written: (readonly string[])[] = [];
  const batch = new Batch((lines) => written.push(lines));
  batch.push("a");
  batch.push("b");
  expect(written).toEqual([]);
  await turn();
  batch.push("c");
  await turn();
  expect(written).toEqual([["a", "b"], ["c"]]);
});

test("a flush writes at once, and nothing is written twice", async () => {
  const written: (readonly string[])[] = [];
  const batch = new Batch((lines) => written.push(lines));
  batch.push("a");
  batch.flush();
  expect(written).toEqual([["a"]]);
  batch.flush();
  await turn();
  expect(written).toHaveLength(1);
});

test("what is pushed while lines are written waits for the next turn", async () => {
  const written: (readonly string[])[] = [];
  const batch = new Batch((lines) => {
    written.push(lines);
    if (written.length === 1) batch.push("again");
  });
  batch.push("a");
  await turn();
  await turn();
  expect(written).toEqual([["a"], ["again"]]);
});
