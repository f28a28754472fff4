/** Round trips kept for each candidate; their median counts, so that one slow answer changes nothing. */
const KEPT = 5;

export class Latencies {
  readonly #times = new Map<string, number[]>();

  /** A failed probe (undefined) forgets what was measured: nothing is known of how fast it is now. */
  add(key: string, ms: number | undefined): void {
    if (ms === undefined) this.#times.delete(key);
    else this.#times.set(key, [...(this.#times.get(key) ?? []), ms].slice(-KEPT));
  }

  /** ms; undefined when nothing was measured. */
  median(key: string): number | undefined {
    const sorted = this.#times.get(key)?.toSorted((a, b) => a - b);
    return sorted?.[Math.floor(sorted.length / 2)];
  }
}
