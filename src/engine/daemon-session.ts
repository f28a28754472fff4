import type { DaemonModel } from "../model/daemon.ts";
import type { DaemonView } from "../model/event.ts";
import type { Command, Outcome } from "../protocol/command.ts";
import type { DaemonSpec } from "../rules/rulebook.ts";
import type { Attempts } from "./attempts.ts";

/** What the rest of the engine may know and ask of one daemon's session. */
export interface DaemonSession {
  readonly spec: DaemonSpec;
  readonly model: DaemonModel;
  readonly attempts: Attempts;
  /** The question that is open, by name. */
  readonly question: string | undefined;
  /** Whether OpenVPN's log is told to us. */
  logOn: boolean;
  view(): DaemonView;
  /** Sends a command and journals it with its reply; `late` is told the reply that comes after a timeout. */
  command(
    command: Command,
    cause: string | undefined,
    done: (outcome: Outcome) => void,
    late?: (outcome: Outcome) => void,
  ): void;
  /** A group's health changed: what was waited for may be here. */
  reconsider(): void;
}
