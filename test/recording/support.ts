import { Conversation } from "../../src/connection/conversation.ts";
import type { Command, Outcome } from "../../src/protocol/command.ts";
import { Masker } from "../../src/recording/masker.ts";
import type { RecordedConnection } from "../../src/recording/read.ts";
import { Tape } from "../../src/recording/tape.ts";
import { Secret } from "../../src/util/secret.ts";

export const GREETING = ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n";

export type Said = readonly ["S" | "C", string | Uint8Array];

/** What is written down of what was said, one text of one character a byte for each direction. */
export function taped(said: readonly Said[], mask?: (text: string) => string): { S: string; C: string } {
  const written = { S: "", C: "" };
  const tape = new Tape(new Masker(mask), {
    chunk: (dir, bytes) => (written[dir] += bytes.toString("latin1")),
    note: (text) => (written.S += `[${text}]`),
  });
  for (const [dir, what] of said)
    if (dir === "S") tape.received(typeof what === "string" ? Buffer.from(what) : what);
    else tape.sent(typeof what === "string" ? what : Buffer.from(what).toString("utf8"));
  tape.end();
  return written;
}

/** Reads a connection as a live one: the replies by their commands, and what came unasked. */
export function heard({ steps }: RecordedConnection): {
  replies: { command: Command; outcome: Outcome }[];
  types: string[];
  oddities: string[];
} {
  const told = {
    replies: [] as { command: Command; outcome: Outcome }[],
    types: [] as string[],
    oddities: [] as string[],
  };
  const conversation = new Conversation({
    password: () => new Secret("-"),
    write: () => undefined,
    barred: () => undefined,
    oddity: (text) => told.oddities.push(text),
    endless: (text) => told.oddities.push(text),
    attached: () => undefined,
    notification: ({ type }) => told.types.push(type),
  });
  const utf8 = new TextDecoder();
  for (const step of steps)
    if ("bytes" in step) conversation.push(utf8.decode(step.bytes, { stream: true }));
    else
      conversation.expect(step.command, (outcome) => told.replies.push({ command: step.command, outcome }));
  conversation.end("over");
  return told;
}
