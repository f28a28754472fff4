import type { SessionKey } from "./account.ts";

/** Something to be told of an account; `session` is whose traffic brought it about. */
export interface Told {
  readonly type: "quota.warned" | "quota.exceeded" | "quota.reset" | "quota.blind";
  readonly quota: string;
  readonly subject: string;
  /** "" where the quota is over all daemons. */
  readonly daemon: string;
  readonly level: string;
  readonly use: Use;
  readonly session: SessionKey | undefined;
}

/** Bytes and ms. */
export interface Use {
  readonly used: number;
  /** With what was granted; undefined: it cannot be told. */
  readonly limit: number | undefined;
  readonly resetsAt: number | undefined;
}

export interface AccountStatus extends Use {
  readonly quota: string;
  readonly daemon: string;
  readonly subject: string;
  readonly granted: number;
  readonly exempt: boolean;
  readonly exceeded: boolean;
  readonly sessions: number;
  readonly unknown: boolean;
}

/** Use as expressions read it: sizes in bytes, the time in ms since the epoch. */
export interface UseView extends Readonly<Record<string, unknown>> {
  readonly fraction: number;
  readonly exceeded: boolean;
}

/** Of the limit; a limit of nothing is used up. */
export function fraction({ used, limit }: Pick<Use, "used" | "limit">): number {
  if (limit === undefined) return 0;
  return limit > 0 ? used / limit : 1;
}
