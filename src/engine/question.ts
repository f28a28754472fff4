import type { Event } from "../model/event.ts";
import type { Command } from "../protocol/command.ts";
import { display } from "../protocol/encoder.ts";
import type { Decision as Ruling, Firing } from "../rules/decide.ts";
import type { DaemonQuery } from "../protocol/queries.ts";
import type { Answer, Query } from "../rules/answer.ts";
import type { Rule } from "../rules/rulebook.ts";
import { describeAnswer } from "./describe.ts";

/** How a question is answered now. */
export type Move =
  /** `begin` runs right before it is sent, `done` when it was taken. */
  | {
      readonly kind: "send";
      readonly command: Command;
      /** Each is sent when the one before was taken. */
      readonly before?: readonly Command[];
      readonly why?: string;
      readonly begin?: () => void;
      done(): void;
    }
  /** After `delay` ms the move is worked out again, with `due` set. */
  | { readonly kind: "wait"; readonly delay: number; readonly command: string; readonly why?: string }
  /** `loud`: nobody meant it to be left open. */
  | { readonly kind: "park"; readonly until?: number; readonly why: string; readonly loud?: true }
  /** The answer is worked out by what takes time; rejects with an Error that says why it cannot be. */
  | { readonly kind: "later"; readonly about?: "proxy"; readonly ask: () => Promise<Answer> };

export interface Question {
  readonly query: DaemonQuery;
  readonly identity: string;
  readonly event: Event;
  readonly answer: Answer;
  /** To REMOTE: the proxy that a program or plugin chose for it. */
  readonly proxy?: Answer;
  readonly by: "rule" | "default";
  readonly rule: Rule | undefined;
  readonly firing: Firing | undefined;
  readonly ruling: Ruling | undefined;
  /** Answers that OpenVPN refused for this very question. */
  readonly refused: number;
  /** The wait that the answer asked for is over. */
  readonly due: boolean;
  /** When that wait ends: begun once, also over reconnects and restarts. */
  readonly deadline?: number;
  /** Told again by OpenVPN to a new connection. */
  readonly reannounced: boolean;
  /** OpenVPN asked the very same less than a second ago, and had an answer. */
  readonly again: boolean;
  /** Why the answer before this one could not be given. */
  readonly trouble?: string;
  /** In a dry run: the rule that would have answered. */
  readonly instead?: Rule;
}

/** What a program or plugin is asked for. */
export type Inquiry = Pick<Question, "event" | "answer" | "rule"> & { readonly query: Query };

/** What OpenVPN asks. */
export type Asked = Pick<Question, "query" | "identity" | "event" | "reannounced" | "again">;

/** A new question, decided by the rules or by default. */
export function decided(asked: Asked, ruling: Ruling, fallback: Answer): Question {
  const rule = ruling.winner;
  const answer = rule?.answer ?? fallback;
  const firing = ruling.firings.find((candidate) => candidate.afterAnswer);
  const by = rule ? "rule" : "default";
  return { ...asked, answer, by, rule, firing, ruling, refused: 0, due: false };
}

/** A dry run answers as if there were no rules, and tells what the winner would have said. */
export function onlyDefault(asked: Asked, ruling: Ruling, fallback: Answer): Question {
  const question = decided(asked, { ...ruling, winner: undefined, firings: [] }, fallback);
  return { ...question, ruling, ...(ruling.winner ? { instead: ruling.winner } : {}) };
}

/** What is answered when everything else was refused. */
export function plainest(query: DaemonQuery): Answer {
  switch (query) {
    case "HOLD":
      return { kind: "release" };
    case "REMOTE":
      return { kind: "accept" };
    case "PROXY":
      return { kind: "none" };
    default:
      return { kind: "park" };
  }
}

/** What a rule would have answered; programs and plugins are not asked. */
export function wouldSay(
  question: Question,
  rule: Rule,
  move: (question: Question) => Move,
): Record<string, string> {
  const { answer } = rule;
  if (!answer) return { rule: rule.id };
  const would = { rule: rule.id, answer: describeAnswer(answer) };
  try {
    const next = move({ ...question, answer });
    return next.kind === "send" ? { ...would, answer: display(next.command) } : would;
  } catch {
    return would;
  }
}
