import type { Secret } from "../util/secret.ts";

/**
 * One management command, not yet encoded. `args` are the bare values: quoting is the encoder's work.
 * `body` holds the lines of a multi-line command (without its `END`).
 */
export interface Command<N extends string = string> {
  readonly name: N;
  readonly args: readonly (string | Secret)[];
  readonly body?: readonly (string | Secret)[];
}

/**
 * What OpenVPN answered. `text` is the first line without `SUCCESS: `/`ERROR: `, `lines` what stood between it and `END`
 * (for replies that have such lines). A command that has no reply at all gets `{ ok: true, text: "", lines: [] }` at once.
 */
export interface Reply {
  readonly ok: true;
  readonly text: string;
  readonly lines: readonly string[];
}

/** `refused`: OpenVPN said ERROR. `timeout`: no reply in time. `lost`: the connection ended first. `invalid`: never sent. */
export interface Failure {
  readonly ok: false;
  readonly error: "refused" | "timeout" | "lost" | "invalid";
  readonly text: string;
}

export type Outcome = Reply | Failure;
