import type { Clock } from "./clock.ts";

/**
 * A clock that is read once in each turn of the event loop: all that arrived in one piece came at one time. To read the real one for each of
 * a million lines costs a good part of what is done with them.
 */
export class TurnClock {
  readonly #clock: Pick<Clock, "now">;
  #now: number | undefined;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Milliseconds since the Unix epoch. */
  now(): number {
    if (this.#now !== undefined) return this.#now;
    queueMicrotask(() => (this.#now = undefined));
    return (this.#now = this.#clock.now());
  }
}
