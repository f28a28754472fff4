/** More came than was taken, and the oldest of it is gone. */
export class BacklogError extends Error {
  override readonly name = "BacklogError";
  /** How many are gone. */
  readonly dropped: number;

  constructor(dropped: number, most: number) {
    super(`${dropped} notifications were dropped: more than ${most} waited to be taken`);
    this.dropped = dropped;
  }
}

/**
 * What came and was not taken yet. It never makes anybody wait: OpenVPN stands still while its manager does not read. Beyond `most` the
 * oldest go, and whoever takes the next is told.
 */
export class Backlog<T> implements AsyncIterable<T> {
  readonly #most: number;
  #waiting: T[] = [];
  /** How many of `#waiting` are taken already. */
  #taken = 0;
  #dropped = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#waiting.push(item);
    if (this.#waiting.length - this.#taken > this.#most) {
      this.#taken++;
      this.#dropped++;
    }
    this.#compact();
    this.#wake?.();
  }

  /** Nothing more will come. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Takes until the end; a loop that is left may be followed by another one, which goes on from there. Throws BacklogError. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      if (this.#dropped > 0) {
        const dropped = this.#dropped;
        this.#dropped = 0;
        throw new BacklogError(dropped, this.#most);
      }
      const item = this.#waiting[this.#taken];
      if (item !== undefined) {
        this.#taken++;
        this.#compact();
        yield item;
      } else if (this.#ended) return;
      else await this.#next();
    }
  }

  #next(): Promise<void> {
    const woken = this.#wake;
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        // Two loops at once share what comes.
        woken?.();
        resolve();
      };
    });
  }

  #compact(): void {
    if (this.#taken < 1024 || this.#taken * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#taken);
    this.#taken = 0;
  }
}
