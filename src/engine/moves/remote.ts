import type { Dial } from "../../policy/dial.ts";
import type { Decision } from "../../policy/group.ts";
import type { Command } from "../../protocol/command.ts";
import type { Answer } from "../../rules/answer.ts";
import type { Move, Question } from "../question.ts";
import type { MoveContext } from "./context.ts";

type RemoteAnswer = Extract<Answer, { kind: "accept" | "skip" | "mod" | "from" }>;

/** `remote …`: what of it is possible now. */
export function remoteMove(question: Question, answer: RemoteAnswer, context: MoveContext): Move {
  switch (answer.kind) {
    case "accept":
      return dial({ kind: "accept", why: "" }, undefined, context);
    case "skip":
      return skip(answer.count, context);
    case "mod": {
      const env = context.env(question);
      const host = String(answer.host.resolve(env));
      const port = Number(answer.port.resolve(env));
      return dial({ kind: "mod", host, port, why: "" }, undefined, context);
    }
    case "from":
      return fromGroup(question, answer.group, context);
  }
}

function skip(count: number, context: MoveContext): Move {
  // The second wrap within one chain of questions ends OpenVPN: "No usable connection profiles are present".
  if (context.dial.skipIsFatal(count))
    return dial({ kind: "accept", why: "another skip would end OpenVPN" }, undefined, context);
  return dial({ kind: "skip", count, why: "" }, undefined, context);
}

function fromGroup(question: Question, name: string, context: MoveContext): Move {
  const group = context.group(name);
  if (!group || !context.asked) throw new Error(`Unknown group '${name}'`);
  const decision = group.decide(context.daemon, context.dial, context.asked, question.refused);
  if (decision.kind === "park")
    return {
      kind: "park",
      why: decision.why,
      ...(decision.until === undefined ? {} : { until: decision.until }),
    };
  return dial(decision, name, context);
}

function dial(decision: Decision, group: string | undefined, context: MoveContext): Move {
  return {
    kind: "send",
    command: remoteCommand(decision, context.dial),
    ...(decision.why === "" ? {} : { why: decision.why }),
    ...(decision.kind === "skip" ? { begin: () => context.skipping(decision.count ?? 1) } : {}),
    done: () => context.dialled(decision, group),
  };
}

function remoteCommand(decision: Decision, dialling: Dial): Command {
  switch (decision.kind) {
    case "mod":
      return { name: "remote", args: ["MOD", decision.host ?? "", String(decision.port ?? 0)] };
    case "skip": {
      const count = decision.count ?? 1;
      // `SKIP n` came with 2.6; before, each entry is skipped by itself.
      return { name: "remote", args: count > 1 && dialling.skipCount ? ["SKIP", String(count)] : ["SKIP"] };
    }
    default:
      return { name: "remote", args: ["ACCEPT"] };
  }
}
