import type { ZodType } from "zod";

/** What a plugin's code is given. Values only: never a socket. */
export interface PluginContext {
  readonly event: Readonly<Record<string, unknown>>;
  readonly daemon: Readonly<Record<string, unknown>>;
  /** The client that the event is about, as expressions read it; its secrets are left out. */
  readonly client: Readonly<Record<string, unknown>> | undefined;
  /** The plugin's own configuration (`config:` in the rulebook), parsed by its schema. */
  readonly config: unknown;
  /** Writes a line to the journal. */
  log(text: string): void;
  /** Raises an event of one's own; names are lowercase with a dot, `acme.found`. */
  emit(event: string, fields?: Readonly<Record<string, unknown>>): void;
  /** The plugin's own durable keys; values are JSON. */
  readonly store: {
    get(key: string): unknown;
    put(key: string, value: unknown): void;
    delete(key: string): void;
  };
  /** Aborted at the deadline of the call and when the engine stops. */
  readonly signal: AbortSignal;
  /** Sends a management command to the event's daemon (or the rule's `daemon:`), where granted. Rejects with ActionError. */
  send(name: string, ...args: string[]): Promise<{ text: string; lines: readonly string[] }>;
}

/** Why an action failed; `code` becomes `event.error` of action.failed. */
export class ActionError extends Error {
  override readonly name = "ActionError";
  readonly code: "gone" | "refused" | "timeout" | "invalid" | "failed";

  constructor(code: ActionError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export interface ActionDefinition<P = unknown> {
  readonly about?: string;
  readonly params: ZodType<P>;
  /** It is for one client of a server, always or with these parameters: a load error where no client is in sight. */
  readonly forClient?: true | ((params: P) => boolean);
  run(params: P, context: PluginContext): Promise<void> | void;
}

export interface AnswerDefinition<P = unknown> {
  readonly about?: string;
  /** The queries that it can answer, by event name. */
  readonly queries: readonly string[];
  readonly params: ZodType<P>;
  /** Returns an answer as it would stand in a rulebook, e.g. `"accept"` or `{ mod: { host, port } }`. */
  answer(params: P, context: PluginContext): Promise<unknown>;
}

/** Types of expressions that a function may take and give. */
export type FunctionType = "number" | "text" | "bool" | "size" | "duration" | "time" | "any";

export interface FunctionDefinition {
  readonly about?: string;
  readonly params: readonly FunctionType[];
  readonly returns: FunctionType;
  /** Synchronous and trusted: it runs inside decisions. */
  call(...args: never[]): unknown;
}

/** A candidate as probes and orders see it. */
export interface CandidateView {
  readonly host: string;
  readonly port: number;
  readonly proto: string;
  readonly tier: number;
  readonly weight: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ProbeDefinition<P = unknown> {
  readonly about?: string;
  readonly params: ZodType<P>;
  /** Resolves with the round-trip time in milliseconds when the candidate is well, rejects when it is not. */
  probe(
    params: P,
    candidate: CandidateView,
    context: { readonly signal: AbortSignal; readonly config: unknown },
  ): Promise<number>;
}

export interface OrderDefinition {
  readonly about?: string;
  /** The candidates of one tier, best first. Synchronous; missing ones keep their place at the end. */
  order(
    candidates: readonly MeasuredCandidate[],
    context: { readonly config: unknown },
  ): readonly CandidateView[];
}

/** `latency` is the median of the last probes' round trips in ms, undefined before the first. */
export type MeasuredCandidate = CandidateView & { readonly latency: number | undefined };

export interface PluginDefinition {
  /** `[a-z][a-z0-9-]*`; rules say `name.action`, `name.function(…)`. */
  readonly name: string;
  readonly config?: ZodType;
  readonly functions?: Readonly<Record<string, FunctionDefinition>>;
  // Each entry has a parameter type of its own; `definePlugin` cannot name them all.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly actions?: Readonly<Record<string, ActionDefinition<any>>>;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly answers?: Readonly<Record<string, AnswerDefinition<any>>>;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly probes?: Readonly<Record<string, ProbeDefinition<any>>>;
  readonly orders?: Readonly<Record<string, OrderDefinition>>;
}

/** Types a plugin; returns it unchanged. */
export function definePlugin<const T extends PluginDefinition>(plugin: T): T {
  return plugin;
}

/** Types one action, so that `params` of `run` follow from its schema. */
export function defineAction<P>(action: ActionDefinition<P>): ActionDefinition<P> {
  return action;
}
