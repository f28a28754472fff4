import { expect, test } from "vitest";
import { MISHAPS, month } from "./month-story.ts";

/** `bench/month.ts` is the same with 10,000 clients and 30 days. */
test("Over days of hundreds of clients, with kills, restarts and sessions that end unseen, the ledger is the server's own sum to the byte", async () => {
  const told = await month({
    clients: 500,
    days: 2,
    seed: 1,
    limit: "15GiB",
    lists: 3_600_000,
    mishaps: MISHAPS,
  });
  const { wrong, errors, left, charged, owed, tally } = told;
  expect({ wrong, errors, left }).toEqual({ wrong: [], errors: [], left: 0 });
  expect(charged).toBe(owed);
  expect(tally.reports).toBeGreaterThan(100_000);
  expect(tally.unseen).toBeGreaterThan(400);
  expect(tally.killed).toBeGreaterThan(20);
  expect(tally.denied).toBeGreaterThan(20);
}, 60_000);
