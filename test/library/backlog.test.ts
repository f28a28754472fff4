import { expect, test } from "vitest";
import { Backlog, BacklogError } from "../../src/library/backlog.ts";

async function taken(backlog: Backlog<number>, most = Infinity): Promise<number[]> {
  const all: number[] = [];
  for await (const item of backlog) if (all.push(item) >= most) break;
  return all;
}

test("What came before, meanwhile and up to the end is taken in order; a second loop goes on", async () => {
  const backlog = new Backlog<number>(10);
  backlog.push(1);
  backlog.push(2);
  const first = taken(backlog, 3);
  await Promise.resolve();
  backlog.push(3);
  backlog.push(4);
  expect(await first).toEqual([1, 2, 3]);
  backlog.end();
  backlog.push(5);
  expect(await taken(backlog)).toEqual([4]);
});

test("Who takes too slowly is told how many are gone, and goes on with the rest", async () => {
  const backlog = new Backlog<number>(3);
  for (let i = 0; i < 5000; i++) backlog.push(i);
  await expect(taken(backlog)).rejects.toThrow(new BacklogError(4997, 3).message);
  backlog.end();
  expect(await taken(backlog)).toEqual([4997, 4998, 4999]);
});

test("Loops that wait at once share what comes, and end together", async () => {
  const backlog = new Backlog<number>(10);
  const both = [taken(backlog), taken(backlog)];
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 6; i++) backlog.push(i);
  backlog.end();
  expect((await Promise.all(both)).flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
});
