import type { Event } from "../model/event.ts";
import type { Command } from "../protocol/command.ts";
import { EVENTS } from "../rules/vocabulary/events.ts";
import { Redactor, Secret } from "../util/secret.ts";

/** Masks what an event told in confidence: the passwords in it, and the fields that are as good as one. */
export function redactorOf({ type, fields }: Event): Redactor {
  const redactor = new Redactor();
  const look = (value: unknown): void => {
    if (value instanceof Secret) redactor.add(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(look);
  };
  look(fields);
  for (const [name, { masked }] of Object.entries(EVENTS[type]?.fields ?? {})) {
    const value = fields[name];
    if (masked && typeof value === "string") redactor.add(new Secret(value));
  }
  return redactor;
}

/** The command with every text that repeats what the event told in confidence as a secret: it is sent as it is, and shown nowhere. */
export function hiding(event: Event, command: Command): Command {
  const redactor = redactorOf(event);
  const hidden = (text: string | Secret): string | Secret =>
    typeof text === "string" && redactor.mask(text) !== text ? new Secret(text) : text;
  const { args, body } = command;
  return { ...command, args: args.map(hidden), ...(body ? { body: body.map(hidden) } : {}) };
}
