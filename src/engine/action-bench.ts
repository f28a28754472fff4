import type { Event } from "../model/event.ts";
import { ActionError, type ActionDefinition } from "../plugin/contract.ts";
import type { Firing } from "../rules/decide.ts";
import type { Correction } from "../quota/ledger.ts";
import type { Env } from "../rules/cel/types.ts";
import type { Step } from "../rules/rulebook.ts";
import { sendCommand, targetOf } from "./action-target.ts";
import type { BuiltinContext } from "./actions/builtin.ts";
import type { BenchHost } from "./bench-host.ts";
import type { DaemonSession } from "./daemon-session.ts";
import { Executor, type Run } from "./executor.ts";
import { forEach } from "./for-each.ts";
import { pluginContext } from "./plugin-context.ts";
import { saveFile } from "./save-file.ts";
import { coerceVariable } from "./variables.ts";

/** Actions whose parameters are as good as a secret. */
const MASKED: ReadonlySet<string> = new Set(["cr-response"]);

/** The actions of an engine: finds them by name, gives them their context, journals what they did. */
export class ActionBench {
  readonly #engine: BenchHost;
  readonly #actions: Readonly<Record<string, ActionDefinition>>;
  readonly #executor: Executor;
  /** Runs that wait for OpenVPN or for the clock. */
  #waiting = 0;

  constructor(engine: BenchHost, actions: Readonly<Record<string, ActionDefinition>>) {
    this.#engine = engine;
    this.#actions = { ...actions, ...pluginActions(engine) };
    this.#executor = new Executor({
      clock: engine.clock,
      action: (name) => this.#actions[name],
      env: (event) => engine.env(event),
      context: (run, call, signal) => this.#context(run, call, signal),
      each: (run, step, signal) =>
        forEach(run, step, signal, {
          clock: engine.clock,
          session: (name) => engine.session(name),
          sessions: () => engine.sessions(),
          env: (event) => engine.env(event),
          wait: (ms, aborted) => this.#wait(ms, aborted),
          tell: (of, what, fields) => this.#journal(of, what, fields),
        }),
      sessions: (run) => this.#sessionsOf(run),
      journalAction: (run, step, params, failure) =>
        this.#journal(run, step, {
          ...(params === undefined ? {} : { params: MASKED.has(step.name) ? "<redacted>" : params }),
          ...(failure ? { error: failure.code, reason: failure.message } : {}),
        }),
      raiseFailed: (run, step, failure) => {
        const { daemon, depth = 0 } = run.event;
        const fields = { rule: run.rule.id, action: step.name, error: failure.code };
        engine.raise({ type: "action.failed", at: engine.clock.now(), daemon, fields, depth: depth + 1 });
        engine.drain();
      },
    });
  }

  /** True while programs or plugins run; what waits for OpenVPN or for the clock takes no time of its own. */
  get busy(): boolean {
    return this.#executor.running > this.#waiting;
  }

  stop(): void {
    this.#executor.stop();
  }

  start(firing: Firing, cause: string): void {
    const fields = firing.suppressed === undefined ? {} : { suppressed: firing.suppressed };
    const event: Event = { ...firing.event, fields: { ...firing.event.fields, ...fields } };
    if (!this.#executor.start({ rule: firing.rule, event, key: firing.key, cause }))
      this.#engine.journal.write("event", event.daemon, {
        event: { type: event.type },
        "held-back": [{ rule: firing.rule.id, stage: "mode", value: "single" }],
        cause,
      });
  }

  /** The run for each live session of the event's account; an event that is about none has its own client. */
  #sessionsOf(run: Run): Run[] {
    const { account } = run.event;
    if (!account) return [run];
    return (this.#engine.quotas?.sessions(account) ?? []).flatMap(({ daemon, epoch, cid }): Run[] => {
      const client = this.#engine.session(daemon)?.model.clients.find({ epoch, cid });
      return client?.live ? [{ ...run, event: { ...run.event, daemon, client: { epoch, cid } } }] : [];
    });
  }

  #target(run: Run, step: Step): DaemonSession | undefined {
    const name = daemonOf(step) ?? run.event.daemon;
    return name === undefined ? undefined : this.#engine.session(name);
  }

  #journal(run: Run, step: Step, fields: Readonly<Record<string, unknown>>): void {
    const { event, rule, cause } = run;
    this.#engine.journal.write("action", this.#target(run, step)?.spec.name ?? event.daemon, {
      rule: rule.id,
      action: step.name,
      ...(event.client && daemonOf(step) === undefined ? { cid: event.client.cid } : {}),
      ...fields,
      cause,
    });
  }

  #context(run: Run, step: Step, signal: AbortSignal): BuiltinContext {
    const engine = this.#engine;
    const session = this.#target(run, step);
    const plugin = step.name.includes(".") ? step.name.slice(0, step.name.indexOf(".")) : undefined;
    const env = engine.env(run.event);
    const reach = <T>(via: (found: DaemonSession) => Promise<T>): Promise<T> =>
      session
        ? this.#quietly(via(session), signal)
        : Promise.reject(new ActionError("invalid", "No daemon to send to; say which by daemon:"));
    return {
      ...pluginContext(engine, plugin, run.event, run.rule.id, signal),
      ...(plugin === undefined ? { log: (text) => this.#journal(run, step, { text }) } : {}),
      send: () => Promise.reject(new ActionError("refused", "Plugins may not send commands in this version")),
      command: (command, { insist = false } = {}) =>
        reach((found) => sendCommand(found, command, run.cause, insist)),
      read: (command) => reach((found) => sendCommand(found, command, undefined)),
      engine: {
        setVariable: (name, value) => {
          const spec = engine.variables.spec(name);
          return engine.variables.set(name, spec ? coerceVariable(spec, value) : value);
        },
        increment: (counter) => {
          if (!engine.counters.has(counter)) return `Unknown counter '${counter}'`;
          engine.counters.increment(counter, env);
          return undefined;
        },
        correct: (what, { quota, subject, bytes = 0 }) =>
          this.#correct(run, env, { what, quota, subject, bytes, daemon: session?.spec.name }),
        penalize: (group, host) => engine.remotes.penalize(group, host, session?.spec.name),
        forgive: (group, host) => engine.remotes.forgive(group, host),
        secret: (name) =>
          engine.secrets.obtain(name).catch((error: unknown) => {
            throw new ActionError("failed", error instanceof Error ? error.message : String(error));
          }),
        notify: () => undefined,
        save: (path, lines) => (engine.offline ? Promise.resolve() : saveFile(path, lines)),
        wait: (ms) => this.#wait(ms, signal),
      },
      target: session && targetOf(session, run.event),
    };
  }

  #correct(
    { rule, event }: Run,
    env: Env,
    how: Pick<Correction, "what" | "quota" | "bytes"> & Record<"subject" | "daemon", string | undefined>,
  ): string | undefined {
    const { quotas } = this.#engine;
    if (!quotas?.has(how.quota)) return `Unknown quota '${how.quota}'`;
    const subject = how.subject ?? quotas.subject(how.quota, event, env);
    if (subject === undefined) return "No client here whose account is meant; subject says which";
    return quotas.correct({ ...how, subject, by: `rule ${rule.id}` });
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    const waited = new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        timer.cancel();
        reject(new ActionError("failed", "Cut short"));
      };
      const timer = this.#engine.clock.after(ms, () => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
      signal.addEventListener("abort", stop);
    });
    return this.#quietly(waited, signal);
  }

  /** Notes that a run waits; when the action is aborted, it does no more. */
  #quietly<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    let on = true;
    const end = (): void => {
      if (on) this.#waiting--;
      on = false;
      signal.removeEventListener("abort", end);
    };
    this.#waiting++;
    signal.addEventListener("abort", end);
    return work.finally(end);
  }
}

function daemonOf(step: Step): string | undefined {
  return "action" in step ? step.action.daemon : step.daemon;
}

function pluginActions(engine: BenchHost): Record<string, ActionDefinition> {
  const found: Record<string, ActionDefinition> = {};
  for (const { name, definition } of engine.rulebook.plugins)
    for (const [action, spec] of Object.entries(definition.actions ?? {})) found[`${name}.${action}`] = spec;
  return found;
}
