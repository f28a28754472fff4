import type { Event } from "../model/event.ts";
import type { Env } from "../rules/cel/types.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import type { Counters } from "./counters.ts";
import type { DaemonSession } from "./daemon-session.ts";
import type { Journal } from "./journal.ts";
import type { Secrets } from "./secrets.ts";
import type { Quotas } from "./quotas.ts";
import type { Proxies } from "./proxies.ts";
import type { Remotes } from "./remotes.ts";
import type { Variables } from "./variables.ts";

/** What actions, plugins and programs reach of the engine. */
export interface BenchHost {
  readonly clock: Clock;
  readonly store: Store;
  readonly journal: Journal;
  readonly rulebook: Rulebook;
  readonly variables: Variables;
  readonly counters: Counters;
  readonly remotes: Remotes;
  readonly proxies: Proxies;
  readonly quotas: Quotas | undefined;
  readonly secrets: Secrets;
  /** A test on a virtual clock: nothing outside is touched. */
  readonly offline: boolean;
  sessions(): Iterable<DaemonSession>;
  session(name: string): DaemonSession | undefined;
  env(event: Event): Env;
  raise(event: Event): void;
  drain(): void;
}
