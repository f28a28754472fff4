// A month of 10,000 clients that report every 10 minutes, from the lines of the interface to the rows of the ledger, on a virtual clock: what
// is charged against the server's own totals, account by account, and how long it takes.
import { type MonthTold, MISHAPS, month } from "../test/quota/month-story.ts";
import { rateText, table, verdict } from "./report.ts";

const HOUR = 3_600_000;
/** Seconds. */
const WANTED = 180;

const [clients = 10_000, days = 30] = process.argv.slice(2).map(Number);
const told: MonthTold = await month({
  clients,
  days,
  seed: 1,
  limit: "300GiB",
  // As often as in three minutes of real time: the ledger is 2 s behind, which is to 180 s as 8 hours are to a month. Lists, every 15 s,
  // would come every 60 hours; they come oftener here. By the virtual clock alone these two would take several times all the rest.
  lists: 24 * HOUR,
  behind: 8 * HOUR,
  mishaps: MISHAPS,
});
const { tally, written, seconds, charged, owed, passed, wrong } = told;
console.log(
  table(
    ["", ""],
    [
      ["reports", String(tally.reports)],
      ["sessions", String(tally.sessions)],
      ["sent away", String(tally.killed)],
      ["denied", String(tally.denied)],
      ["ended unseen", String(tally.unseen)],
      ["bytes passed", String(passed)],
      ["bytes owed", String(owed)],
      ["bytes charged", String(charged)],
      ["accounts", String(told.accounts)],
      ["reports a second", rateText(tally.reports / seconds)],
      ["ledger: rows of sessions", String(written.rows)],
      ["ledger: transactions", String(written.transactions)],
      ["ledger: seconds", written.seconds.toFixed(1)],
      ["seconds", seconds.toFixed(1)],
    ],
  ),
);
for (const [name, has, should] of wrong.slice(0, 5)) console.log(`${name}: ${has} charged, ${should} owed`);
if (wrong.length + told.left + told.errors.length > 0) process.exitCode = 1;
console.log(
  `accounts that differ: ${wrong.length}; sessions left: ${told.left}; errors: ${told.errors.length}`,
);
verdict(seconds / WANTED, 1, "at-most");
