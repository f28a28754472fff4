import { misfit } from "./arguments.ts";
import type { Command } from "./command.ts";
import { type CommandSpec, type Form, inVersion, lookup, type ReplyKind } from "./commands.ts";
import { Secret } from "../util/secret.ts";
import type { Versions } from "./versions.ts";

/** A command in clear: what has lines may be another form. */
export type Clear = Pick<Command, "body"> & { readonly args: readonly string[] };

export function clear({ args, body }: Command): Clear {
  const words = args.map((arg) => (arg instanceof Secret ? arg.reveal() : arg));
  return body ? { args: words, body } : { args: words };
}

/** The first form that these arguments fit. */
export function fittingForm(spec: CommandSpec, { args, body }: Clear): Form | undefined {
  return formsOf(spec, body !== undefined).find(
    (form) =>
      args.length >= form.required &&
      args.length <= form.args.length &&
      args.every((arg, i) => misfit(form.args[i] ?? "text", arg) === undefined),
  );
}

/**
 * The form that was probably meant, for what fits none; undefined when the first word is none of the command's. As OpenVPN does,
 * it goes by the first word and by how many arguments there are.
 */
export function nearestForm(spec: CommandSpec, { args, body }: Clear): Form | undefined {
  const [first] = args;
  const begun = formsOf(spec, body !== undefined).filter(({ args: [kind] }) => {
    if (first === undefined || kind === undefined || typeof kind === "string") return true;
    return kind.includes(first);
  });
  const enough = begun.filter(
    ({ required, args: all }) => args.length >= required && args.length <= all.length,
  );
  return enough.at(-1) ?? begun.find(({ required }) => required > args.length) ?? begun.at(-1);
}

/** Where only some forms have lines, lines tell which are meant; where all have, to give none means an empty block. */
function formsOf(spec: CommandSpec, lines: boolean): readonly Form[] {
  const wanted = spec.forms.filter((form) => (form.body ?? false) === lines);
  return wanted.length === 0 ? spec.forms : wanted;
}

/** The form of a command; undefined when there is none, and the encoder would refuse it. */
export function formOf(command: Command): Form | undefined {
  const spec = lookup(command.name);
  return spec && fittingForm(spec, clear(command));
}

/** How OpenVPN answers a command, also one that the encoder would refuse. */
export function replyKind(command: Command): ReplyKind {
  const spec = lookup(command.name);
  const given = clear(command);
  const form = spec && (fittingForm(spec, given) ?? nearestForm(spec, given) ?? spec.forms.at(-1));
  return form?.reply ?? "single";
}

/** Whether OpenVPN of this version (such as `2.6.14`) has this form of the command; one that has no such form is in none. */
export function supported(command: Command, version: string): boolean {
  const spec = lookup(command.name);
  const form = formOf(command);
  return spec !== undefined && form !== undefined && inVersion(spec, form, version);
}

/** The versions that have this form of the command; undefined for what is no command. */
export function versionsOf(command: Command): Versions | undefined {
  const spec = lookup(command.name);
  const form = formOf(command);
  if (!spec || !form) return undefined;
  const { since = spec.since, until = spec.until } = form;
  return until === undefined ? { since } : { since, until };
}
