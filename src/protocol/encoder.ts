import { Secret } from "../util/secret.ts";
import { misfit } from "./arguments.ts";
import type { Command } from "./command.ts";
import { type ArgumentKind, type CommandSpec, type Form, lookup } from "./commands.ts";
import { type Clear, clear, fittingForm, nearestForm } from "./forms.ts";

/** Bytes of one parameter; a longer one comes back in OpenVPN's error message. */
export const LONGEST_PARAMETER = 256;

/** Bytes of one line; the tail of a longer one would run as a command of its own. */
export const LONGEST_LINE = 1023;

/** OpenVPN reads this many bytes at once into a buffer of 1024, and looks for the ends of lines only then. */
const READ = 256;

/** Behind a line of more than this a full read can overflow the buffer: all that is in it would be lost, and a tail run as a command. */
const CROWDED = 768;

/** OpenVPN drops these before they reach the buffer: a read that holds the end of a long line holds nothing else that counts. */
const PADDING = "\r".repeat(READ - 1);

/** A command that may not be sent. The message names the argument, never its value. */
export class EncodeError extends Error {
  override readonly name = "EncodeError";
}

const utf8 = new TextEncoder();
// oxlint-disable-next-line no-control-regex -- these are just what must not pass
const CONTROL = /[\u0000-\u001f\u007f]/;
/** Words that stand bare in the journal and in `expect`. */
const BARE = /^[A-Za-z0-9._:/@+-]+$/;

/** The bytes of a command, line ends included. Throws EncodeError for whatever is not safe to send; nothing is repaired. */
export function encode(command: Command): string {
  const spec = lookup(command.name);
  if (!spec) throw new EncodeError(`Unknown management command '${printable(command.name)}'`);
  const given = clear(command);
  const form = checkedForm(spec, given);
  const words = given.args.map((arg, i) => (QUOTED.has(form.args[i]) ? quote(arg) : arg));
  const line = [command.name, ...words].join(" ");
  checkLine(line, command.name);
  if (!form.body) {
    if (command.body) throw new EncodeError(`Command ${command.name} takes no lines`);
    return ended(line);
  }
  const body = (command.body ?? []).map((entry) => checkBodyLine(reveal(entry), command.name));
  return [line, ...body, "END"].map(ended).join("");
}

/** A line with its end. Characters are bytes at most thrice over: most lines are far from the limit. */
function ended(line: string): string {
  const long = line.length > CROWDED / 3 && utf8.encode(line).length > CROWDED;
  return long ? `${line}\n${PADDING}` : `${line}\n`;
}

/** What may hold anything; of all the rest the check leaves nothing that the lexer could take for something else. */
const QUOTED: ReadonlySet<ArgumentKind | undefined> = new Set(["text", "common-name"]);

/** The form that the arguments fit; throws EncodeError with what is wrong with them. */
function checkedForm(spec: CommandSpec, given: Clear): Form {
  const { args } = given;
  const whats = args.map((_, i) => `The argument ${i + 1} of ${spec.name}`);
  args.forEach((arg, i) => checkParameter(arg, whats[i] ?? ""));
  const form = fittingForm(spec, given);
  if (form) return form;
  const nearest = nearestForm(spec, given);
  if (!nearest) throw new EncodeError(`${whats[0]} is none of ${firstWords(spec)}`);
  const { required, args: kinds } = nearest;
  if (args.length < required) throw new EncodeError(`Command ${spec.name} needs ${count(required)}`);
  if (args.length > kinds.length)
    throw new EncodeError(`Command ${spec.name} takes at most ${count(kinds.length)}`);
  const wrong = args.findIndex((arg, i) => misfit(kinds[i] ?? "text", arg) !== undefined);
  throw new EncodeError(`${whats[wrong]} is not ${misfit(kinds[wrong] ?? "text", args[wrong] ?? "")}`);
}

function firstWords({ forms }: CommandSpec): string {
  const words = forms.flatMap(({ args: [kind] }) =>
    kind === undefined || typeof kind === "string" ? [] : kind,
  );
  return [...new Set(words)].join(", ");
}

function checkParameter(value: string, what: string): void {
  checkText(value, what);
  if (utf8.encode(value).length > LONGEST_PARAMETER)
    throw new EncodeError(`${what} is longer than ${LONGEST_PARAMETER} bytes`);
}

/** OpenVPN's lexer takes `\\` and `\"` inside double quotes, and no other escape is needed. */
function quote(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** A lone surrogate would go out as U+FFFD: not what was asked for. */
function checkText(text: string, what: string): void {
  if (CONTROL.test(text)) throw new EncodeError(`${what} holds a control character`);
  if (!text.isWellFormed()) throw new EncodeError(`${what} holds half of a surrogate pair`);
}

function checkLine(line: string, name: string): void {
  if (utf8.encode(line).length > LONGEST_LINE)
    throw new EncodeError(`The line of ${name} is longer than ${LONGEST_LINE} bytes`);
}

function checkBodyLine(line: string, name: string): string {
  checkText(line, `A line of ${name}`);
  if (line === "END") throw new EncodeError(`A line of ${name} is END, which would end the block`);
  checkLine(line, name);
  return line;
}

/** A command as the journal and `expect` write it; secrets as `<redacted>`, a multi-line command as one text. */
export function display(command: Command): string {
  const words = command.args.map((arg) => {
    const text = String(arg);
    return BARE.test(text) ? text : quote(text);
  });
  const line = [command.name, ...words].join(" ");
  return command.body ? [line, ...command.body.map(String), "END"].join("\n") : line;
}

/** The command that `display` wrote; undefined when the text is none. */
export function parseDisplay(text: string): Command | undefined {
  const [line = "", ...body] = text.replace(/\n$/, "").split("\n");
  const words: string[] = [];
  const pattern = /\s*(?:"((?:[^"\\]|\\["\\])*)"|([^\s"]+))/gy;
  let end = 0;
  for (let match = pattern.exec(line); match; match = pattern.exec(line)) {
    words.push(match[2] ?? (match[1] ?? "").replace(/\\(["\\])/g, "$1"));
    end = pattern.lastIndex;
  }
  const [name, ...args] = words;
  if (name === undefined || line.slice(end).trim() !== "") return undefined;
  if (body.length === 0) return { name, args };
  return body.at(-1) === "END" ? { name, args, body: body.slice(0, -1) } : undefined;
}

function reveal(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}

function printable(text: string): string {
  return CONTROL.test(text) ? JSON.stringify(text) : text;
}

function count(n: number): string {
  return n === 1 ? "1 argument" : `${n} arguments`;
}
