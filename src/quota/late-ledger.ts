import type { Correction, Ledger, LedgerChanges, LedgerContent } from "./ledger.ts";

/** Corrections that are remembered while nothing can be written. */
const REMEMBERED = 10_000;

/** A ledger that did not open: nothing is kept but corrections, which are written should it open after all. */
export class LateLedger implements Ledger {
  #ledger: Ledger | undefined;
  /** Oldest first. */
  #corrections: Correction[] = [];

  opened(ledger: Ledger): void {
    this.#ledger = ledger;
  }

  read(): LedgerContent {
    return this.#ledger?.read() ?? { quotas: [], accounts: [], meters: [], daemons: [] };
  }

  write(changes: LedgerChanges): void {
    const corrections = [...this.#corrections, ...(changes.corrections ?? [])];
    if (this.#ledger) {
      this.#ledger.write({ ...changes, corrections });
      this.#corrections = [];
    } else this.#corrections = corrections.slice(-REMEMBERED);
  }

  corrections(subject: string | undefined, limit: number): readonly Correction[] {
    const remembered = this.#corrections
      .filter((correction) => subject === undefined || correction.subject === subject)
      .toReversed();
    return [...remembered, ...(this.#ledger?.corrections(subject, limit) ?? [])].slice(0, limit);
  }

  close(): void {
    this.#ledger?.close();
  }
}
