/** Moments that OpenVPN leaves to its coarse timers. */
export interface Chance {
  /** From a refused login until the client is told, ms. */
  wake(cid: number): number;
  /** From sending a client away until it is gone, ms. */
  grace(cid: number): number;
}

/** As measured: a refusal waits for the next look at the client, and a farewell takes 5 s in whole seconds. */
export function chanceOf(random: () => number): Chance {
  return { wake: () => 100 + random() * 1_000, grace: () => 4_400 + random() * 1_500 };
}
