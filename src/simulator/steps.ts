/** Something that takes its time and then calls `next`. */
export type Step = (next: () => void) => void;

/** Steps one after the other; once stopped, a step that ends late ends nothing. */
export class Steps {
  #run = 0;

  start(steps: readonly Step[], done: () => void): void {
    const run = ++this.#run;
    const go = (i: number): void => {
      if (run !== this.#run) return;
      const step = steps[i];
      if (step) step(() => go(i + 1));
      else done();
    };
    go(0);
  }

  stop(): void {
    this.#run++;
  }
}
