import { z } from "zod";
import { didYouMean } from "../util/suggest.ts";
import { type AccountStatus, fraction } from "./use.ts";
import type { Correction } from "./ledger.ts";

/** What somebody at the command line asks of the accounts. */
export const quotaRequest = z.discriminatedUnion("what", [
  z.object({ what: z.literal("list"), quota: z.string().optional(), daemon: z.string().optional() }),
  z.object({
    what: z.literal("show"),
    quota: z.string().optional(),
    daemon: z.string().optional(),
    subject: z.string(),
  }),
  z.object({
    what: z.enum(["grant", "reset"]),
    quota: z.string().optional(),
    subject: z.string().min(1),
    daemon: z.string().optional(),
    bytes: z.int().default(0),
    by: z.string(),
  }),
]);

export type QuotaRequest = z.infer<typeof quotaRequest>;

/** An account as it is told to people and programs; sizes in bytes, times in ms since the epoch. */
export interface AccountView {
  readonly subject: string;
  readonly quota: string;
  /** Where each daemon has accounts of its own. */
  readonly daemon?: string;
  readonly used: number;
  /** With what was granted; null: it cannot be told. */
  readonly limit: number | null;
  readonly remaining: number | null;
  readonly fraction: number;
  readonly granted: number;
  readonly exceeded: boolean;
  readonly exempt: boolean;
  /** What was used is not known in full. */
  readonly unknown: boolean;
  /** Live ones. */
  readonly sessions: number;
  /** null: never by itself. */
  readonly resets_at: number | null;
  /** Newest first; only of one account. */
  readonly corrections?: readonly Correction[];
}

/** Where accounts are: in a running engine, or in the ledger that it left. */
export interface AccountDesk {
  readonly names: readonly string[];
  /** Those whose clients have accounts. */
  readonly daemons: readonly string[];
  status(): readonly AccountStatus[];
  /** What is wrong with it, or undefined. */
  correct(
    how: Omit<Correction, "at" | "daemon"> & { readonly daemon: string | undefined },
  ): string | undefined;
  corrections(subject: string | undefined, limit: number): readonly Correction[];
}

/** Corrections that are shown of an account. */
const SHOWN = 50;

/** Answers a request. Throws an Error that says what is wrong with it. */
export function answerQuota(accounts: AccountDesk, request: QuotaRequest): readonly AccountView[] {
  const { quota, daemon } = request;
  if (quota !== undefined && !accounts.names.includes(quota))
    throw new Error(`Unknown quota '${quota}'${didYouMean(quota, accounts.names)}`);
  if (daemon !== undefined && !accounts.daemons.includes(daemon))
    throw new Error(`Unknown daemon '${daemon}'${didYouMean(daemon, accounts.daemons)}`);
  const all = (): readonly AccountView[] =>
    accounts
      .status()
      .filter((account) => quota === undefined || account.quota === quota)
      .map(accountView)
      .filter((one) => daemon === undefined || one.daemon === undefined || one.daemon === daemon);
  if (request.what === "list") return all();
  const { subject } = request;
  if (request.what === "show") {
    const found = all().filter((account) => account.subject === subject);
    if (found.length === 0)
      throw new Error(`No account '${subject}'${quota === undefined ? "" : ` under ${quota}`}`);
    const corrections = accounts.corrections(subject, SHOWN);
    return found.map((account) => ({
      ...account,
      corrections: corrections.filter(
        (one) => one.quota === account.quota && one.daemon === (account.daemon ?? ""),
      ),
    }));
  }
  const { what, bytes, by } = request;
  const [only, another] = accounts.names;
  const name = quota ?? (another === undefined ? only : undefined);
  if (name === undefined) throw new Error(`Which quota: ${accounts.names.join(", ")}`);
  const problem = accounts.correct({ what, quota: name, subject, bytes, by, daemon });
  if (problem !== undefined) throw new Error(problem);
  return all().filter((one) => one.quota === name && one.subject === subject);
}

export function accountView(status: AccountStatus): AccountView {
  const { subject, quota, daemon, used, limit, resetsAt, granted, exceeded, exempt, unknown, sessions } =
    status;
  return {
    ...{ subject, quota, ...(daemon === "" ? {} : { daemon }), used },
    limit: limit ?? null,
    remaining: limit === undefined ? null : Math.max(0, limit - used),
    fraction: fraction(status),
    ...{ granted, exceeded, exempt, unknown, sessions },
    resets_at: resetsAt ?? null,
  };
}
