import { readdirSync, readFileSync } from "node:fs";
import type { Command } from "../../src/protocol/command.ts";
import { lookup } from "../../src/protocol/commands.ts";
import { PASSWORD_PROMPT } from "../../src/protocol/lines.ts";
import { readLines, readParameters } from "./lexer.ts";

const FOLDER = new URL("../transcripts/", import.meta.url);

/** What OpenVPN sent, or a command that the recorded controller had sent by then. */
export type Step = { readonly bytes: Buffer } | { readonly command: Command };

/** One connection to one daemon, in order. */
export interface Session {
  readonly name: string;
  readonly steps: readonly Step[];
}

interface Entry {
  readonly dir?: "S" | "C";
  readonly who?: string;
  readonly b64?: string;
  readonly note?: string;
}

interface Recorded {
  readonly chunks: { readonly dir: "S" | "C"; readonly bytes: Buffer }[];
}

/** A command that was sent one byte at a time is noted as a whole, behind its reply. */
const BYTEWISE = / ?\(bytewise\)$/;

export const TRANSCRIPTS = readdirSync(FOLDER).filter((file) => file.endsWith(".jsonl"));

/** The sessions of a recording; a name of a connection may come again after its end, for another one. */
export function sessionsOf(file: string): Session[] {
  const open = new Map<string, Recorded | "ended">();
  const recorded: Recorded[] = [];
  for (const line of readFileSync(new URL(file, FOLDER), "utf8").trim().split("\n")) {
    const { note = "", dir, who = "", b64 } = JSON.parse(line) as Entry;
    const ended = /^(\S*) (EOF from daemon|controller closes its socket)/.exec(note);
    if (ended) open.set(ended[1] ?? "", "ended");
    if (dir === undefined || b64 === undefined) continue;
    const name = who.replace(BYTEWISE, "");
    let session = open.get(name);
    if (session === "ended" && dir === "C") continue;
    if (session === undefined || session === "ended") {
      session = { chunks: [] };
      open.set(name, session);
      recorded.push(session);
    }
    const chunk = { dir, bytes: Buffer.from(b64, "base64") };
    if (BYTEWISE.test(who))
      session.chunks.splice(session.chunks.findLastIndex((each) => each.dir === "C") + 1, 0, chunk);
    else session.chunks.push(chunk);
  }
  return recorded.map((session, i) => ({ name: `${file} (${i + 1})`, steps: stepsOf(session) }));
}

/** Replaces what the controller sent by the commands that OpenVPN made of it. */
function stepsOf(session: Recorded): Step[] {
  const passwords = passwordsOf(session);
  const linesOf = (chunks: Recorded["chunks"]): Uint8Array[] =>
    readLines(Buffer.concat(chunks.filter((chunk) => chunk.dir === "C").map((chunk) => chunk.bytes))).slice(
      passwords,
    );
  const commands = commandsOf(linesOf(session.chunks));
  return session.chunks.flatMap((chunk, i): Step[] => {
    if (chunk.dir === "S") return [{ bytes: chunk.bytes }];
    const complete = linesOf(session.chunks.slice(0, i + 1)).length;
    const next = commands.findIndex((each) => each.lastLine >= complete);
    return commands.splice(0, next < 0 ? commands.length : next).map(({ command }) => ({ command }));
  });
}

/** How many lines of the controller were taken for passwords: one for each prompt. */
function passwordsOf(session: Recorded): number {
  const received = session.chunks.filter((chunk) => chunk.dir === "S").map((chunk) => chunk.bytes);
  return Buffer.concat(received).toString("latin1").split(PASSWORD_PROMPT).length - 1;
}

/** A command with a body ends with its END, when its reply is due; refused at once, it had none. */
function commandsOf(
  lines: readonly Uint8Array[],
): { readonly command: Command; readonly lastLine: number }[] {
  const commands: { command: Command; lastLine: number }[] = [];
  const texts = lines.map((line) => new TextDecoder().decode(line));
  for (let i = 0; i < lines.length; i++) {
    const parameters = readParameters(lines[i] ?? new Uint8Array());
    const [name, ...args] = Array.isArray(parameters) ? parameters : ["(unreadable)"];
    if (name === undefined) continue;
    const end = lookup(name)?.body ? texts.indexOf("END", i) : -1;
    const body = end < 0 ? {} : { body: texts.slice(i + 1, end) };
    if (end >= 0) i = end;
    commands.push({ command: { name, args, ...body }, lastLine: i });
  }
  return commands;
}
