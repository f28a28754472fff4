import type { Command } from "../command.ts";
import { make } from "./parts.ts";

/** Everything that is kept, or the last so many lines. */
export type Depth = "all" | number;

export interface History<N extends string> {
  /** From now on as notifications; with a depth also what was before, without a gap between. */
  on(depth?: Depth): Command<N>;
  off(depth?: Depth): Command<N>;
  /** What was before; `then` switches the notifications behind it. */
  last(depth: Depth, then?: "on" | "off"): Command<N>;
}

function history<N extends string>(name: N): History<N> {
  return {
    on: (depth) => make(name, "on", depth),
    off: (depth) => make(name, "off", depth),
    last: (depth, then) => make(name, depth, then),
  };
}

/** What OpenVPN tells as it happens, and keeps the last of. */
export const histories: {
  readonly echo: History<"echo">;
  readonly log: History<"log">;
  readonly state: History<"state"> & {
    /** The last state alone. */
    current(): Command<"state">;
  };
} = {
  echo: history("echo"),
  log: history("log"),
  state: {
    ...history("state"),
    current: () => make("state"),
  },
};
