import type { Command } from "../protocol/command.ts";
import { lookup } from "../protocol/commands.ts";
import { InputLines } from "../protocol/input.ts";
import { lex } from "../protocol/lexer.ts";
import { MASK } from "./masked-lines.ts";

interface SentLine {
  readonly text: string;
  /** The place of the chunk that ended it. */
  readonly chunk: number;
}

/** What OpenVPN could not read; it answers with an ERROR. */
const UNREADABLE: Command = { name: "(unreadable)", args: [] };

/**
 * The commands that OpenVPN made of what it was sent, by the place of the chunk that completed them. Places without bytes are not
 * the controller's. As many lines as it prompted for were taken for passwords.
 */
export function commandsOf(
  chunks: readonly (Uint8Array | undefined)[],
  prompts: number,
): ReadonlyMap<number, readonly Command[]> {
  const lines = linesIn(chunks).slice(prompts);
  const found = new Map<number, Command[]>();
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    const command = line && commandIn(line.text);
    if (!command) continue;
    const end = bodyEnd(command, lines, i);
    const body = end < 0 ? {} : { body: lines.slice(i + 1, end).map(({ text }) => utf8(text)) };
    if (end >= 0) i = end;
    const { chunk = line.chunk } = lines[i] ?? {};
    found.set(chunk, [...(found.get(chunk) ?? []), { ...command, ...body }]);
  }
  return found;
}

function linesIn(chunks: readonly (Uint8Array | undefined)[]): SentLine[] {
  const lines: SentLine[] = [];
  let chunk = 0;
  const input = new InputLines((text) => lines.push({ text, chunk }));
  for (const bytes of chunks) {
    if (bytes) input.push(Buffer.from(bytes).toString("latin1"));
    chunk++;
  }
  return lines;
}

function commandIn(line: string): Command | undefined {
  const read = lex(line);
  if ("error" in read) return UNREADABLE;
  const [name, ...args] = read.words.map(utf8);
  return name === undefined ? undefined : { name, args };
}

/** The place of the line END; less than 0 for a command without lines, and for one that was refused at once. */
function bodyEnd({ name, args }: Command, lines: readonly SentLine[], start: number): number {
  const secret = name === "password" && args.length === 1;
  if (!secret && !lookup(name)?.body) return -1;
  const end = lines.findIndex(({ text }, i) => i > start && text === "END");
  const between = lines.slice(start + 1, Math.max(end, start + 1));
  const ofPassword = between.every(({ text }) => text === MASK || /^[A-Za-z0-9+/=]*$/.test(text));
  return secret && !ofPassword ? -1 : end;
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString("utf8");
}
