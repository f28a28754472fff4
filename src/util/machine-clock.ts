import type { Clock, Timer } from "./clock.ts";

/** XState's timers on our clock, so that tests own them. */
export function machineClock(clock: Clock): {
  setTimeout(callback: (...args: unknown[]) => void, delay: number): Timer;
  clearTimeout(timer: Timer): void;
} {
  return {
    setTimeout: (callback, delay) => clock.after(delay, () => callback()),
    clearTimeout: (timer) => timer?.cancel(),
  };
}
