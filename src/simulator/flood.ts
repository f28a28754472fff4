import type { Clock, Timer } from "../util/clock.ts";

/** From this level on each write to the controller makes lines for the log, which are written to it, and so on. */
const LEVEL = 8;
/** Lines at a time, and how often, ms: a hundred thousand a second, as was measured. */
const LINES = 1_000;
const EVERY = 10;

export interface FloodHost {
  readonly clock: Clock;
  readonly verb: number;
  /** Whether the log is told as it comes. */
  readonly live: boolean;
  /** The main loop runs. */
  readonly busy: boolean;
  /** The controller does not keep up. */
  readonly full: boolean;
  readonly note: (flags: string, text: string) => void;
}

/** The livelock of a log that logs itself: nothing of the controller is read any more (protocol notes, 7.10). */
export class Flood {
  readonly #host: FloodHost;
  #timer: Timer | undefined;
  #count = 0;

  constructor(host: FloodHost) {
    this.#host = host;
  }

  get on(): boolean {
    return this.#timer !== undefined;
  }

  /** Something was written. */
  written(): void {
    const { verb, live, busy } = this.#host;
    if (this.#timer || verb < LEVEL || !live || !busy) return;
    this.#pour();
  }

  /** The controller has gone, and with it the cause. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #pour(): void {
    const { clock, note } = this.#host;
    this.#timer = clock.after(EVERY, () => this.#pour());
    if (this.#host.full) return;
    for (let i = 0; i < LINES; i += 2) {
      note("D", "PO_CTL rwflags=0x0002 ev=6 arg=0x555db93db064");
      note("D", `I/O WAIT TR|Tw|SR|Sw [1/${this.#count++}]`);
    }
  }
}

/** For a daemon of either kind. */
export function floodOf(
  daemon: {
    readonly verb: number;
    readonly log: { readonly live: boolean };
    readonly running: boolean;
    readonly slot: { readonly full: boolean };
    note(flags: string, text: string): void;
  },
  clock: Clock,
): Flood {
  return new Flood({
    clock,
    note: (flags, text) => daemon.note(flags, text),
    get verb() {
      return daemon.verb;
    },
    get live() {
      return daemon.log.live;
    },
    get busy() {
      return daemon.running;
    },
    get full() {
      return daemon.slot.full;
    },
  });
}
