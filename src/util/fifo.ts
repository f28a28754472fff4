/** So many taken items are kept before the array is moved: an array's own shift moves all of it each time. */
const SLACK = 1024;

/** A queue whose operations take the same time however long it is. */
export class Fifo<T> {
  #items: T[] = [];
  /** Where the first item stands. */
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The first item, which stays. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Puts items in front of all others. */
  unshift(...items: readonly T[]): void {
    this.#items.splice(0, this.#head, ...items);
    this.#head = 0;
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.#head < this.#items.length) this.#head++;
    if (this.#head > SLACK && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes all. */
  drain(): T[] {
    const all = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return all;
  }

  find(matches: (item: T) => boolean): T | undefined {
    return this.#items.find((item, i) => i >= this.#head && matches(item));
  }
}
