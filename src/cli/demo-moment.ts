/** One line of a demo's timeline. */
export interface Moment {
  /** ms since the start */
  readonly at: number;
  /** Whom it is about, by a key of `names`; empty for what happens in the world. */
  readonly who: string;
  readonly text: string;
}

/** A story on simulated daemons. Time is the clock's; `pass` is called between its steps and decides how fast that is for whoever looks on. */
export interface Demo<Outcome extends object> {
  readonly introduction: string;
  /** Who takes part, as people read it. */
  readonly names: Readonly<Record<string, string>>;
  play(tell: (moment: Moment) => void, pass: (ms: number) => Promise<void>): Promise<Outcome>;
  /** It ended as it should. */
  isWell(outcome: Outcome): boolean;
  /** The last words where it did. */
  closing(outcome: Outcome): string;
}

/** Lets what was promised come true; takes no time of a virtual clock. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
