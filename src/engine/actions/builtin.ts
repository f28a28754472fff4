import type { ActionDefinition, PluginContext } from "../../plugin/contract.ts";

/** What the built-in actions may do beyond a plugin's context: change the engine's own state. */
export interface BuiltinContext extends PluginContext {
  readonly engine: {
    /** Each returns what is wrong, or undefined. */
    setVariable(name: string, value: unknown): string | undefined;
    increment(counter: string): string | undefined;
    penalize(group: string, host: string | undefined): string | undefined;
    forgive(group: string, host: string | undefined): string | undefined;
    notify(text: string): void;
  };
  /** The state of the daemon that the action is for; undefined when there is none. */
  readonly target: TargetView | undefined;
}

export interface TargetView {
  /** Names the open question, such as HOLD, REMOTE or PASSWORD. */
  readonly question: string | undefined;
  readonly logOn: boolean;
}

/** Built-in actions are written as a plugin's are; only their context knows more. */
export function builtin<P>(
  action: Omit<ActionDefinition<P>, "run"> & {
    run(params: P, context: BuiltinContext): Promise<void> | void;
  },
): ActionDefinition<P> {
  return { ...action, run: (params, context) => action.run(params, context as BuiltinContext) };
}
