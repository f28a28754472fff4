import type { Client } from "../../model/client.ts";
import type { ActionDefinition, PluginContext } from "../../plugin/contract.ts";
import type { Secret } from "../../util/secret.ts";
import type { Command, Reply } from "../../protocol/command.ts";

/** What the built-in actions may do beyond a plugin's context: send commands, change the engine's own state. */
export interface BuiltinContext extends PluginContext {
  readonly engine: {
    /** Each returns what is wrong, or undefined. */
    setVariable(name: string, value: unknown): string | undefined;
    increment(counter: string): string | undefined;
    correct(
      what: "charge" | "reset",
      account: { readonly quota: string; readonly subject: string | undefined; readonly bytes?: number },
    ): string | undefined;
    penalize(group: string, host: string | undefined): string | undefined;
    forgive(group: string, host: string | undefined): string | undefined;
    /** Rejects with ActionError when it cannot be had. */
    secret(name: string): Promise<Secret>;
    notify(text: string): void;
    /** Writes lines to a file, all or nothing. In tests of rulebooks nothing is written. */
    save(path: string, lines: readonly string[]): Promise<void>;
    /** Resolves after so many ms of the engine's clock; rejects when the action is aborted. */
    wait(ms: number): Promise<void>;
  };
  /** Sends a command to the target. Rejects with ActionError; of what is dangerous as things stand, unless one insists. */
  command(command: Command, options?: { readonly insist?: true }): Promise<Reply>;
  /** Reads something for the engine's own use. */
  read(command: Command): Promise<Reply>;
  /** The daemon that the action is for; undefined when there is none. */
  readonly target: Target | undefined;
}

export interface Target {
  /** Names the open question, such as HOLD, REMOTE or PASSWORD. */
  readonly question: string | undefined;
  readonly logOn: boolean;
  /** OpenVPN's, "" while not known. */
  readonly version: string;
  /** The client that the action is for. Throws ActionError when the event is about none, and when it has gone. */
  client(): Client;
  /** Whether it is still there. */
  has(client: Client): boolean;
  /** The clients with this common name. */
  named(commonName: string): Client[];
  /** It was killed or denied: it is counted no more. */
  ending(client: Client): void;
}

/** Built-in actions are written as a plugin's are; only their context knows more. */
export function builtin<P>(
  action: Omit<ActionDefinition<P>, "run"> & {
    run(params: P, context: BuiltinContext): Promise<void> | void;
  },
): ActionDefinition<P> {
  return { ...action, run: (params, context) => action.run(params, context as BuiltinContext) };
}
