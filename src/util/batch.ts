/** Collects lines and hands them on together, once a turn of the event loop: what is urgent goes first. */
export class Batch {
  readonly #write: (lines: readonly string[]) => void;
  #lines: string[] = [];

  constructor(write: (lines: readonly string[]) => void) {
    this.#write = write;
  }

  push(line: string): void {
    if (this.#lines.push(line) === 1) setImmediate(() => this.flush());
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#write(lines);
  }
}
