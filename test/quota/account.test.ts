import fc from "fast-check";
import { expect, test } from "vitest";
import type { Account, SavedAccount } from "../../src/quota/account.ts";
import { Quota, type QuotaTerms } from "../../src/quota/quota.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5, 9);

function quota(terms: Partial<QuotaTerms> = {}): Quota {
  return new Quota(
    {
      ...{ name: "q", per: "day", tz: "UTC", counts: "both", scope: "all", fixedLimit: 100 },
      levels: [
        { text: "50%", fraction: 0.5 },
        { text: "80%", fraction: 0.8 },
      ],
      ...terms,
    },
    START,
  );
}

const account = (terms?: Partial<QuotaTerms>): Account => quota(terms).account("", "ann", START);

/** Adds, and gives what is told. */
function add(one: Account, bytes: number, now = START): string[] {
  return one.add(bytes, now) ? one.reached(now) : [];
}

/** Written and read again. */
function again(one: Account, terms?: Partial<QuotaTerms>, now = START): Account {
  return quota(terms).restore(JSON.parse(JSON.stringify(one.save(now))) as SavedAccount);
}

test("each level is told once, those that are passed at once lowest first", () => {
  const ann = account();
  expect(add(ann, 49)).toEqual([]);
  expect(add(ann, 1)).toEqual(["50%"]);
  expect(add(ann, 29)).toEqual([]);
  expect(add(ann, 21)).toEqual(["80%", "100%"]);
  expect(add(ann, 1_000)).toEqual([]);
  expect(ann.exceeded).toBe(true);
  expect(add(account(), 100)).toEqual(["50%", "80%", "100%"]);
});

test("however the bytes come, each level is told when it is reached, once, also over restarts", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(40), fc.boolean()), { maxLength: 30 }),
      fc.integer({ min: 1, max: 300 }),
      (parts, limit) => {
        const terms = { fixedLimit: limit };
        let one = account(terms);
        const told: string[] = [];
        let used = 0;
        for (const [bytes, restarts] of parts) {
          used += bytes;
          told.push(...add(one, bytes));
          const expected = [
            ...(used >= 0.5 * limit ? ["50%"] : []),
            ...(used >= 0.8 * limit ? ["80%"] : []),
            ...(used >= limit ? ["100%"] : []),
          ];
          expect(told).toEqual(expected);
          if (restarts) one = again(one, terms);
          expect(one.used).toBe(used);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("a new period begins with nothing used, granted or told", () => {
  const ann = account();
  add(ann, 120);
  ann.grant(50);
  ann.begin(START + DAY);
  expect(ann).toMatchObject({ used: 0, granted: 0, exceeded: false, told: false, allowed: 100 });
  expect(add(ann, 60)).toEqual(["50%"]);
});

test("more is allowed: it is not exceeded any more, and told again when that is used up too", () => {
  const ann = account();
  add(ann, 100);
  ann.grant(50);
  expect(ann.recover(START)).toBe(true);
  expect(ann.exceeded).toBe(false);
  expect(ann.recover(START)).toBe(false);
  expect(add(ann, 49)).toEqual(["80%"]);
  expect(add(ann, 1)).toEqual(["100%"]);
});

test("who is exempt reaches nothing, and all of it at once when no longer", () => {
  const ann = account();
  ann.judge(100, true);
  expect(add(ann, 500)).toEqual([]);
  expect(ann.judge(100, false)).toBe(true);
  expect(ann.reached(START)).toEqual(["50%", "80%", "100%"]);
  expect(ann.judge(100, true)).toBe(true);
  expect(ann.recover(START)).toBe(true);
});

test("a limit that cannot be told is reached by nobody, and a limit of nothing by everybody", () => {
  const ann = account({ fixedLimit: undefined });
  expect(add(ann, 1e15)).toEqual([]);
  expect(ann.judge(1e15, false)).toBe(true);
  expect(ann.reached(START)).toEqual(["50%", "80%", "100%"]);
  expect(add(account({ fixedLimit: 0 }), 0)).toEqual(["50%", "80%", "100%"]);
});

test("forgiven by hand: everything may be told again", () => {
  for (const terms of [{}, { per: { last: DAY } } as const]) {
    const ann = account(terms);
    add(ann, 100);
    ann.clear();
    expect(ann).toMatchObject({ used: 0, exceeded: false, told: false });
    expect(again(ann, terms).used).toBe(0);
    expect(add(ann, 100)).toEqual(["50%", "80%", "100%"]);
  }
});

const SLIDING = { per: { last: DAY } } as const;

test("a sliding window: exceeded again as often as it is reached again, warned once in its length", () => {
  const ann = account(SLIDING);
  expect(add(ann, 60, START)).toEqual(["50%"]);
  expect(add(ann, 40, START + HOUR)).toEqual(["80%", "100%"]);
  const at = ann.resetsAt(START + HOUR) ?? 0;
  expect(at).toBeGreaterThan(START + DAY);
  expect(at).toBeLessThanOrEqual(START + DAY + DAY / 60);
  expect(ann.recover(at - 1)).toBe(false);
  expect(ann.recover(at)).toBe(true);
  expect(ann.used).toBe(40);
  // Its second warning is not a day old yet, and is not told; that the whole is reached is.
  expect(add(ann, 60, at)).toEqual(["50%", "100%"]);
});

test("a sliding window over a restart: use, what was told and when stay", () => {
  const ann = account(SLIDING);
  add(ann, 85, START);
  const next = again(ann, SLIDING, START + HOUR);
  expect(next.used).toBe(85);
  expect(next.resetsAt(START + HOUR)).toBe(ann.resetsAt(START + HOUR));
  expect(add(next, 1, START + HOUR)).toEqual([]);
});

test("the clock set back an hour, or far ahead and back: a sliding window loses nothing", () => {
  const ann = account(SLIDING);
  add(ann, 10, START);
  add(ann, 10, START - HOUR);
  expect(ann.used).toBe(20);
  const bob = account(SLIDING);
  expect(add(bob, 50, START + 1_000 * DAY)).toEqual(["50%"]);
  expect(add(bob, 10, START)).toEqual([]);
  expect(bob.used).toBe(60);
  expect(bob.recover(START + DAY + HOUR)).toBe(false);
  expect(bob.used).toBe(0);
});

test("levels that a rulebook has no more are forgotten, and its new ones are told", () => {
  const ann = account();
  add(ann, 85);
  const terms = {
    levels: [
      { text: "60%", fraction: 0.6 },
      { text: "80%", fraction: 0.8 },
    ],
  };
  const next = again(ann, terms);
  expect(add(next, 1)).toEqual(["60%"]);
});
