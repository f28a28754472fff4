import type { Peek } from "../policy/group.ts";
import type { Answer } from "../rules/answer.ts";
import type { Env } from "../rules/cel/types.ts";

/** Attempts follow each other by at least this, whatever OpenVPN advises: a dead remote must not be hammered. */
export const LEAST_PAUSE = 1_000;

export interface HoldSituation {
  readonly now: number;
  /** What OpenVPN says, seconds. */
  readonly wait: number;
  readonly lastRelease: number;
  /** Holds since the last CONNECTED, this one included. */
  readonly holds: number;
  /** What the failover group would try next, where a group answers REMOTE. */
  readonly peek: Peek | undefined;
  readonly env: Env;
  readonly random: () => number;
  /** End of the named window when it is open, ms since the epoch. */
  closesAt(window: string): number | undefined;
}

type Release = Extract<Answer, { kind: "release" }>;

/** How long until `hold release` is sent, ms. Throws EvaluationError from an expression. */
export function releaseDelay(answer: Release, situation: HoldSituation): number {
  const pause = Math.max(0, situation.lastRelease + LEAST_PAUSE - situation.now);
  // OpenVPN may advise none at all (connect-retry 0).
  const advised = Math.max(situation.wait * 1000, pause);
  if (answer.after) return Math.max(0, Number(answer.after.run(situation.env)));
  if (answer.fixed !== undefined) return answer.fixed;
  if (answer.backoff) return Math.max(advised, backoff(answer.backoff, situation));
  if (answer.atEndOf !== undefined) {
    const end = situation.closesAt(answer.atEndOf);
    return end === undefined ? advised : Math.max(0, end - situation.now);
  }
  if (!situation.peek) return advised;
  // `{ from: GROUP }` dials another server than the one that failed: OpenVPN's back-off is not for it.
  if (!situation.peek.penalized) return pause;
  if (situation.peek.until !== undefined) return Math.max(pause, situation.peek.until - situation.now);
  return advised;
}

function backoff(spec: NonNullable<Release["backoff"]>, situation: HoldSituation): number {
  const full = Math.min(spec.max, spec.base * 2 ** Math.min(Math.max(0, situation.holds - 1), 40));
  return spec.jitter ? full * (0.5 + situation.random() / 2) : full;
}
