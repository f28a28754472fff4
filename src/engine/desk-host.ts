import type { Event } from "../model/event.ts";
import type { Command, Outcome } from "../protocol/command.ts";
import type { Decision as Ruling, Firing } from "../rules/decide.ts";
import type { DaemonQuery } from "../protocol/queries.ts";
import type { Answer } from "../rules/answer.ts";
import type { Rule } from "../rules/rulebook.ts";
import type { Timer } from "../util/clock.ts";
import type { Move, Question } from "./question.ts";

/** What the desk needs of the engine around it. */
export interface DeskHost {
  readonly daemon: string;
  now(): number;
  after(delay: number, callback: () => void): Timer;
  load(table: string, key: string): unknown;
  save(table: string, key: string, value: unknown): void;
  rule(id: string): Rule | undefined;
  fallback(query: DaemonQuery): Answer;
  readonly dryRun: boolean;
  decide(event: Event): Ruling;
  /** The answer says that OpenVPN must not go without a proxy. */
  forbidsDirect(question: Question): boolean;
  /** Works out how to carry out an answer; throws an Error that says why it cannot. */
  readonly move: (question: Question) => Move;
  /** `done` is told a timeout first and then the reply, when that comes late. */
  send(command: Command, cause: string, done: (outcome: Outcome) => void): void;
  /** What an answer raised that was found out of turn is handled. */
  drain(): void;
  /** A rule's `do:` runs: the winner's once the question is answered, that of a rule which only watches at once. */
  fire(firing: Firing, cause: string): void;
  journal(kind: "decision" | "event" | "error", fields: Record<string, unknown>): string;
}

/**
 * A question's life: `thinking` a program decides · `waiting` for its time · `parked` · `behind` an answer that is under way ·
 * `sent` · `unsent` the connection broke · `answered`.
 */
export type Phase = "thinking" | "waiting" | "parked" | "behind" | "sent" | "unsent" | "answered";

/** A question that is not answered yet, as `status` shows it. */
export interface OpenQuestion {
  readonly query: DaemonQuery;
  readonly phase: Phase;
  readonly answer: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly until?: number;
  readonly why: string;
}
