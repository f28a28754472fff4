/** A sliding window is kept in so many slices: what is counted may be older than the window by one of them, never younger. */
const SLICES = 60;

/** Bytes by slices of time; a slice leaves when all of it is older than the window. */
export class Slices {
  /** Length of the window and of a slice, ms. */
  readonly #window: number;
  readonly #width: number;
  #numbers: number[];
  #bytes: number[];
  #total: number;

  constructor(window: number, saved: readonly (readonly [number: number, bytes: number])[] = []) {
    this.#window = window;
    this.#width = Math.max(1, window / SLICES);
    this.#numbers = saved.map(([number]) => number);
    this.#bytes = saved.map(([, bytes]) => bytes);
    this.#total = this.#bytes.reduce((sum, bytes) => sum + bytes, 0);
  }

  get total(): number {
    return this.#total;
  }

  /** Adds bytes; a clock that was set back adds to the newest slice. May be negative. */
  add(bytes: number, now: number): void {
    this.trim(now);
    const number = this.#numberOf(now);
    const last = this.#numbers.length - 1;
    if (last >= 0 && (this.#numbers[last] ?? 0) >= number)
      this.#bytes[last] = (this.#bytes[last] ?? 0) + bytes;
    else {
      this.#numbers.push(number);
      this.#bytes.push(bytes);
    }
    this.#total += bytes;
  }

  /** Lets go of what is older than the window. A clock that was far ahead makes the newest slice one of now. */
  trim(now: number): void {
    const newest = this.#numbers.at(-1);
    if (newest === undefined) return;
    const ahead = newest - this.#numberOf(now);
    if (ahead > SLICES) this.#numbers = this.#numbers.map((number) => number - ahead);
    const first = this.#numberOf(now - this.#window);
    let gone = 0;
    while (gone < this.#numbers.length && (this.#numbers[gone] ?? 0) < first)
      this.#total -= this.#bytes[gone++] ?? 0;
    if (gone === 0) return;
    this.#numbers.splice(0, gone);
    this.#bytes.splice(0, gone);
  }

  /** When the total falls below `limit` if nothing is added; undefined when it never does. */
  below(limit: number): number | undefined {
    let total = this.#total;
    for (const [i, number] of this.#numbers.entries()) {
      total -= this.#bytes[i] ?? 0;
      if (total < limit) return Math.ceil((number + 1) * this.#width + this.#window);
    }
    return undefined;
  }

  /** As it is kept on disk. */
  saved(): [number: number, bytes: number][] {
    return this.#numbers.map((number, i) => [number, this.#bytes[i] ?? 0]);
  }

  copy(): Slices {
    return new Slices(this.#window, this.saved());
  }

  /** Puts the slices of another one to these. */
  merge(other: Slices): void {
    this.#combine(other, 1);
  }

  /** Takes the slices of another one out of these. */
  subtract(other: Slices): void {
    this.#combine(other, -1);
  }

  #combine(other: Slices, sign: 1 | -1): void {
    const sums = new Map(this.saved());
    for (const [number, bytes] of other.saved()) sums.set(number, (sums.get(number) ?? 0) + sign * bytes);
    const all = [...sums].filter(([, bytes]) => bytes !== 0).toSorted(([a], [b]) => a - b);
    this.#numbers = all.map(([number]) => number);
    this.#bytes = all.map(([, bytes]) => bytes);
    this.#total += sign * other.total;
  }

  #numberOf(at: number): number {
    return Math.floor(at / this.#width);
  }
}
