import type { Answer } from "../../rules/answer.ts";
import type { Clock } from "../../util/clock.ts";
import { eventRecord } from "../journal.ts";
import type { Inquiry } from "../question.ts";
import { runProgram } from "../run-program.ts";
import { signWithFile } from "./sign.ts";

/** A person may have to touch a token; OpenVPN gives up a handshake after a minute, ms. */
const DEADLINE = 30_000;

type Sign = Extract<Answer, { kind: "sign" }>;

/** The signature that OpenVPN asks for, by the key of a file or by a program. Rejects with an Error that says why it cannot be. */
export async function signature({ event, answer }: Inquiry, clock: Clock): Promise<Answer> {
  const { key } = answer as Sign;
  const { data, algorithm } = event.fields as { data: string; algorithm: string };
  if ("file" in key) return { kind: "signature", data: await signWithFile(key.file, data, algorithm) };
  const printed = await withDeadline(clock, (signal) =>
    runProgram(key.exec, JSON.stringify(eventRecord(event)), signal),
  );
  const signed = printed.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(signed))
    throw new Error(`${key.exec[0] ?? ""} did not print a signature in base64`);
  return { kind: "signature", data: signed };
}

async function withDeadline(clock: Clock, run: (signal: AbortSignal) => Promise<string>): Promise<string> {
  const abort = new AbortController();
  let timer: { cancel(): void } | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = clock.after(DEADLINE, () => {
      abort.abort();
      reject(new Error(`No signature within ${DEADLINE} ms`));
    });
  });
  try {
    return await Promise.race([run(abort.signal), late]);
  } finally {
    timer?.cancel();
  }
}
