import type { Command } from "../../protocol/command.ts";
import { command } from "../../protocol/constructors.ts";
import type { Answer } from "../../rules/answer.ts";
import { LEAST_PAUSE } from "../hold.ts";
import type { Move, Question } from "../question.ts";
import type { MoveContext } from "./context.ts";

type NeedAnswer = Extract<Answer, { kind: "ok" | "cancel" | "string" | "signature" | "certificate" }>;

/** Characters of base64 in a line. */
const WIDTH = 64;

/** What OpenVPN needs before it goes on: a confirmation, a text, a certificate, a signature. */
export function needMove(question: Question, answer: NeedAnswer, context: MoveContext): Move {
  // A token that is still missing is asked for at once: who answers at once goes round thousands of times a second.
  if (question.again && !question.due)
    return { kind: "wait", delay: LEAST_PAUSE, command: answer.kind, why: "it was asked a moment ago" };
  return { kind: "send", command: needCommand(question, answer, context), done: () => undefined };
}

function needCommand(question: Question, answer: NeedAnswer, context: MoveContext): Command {
  const name = question.event.fields["name"] as string;
  switch (answer.kind) {
    case "ok":
    case "cancel":
      return command.needok(name, answer.kind);
    case "string":
      return command.needstr(name, filled(String(answer.text.resolve(context.env(question)))));
    case "certificate":
      return command.certificate(context.certificates(answer.file));
    case "signature": {
      const lines = answer.data.match(new RegExp(`.{1,${WIDTH}}`, "g")) ?? [];
      return question.query === "RSA_SIGN" ? command.rsaSig(lines) : command.pkSig(lines);
    }
  }
}

/** An empty one OpenVPN takes with SUCCESS, and goes on waiting. */
function filled(text: string): string {
  if (text === "") throw new Error("An empty text does not answer NEED-STR: OpenVPN would go on waiting");
  return text;
}
