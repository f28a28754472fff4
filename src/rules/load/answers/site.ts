import type { Scope } from "../../cel/types.ts";
import type { Context } from "../context.ts";
import type { World } from "../world.ts";

/** Where an answer stands. */
export interface AnswerSite {
  readonly context: Context;
  /** Paths of files are relative to it. */
  readonly directory: string;
  readonly world: World;
  /** The queries that it must be an answer to. */
  readonly queries: readonly string[];
  readonly scope: Scope;
  /** Who decides, in the reason of a plain `deny`. */
  readonly by: string;
}
