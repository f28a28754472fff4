/** Time as the engine sees it. Everything that waits takes a Clock, so that tests own time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Runs `callback` once, `delay` milliseconds from now (never synchronously). */
  after(delay: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** setTimeout counts in a signed 32-bit number of milliseconds; longer waits are cut into pieces. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, callback) {
    const due = Date.now() + delay;
    let handle: ReturnType<typeof setTimeout>;
    const arm = (): void => {
      const left = due - Date.now();
      handle =
        left > LONGEST_TIMEOUT ? setTimeout(arm, LONGEST_TIMEOUT) : setTimeout(callback, Math.max(0, left));
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** A clock that moves only when told to; timers fire in order of their due time. */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  #timers: { due: number; sequence: number; callback: () => void }[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, callback: () => void): Timer {
    const timer = { due: this.#now + Math.max(0, delay), sequence: this.#sequence++, callback };
    this.#timers.push(timer);
    return {
      cancel: () => {
        const index = this.#timers.indexOf(timer);
        if (index >= 0) this.#timers.splice(index, 1);
      },
    };
  }

  /** When the next timer is due, or undefined when none waits. */
  nextDue(): number | undefined {
    return this.#next()?.due;
  }

  /** Moves the clock on by `duration` ms, firing what falls due on the way, also what is armed meanwhile. */
  advance(duration: number): void {
    const target = this.#now + duration;
    for (let timer = this.#next(); timer && timer.due <= target; timer = this.#next()) this.#fire(timer);
    this.#now = target;
  }

  /** Like `advance`, letting promises settle between timers. */
  async advanceAsync(duration: number, settle: () => Promise<void>): Promise<void> {
    const target = this.#now + duration;
    await settle();
    for (let timer = this.#next(); timer && timer.due <= target; timer = this.#next()) {
      this.#fire(timer);
      await settle();
    }
    this.#now = target;
  }

  #next(): { due: number; sequence: number; callback: () => void } | undefined {
    let best: { due: number; sequence: number; callback: () => void } | undefined;
    for (const timer of this.#timers)
      if (!best || timer.due < best.due || (timer.due === best.due && timer.sequence < best.sequence))
        best = timer;
    return best;
  }

  #fire(timer: { due: number; sequence: number; callback: () => void }): void {
    this.#timers.splice(this.#timers.indexOf(timer), 1);
    this.#now = Math.max(this.#now, timer.due);
    timer.callback();
  }
}
