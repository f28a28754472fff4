import type { ClientKey } from "../model/client.ts";
import type { Event } from "../model/event.ts";
import { ActionError } from "../plugin/contract.ts";
import { type Env, EvaluationError } from "../rules/cel/types.ts";
import type { ForEach } from "../rules/rulebook.ts";
import type { Clock } from "../util/clock.ts";
import type { DaemonSession } from "./daemon-session.ts";
import type { Run } from "./executor.ts";

export interface ForEachHost {
  readonly clock: Clock;
  session(name: string): DaemonSession | undefined;
  sessions(): Iterable<DaemonSession>;
  env(event: Event): Env;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** For the journal: what is of interest about this step. */
  tell(run: Run, step: ForEach, fields: Readonly<Record<string, unknown>>): void;
}

/** The event as the actions of one client see it: `daemon` and `client` are that client's. */
type Bound = Event & { readonly daemon: string; readonly client: ClientKey };

/**
 * The runs of a `for-each`: the clients are chosen at once, then taken one after the other, each when the one before is done and its
 * pace allows. One that has gone meanwhile is left out. Throws ActionError when there is no daemon to look at.
 */
export async function* forEach(
  run: Run,
  step: ForEach,
  signal: AbortSignal,
  host: ForEachHost,
): AsyncGenerator<Run> {
  const chosen = choose(run, step, host);
  host.tell(run, step, { chosen: chosen.length });
  let next = host.clock.now();
  for (const event of chosen) {
    const early = next - host.clock.now();
    if (early > 0) await host.wait(early, signal);
    if (signal.aborted) return;
    const bound = { ...run, event };
    if (host.session(event.daemon)?.model.clients.find(event.client)?.live !== true) {
      host.tell(bound, step, { skipped: "gone" });
      continue;
    }
    next = host.clock.now() + (step.pace ?? 0);
    yield bound;
  }
}

function choose(run: Run, step: ForEach, host: ForEachHost): Bound[] {
  const found: { event: Bound; rank: unknown }[] = [];
  const errors: string[] = [];
  for (const session of daemonsOf(run, step, host))
    for (const { epoch, cid } of session.model.clients.established()) {
      const event = { ...run.event, daemon: session.spec.name, client: { epoch, cid } };
      const env = host.env(event);
      try {
        if (step.clients.run(env) === true) found.push({ event, rank: step.orderBy?.run(env) });
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        errors.push(error.message);
      }
    }
  // In doubt nothing is done to a client.
  if (errors.length > 0) host.tell(run, step, { "left-out": errors.length, reason: errors[0] });
  if (step.orderBy)
    found.sort((a, b) => (step.descending ? compare(b.rank, a.rank) : compare(a.rank, b.rank)));
  return found.slice(0, step.limit).map(({ event }) => event);
}

function daemonsOf(run: Run, step: ForEach, host: ForEachHost): Iterable<DaemonSession> {
  if (step.daemons === "all") return host.sessions();
  const name = step.daemon ?? run.event.daemon;
  const session = name === undefined ? undefined : host.session(name);
  if (!session) throw new ActionError("invalid", "No daemon whose clients are meant; say which by daemon:");
  return [session];
}

/** Values of one type that can be ordered, as the loader saw to; truth comes last. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  return Number(a) - Number(b);
}
