import type { Event } from "../model/event.ts";
import type { Env } from "../rules/cel/types.ts";
import type { Decider, Decision, Firing } from "../rules/decide.ts";
import type { DaemonQuery } from "../protocol/queries.ts";
import type { Answer, ClientQuery } from "../rules/answer.ts";
import type { Rule } from "../rules/rulebook.ts";
import type { Windows } from "../rules/windows.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import type { Journal } from "./journal.ts";
import type { Logins } from "./logins.ts";
import type { Needs } from "./needs.ts";
import type { Inquiry } from "./question.ts";
import type { Quotas } from "./quotas.ts";
import type { Proxies } from "./proxies.ts";
import type { Remotes } from "./remotes.ts";

/** What a session needs of the engine around it. */
export interface SessionHost {
  readonly clock: Clock;
  readonly store: Store;
  readonly random: () => number;
  readonly journal: Journal;
  readonly dryRun: boolean;
  readonly remotes: Remotes;
  readonly proxies: Proxies;
  /** Some rule answers PROXY. */
  readonly proxyRules: boolean;
  readonly windows: Windows;
  readonly decisions: Decider;
  readonly needs: Needs;
  readonly logins: Logins;
  /** Undefined where the rulebook has none. */
  readonly quotas: Quotas | undefined;
  /** Queues an event; `drain` handles what is queued. */
  raise(event: Event): void;
  drain(): void;
  /** Decides a query. */
  ask(event: Event): Decision;
  env(event: Event): Env;
  rule(id: string): Rule | undefined;
  fallback(query: DaemonQuery): Answer;
  /** What the rulebook says of clients where no rule does; undefined: nothing. */
  clientFallback(query: ClientQuery): Answer | undefined;
  /** Runs the program or plugin that answers, and never rejects; or signs, and rejects with an Error that says why it cannot be. */
  consult(inquiry: Inquiry): Promise<Answer>;
  fire(firing: Firing, cause: string): void;
}
