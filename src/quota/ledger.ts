import type { SavedAccount, SessionKey } from "./account.ts";
import type { SavedMeter } from "./meter.ts";
import type { QuotaTerms } from "./quota.ts";

/** What is known of a daemon's own counters, for a bound of what was missed. Bytes. */
export interface SavedDaemon {
  readonly daemon: string;
  readonly pid: number;
  /** What `load-stats` said last, and what had been booked of it by then. */
  readonly loadIn: number;
  readonly loadOut: number;
  readonly bookedIn: number;
  readonly bookedOut: number;
}

/** A correction by hand. */
export interface Correction {
  /** ms since the epoch. */
  readonly at: number;
  /** Who did it: a user of the machine, or a rule. */
  readonly by: string;
  readonly what: "grant" | "reset" | "charge";
  readonly quota: string;
  readonly daemon: string;
  readonly subject: string;
  /** Granted or charged; the use that was forgiven. */
  readonly bytes: number;
}

export interface LedgerContent {
  readonly quotas: readonly QuotaTerms[];
  readonly accounts: readonly SavedAccount[];
  readonly meters: readonly SavedMeter[];
  readonly daemons: readonly SavedDaemon[];
}

/** What is written at once or not at all. */
export interface LedgerChanges {
  readonly accounts?: readonly SavedAccount[];
  readonly dropped?: readonly Pick<SavedAccount, "quota" | "daemon" | "subject">[];
  readonly meters?: readonly SavedMeter[];
  /** Sessions of which only the counters have moved. */
  readonly counters?: readonly Omit<SavedMeter, "name" | "since" | "shares">[];
  readonly ended?: readonly SessionKey[];
  readonly daemons?: readonly SavedDaemon[];
  readonly corrections?: readonly Correction[];
  readonly quotas?: readonly QuotaTerms[];
}

/** Where accounts outlive the engine. Each call throws an Error when it cannot be done; nothing of it is done then. */
export interface Ledger {
  read(): LedgerContent;
  write(changes: LedgerChanges): void;
  /** Newest first, at most `limit`. */
  corrections(subject: string | undefined, limit: number): readonly Correction[];
  close(): void;
}
