import type { Event } from "../model/event.ts";
import { ActionError, type ActionDefinition, type PluginContext } from "../plugin/contract.ts";
import { EncodeError } from "../protocol/encoder.ts";
import type { Env } from "../rules/cel/types.ts";
import type { ActionCall, ForEach, Rule, Step } from "../rules/rulebook.ts";
import type { Clock } from "../util/clock.ts";
import { isThenable, type Pending } from "../util/thenable.ts";
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
  /** The runs of a `for-each`, one for each client. */
  each(run: Run, step: ForEach, signal: AbortSignal): AsyncIterable<Run>;
  /** The run for each session of the event's account, or the run itself. */
  sessions(run: Run): readonly Run[];
  journalAction(run: Run, step: Step, params: unknown, failure: ActionError | undefined): void;
  raiseFailed(run: Run, step: Step, failure: ActionError): void;
}

type Ended = "done" | "failed";

/** How long one action may take unless it says so itself, ms. */
const DEFAULT_TIMEOUT = 30_000;

/**
 * Runs the actions of a firing in order. Actions that finish at once do so before the next event is handled; those that
 * wait never hold up the loop. While a run of the same rule and key is on, a new firing is refused (`mode: single`).
 */
export class Executor {
  readonly #host: ExecutorHost;
  readonly #running = new Map<string, AbortController>();

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
    const rest = this.#steps(run, run.rule.do, 0, abort.signal);
    if (isThenable(rest)) void Promise.resolve(rest).finally(finish);
    else finish();
    return true;
  }

  /** How many runs are on. */
  get running(): number {
    return this.#running.size;
  }

  stop(): void {
    for (const abort of this.#running.values()) abort.abort();
  }

  #steps(run: Run, steps: readonly Step[], first: number, signal: AbortSignal): Pending<Ended> {
    for (let i = first; i < steps.length; i++) {
      const step = steps[i];
      if (!step || signal.aborted) return "failed";
      const ended = this.#step(run, step, signal);
      if (ended === "failed") return "failed";
      if (ended !== "done")
        return ended.then((result) =>
          result === "failed" ? "failed" : this.#steps(run, steps, i + 1, signal),
        );
    }
    return "done";
  }

  #step(run: Run, step: Step, signal: AbortSignal): Pending<Ended> {
    if ("clients" in step) return this.#each(run, step, signal);
    if ("action" in step) return this.#account(run, step.action, signal);
    return this.#attempt(run, step, signal);
  }

  /** For all sessions of an account at once: one that waits holds up no other, and one that has gone stops nothing. */
  #account(run: Run, call: ActionCall, signal: AbortSignal): Pending<Ended> {
    const results = this.#host.sessions(run).map((one) => this.#attempt(one, call, signal));
    const whole = (ended: readonly Ended[]): Ended =>
      ended.length > 0 && ended.every((one) => one === "failed") ? "failed" : "done";
    if (results.some(isThenable)) return Promise.all(results.map((one) => Promise.resolve(one))).then(whole);
    return whole(results as Ended[]);
  }

  /** What becomes of one client's actions concerns that client alone. */
  async #each(run: Run, step: ForEach, signal: AbortSignal): Promise<Ended> {
    try {
      for await (const one of this.#host.each(run, step, signal)) await this.#steps(one, step.do, 0, signal);
      return "done";
    } catch (error) {
      return this.#settle(run, step, undefined, asActionError(error));
    }
  }

  #settle(run: Run, step: Step, params: unknown, failure: ActionError | undefined): Ended {
    this.#host.journalAction(run, step, params, failure);
    if (!failure) return "done";
    this.#host.raiseFailed(run, step, failure);
    return step.onError === "continue" ? "done" : "failed";
  }

  #attempt(run: Run, call: ActionCall, signal: AbortSignal): Pending<Ended> {
    let params: unknown;
    const settle = (failure?: ActionError): Ended => this.#settle(run, call, params, failure);
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
      if (!isThenable(result)) return settle();
      return this.#within(Promise.resolve(result), timeout, deadline).then(
        () => settle(),
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

/** Whatever a plugin throws becomes one line; its stack is nobody's business. */
export function asActionError(error: unknown): ActionError {
  if (error instanceof ActionError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ActionError(error instanceof EncodeError ? "invalid" : "failed", message.split("\n")[0] ?? "");
}
