import type { Answer } from "../../rules/answer.ts";
import { releaseDelay } from "../hold.ts";
import type { Move, Question } from "../question.ts";
import type { MoveContext } from "./context.ts";
import { loginMove } from "./login.ts";
import { needMove } from "./need.ts";
import { proxyMove } from "./proxy.ts";
import { remoteMove } from "./remote.ts";

/** How an answer is carried out now. Throws an Error that says why it cannot be. */
export function moveFor(question: Question, context: MoveContext): Move {
  const answer = question.answer;
  switch (answer.kind) {
    case "exec":
    case "plugin":
    case "sign":
      return { kind: "later", ask: () => context.consult(question) };
    case "keep":
      return { kind: "park", why: "kept by a rule" };
    case "park":
      return { kind: "park", why: question.trouble ?? "no rule answers it", loud: true };
    case "release":
      return release(question, answer, context);
    case "accept":
    case "skip":
    case "mod":
    case "from":
      return remoteMove(question, answer, context);
    case "none":
    case "http":
    case "socks":
    case "proxies":
      return proxyMove(question, answer, context);
    case "ok":
    case "cancel":
    case "string":
    case "signature":
    case "certificate":
      return needMove(question, answer, context);
    case "credentials":
    case "login":
    case "refuse":
      return loginMove(question, answer, context);
    case "allow":
    case "deny":
    case "pending":
      throw new Error(`Answer '${answer.kind}' is not for ${question.query}`);
  }
}

function release(
  question: Question,
  answer: Extract<Answer, { kind: "release" }>,
  context: MoveContext,
): Move {
  const delay = question.due ? 0 : releaseDelay(answer, context.holdSituation(question));
  if (delay > 0) return { kind: "wait", delay, command: "hold release" };
  return { kind: "send", command: { name: "hold", args: ["release"] }, done: () => context.released() };
}
