import type { Clock } from "../../util/clock.ts";
import type { SignalName } from "../signals.ts";
import type { Slot } from "../slot.ts";
import type { EventSpec } from "./schema.ts";

/** A daemon of either kind, and the world around it. */
export interface Staged {
  readonly slot: Slot;
  /** The process's exit status once it has ended. */
  readonly exitCode: number | undefined;
  start(): void;
  signal(name: SignalName): void;
  exit(code: number): void;
  /** Does what an event says, besides signals and words. */
  act(event: EventSpec): void;
  /** Nothing comes of the world any more. */
  stop(): void;
}

export interface Staging {
  readonly clock: Clock;
  /** Numbers in [0, 1), by the seed of the scenario. */
  readonly random: () => number;
  /** What happens, for people. */
  readonly tell: (what: string) => void;
}
