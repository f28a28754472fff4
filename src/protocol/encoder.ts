import { Secret } from "../util/secret.ts";
import { type ArgumentKind, type CommandSpec, lookup } from "./commands.ts";
import type { Command } from "./command.ts";

/** Bytes of one parameter; a longer one comes back in OpenVPN's error message. */
export const LONGEST_PARAMETER = 256;

/** Bytes of one line; the tail of a longer one would run as a command of its own. */
export const LONGEST_LINE = 1023;

/** The host of `remote MOD` is at most this. */
const LONGEST_HOST = 79;

/** A command that may not be sent. The message names the argument, never its value. */
export class EncodeError extends Error {
  override readonly name = "EncodeError";
}

const utf8 = new TextEncoder();
// oxlint-disable-next-line no-control-regex -- these are just what must not pass
const CONTROL = /[\u0000-\u001f\u007f]/;
const HOST = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9.])?$|^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?$/;
const NUMBER = /^-?\d{1,15}$/;
/** Words that stand bare in the journal and in `expect`. */
const BARE = /^[A-Za-z0-9._:/@+-]+$/;

/** The bytes of a command, line ends included. Throws EncodeError for whatever is not safe to send; nothing is repaired. */
export function encode(command: Command): string {
  const spec = lookup(command.name);
  if (!spec) throw new EncodeError(`Unknown management command '${printable(command.name)}'`);
  const args = command.args.map(reveal);
  const line = [command.name, ...encodeArguments(spec, args)].join(" ");
  checkLine(line, command.name);
  if (!spec.body) {
    if (command.body) throw new EncodeError(`Command ${command.name} takes no lines`);
    return `${line}\n`;
  }
  const body = (command.body ?? []).map((entry) => checkBodyLine(reveal(entry), command.name));
  return `${[line, ...body, "END"].join("\n")}\n`;
}

function encodeArguments(spec: CommandSpec, args: readonly string[]): string[] {
  const kinds = argumentKinds(spec, args);
  if (args.length < kinds.required)
    throw new EncodeError(`Command ${spec.name} needs ${count(kinds.required)}`);
  if (args.length > kinds.kinds.length)
    throw new EncodeError(`Command ${spec.name} takes at most ${count(kinds.kinds.length)}`);
  return args.map((arg, i) =>
    encodeArgument(arg, kinds.kinds[i] ?? "text", `argument ${i + 1} of ${spec.name}`),
  );
}

/** Some commands take other arguments behind their keyword. */
function argumentKinds(
  spec: CommandSpec,
  args: readonly string[],
): { kinds: readonly ArgumentKind[]; required: number } {
  if (spec.name === "remote") {
    if (args[0] === "ACCEPT") return { kinds: [["ACCEPT"]], required: 1 };
    if (args[0] === "SKIP") return { kinds: [["SKIP"], "number"], required: 1 };
    if (args[0] === "MOD") return { kinds: [["MOD"], "host", "port"], required: 3 };
  }
  if (spec.name === "proxy") {
    if (args[0] === "NONE") return { kinds: [["NONE"]], required: 1 };
    if (args[0] === "SOCKS") return { kinds: [["SOCKS"], "host", "port"], required: 3 };
    if (args[0] === "HTTP") return { kinds: spec.args, required: 3 };
  }
  const [first] = args;
  if (first !== undefined && spec.subscription && Array.isArray(spec.args[0])) {
    // A second argument would bring a second block, with an END of its own.
    if (first === "all") return { kinds: [["all"]], required: 1 };
    if (NUMBER.test(first)) return { kinds: ["number"], required: 1 };
  }
  // `client-pending-auth`: 2.5 takes two arguments, 2.6.0 three, 2.6.2 four.
  return { kinds: spec.args, required: spec.required };
}

function encodeArgument(value: string, kind: ArgumentKind, what: string): string {
  checkText(value, `The ${what}`);
  if (utf8.encode(value).length > LONGEST_PARAMETER)
    throw new EncodeError(`The ${what} is longer than ${LONGEST_PARAMETER} bytes`);
  if (Array.isArray(kind)) {
    if (!kind.includes(value)) throw new EncodeError(`The ${what} is none of ${kind.join(", ")}`);
    return value;
  }
  switch (kind) {
    case "number":
      return valid(NUMBER.test(value), value, what, "a whole number");
    case "number-or-all":
      return valid(value === "all" || NUMBER.test(value), value, what, "a whole number or all");
    case "port":
      return valid(
        /^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65536,
        value,
        what,
        "a port",
      );
    case "host":
      return valid(
        HOST.test(value) && value.length <= LONGEST_HOST,
        value,
        what,
        `a host of at most ${LONGEST_HOST} characters`,
      );
    default:
      return quote(value);
  }
}

function valid(ok: boolean, value: string, what: string, expected: string): string {
  if (!ok) throw new EncodeError(`The ${what} is not ${expected}`);
  return value;
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
