import type { Command, Failure } from "../protocol/command.ts";
import { confidential } from "../protocol/confidential.ts";
import { display } from "../protocol/encoder.ts";

/** The management interface could not be had. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
}

/**
 * `refused`: OpenVPN said ERROR · `timeout`: no reply in time; it may still take effect · `lost`: the connection ended first · `invalid`: it is no
 * command, and nothing was sent · `dangerous`: it would harm OpenVPN as things stand, and nothing was sent.
 */
export type CommandErrorCode = Failure["error"] | "dangerous";

/** A command did not bring what it was sent for. The message names no secret. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: CommandErrorCode;
  /** As the journal writes it: passwords and the like are masked, also where they were given as plain text. */
  readonly command: string;
  /** What OpenVPN said, or why nothing was sent. */
  readonly reason: string;

  constructor(code: CommandErrorCode, command: Command, reason: string) {
    const shown = display(confidential(command));
    super(`${SAYS[code]} "${shown}": ${reason}`);
    this.code = code;
    this.command = shown;
    this.reason = reason;
  }
}

const SAYS: Readonly<Record<CommandErrorCode, string>> = {
  refused: "OpenVPN rejected",
  timeout: "No reply in time to",
  lost: "The connection ended before the reply to",
  invalid: "Not sent",
  dangerous: "Not sent",
};
