/**
 * Durable key-value state in named tables; values are JSON. A write is in the file (safe from kill -9) when the call
 * returns, unless inside `transaction`. Tables used: health, sticky, timing, variables, counters, questions, attempts,
 * events, plugin:NAME.
 */
export interface Store {
  get(table: string, key: string): unknown;
  put(table: string, key: string, value: unknown): void;
  delete(table: string, key: string): void;
  /** In order of the keys. */
  entries(table: string): readonly (readonly [key: string, value: unknown])[];
  /** All writes of `work` at once or none (when it throws); nests. */
  transaction(work: () => void): void;
  /** Appends a journal record (one JSON line); old records are dropped beyond a bound. */
  appendJournal(line: string): void;
  close(): void;
}
