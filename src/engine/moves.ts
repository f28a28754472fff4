import type { Dial, Question as RemoteQuestion } from "../policy/dial.ts";
import type { Decision, RemoteGroup } from "../policy/group.ts";
import type { Command } from "../protocol/command.ts";
import type { Env } from "../rules/cel/types.ts";
import type { Answer } from "../rules/rulebook.ts";
import { type HoldSituation, releaseDelay } from "./hold.ts";
import type { Move, Question } from "./question.ts";

/** What working out a move needs to know of its daemon. */
export interface MoveContext {
  readonly daemon: string;
  readonly dial: Dial;
  /** The REMOTE question as asked. */
  readonly asked: RemoteQuestion | undefined;
  env(question: Question): Env;
  holdSituation(question: Question): HoldSituation;
  group(name: string): RemoteGroup | undefined;
  /** Runs a program or plugin; never rejects. */
  consult(question: Question): Promise<Answer>;
  released(): void;
  /** `remote …` was taken; `group` when it chose. */
  dialled(decision: Decision, group: string | undefined): void;
}

/** How an answer is carried out now. Throws an Error that says why it cannot be. */
export function moveFor(question: Question, context: MoveContext): Move {
  const answer = question.answer;
  switch (answer.kind) {
    case "exec":
    case "plugin":
      return { kind: "later", answer: context.consult(question) };
    case "keep":
      return { kind: "park", why: "kept by a rule" };
    case "release":
      return release(question, answer, context);
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
    default:
      return { kind: "park", why: "left open" };
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
