import type { Dial } from "../../policy/dial.ts";
import type { Decision } from "../../policy/group.ts";
import type { Command } from "../../protocol/command.ts";
import type { Answer } from "../../rules/answer.ts";
import type { Move, Question } from "../question.ts";
import type { MoveContext } from "./context.ts";
import { parked, viaFor } from "./proxy.ts";

type RemoteAnswer = Extract<Answer, { kind: "accept" | "skip" | "mod" | "from" }>;

/** `remote …`: what of it is possible now. */
export function remoteMove(question: Question, answer: RemoteAnswer, context: MoveContext): Move {
  switch (answer.kind) {
    case "accept":
      return dialOne(question, { kind: "accept", why: "" }, context);
    case "skip":
      return skip(question, answer.count, context);
    case "mod": {
      const env = context.env(question);
      const host = String(answer.host.resolve(env));
      const port = Number(answer.port.resolve(env));
      return dialOne(question, { kind: "mod", host, port, why: "" }, context);
    }
    case "from":
      return fromGroup(question, answer.group, context);
  }
}

function skip(question: Question, count: number, context: MoveContext): Move {
  // The second wrap within one chain of questions ends OpenVPN: "No usable connection profiles are present".
  if (context.dial.skipIsFatal(count))
    return dialOne(question, { kind: "accept", why: "another skip would end OpenVPN" }, context);
  return dialOne(question, { kind: "skip", count, why: "" }, context);
}

function fromGroup(question: Question, name: string, context: MoveContext): Move {
  const group = context.group(name);
  if (!group || !context.asked) throw new Error(`Unknown group '${name}'`);
  // A remote to which the proxy does not lead gives way to the next one.
  for (let refused = question.refused; refused < question.refused + MOST_WAYS; refused++) {
    const decision = group.decide(context.daemon, context.dial, context.asked, refused);
    if (decision.kind === "park")
      return {
        kind: "park",
        why: decision.why,
        ...(decision.until === undefined ? {} : { until: decision.until }),
      };
    const move = dial(question, decision, name, context);
    if (move) return move;
    if (decision.why === NOWHERE) break;
  }
  return (
    withoutProxy(question, context) ?? {
      kind: "park",
      why: "no proxy leads to any of the remotes",
      loud: true,
    }
  );
}

/** Ways to remotes that are tried with a proxy. */
const MOST_WAYS = 20;

/** What a group says when it knows nowhere to go. */
const NOWHERE = "no candidate can be reached from here";

/** Undefined: the proxy does not lead there. */
function dial(
  question: Question,
  decision: Decision,
  group: string | undefined,
  context: MoveContext,
): Move | undefined {
  const { asked } = context;
  const isGoing = decision.kind === "accept" || decision.kind === "mod";
  const target =
    isGoing && asked ? { ...asked, ...(decision.kind === "mod" ? placeOf(decision) : {}) } : undefined;
  const via = target && viaFor(question, target, context);
  if (via?.kind === "later") return via;
  if (via?.kind === "park") return parked(via);
  if (via?.kind === "unfit") return undefined;
  const why = [decision.why, via?.why ?? ""].filter((part) => part !== "").join(" by ");
  return {
    kind: "send",
    command: remoteCommand(decision, context.dial),
    ...(via ? { before: [via.command] } : {}),
    ...(why === "" ? {} : { why }),
    ...(decision.kind === "skip" ? { begin: () => context.skipping(decision.count ?? 1) } : {}),
    done: () => {
      if (isGoing) context.proxied(via?.proxy);
      context.dialled(decision, group);
    },
  };
}

function placeOf({ host = "", port = 0 }: Decision): { host: string; port: number } {
  return { host, port };
}

/** The one remote that is meant; a proxy that does not lead there is left out, unless going direct is forbidden. */
function dialOne(question: Question, decision: Decision, context: MoveContext): Move {
  return (
    dial(question, decision, undefined, context) ??
    withoutProxy(question, context, decision) ?? {
      kind: "park",
      why: "an HTTP proxy leads to no UDP remote, and going direct is forbidden",
      loud: true,
    }
  );
}

/** OpenVPN goes direct; undefined where that is forbidden. */
function withoutProxy(question: Question, context: MoveContext, decision?: Decision): Move | undefined {
  if (context.mustProxy(question)) return undefined;
  const going = decision ?? { kind: "accept" as const, why: "no proxy leads there" };
  return {
    kind: "send",
    command: remoteCommand(going, context.dial),
    why: "without a proxy: it leads to no UDP remote",
    done: () => {
      context.proxied(undefined);
      context.dialled(going, undefined);
    },
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
