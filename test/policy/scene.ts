import type { Candidate } from "../../src/policy/candidate.ts";
import { Failback } from "../../src/policy/failback.ts";
import type { FailbackSpec, GroupSpec } from "../../src/rules/rulebook.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import { candidate, DAEMON, groupSpec, MINUTE, SECOND, START } from "./support.ts";

export const BEST = candidate("best", { tier: 1 });
export const GOOD = candidate("good", { tier: 2 });
export const POOR = candidate("poor", { tier: 3 });

export const PROBE: GroupSpec["probe"] = { kind: { tcp: { port: 443 } }, every: MINUTE, timeout: SECOND };

/** A failback whose surroundings a test sets as it likes. */
export class Scene {
  readonly clock = new VirtualClock(START);
  readonly moves: string[] = [];
  readonly failback: Failback;
  usable: readonly Candidate[] = [BEST, GOOD, POOR];
  penalized: readonly Candidate[] = [];
  open = true;
  holds = true;
  movable = true;

  constructor(failback: Partial<FailbackSpec> | undefined, probe?: GroupSpec["probe"]) {
    const spec = groupSpec(["best"], {
      ...(failback ? { failback: { times: 3, ...failback } } : {}),
      ...(probe ? { probe } : {}),
    });
    this.failback = new Failback(spec, {
      clock: this.clock,
      inWindow: () => this.open,
      evaluate: () => this.holds,
      usable: () => this.usable,
      isPenalized: (each) => this.penalized.includes(each),
      move: (daemon, target) => {
        if (this.movable) this.moves.push(`${daemon} ${target.host}`);
        return this.movable;
      },
    });
  }

  passes(times: number, target = BEST): void {
    for (let i = 0; i < times; i++) this.failback.probed(target, true);
  }

  /** A return to `target` that led to `instead`. */
  landed(instead: Candidate): void {
    this.failback.ended(DAEMON);
    this.failback.connected(DAEMON, instead);
    this.moves.length = 0;
  }
}
