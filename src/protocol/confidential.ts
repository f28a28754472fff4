import { Secret } from "../util/secret.ts";
import type { Command } from "./command.ts";

/** From which argument on a command is nobody's business. */
const SECRET_ARGUMENTS: Readonly<Record<string, number>> = { password: 1, needstr: 1, "cr-response": 0 };

/** The command with its passwords and the like as secrets, for whoever got it as plain words. */
export function confidential(command: Command): Command {
  const place = SECRET_ARGUMENTS[command.name];
  if (place === undefined) return command;
  // Where there are too few or too many, what stands there is part of the secret all the same.
  const from = command.args.length > place || command.body ? place : 0;
  const args = command.args.map((arg, i) => (i >= from ? secret(arg) : arg));
  if (command.name !== "password" || !command.body) return { ...command, args };
  return { ...command, args, body: command.body.map(secret) };
}

function secret(text: string | Secret): Secret {
  return text instanceof Secret ? text : new Secret(text);
}
