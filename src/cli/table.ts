import type { AccountView } from "../quota/desk.ts";
import { formatDuration } from "../util/duration.ts";
import { formatSize } from "../util/size.ts";

/** Rows with their columns under each other. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd());
}

/** Cells of a bar. */
const BAR = 20;

/** A part of one, as a bar: `[########............]`. */
export function bar(part: number): string {
  const full = Math.min(BAR, Math.max(0, Math.floor(part * BAR)));
  return `[${"#".repeat(full)}${".".repeat(BAR - full)}]`;
}

/** A row for each account; `now`: ms since the epoch. */
export function accountRows(accounts: readonly AccountView[], now: number): string[][] {
  return accounts.map((account) => {
    const { quota, subject, daemon, used, limit, fraction, resets_at } = account;
    return [
      quota,
      daemon === undefined ? subject : `${subject} @ ${daemon}`,
      bar(fraction),
      limit === null ? "" : `${Math.floor(fraction * 100)}%`,
      `${formatSize(used)} of ${limit === null ? "?" : formatSize(limit)}`,
      remark(account),
      resets_at === null
        ? ""
        : `resets in ${formatDuration(Math.ceil(Math.max(0, resets_at - now) / 1000) * 1000)}, ${moment(resets_at)}`,
    ];
  });
}

function remark({ exempt, exceeded, unknown }: AccountView): string {
  if (exempt) return "exempt";
  if (unknown) return "unknown";
  return exceeded ? "spent" : "";
}

function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
