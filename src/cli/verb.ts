/** One verb of the command line; one file each. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** What `--help` prints: every flag, with an example. */
  readonly usage: string;
  /** Returns the exit code. Throws UsageError (2) or any Error whose message is for people (1). */
  run(argv: readonly string[]): Promise<number>;
}

/** The command line is wrong; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
