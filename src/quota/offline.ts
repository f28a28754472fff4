import type { Env, Expression } from "../rules/cel/types.ts";
import type { QuotaSpec } from "../rules/rulebook.ts";
import { systemClock } from "../util/clock.ts";
import { Book } from "./book.ts";
import type { AccountDesk } from "./desk.ts";
import { Keeper } from "./keeper.ts";
import type { Ledger } from "./ledger.ts";
import type { QuotaTerms } from "./quota.ts";

/** The accounts of a ledger while no engine runs: there are no clients, and nothing is charged. `close` writes what was corrected. */
export function offlineAccounts(ledger: Ledger): AccountDesk & { close(): void } {
  const content = ledger.read();
  const rows = [...content.daemons, ...content.accounts, ...content.meters];
  let failure: unknown;
  const keeper = new Keeper(ledger, {
    clock: systemClock,
    soon: () => undefined,
    failed: (error) => (failure = error),
    again: () => undefined,
    lost: () => undefined,
  });
  const book = new Book(content.quotas.map(specOf), keeper, {
    now: () => systemClock.now(),
    env: (): Env => ({}),
    tell: () => undefined,
    failed: () => undefined,
  });
  book.restore(content);
  return {
    names: content.quotas.map(({ name }) => name),
    daemons: [...new Set(rows.map(({ daemon }) => daemon).filter((daemon) => daemon !== ""))],
    status: () => book.accounts.status(),
    correct(how) {
      const problem = book.accounts.correct(how);
      keeper.flush();
      if (failure !== undefined)
        throw failure instanceof Error ? failure : new Error("The ledger cannot be written");
      return problem;
    },
    corrections: (subject, limit) => ledger.corrections(subject, limit),
    close: () => keeper.close(),
  };
}

/** Who is meant by it only a rulebook says, and only clients ask. */
const NOBODY: Expression = {
  source: "",
  type: { kind: "text" },
  reads: new Set(),
  run: () => "",
};

function specOf({ levels, fixedLimit, ...terms }: QuotaTerms): QuotaSpec {
  const position = { file: "", line: 1, column: 1 };
  return {
    ...terms,
    warnAt: levels,
    limit: fixedLimit ?? NOBODY,
    subject: NOBODY,
    onUnknown: "deny",
    position,
  };
}
