import type { Event } from "../model/event.ts";
import { ActionError, type ActionDefinition, type PluginContext } from "../plugin/contract.ts";
import type { Env } from "../rules/cel/types.ts";
import type { ActionCall, Rule } from "../rules/rulebook.ts";
import type { Clock } from "../util/clock.ts";
import { issuesText } from "./issues-text.ts";

/** A rule whose `do:` runs now. `event` is frozen at the firing; all else is live. */
export interface Run {
  readonly rule: Rule;
  readonly event: Event;
  readonly key: string;
  /** The journal record that caused it. */
  readonly cause: string;
}

export interface ExecutorHost {
  readonly clock: Clock;
  action(name: string): ActionDefinition | undefined;
  env(event: Event): Env;
  context(run: Run, call: ActionCall, signal: AbortSignal): PluginContext;
  journalAction(run: Run, call: ActionCall, params: unknown, failure: ActionError | undefined): void;
  raiseFailed(run: Run, call: ActionCall, failure: ActionError): void;
}

/** How long one action may take unless it says so itself, ms. */
const DEFAULT_TIMEOUT = 30_000;

/**
 * Runs the actions of a firing in order. Actions that finish at once do so before the next event is handled; those that
 * wait never hold up the loop. While a run of the same rule and key is on, a new firing is refused (`mode: single`).
 */
export class Executor {
  readonly #host: ExecutorHost;
  readonly #running = new Map<string, AbortController>();
  readonly #settling = new Set<Promise<void>>();

  constructor(host: ExecutorHost) {
    this.#host = host;
  }

  /** False when a run of this rule and key is still on. */
  start(run: Run): boolean {
    const id = `${run.rule.id}/${run.key}`;
    if (this.#running.has(id)) return false;
    const abort = new AbortController();
    this.#running.set(id, abort);
    const finish = (): void => void this.#running.delete(id);
    const rest = this.#steps(run, 0, abort.signal);
    if (!rest) finish();
    else this.#track(rest.finally(finish));
    return true;
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#settling.size > 0) await Promise.all(this.#settling);
  }

  get busy(): boolean {
    return this.#settling.size > 0;
  }

  stop(): void {
    for (const abort of this.#running.values()) abort.abort();
  }

  #track(work: Promise<void>): void {
    this.#settling.add(work);
    void work.finally(() => this.#settling.delete(work));
  }

  #steps(run: Run, first: number, signal: AbortSignal): Promise<void> | undefined {
    for (let i = first; i < run.rule.do.length; i++) {
      const call = run.rule.do[i];
      if (!call || signal.aborted) return undefined;
      const outcome = this.#attempt(run, call, signal);
      if (outcome === "failed") return undefined;
      if (outcome !== "done")
        return outcome.then((result) => (result === "failed" ? undefined : this.#steps(run, i + 1, signal)));
    }
    return undefined;
  }

  #attempt(run: Run, call: ActionCall, signal: AbortSignal): Promise<"done" | "failed"> | "done" | "failed" {
    let params: unknown;
    const settle = (failure: ActionError | undefined): "done" | "failed" => {
      this.#host.journalAction(run, call, params, failure);
      if (!failure) return "done";
      this.#host.raiseFailed(run, call, failure);
      return call.onError === "continue" ? "done" : "failed";
    };
    try {
      const action = this.#host.action(call.name);
      if (!action) throw new ActionError("invalid", `Unknown action '${call.name}'`);
      params = call.params.resolve(this.#host.env(run.event));
      const parsed = action.params.safeParse(params);
      if (!parsed.success) throw new ActionError("invalid", issuesText(parsed.error));
      const timeout = call.timeout ?? DEFAULT_TIMEOUT;
      const deadline = new AbortController();
      const result = action.run(
        parsed.data,
        this.#host.context(run, call, AbortSignal.any([signal, deadline.signal])),
      );
      if (!isThenable(result)) return settle(undefined);
      return this.#within(Promise.resolve(result), timeout, deadline).then(
        () => settle(undefined),
        (error: unknown) => settle(asActionError(error)),
      );
    } catch (error) {
      return settle(asActionError(error));
    }
  }

  #within(work: Promise<void>, timeout: number, deadline: AbortController): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#host.clock.after(timeout, () => {
        deadline.abort();
        reject(new ActionError("timeout", `No result within ${timeout} ms`));
      });
      work.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}

/** A plugin's promise may be of any kind that can be waited for. */
function isThenable(value: unknown): value is PromiseLike<void> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** Whatever a plugin throws becomes one line; its stack is nobody's business. */
export function asActionError(error: unknown): ActionError {
  if (error instanceof ActionError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ActionError("failed", message.split("\n")[0] ?? "");
}
