import type { Clock, Timer } from "../util/clock.ts";

/** The clock of a process that may hang in a write: what is due meanwhile is done when it goes on, if it ever does. */
export class StallingClock implements Clock {
  readonly #clock: Clock;
  #late: (() => void)[] | undefined;
  /** It never goes on. */
  hung = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  get stalled(): boolean {
    return this.#late !== undefined;
  }

  after(delay: number, callback: () => void): Timer {
    let cancelled = false;
    const due = (): void => {
      if (!cancelled) callback();
    };
    const timer = this.#clock.after(delay, () => {
      if (this.#late) this.#late.push(due);
      else due();
    });
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  stall(): void {
    this.#late ??= [];
  }

  hang(): void {
    this.hung = true;
    this.stall();
  }

  resume(): void {
    if (this.hung) return;
    const late = this.#late ?? [];
    this.#late = undefined;
    for (const [i, callback] of late.entries()) {
      callback();
      // It may hang again.
      if (this.#late !== undefined) {
        (this.#late as (() => void)[]).push(...late.slice(i + 1));
        return;
      }
    }
  }
}
