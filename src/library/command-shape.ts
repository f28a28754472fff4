import type { Command } from "../protocol/command.ts";
import { Secret } from "../util/secret.ts";
import { CommandError } from "./errors.ts";

/** Whether it is of the form that the types ask for: JavaScript has none. */
export function isCommand(given: unknown): given is Command {
  if (typeof given !== "object" || given === null) return false;
  const { name, args, body = [] } = given as Partial<Record<keyof Command, unknown>>;
  return typeof name === "string" && areTexts(args) && areTexts(body);
}

function areTexts(list: unknown): boolean {
  return (
    Array.isArray(list) && list.every((text: unknown) => typeof text === "string" || text instanceof Secret)
  );
}

/** What is told of one that is not. */
export function shapeless(given: unknown): CommandError {
  const { name } = (given ?? {}) as { name?: unknown };
  const shown = { name: typeof name === "string" ? name : "?", args: [] };
  return new CommandError("invalid", shown, "A command has a name and args, and perhaps a body, of texts");
}
