import type { Clock, Timer } from "../util/clock.ts";

/** A signal that waits gives way only to one that stands behind it. */
export const SIGNALS = ["SIGUSR2", "SIGUSR1", "SIGHUP", "SIGTERM", "SIGINT"] as const;
export type SignalName = (typeof SIGNALS)[number];

/** The one signal that was thrown and not yet acted upon. */
export class Signals {
  readonly #clock: Clock;
  readonly #caught: (name: SignalName, reason: string | undefined) => void;
  #waiting: { readonly name: SignalName; readonly timer: Timer } | undefined;

  constructor(clock: Clock, caught: (name: SignalName, reason: string | undefined) => void) {
    this.#clock = clock;
    this.#caught = caught;
  }

  /** It is seen to in `delay` ms. One that OpenVPN throws itself has a `reason`; others come from outside. */
  throw(name: SignalName, delay: number, reason?: string): void {
    if (this.#waiting && SIGNALS.indexOf(name) < SIGNALS.indexOf(this.#waiting.name)) return;
    this.forget();
    const timer = this.#clock.after(delay, () => {
      this.#waiting = undefined;
      this.#caught(name, reason);
    });
    this.#waiting = { name, timer };
  }

  forget(): void {
    this.#waiting?.timer.cancel();
    this.#waiting = undefined;
  }
}
