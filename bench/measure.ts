/** Work that is measured: runs it once and gives how many units were done. */
export type Side = () => number | Promise<number>;

export interface Measured {
  /** Units a second, median over the rounds. */
  readonly rate: number;
}

/** Seconds; of the processor what this process used, whoever else wants the machine. */
const TIMES = {
  wall: () => performance.now() / 1000,
  processor: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
} as const;

/**
 * Runs the sides one after the other, round for round, so that what the machine does meanwhile hits all of them alike.
 * The first round only warms up. Gives the rates and, of the same rounds, how the first side stands to each other one.
 */
export async function alternate(
  sides: Readonly<Record<string, Side>>,
  rounds: number,
  time: keyof typeof TIMES = "wall",
): Promise<Readonly<Record<string, readonly number[]>>> {
  const rates = new Map<string, number[]>(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, side] of Object.entries(sides)) {
      const started = TIMES[time]();
      // oxlint-disable-next-line no-await-in-loop -- one at a time is the point
      const units = await side();
      const seconds = TIMES[time]() - started;
      if (round > 0) rates.get(name)?.push(units / seconds);
    }
  }
  return Object.fromEntries(rates);
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}
