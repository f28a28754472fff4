import type { Scope } from "../cel/types.ts";
import type { Context } from "./context.ts";
import type { World } from "./world.ts";

/** Where actions are read. */
export interface ActionSite {
  readonly context: Context;
  readonly world: World;
  readonly scope: Scope;
  readonly directory: string;
  /** Some of the events are about an account. */
  readonly account?: true;
  /** Inside `for-each`, where no other may stand. */
  readonly inner?: true;
}

/** What may stand beside an action. */
export interface ActionOptions {
  readonly daemon?: string;
  readonly timeout?: number;
  readonly onError?: "continue" | "stop";
}
