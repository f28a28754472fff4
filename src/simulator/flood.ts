import type { Clock, Timer } from "../util/clock.ts";

/** From this level on each write to the controller makes lines for the log, which are written to it, and so on. */
export const FLOOD_LEVEL = 8;
/** Lines at a time, and how often, ms: a hundred thousand a second, as was measured. */
const LINES = 1_000;
const EVERY = 10;

/** The livelock of a log that logs itself: nothing of the controller is read any more (protocol notes, 7.10). */
export class Flood {
  readonly #clock: Clock;
  readonly #note: (flags: string, text: string) => void;
  readonly #full: () => boolean;
  #timer: Timer | undefined;
  #count = 0;

  /** `full`: the controller does not keep up; then nothing more is made. */
  constructor(clock: Clock, note: (flags: string, text: string) => void, full: () => boolean) {
    this.#clock = clock;
    this.#note = note;
    this.#full = full;
  }

  get on(): boolean {
    return this.#timer !== undefined;
  }

  start(): void {
    if (!this.on) this.#pour();
  }

  /** The controller has gone, and with it the cause. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #pour(): void {
    this.#timer = this.#clock.after(EVERY, () => this.#pour());
    for (let i = 0; i < LINES && !this.#full(); i += 2) {
      this.#note("D", "PO_CTL rwflags=0x0002 ev=6 arg=0x555db93db064");
      this.#note("D", `I/O WAIT TR|Tw|SR|Sw [1/${this.#count++}]`);
    }
  }
}
