import type { Secret } from "../../util/secret.ts";
import type { Command } from "../command.ts";

/** Free text; a Secret is shown to nobody but OpenVPN. */
export type Text = string | Secret;

/** Lines of a block, without its END. */
export type Lines = readonly Text[];

/** What may stand as an argument; the encoder looks at it once more, for types do not reach everywhere. */
type Argument = Text | number | undefined;

/** A command with the arguments that are there. */
export function make<N extends string>(name: N, ...args: readonly Argument[]): Command<N> {
  return { name, args: args.flatMap((arg) => (arg === undefined ? [] : [worded(arg)])) };
}

/** A command with lines behind it. */
export function block<N extends string>(name: N, args: readonly Argument[], body: Lines): Command<N> {
  return { ...make(name, ...args), body };
}

/** A number as decimal digits. What is no whole number is left as it is, for the encoder to refuse. */
function worded(arg: Text | number): Text {
  return typeof arg === "number" ? String(arg) : arg;
}
