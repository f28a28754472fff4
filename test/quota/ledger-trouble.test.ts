import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isLocked, LedgerError, ledgerPath, openLedger } from "../../src/quota/ledger-file.ts";
import type { Ledger } from "../../src/quota/ledger.ts";
import { openDatabase } from "../../src/store/node-sqlite.ts";
import { QuotaWorld } from "../engine/quota-world.ts";
import { HOUR, START } from "./support.ts";

const directory = mkdtempSync(join(tmpdir(), "signalbox-ledger-"));
afterAll(() => rmSync(directory, { recursive: true }));

let count = 0;

function newDirectory(): string {
  const state = join(directory, String(count++));
  mkdirSync(state);
  return state;
}

const RULES = `quotas: { monthly: { subject: client.common_name, limit: 1000B, per: month, warn-at: [80%] } }
rules:
  - id: spent
    on: CLIENT:CONNECT
    when: quota("monthly").exceeded
    answer: { deny: { reason: spent } }
  - { id: cut, on: quota.exceeded, do: [{ client-kill: restart }] }
`;

/** A ledger in which ann has used 600 bytes, 100 of them in a session that goes on, and bob 300. */
async function written(): Promise<string> {
  const state = newDirectory();
  const world = await QuotaWorld.open(RULES, { ledger: () => openLedger(state), start: START - HOUR });
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 100);
  await server.come(1, "ann");
  await server.use(1, 500);
  await server.leave(1);
  await server.come(2, "bob");
  await server.use(2, 300);
  await server.leave(2);
  await world.close();
  return state;
}

/** All that lies in a state directory, by its bytes. */
function contents(state: string): [name: string, bytes: string][] {
  return readdirSync(state)
    .toSorted()
    .map((name) => [
      name,
      createHash("sha1")
        .update(readFileSync(join(state, name)))
        .digest("hex"),
    ]);
}

function problemOf(state: string): string {
  try {
    openLedger(state).close();
  } catch (error) {
    expect(error).toBeInstanceOf(LedgerError);
    expect(isLocked(error)).toBe(false);
    return (error as Error).message.replace(ledgerPath(state), "LEDGER");
  }
  return "none";
}

const good = await written();
const BYTES = readFileSync(ledgerPath(good));

/** What may lie in its place, and what is said of it. */
const BAD: readonly (readonly [what: string, make: (path: string) => void, problem: string | RegExp])[] = [
  ["nothing at all", (path) => writeFileSync(path, ""), "the file is empty; without it a new one is begun"],
  ["a byte", (path) => writeFileSync(path, BYTES.subarray(0, 1)), /damaged/],
  ["half a header", (path) => writeFileSync(path, BYTES.subarray(0, 50)), /damaged/],
  ["a header", (path) => writeFileSync(path, BYTES.subarray(0, 100)), /malformed|damaged|not a database/],
  [
    "half a page",
    (path) => writeFileSync(path, BYTES.subarray(0, 2_048)),
    /malformed|damaged|not a database/,
  ],
  ["one page", (path) => writeFileSync(path, BYTES.subarray(0, 4_096)), /malformed|damaged/],
  ["three pages and a half", (path) => writeFileSync(path, BYTES.subarray(0, 14_000)), /malformed|damaged/],
  ["all but the last byte", (path) => writeFileSync(path, BYTES.subarray(0, -1)), /damaged/],
  ["words", (path) => writeFileSync(path, "this is no database\n".repeat(500)), "file is not a database"],
  [
    "pages of something else",
    (path) => writeFileSync(path, Buffer.from(BYTES).fill(0xab, 4_096, 12_288)),
    /damaged|malformed/,
  ],
  ["a directory", (path) => mkdirSync(path), "unable to open database file"],
  [
    "a file of a newer version",
    (path) => database(path, BYTES, "PRAGMA user_version = 99"),
    "it was written by a newer version of signalbox",
  ],
  [
    "another program's database",
    (path) => database(path, undefined, "CREATE TABLE mine (a); INSERT INTO mine VALUES (1)"),
    "it is another program's database",
  ],
  [
    "another program's database that has a version",
    (path) => database(path, undefined, "CREATE TABLE mine (a); PRAGMA user_version = 1"),
    "it is another program's database",
  ],
];

function database(path: string, bytes: Uint8Array | undefined, sql: string): void {
  if (bytes) writeFileSync(path, bytes);
  const file = openDatabase(path);
  file.exec(sql);
  file.close();
}

test.each(BAD)("%s in its place is refused in one line, and stays as it is", (what, make, problem) => {
  const state = newDirectory();
  make(ledgerPath(state));
  const before = what === "a directory" ? [] : contents(state);
  const told = problemOf(state);
  expect(told).toMatch(/^Cannot open the ledger LEDGER: [^\n]+$/);
  if (typeof problem === "string") expect(told).toBe(`Cannot open the ledger LEDGER: ${problem}`);
  else expect(told).toMatch(problem);
  if (what !== "a directory") expect(contents(state)).toEqual(before);
});

test("wherever the file was cut short, it is refused and stays as it is", () => {
  const state = newDirectory();
  for (let length = 1; length < BYTES.length; length += length < 110 ? 1 : 1_365) {
    writeFileSync(ledgerPath(state), BYTES.subarray(0, length));
    const before = contents(state);
    expect(problemOf(state), `${length} bytes`).not.toBe("none");
    expect(contents(state), `${length} bytes`).toEqual(before);
  }
});

test.each(BAD)(
  "with %s in its place accounting goes on in memory and says so, nothing is written, and the file is left alone",
  async (what, make) => {
    const state = newDirectory();
    make(ledgerPath(state));
    const before = what === "a directory" ? [] : contents(state);
    let opened = 0;
    const world = await QuotaWorld.open(RULES, { ledger: () => (opened++, openLedger(state)) });
    expect(world.errors()).toEqual([
      expect.stringMatching(
        /^Cannot open the ledger [^\n]+\. Accounting goes on in memory and is lost when the engine ends; what was used before is not known, and on-unknown decides about people$/,
      ),
    ]);
    const server = world.server();
    await server.come(0, "ann");
    await server.use(0, 900);
    expect(world.heard()).toEqual(["warned ann 80%"]);
    expect(world.account("ann")).toMatchObject({ used: 900, unknown: true });
    await server.ask(1, "ann");
    expect(server.sent).toEqual([expect.stringMatching(/^client-deny 1 1 spent/)]);
    await world.pass(60_000);
    await world.close();
    expect(opened).toBe(1);
    expect(world.errors()).toEqual([]);
    if (what !== "a directory") expect(contents(state)).toEqual(before);
  },
);

test("what cannot be known is allowed where the rulebook says so, and limits hold for what is known", async () => {
  const state = newDirectory();
  writeFileSync(ledgerPath(state), "");
  const rules = RULES.replace("per: month,", "per: month, on-unknown: allow,");
  const world = await QuotaWorld.open(rules, { ledger: () => openLedger(state) });
  const server = world.server();
  await server.ask(0, "ann");
  await server.come(0, "ann");
  await server.use(0, 1_000);
  await server.ask(1, "ann");
  expect(server.sent).toEqual([
    "client-auth-nt 0 1",
    expect.stringMatching(/^client-kill 0 /),
    expect.stringMatching(/^client-deny 1 1 spent/),
  ]);
  await world.close();
});

/** Somebody else has the file for himself. */
function lock(state: string): DatabaseSync {
  const other = openDatabase(ledgerPath(state));
  other.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  return other;
}

/** Somebody writes and does not end it: the file can be read. */
function occupy(state: string): DatabaseSync {
  const other = openDatabase(ledgerPath(state));
  other.exec("BEGIN IMMEDIATE");
  return other;
}

describe("a ledger that is locked at the start", () => {
  test("is tried again, and what was met meanwhile goes on from what it says", async () => {
    const state = await written();
    const other = lock(state);
    const world = await QuotaWorld.open(RULES, { ledger: () => openLedger(state) });
    expect(world.errors()).toEqual([
      expect.stringMatching(
        /^Cannot open the ledger [^\n]+: database is locked\. Accounting goes on in memory until it can be read; what was used before is not known, and on-unknown decides about people$/,
      ),
    ]);
    const server = world.server();
    // The session of before is found in the list, and goes on.
    server.arrive(0, "ann", (START - HOUR) / 1000);
    server.pass(0, 120);
    await world.pass(16_000);
    await server.use(0, 50);
    await server.come(3, "bob");
    await server.use(3, 10);
    await server.leave(3);
    expect(world.account("ann")).toMatchObject({ used: 170, unknown: true });
    await server.ask(4, "bob");
    expect(server.sent.splice(0)).toEqual([expect.stringMatching(/^client-deny 4 1 spent/)]);
    expect(world.errors()).toEqual([]);

    other.exec("ROLLBACK");
    other.close();
    await world.pass(5_000);
    expect(world.errors()).toEqual(["The ledger can be read: what was used before is known again"]);
    expect(world.account("ann")).toMatchObject({ used: 670, unknown: false, sessions: 1 });
    expect(world.account("bob")).toMatchObject({ used: 310, unknown: false, sessions: 0 });
    await server.ask(5, "bob");
    expect(server.sent.splice(0)).toEqual(["client-auth-nt 5 1"]);
    await server.use(0, 200);
    expect(world.heard()).toEqual(["warned ann 80%"]);
    await world.restart();
    expect([world.used("ann"), world.used("bob")]).toEqual([870, 310]);
    await server.use(0, 1);
    expect(world.used("ann")).toBe(871);
    expect(world.heard()).toEqual([]);
    await world.close();
  });

  test("sessions of before that have ended meanwhile are booked by their totals, and those that ended unseen as they were", async () => {
    const state = await written();
    const other = lock(state);
    const world = await QuotaWorld.open(RULES, { ledger: () => openLedger(state) });
    const server = world.server();
    server.arrive(0, "ann", (START - HOUR) / 1000);
    server.pass(0, 130);
    await world.pass(16_000);
    await server.leave(0);
    expect(world.used("ann")).toBe(130);
    other.close();
    await world.pass(5_000);
    expect(world.account("ann")).toMatchObject({ used: 630, sessions: 0 });
    await world.restart();
    expect(world.used("ann")).toBe(630);
    await world.close();

    const another = await written();
    const lockOfIt = lock(another);
    const next = await QuotaWorld.open(RULES, { ledger: () => openLedger(another) });
    await next.server().come(7, "ann");
    lockOfIt.close();
    await next.pass(20_000);
    expect(next.account("ann")).toMatchObject({ used: 600, sessions: 1 });
    expect(next.records).toContainEqual(
      expect.objectContaining({ event: expect.objectContaining({ type: "unseen-end", cid: 0 }) }),
    );
    await next.close();
  });

  test("what was corrected by hand meanwhile is applied and noted: charged, granted, forgiven", async () => {
    const state = await written();
    const other = lock(state);
    const world = await QuotaWorld.open(RULES, { ledger: () => openLedger(state) });
    const correct = (what: "charge" | "grant" | "reset", subject: string, bytes = 0): void =>
      expect(
        world.engine.quotas?.correct({
          what,
          quota: "monthly",
          subject,
          bytes,
          by: "root",
          daemon: undefined,
        }),
      ).toBeUndefined();
    correct("charge", "ann", 40);
    correct("grant", "ann", 500);
    correct("charge", "bob", 1);
    correct("reset", "bob");
    correct("charge", "bob", 2);
    correct("charge", "cid", 3);
    other.close();
    await world.pass(5_000);
    expect(world.account("ann")).toMatchObject({ used: 640, granted: 500, limit: 1_500 });
    expect(world.used("bob")).toBe(2);
    expect(world.used("cid")).toBe(3);
    const noted = world.engine.quotas?.corrections(undefined, 10) ?? [];
    expect(noted.map(({ what, subject, bytes }) => `${what} ${subject} ${bytes}`)).toEqual([
      "charge cid 3",
      "charge bob 2",
      "reset bob 1",
      "charge bob 1",
      "grant ann 500",
      "charge ann 40",
    ]);
    await world.restart();
    expect([world.used("ann"), world.used("bob"), world.used("cid")]).toEqual([640, 2, 3]);
    expect(world.engine.quotas?.corrections("bob", 10)).toHaveLength(3);
    await world.close();
  });

  test("who is over the limit by both together is cut then", async () => {
    const state = await written();
    const other = lock(state);
    const world = await QuotaWorld.open(RULES, { ledger: () => openLedger(state) });
    const server = world.server();
    await server.come(5, "ann");
    await server.use(5, 450);
    expect(world.heard()).toEqual([]);
    other.close();
    await world.pass(5_000);
    expect(world.heard()).toEqual(["warned ann 80%", "exceeded ann 100%"]);
    expect(server.sent).toEqual([expect.stringMatching(/^client-kill 5 /)]);
    await world.close();
  });

  test("that is found to be another's when it opens is not touched again", async () => {
    const state = newDirectory();
    database(ledgerPath(state), BYTES, "PRAGMA user_version = 99");
    const other = lock(state);
    let opened = 0;
    const world = await QuotaWorld.open(RULES, { ledger: () => (opened++, openLedger(state)) });
    other.exec("ROLLBACK");
    other.close();
    const before = contents(state);
    await world.pass(60_000);
    expect(opened).toBe(2);
    expect(world.errors()).toEqual([
      expect.stringMatching(/database is locked\. Accounting goes on in memory until it can be read/),
      expect.stringMatching(/newer version of signalbox\. Accounting goes on in memory/),
    ]);
    expect(contents(state)).toEqual(before);
    await world.close();
  });

  test("and the machine's last engine is stopped: nothing is left to wait for", async () => {
    const state = await written();
    const other = lock(state);
    const world = await QuotaWorld.open(RULES, { ledger: () => openLedger(state) });
    await world.close();
    expect(world.clock.steady.nextDue()).toBeUndefined();
    other.close();
  });
});

test("locked while the engine runs: said once, and all of it is written when the lock has ended", async () => {
  const state = await written();
  const world = await QuotaWorld.open(RULES, { ledger: () => openLedger(state) });
  const server = world.server();
  const other = occupy(state);
  await server.come(3, "bob");
  await server.use(3, 11);
  await server.leave(3);
  await server.come(4, "cid");
  await server.use(4, 22);
  await world.pass(12_000);
  expect(world.errors()).toEqual([
    "The ledger cannot be written; accounting goes on in memory: database is locked",
  ]);
  expect(world.account("bob")).toMatchObject({ used: 311, unknown: false });
  other.exec("ROLLBACK");
  other.close();
  await world.pass(6_000);
  expect(world.errors()).toEqual(["The ledger is written again"]);
  // As after kill -9: what is in the file is all that is left.
  const kept = openLedger(state);
  const { accounts, meters } = kept.read();
  kept.close();
  expect(accounts.find(({ subject }) => subject === "bob")?.closed).toBe(311);
  expect(meters).toMatchObject([{ cid: 4, bytesIn: 22 }]);
  await world.close();
});

test("a disk that is full: said once, people are cut by what is in memory, and it is written when there is room", async () => {
  const state = await written();
  let file: DatabaseSync | undefined;
  const full = (is: boolean): void => void (isFull = is);
  let isFull = false;
  const onDisk = (): Ledger => {
    const ledger = openLedger(state);
    file = openDatabase(ledgerPath(state));
    return {
      ...ledger,
      write(changes) {
        // As SQLite says it, when the write is half done.
        if (isFull) throw Object.assign(new Error("database or disk is full\nat somewhere"), { errcode: 13 });
        ledger.write(changes);
      },
    };
  };
  const world = await QuotaWorld.open(RULES, { ledger: onDisk });
  const server = world.server();
  full(true);
  await server.come(3, "bob");
  await server.use(3, 800);
  await world.pass(20_000);
  expect(world.heard()).toEqual(["warned bob 80%", "exceeded bob 100%"]);
  expect(server.sent).toEqual([expect.stringMatching(/^client-kill 3 /)]);
  expect(world.errors()).toEqual([
    "The ledger cannot be written; accounting goes on in memory: database or disk is full",
  ]);
  full(false);
  await world.pass(6_000);
  expect(world.errors()).toEqual(["The ledger is written again"]);
  file?.close();
  await world.restart();
  expect(world.used("bob")).toBe(1_100);
  expect(world.heard()).toEqual([]);
  await world.close();
});

test("SQLite itself on a full disk: nothing of a write is done, and the next one is as if it had not been tried", () => {
  const state = newDirectory();
  openLedger(state).close();
  const file = openDatabase(ledgerPath(state));
  const ledger = openLedger(state);
  const accounts = Array.from({ length: 2_000 }, (_, i) => ({
    ...{ quota: "q", daemon: "", subject: `user ${i} ${"x".repeat(200)}`, period: 0, closed: i, slices: [] },
    ...{ granted: 0, limit: 1, exempt: false, told: [] },
  }));
  file.exec(
    "CREATE TRIGGER full AFTER INSERT ON account WHEN NEW.closed = 1500 BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
  );
  expect(() => ledger.write({ accounts })).toThrow("database or disk is full");
  expect(ledger.read().accounts).toEqual([]);
  file.exec("DROP TRIGGER full");
  ledger.write({ accounts });
  expect(ledger.read().accounts).toHaveLength(2_000);
  ledger.close();
  file.close();
});

test("an engine that ends while the ledger cannot be written leaves nothing behind to wait for", async () => {
  const state = await written();
  const world = await QuotaWorld.open(RULES, { ledger: () => openLedger(state) });
  await world.pass(3_000);
  const other = occupy(state);
  const charge = { what: "charge", quota: "monthly", subject: "bob", bytes: 1, by: "root" } as const;
  world.engine.quotas?.correct({ ...charge, daemon: undefined });
  await world.close();
  expect(world.errors()).toEqual([
    expect.stringMatching(/^The ledger cannot be written/),
    expect.stringMatching(/^The ledger could not be written to the end: .* is lost$/),
  ]);
  expect(world.clock.steady.nextDue()).toBeUndefined();
  other.close();
});

test("a new ledger is for its owner alone", () => {
  const state = newDirectory();
  openLedger(state).close();
  expect(readdirSync(state)).toEqual(["ledger.db"]);
  expect((statSync(ledgerPath(state)).mode & 0o777).toString(8)).toBe("600");
});
