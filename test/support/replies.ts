import type { Command, Outcome } from "../../src/protocol/command.ts";
import { LineSplitter, whole } from "../../src/protocol/lines.ts";
import { ReplyQueue } from "../../src/protocol/replies.ts";
import type { Session } from "./transcripts.ts";

/** The commands of a recorded session with what OpenVPN answered. Only replies are looked at: no line of a block is one. */
export function repliesOf(session: Session): { command: Command; outcome: Outcome }[] {
  const found: { command: Command; outcome: Outcome }[] = [];
  const queue = new ReplyQueue(() => undefined);
  const splitter = new LineSplitter(
    whole((line) => {
      if (line.startsWith(">") ? line.startsWith(">PKCS11ID-") : line !== "") queue.take(line);
    }),
    () => undefined,
  );
  const utf8 = new TextDecoder();
  for (const step of session.steps)
    if ("bytes" in step) splitter.push(utf8.decode(step.bytes, { stream: true }));
    else queue.expect(step.command, (outcome) => found.push({ command: step.command, outcome }));
  return found;
}
