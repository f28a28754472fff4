import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../store/node-sqlite.ts";
import { reasonOf } from "../store/sqlite.ts";
import type { SavedAccount } from "./account.ts";
import type { Correction, Ledger, LedgerChanges, SavedDaemon } from "./ledger.ts";
import type { SavedMeter, SavedShare } from "./meter.ts";
import type { QuotaTerms } from "./quota.ts";

/** The ledger cannot be used; the message is for people. */
export class LedgerError extends Error {
  override readonly name = "LedgerError";
}

const TABLES = "'quota', 'account', 'session', 'daemon', 'correction'";

/** How long to wait for whoever has the ledger, ms; nothing else is done meanwhile. */
const PATIENCE = 100;

/** Bytes with which each file of SQLite begins. */
const HEADER = 100;

/** SQLite's own number for a file that somebody else has. */
const BUSY = 5;

/** Whether it may be tried again later. */
export function isLocked(error: unknown): boolean {
  const { errcode, cause } = error as { errcode?: unknown; cause?: unknown };
  // The lower byte is the kind of error.
  return typeof errcode === "number" ? (errcode & 0xff) === BUSY : cause instanceof Error && isLocked(cause);
}

/** Raised when the tables change their form; a file of a later version is left alone. */
const SCHEMA_VERSION = 1;

/** Corrections that are kept. */
const CORRECTIONS = 100_000;

export function ledgerPath(directory: string): string {
  return join(directory, "ledger.db");
}

/** Opens (or makes) the ledger of a state directory. One that is locked, damaged or of a newer version is left as it is. Throws LedgerError. */
export function openLedger(directory: string): Ledger {
  const path = ledgerPath(directory);
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // SQLite takes these for new ones.
    const size = existsSync(path) && statSync(path).isFile() ? statSync(path).size : HEADER;
    if (size === 0)
      throw new LedgerError(
        `Cannot open the ledger ${path}: the file is empty; without it a new one is begun`,
      );
    if (size < HEADER) throw new LedgerError(`Cannot open the ledger ${path}: the file is damaged`);
    // A log that was left behind may complete the last page.
    const length = existsSync(`${path}-wal`) ? 0 : size;
    database = openDatabase(path);
    return ledgerOf(database, path, length);
  } catch (error) {
    database?.close();
    if (error instanceof LedgerError) throw error;
    throw new LedgerError(`Cannot open the ledger ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** A ledger that ends with the process. */
export function memoryLedger(): Ledger {
  return ledgerOf(openDatabase(":memory:"), ":memory:", 0);
}

/** `length`: of the file, which is to be whole pages. */
function ledgerOf(database: DatabaseSync, path: string, length: number): Ledger {
  database.exec(`PRAGMA busy_timeout = ${PATIENCE}`);
  prepare(database, path, length);
  return ledger(database);
}

function prepare(database: DatabaseSync, path: string, length: number): void {
  const number = (pragma: string): number =>
    Object.values(database.prepare(`PRAGMA ${pragma}`).get() as Record<string, number>)[0] ?? 0;
  const version = number("user_version");
  if (version > SCHEMA_VERSION)
    throw new LedgerError(`Cannot open the ledger ${path}: it was written by a newer version of signalbox`);
  const { tables } = database
    .prepare(`SELECT count(*) AS tables FROM sqlite_schema WHERE name IN (${TABLES})`)
    .get() as { tables: number };
  if (version === SCHEMA_VERSION ? tables < 5 : number("schema_version") > 0)
    throw new LedgerError(`Cannot open the ledger ${path}: it is another program's database`);
  if (version === SCHEMA_VERSION) {
    if (length % number("page_size") !== 0)
      throw new LedgerError(`Cannot open the ledger ${path}: the file is damaged`);
    const { quick_check: found } = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
    if (found !== "ok") throw new LedgerError(`Cannot open the ledger ${path}: the file is damaged`);
  }
  // A process that is killed loses nothing with NORMAL; a power cut may lose the last moments.
  // Its log is moved into the file some pages at a time: a thousand, as usual, hold up everything else for 10 ms and more.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 300");
  if (version === SCHEMA_VERSION) return;
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE quota (name TEXT PRIMARY KEY, terms TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE account (
      quota TEXT NOT NULL, daemon TEXT NOT NULL, subject TEXT NOT NULL, period INTEGER NOT NULL, closed INTEGER NOT NULL,
      slices TEXT NOT NULL, granted INTEGER NOT NULL, "limit" INTEGER, exempt INTEGER NOT NULL, told TEXT NOT NULL,
      PRIMARY KEY (quota, daemon, subject)
    ) WITHOUT ROWID;
    CREATE TABLE session (
      daemon TEXT NOT NULL, epoch INTEGER NOT NULL, cid INTEGER NOT NULL, name TEXT NOT NULL, since INTEGER NOT NULL,
      bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL, shares TEXT NOT NULL, PRIMARY KEY (daemon, epoch, cid)
    ) WITHOUT ROWID;
    CREATE TABLE daemon (
      name TEXT PRIMARY KEY, pid INTEGER NOT NULL, load_in INTEGER NOT NULL, load_out INTEGER NOT NULL,
      booked_in INTEGER NOT NULL, booked_out INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE correction (
      id INTEGER PRIMARY KEY, at INTEGER NOT NULL, "by" TEXT NOT NULL, what TEXT NOT NULL, quota TEXT NOT NULL,
      daemon TEXT NOT NULL, subject TEXT NOT NULL, bytes INTEGER NOT NULL
    );
    PRAGMA user_version = ${SCHEMA_VERSION};
    COMMIT;
  `);
}

type Row = Record<string, string | number | null>;

function ledger(database: DatabaseSync): Ledger {
  const sql = {
    quota: database.prepare("INSERT OR REPLACE INTO quota VALUES (?, ?)"),
    account: database.prepare("INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
    drop: database.prepare("DELETE FROM account WHERE quota = ? AND daemon = ? AND subject = ?"),
    session: database.prepare("INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
    counters: database.prepare(
      "UPDATE session SET bytes_in = ?, bytes_out = ? WHERE daemon = ? AND epoch = ? AND cid = ?",
    ),
    ended: database.prepare("DELETE FROM session WHERE daemon = ? AND epoch = ? AND cid = ?"),
    daemon: database.prepare("INSERT OR REPLACE INTO daemon VALUES (?, ?, ?, ?, ?, ?)"),
    correction: database.prepare("INSERT INTO correction VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)"),
    trim: database.prepare("DELETE FROM correction WHERE id <= ?"),
    begin: database.prepare("BEGIN IMMEDIATE"),
    commit: database.prepare("COMMIT"),
  };
  const all = (table: string): Row[] => database.prepare(`SELECT * FROM ${table}`).all() as Row[];
  const put = (changes: LedgerChanges): void => {
    const { accounts = [], dropped = [], meters = [], counters = [], ended = [] } = changes;
    // What has gone goes first: another one may have come under its name.
    for (const { quota, daemon, subject } of dropped) sql.drop.run(quota, daemon, subject);
    for (const { daemon, epoch, cid } of ended) sql.ended.run(daemon, epoch, cid);
    for (const account of accounts) sql.account.run(...accountRow(account));
    for (const meter of meters) sql.session.run(...sessionRow(meter));
    for (const { bytesIn, bytesOut, daemon, epoch, cid } of counters)
      sql.counters.run(readable(bytesIn), readable(bytesOut), daemon, epoch, cid);
    for (const { daemon, pid, loadIn, loadOut, bookedIn, bookedOut } of changes.daemons ?? [])
      sql.daemon.run(daemon, pid, ...[loadIn, loadOut, bookedIn, bookedOut].map(readable));
    for (const terms of changes.quotas ?? []) sql.quota.run(terms.name, JSON.stringify(terms));
    for (const { at, by, what, quota, daemon, subject, bytes } of changes.corrections ?? []) {
      const { lastInsertRowid } = sql.correction.run(at, by, what, quota, daemon, subject, bytes);
      sql.trim.run(Number(lastInsertRowid) - CORRECTIONS);
    }
  };
  return {
    read: () => ({
      quotas: all("quota").map(({ terms }) => JSON.parse(String(terms)) as QuotaTerms),
      accounts: all("account").map(savedAccount),
      meters: all("session").map(savedMeter),
      daemons: all("daemon").map(savedDaemon),
    }),
    write(changes) {
      sql.begin.run();
      try {
        put(changes);
        sql.commit.run();
      } catch (error) {
        // A full disk ends the transaction by itself.
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    corrections: (subject, limit) =>
      (
        database
          .prepare(
            `SELECT at, "by", what, quota, daemon, subject, bytes FROM correction ${subject === undefined ? "" : "WHERE subject = ?"} ORDER BY id DESC LIMIT ?`,
          )
          .all(...(subject === undefined ? [limit] : [subject, limit])) as Row[]
      ).map((row) => row as unknown as Correction),
    close: () => database.close(),
  };
}

/** A larger number makes the whole table unreadable: a driver throws on what is no exact number. */
function readable(bytes: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(bytes, Number.MAX_SAFE_INTEGER));
}

function accountRow(account: SavedAccount): (string | number | null)[] {
  const { quota, daemon, subject, period, closed, slices, granted, limit, exempt, told } = account;
  return [
    ...[quota, daemon, subject, period, readable(closed), JSON.stringify(slices), readable(granted)],
    ...[limit === null ? null : readable(limit), exempt ? 1 : 0, JSON.stringify(told)],
  ];
}

function savedAccount(row: Row): SavedAccount {
  return {
    ...(row as unknown as SavedAccount),
    slices: JSON.parse(String(row["slices"])) as SavedAccount["slices"],
    exempt: row["exempt"] === 1,
    told: JSON.parse(String(row["told"])) as SavedAccount["told"],
  };
}

function sessionRow({
  daemon,
  epoch,
  cid,
  name,
  since,
  bytesIn,
  bytesOut,
  shares,
}: SavedMeter): (string | number)[] {
  return [daemon, epoch, cid, name, since, readable(bytesIn), readable(bytesOut), JSON.stringify(shares)];
}

function savedMeter(row: Row): SavedMeter {
  const { bytes_in, bytes_out, shares, ...rest } = row;
  return {
    ...(rest as unknown as SavedMeter),
    bytesIn: Number(bytes_in),
    bytesOut: Number(bytes_out),
    shares: JSON.parse(String(shares)) as SavedShare[],
  };
}

function savedDaemon(row: Row): SavedDaemon {
  const number = (name: string): number => Number(row[name]);
  return {
    daemon: String(row["name"]),
    pid: number("pid"),
    ...{ loadIn: number("load_in"), loadOut: number("load_out") },
    ...{ bookedIn: number("booked_in"), bookedOut: number("booked_out") },
  };
}
