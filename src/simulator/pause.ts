import type { Cursor } from "./cursor.ts";

/** Once this many rounds of the list have failed, the pause doubles with each further one. */
const PATIENCE = 4;
/** When a failed login is tried again unchanged, s. */
const UNCHANGED = 10;

/**
 * The pause before the next attempt, s: it doubles once every entry has failed often. `retry` is --connect-retry, the first
 * and the longest; `wanted` is what the server asked for.
 */
export function pauseBefore(
  { unsuccessful, entries }: Pick<Cursor, "unsuccessful" | "entries">,
  [first, longest]: readonly [number, number],
  authRetry: string,
  wanted: number,
): number {
  const usual = authRetry === "nointeract" ? UNCHANGED : first;
  const rounds = Math.floor(unsuccessful / Math.max(1, entries.length)) - PATIENCE;
  const pause = rounds <= 0 ? usual : Math.max(usual, 1) * 2 ** rounds;
  return Math.min(longest, Math.max(pause, wanted));
}
