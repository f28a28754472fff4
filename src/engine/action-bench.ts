import type { Event } from "../model/event.ts";
import { ActionError, type ActionDefinition, type PluginContext } from "../plugin/contract.ts";
import type { Command, Outcome } from "../protocol/command.ts";
import { lookup } from "../protocol/commands.ts";
import type { Firing } from "../rules/decide.ts";
import type { ActionCall } from "../rules/rulebook.ts";
import { isOwnEvent, OWN_EVENT_EXPECTED } from "../rules/vocabulary/own-events.ts";
import type { BuiltinContext } from "./actions/builtin.ts";
import type { BenchHost } from "./bench-host.ts";
import type { DaemonSession } from "./daemon-session.ts";
import { Executor, type Run } from "./executor.ts";
import { coerceVariable } from "./variables.ts";

/** The actions of an engine: finds them by name, gives them their context, journals what they did. */
export class ActionBench {
  readonly #engine: BenchHost;
  readonly #actions: Readonly<Record<string, ActionDefinition>>;
  readonly #executor: Executor;

  constructor(engine: BenchHost, actions: Readonly<Record<string, ActionDefinition>>) {
    this.#engine = engine;
    this.#actions = { ...actions, ...pluginActions(engine) };
    this.#executor = new Executor({
      clock: engine.clock,
      action: (name) => this.#actions[name],
      env: (event) => engine.env(event),
      context: (run, call, signal) => this.#context(run, call, signal),
      journalAction: (run, call, params, failure) =>
        void engine.journal.write("action", this.#target(run, call)?.spec.name ?? run.event.daemon, {
          rule: run.rule.id,
          action: call.name,
          ...(params === undefined ? {} : { params }),
          ...(failure ? { error: failure.code, reason: failure.message } : {}),
          cause: run.cause,
        }),
      raiseFailed: (run, call, failure) => {
        engine.raise({
          type: "action.failed",
          at: engine.clock.now(),
          daemon: run.event.daemon,
          fields: { rule: run.rule.id, action: call.name, error: failure.code },
          depth: (run.event.depth ?? 0) + 1,
        });
        engine.drain();
      },
    });
  }

  get busy(): boolean {
    return this.#executor.busy;
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

  #target(run: Run, call: ActionCall): DaemonSession | undefined {
    const name = call.daemon ?? run.event.daemon;
    return name === undefined ? undefined : this.#engine.session(name);
  }

  #context(run: Run, call: ActionCall, signal: AbortSignal): BuiltinContext {
    const engine = this.#engine;
    const session = this.#target(run, call);
    const plugin = call.name.includes(".") ? call.name.slice(0, call.name.indexOf(".")) : undefined;
    const env = engine.env(run.event);
    const context: BuiltinContext = {
      ...pluginContext(engine, plugin, run.event, run.rule.id, signal),
      send: (name, ...args) => {
        if (plugin !== undefined)
          return Promise.reject(new ActionError("refused", "Plugins may not send commands in this version"));
        if (!session)
          return Promise.reject(new ActionError("invalid", "No daemon to send to; say which by daemon:"));
        return sendCommand(session, { name, args }, run.cause);
      },
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
        penalize: (group, host) => engine.remotes.penalize(group, host, session?.spec.name),
        forgive: (group, host) => engine.remotes.forgive(group, host),
        notify: () => undefined,
      },
      target: session ? { question: session.question, logOn: session.logOn } : undefined,
    };
    return context;
  }
}

/** What every piece of a plugin is given. */
export function pluginContext(
  engine: BenchHost,
  plugin: string | undefined,
  event: Event,
  rule: string,
  signal: AbortSignal,
): PluginContext {
  const table = `plugin:${plugin ?? "builtin"}`;
  const loaded = engine.rulebook.plugins.find((candidate) => candidate.name === plugin);
  const session = event.daemon === undefined ? undefined : engine.session(event.daemon);
  return {
    event: { type: event.type, at: event.at, ...event.fields },
    daemon: session ? { ...session.view() } : {},
    config: loaded?.config,
    log: (text) => void engine.journal.write("action", event.daemon, { rule, plugin, text }),
    emit: (type, fields = {}) => {
      if (!isOwnEvent(type)) throw new ActionError("invalid", `'${type}': ${OWN_EVENT_EXPECTED}`);
      engine.raise({
        type,
        at: engine.clock.now(),
        daemon: event.daemon,
        fields,
        depth: (event.depth ?? 0) + 1,
      });
      engine.drain();
    },
    store: {
      get: (key) => engine.store.get(table, key),
      put: (key, value) => engine.store.put(table, key, value),
      delete: (key) => engine.store.delete(table, key),
    },
    signal,
    send: () => Promise.reject(new ActionError("refused", "Only actions may send commands")),
  };
}

function sendCommand(
  session: DaemonSession,
  command: Command,
  cause: string,
): Promise<{ text: string; lines: readonly string[] }> {
  if (!lookup(command.name))
    return Promise.reject(new ActionError("invalid", `Unknown command '${command.name}'`));
  return new Promise((resolve, reject) => {
    session.command(command, cause, (outcome: Outcome) => {
      if (outcome.ok) resolve({ text: outcome.text, lines: outcome.lines });
      else reject(new ActionError(FAILURE_CODES[outcome.error], outcome.text));
    });
  });
}

const FAILURE_CODES = { refused: "refused", timeout: "timeout", lost: "gone", invalid: "invalid" } as const;

function pluginActions(engine: BenchHost): Record<string, ActionDefinition> {
  const found: Record<string, ActionDefinition> = {};
  for (const { name, definition } of engine.rulebook.plugins)
    for (const [action, spec] of Object.entries(definition.actions ?? {})) found[`${name}.${action}`] = spec;
  return found;
}
