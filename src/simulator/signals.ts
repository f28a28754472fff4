import type { Clock, Timer } from "../util/clock.ts";

/** A signal that waits gives way only to one that stands behind it. */
export const SIGNALS = ["SIGUSR2", "SIGUSR1", "SIGHUP", "SIGTERM", "SIGINT"] as const;
export type SignalName = (typeof SIGNALS)[number];

/** How long the main loop takes to see to a signal, ms; holds and questions see to it as soon as the input is read. */
const LOOP = 15;

/** The one signal that was thrown and not yet acted upon. */
export class Signals {
  readonly #clock: Clock;
  readonly #caught: (name: SignalName) => void;
  #waiting: { readonly name: SignalName; readonly timer: Timer } | undefined;

  constructor(clock: Clock, caught: (name: SignalName) => void) {
    this.#clock = clock;
    this.#caught = caught;
  }

  throw(name: SignalName, inMainLoop: boolean): void {
    if (this.#waiting && SIGNALS.indexOf(name) < SIGNALS.indexOf(this.#waiting.name)) return;
    this.forget();
    const timer = this.#clock.after(inMainLoop ? LOOP : 0, () => {
      this.#waiting = undefined;
      this.#caught(name);
    });
    this.#waiting = { name, timer };
  }

  forget(): void {
    this.#waiting?.timer.cancel();
    this.#waiting = undefined;
  }
}
