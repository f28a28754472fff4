import { PASSWORD_PROMPT } from "../protocol/lines.ts";
import type { Command } from "../protocol/command.ts";
import { type Chunk, type Entry, parseEntries, readEndNote } from "./entry.ts";
import { commandsOf } from "./commands.ts";

/** What OpenVPN sent, or a command that the controller had sent by then. `t`: ms since the recording began. */
export type RecordedStep = { readonly t: number } & (
  { readonly bytes: Uint8Array } | { readonly command: Command }
);

/** One connection of a controller with an OpenVPN. */
export interface RecordedConnection {
  readonly who: string;
  readonly steps: readonly RecordedStep[];
  /** undefined where the recording ends before the connection. */
  readonly end: { readonly t: number; readonly by: "daemon" | "controller" } | undefined;
}

export interface Recording {
  /** When it began, ms since the epoch; undefined where it does not say so. */
  readonly began: number | undefined;
  readonly connections: readonly RecordedConnection[];
}

interface Open {
  readonly who: string;
  readonly chunks: Chunk[];
  end: RecordedConnection["end"];
}

/** A command that was sent one byte at a time is noted as a whole, behind its reply. */
const BYTEWISE = / ?\(bytewise\)$/;

/** Reads a recording, also one of `test/transcripts`. `file` names it in messages. Throws RecordingError. */
export function readRecording(text: string, file: string): Recording {
  const entries = parseEntries(text, file);
  return { began: beginningOf(entries), connections: connectionsIn(entries).map(connectionOf) };
}

/** A name may come again after the end of its connection, for another one. */
function connectionsIn(entries: readonly Entry[]): Open[] {
  const all: Open[] = [];
  const open = new Map<string, Open>();
  for (const entry of entries) {
    if ("note" in entry) {
      const ended = readEndNote(entry.note);
      const connection = ended && open.get(ended.who);
      if (connection) connection.end ??= { t: ms(entry.t), by: ended.by };
      continue;
    }
    const who = entry.who.replace(BYTEWISE, "");
    let connection = open.get(who);
    // What was written behind the end nobody heard.
    if (connection?.end && entry.dir === "C") continue;
    if (!connection || connection.end) {
      connection = { who, chunks: [], end: undefined };
      open.set(who, connection);
      all.push(connection);
    }
    if (!BYTEWISE.test(entry.who)) connection.chunks.push(entry);
    else {
      const last = connection.chunks.findLastIndex(({ dir }) => dir === "C");
      connection.chunks.splice(last + 1, 0, { ...entry, t: connection.chunks[last]?.t ?? 0 });
    }
  }
  return all;
}

function connectionOf({ who, chunks, end }: Open): RecordedConnection {
  const pieces = chunks.map(({ t, dir, b64 }) => ({ t: ms(t), dir, bytes: Buffer.from(b64, "base64") }));
  const received = pieces.filter(({ dir }) => dir === "S").map(({ bytes }) => bytes);
  const prompts = Buffer.concat(received).toString("latin1").split(PASSWORD_PROMPT).length - 1;
  const sent = commandsOf(
    pieces.map(({ dir, bytes }) => (dir === "C" ? bytes : undefined)),
    prompts,
  );
  const steps = pieces.flatMap(({ t, dir, bytes }, i): RecordedStep[] =>
    dir === "S" ? [{ t, bytes }] : (sent.get(i) ?? []).map((command) => ({ t, command })),
  );
  return { who, steps, end };
}

/** Recordings of elsewhere do not say when they began; what OpenVPN says of the time tells. */
function beginningOf(entries: readonly Entry[]): number | undefined {
  for (const entry of entries) {
    if ("note" in entry) {
      if (entry.began !== undefined) return Date.parse(entry.began);
      continue;
    }
    const told = /^>(?:STATE|LOG|ECHO):(\d{9,11}),/m.exec(
      Buffer.from(entry.b64, "base64").toString("latin1"),
    );
    if (entry.dir === "S" && told) return Number(told[1]) * 1000 - Math.floor(entry.t) * 1000;
  }
  return undefined;
}

function ms(seconds: number): number {
  return Math.round(seconds * 1000);
}
