import type { Event } from "../model/event.ts";
import type { Command, Outcome } from "../protocol/command.ts";
import { display } from "../protocol/encoder.ts";
import type { DaemonQuery } from "../protocol/queries.ts";
import type { Timer } from "../util/clock.ts";
import { LEAST_PAUSE } from "./hold.ts";
import { forget, keep, kept, recalled } from "./kept-question.ts";
import { eventRecord } from "./journal.ts";
import { decisionRecord } from "./decision-record.ts";
import type { DeskHost, OpenQuestion, Phase } from "./desk-host.ts";
import { describeAnswer } from "./describe.ts";
import {
  type Asked,
  decided,
  type Move,
  onlyDefault,
  plainest,
  type Question,
  wouldSay,
} from "./question.ts";

/** An answered question that is asked again within this was not yet acted upon (OpenVPN looks once a second), ms. */
const ECHO_TIME = 2_000;

type SendMove = Extract<Move, { kind: "send" }>;

const BEHIND = "an answer is under way that may be taken for it";

/** After this many refused answers the plainest one is sent, and then nothing more. */
const MOST_REFUSALS = 4;

/**
 * The one question that OpenVPN can have open. It is decided once; a repetition (after our reconnect, after an ignored
 * signal) gets the same answer without a new decision. Kept in the store, so that this holds over kill -9 as well.
 */
export class Desk {
  readonly #host: DeskHost;
  /** The journal record of the decision whose time is awaited. */
  #announced: string | undefined;
  #question: Question | undefined;
  #phase: Phase = "answered";
  #timer: Timer | undefined;
  #until: number | undefined;
  #why = "";
  #answeredAt: number | undefined;
  /** Numbers the questions and their changes: what comes back late for an older one is dropped. */
  #turn = 0;
  /** An answer to REMOTE without a reply yet. OpenVPN may ask on before it reads it, and takes it for what it asks then. */
  #underWay: SendMove | undefined;

  constructor(host: DeskHost) {
    this.#host = host;
  }

  /** The open question, for `status` and for what must not be done meanwhile. */
  get open(): OpenQuestion | undefined {
    const question = this.#question;
    if (!question || this.#phase === "answered") return undefined;
    return {
      query: question.query,
      phase: this.#phase,
      answer: describeAnswer(question.answer),
      since: question.event.at,
      ...(this.#until === undefined ? {} : { until: this.#until }),
      why: this.#why,
    };
  }

  /** The open question is answered by what says that OpenVPN must not go direct. */
  get forbidsDirect(): boolean {
    return (
      this.#question !== undefined && this.#phase !== "answered" && this.#host.forbidsDirect(this.#question)
    );
  }

  /** True when this is the question that is open already. One that we gave up is asked for anew. */
  repeats(identity: string): boolean {
    const question = this.#question;
    return question?.identity === identity && question.refused <= MOST_REFUSALS && this.#phase !== "answered";
  }

  /** OpenVPN asks. `reannounced`: first thing said on a new connection. */
  asked(query: DaemonQuery, identity: string, event: Event, reannounced: boolean): void {
    if (this.#question && this.repeats(identity)) {
      this.#question = { ...this.#question, reannounced };
      // Waiting, parked, or sent on this very connection: the answer is on its way.
      if (this.#phase === "unsent") this.#carryOut();
      return;
    }
    const again = this.#question?.identity === identity && this.#answeredWithin(LEAST_PAUSE);
    const asked = { query, identity, event, reannounced, again };
    const saved = reannounced && !this.#question ? recalled(asked, this.#host) : undefined;
    this.#open(saved ?? this.#decide(asked));
  }

  /** How long OpenVPN may yet take to act upon the answer to this question, ms; 0 when it was not answered just now. */
  echo(identity: string): number {
    const known = this.#question
      ? { identity: this.#question.identity, answeredAt: this.#answeredAt }
      : kept(this.#host);
    if (known?.answeredAt === undefined || known.identity !== identity) return 0;
    return Math.max(0, known.answeredAt + ECHO_TIME - this.#host.now());
  }

  /** The connection ended: what was sent may or may not have arrived. */
  lost(): void {
    if (!this.#question || this.#phase === "answered") return;
    const { answer, rule, query } = this.#question;
    // A one-time code is good for one time.
    if (answer.kind === "login")
      this.#question = { ...this.#question, answer: rule?.answer ?? this.#host.fallback(query) };
    this.#set("unsent");
  }

  /** OpenVPN moved on: nobody waits for an answer any more. */
  over(): void {
    this.#set("answered");
    this.#question = undefined;
    forget(this.#host);
  }

  /** Somebody released the hold, or changed what a waiting answer was worked out from. */
  reconsider(): void {
    if (this.#phase === "waiting" || this.#phase === "parked") this.#carryOut();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#turn++;
  }

  #answeredWithin(span: number): boolean {
    return this.#answeredAt !== undefined && this.#host.now() - this.#answeredAt < span;
  }

  #decide(asked: Asked): Question {
    const ruling = this.#host.decide(asked.event);
    const fallback = this.#host.fallback(asked.query);
    return this.#host.dryRun ? onlyDefault(asked, ruling, fallback) : decided(asked, ruling, fallback);
  }

  #open(question: Question): void {
    this.#set("answered");
    this.#question = question;
    this.#answeredAt = undefined;
    this.#announced = undefined;
    this.#carryOut();
    // Behind the sending: whoever waits for the answer need not wait for the disk.
    this.#save();
    this.#watched(question);
  }

  /** Rules that only watch fire by themselves, whatever becomes of the answer. */
  #watched({ event, ruling }: Question): void {
    const watching = ruling?.firings.filter((firing) => !firing.afterAnswer) ?? [];
    if (watching.length === 0) return;
    const fired = watching.map(({ rule }) => rule.id);
    const cause = this.#host.journal("event", { event: eventRecord(event), fired });
    for (const firing of watching) this.#host.fire(firing, cause);
  }

  #carryOut(): void {
    const question = this.#question;
    if (!question) return;
    let move: Move;
    try {
      move = this.#host.move(question);
    } catch (error) {
      this.#fail(question, error instanceof Error ? error.message : String(error));
      return;
    }
    switch (move.kind) {
      case "send":
        if (this.#underWay && question.query === "REMOTE") this.#set("behind", undefined, BEHIND);
        else this.#send(question, move);
        return;
      case "wait":
        this.#wait(question, move);
        return;
      case "park": {
        const before = this.#phase === "parked" ? this.#why : undefined;
        this.#set("parked", move.until, move.why);
        if (before !== move.why) {
          this.#journal(question, [], { parked: move.why });
          if (move.loud) this.#complain(question, `OpenVPN waits, and nothing answers: ${move.why}`);
        }
        if (move.until !== undefined) this.#wake(move.until - this.#host.now());
        return;
      }
      case "later":
        this.#think(question, move);
    }
  }

  #wait(question: Question, move: Extract<Move, { kind: "wait" }>): void {
    const now = this.#host.now();
    // What was waited already counts, and what became sooner meanwhile, too.
    const deadline = Math.min(question.deadline ?? Infinity, now + move.delay);
    const delay = Math.max(0, deadline - now);
    const waiting = { ...question, deadline };
    this.#question = waiting;
    this.#set("waiting", deadline, move.why);
    this.#announced ??= this.#journal(waiting, [move.command], { "wait-ms": Math.round(delay) });
    this.#save();
    this.#wake(delay);
  }

  #wake(delay: number): void {
    this.#timer = this.#host.after(Math.max(0, delay), () => {
      if (this.#question) this.#question = { ...this.#question, due: true };
      this.#carryOut();
      this.#host.drain();
    });
  }

  #think(question: Question, { ask, about }: Extract<Move, { kind: "later" }>): void {
    this.#set("thinking");
    const turn = this.#turn;
    void ask().then(
      (given) => {
        if (turn !== this.#turn) return;
        this.#question = about === "proxy" ? { ...question, proxy: given } : { ...question, answer: given };
        this.#carryOut();
        this.#host.drain();
      },
      (error: unknown) => {
        if (turn !== this.#turn) return;
        this.#fail(question, error instanceof Error ? error.message : String(error));
        this.#host.drain();
      },
    );
  }

  #send(question: Question, move: SendMove): void {
    this.#set("sent", undefined, move.why);
    const turn = this.#turn;
    const extra = move.why === undefined ? {} : { why: move.why };
    const commands = [...(move.before ?? []), move.command];
    const cause = this.#announced ?? this.#journal(question, commands.map(display), extra);
    this.#announced = undefined;
    if (question.query === "REMOTE") this.#underWay = move;
    move.begin?.();
    this.#sendAll(commands, cause, turn, (outcome) => {
      // The reply is still to come; a second answer could meet the next question.
      if (!outcome.ok && outcome.error === "timeout") return;
      const overtaken = turn !== this.#turn && move === this.#underWay;
      if (move === this.#underWay) this.#underWay = undefined;
      if (overtaken) this.#overtaken(move, outcome);
      else if (turn === this.#turn) this.#replied(question, move, cause, outcome);
    });
  }

  /** One after the other, as long as each is taken; `done` is told how the last one fared. */
  #sendAll(
    [command, ...rest]: readonly Command[],
    cause: string,
    turn: number,
    done: (outcome: Outcome) => void,
  ): void {
    if (!command) return;
    this.#host.send(command, cause, (outcome) => {
      if (!outcome.ok || rest.length === 0) done(outcome);
      // Whoever asks something else by now must not get the rest.
      else if (turn === this.#turn) this.#sendAll(rest, cause, turn, done);
    });
  }

  #replied(question: Question, move: SendMove, cause: string, outcome: Outcome): void {
    if (outcome.ok) {
      this.#taken(question, move);
      if (question.firing) this.#host.fire(question.firing, cause);
    } else if (outcome.error === "lost") this.#set("unsent");
    else if (question.reannounced && outcome.error === "refused") this.#mayBeAnswered(question);
    else this.#fail(question, outcome.text);
  }

  /** The reply to an answer whose question is over: another one was told before it. When the answer is taken, it is for that one. */
  #overtaken(move: SendMove, outcome: Outcome): void {
    const question = this.#question;
    if (question?.query !== "REMOTE" || this.#phase === "answered") return;
    if (outcome.ok) {
      this.#journal(question, [], { why: `${display(move.command)}, sent before, was taken for it` });
      this.#taken(question, move);
    } else if (this.#phase === "behind") {
      if (outcome.error === "lost") this.#set("unsent");
      else this.#carryOut();
    }
  }

  #taken(question: Question, move: SendMove): void {
    this.#answeredAt = this.#host.now();
    this.#set("answered");
    this.#save();
    // Once its actions are owed they are run once, also when the question comes again.
    this.#question = { ...question, firing: undefined };
    move.done();
  }

  /** Told again, and no answer is taken: who was here before may have given one that OpenVPN has yet to act upon. */
  #mayBeAnswered(question: Question): void {
    this.#question = { ...question, reannounced: false };
    this.#set("waiting", this.#host.now() + ECHO_TIME, "it may have been answered before");
    this.#wake(ECHO_TIME);
  }

  /** An answer that cannot be given or was refused never leaves the question open: the next best, at last the plainest. */
  #fail(question: Question, why: string): void {
    const refused = question.refused + 1;
    this.#complain(question, why);
    if (refused > MOST_REFUSALS) {
      this.#question = { ...question, refused };
      this.#set("parked", undefined, why);
      return;
    }
    // A group knows more than one way; everything else has just one.
    const { kind } = question.answer;
    if ((kind === "from" || kind === "proxies") && refused < MOST_REFUSALS)
      this.#question = { ...question, refused };
    else {
      const fallback =
        question.by === "rule" ? this.#host.fallback(question.query) : plainest(question.query);
      // Whatever else would be answered, OpenVPN would go direct.
      const answer: Question["answer"] = this.#host.forbidsDirect(question) ? { kind: "park" } : fallback;
      // It is not the rule's answer any more: what the rule does upon it is not owed.
      this.#question = {
        ...question,
        answer,
        by: "default",
        rule: undefined,
        firing: undefined,
        refused,
        trouble: why,
      };
    }
    this.#carryOut();
  }

  #complain(question: Question, error: string): void {
    this.#host.journal("error", { query: question.query, answer: describeAnswer(question.answer), error });
  }

  #set(phase: Phase, until?: number, why = ""): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#turn++;
    this.#phase = phase;
    this.#until = until;
    this.#why = why;
  }

  #journal(question: Question, commands: readonly string[], extra: Record<string, unknown>): string {
    const dryRun = question.instead ? wouldSay(question, question.instead, this.#host.move) : undefined;
    return this.#host.journal(
      "decision",
      decisionRecord(question, commands, { ...(dryRun ? { "dry-run": dryRun } : {}), ...extra }),
    );
  }

  #save(): void {
    if (this.#question) keep(this.#question, this.#answeredAt, this.#host);
  }
}
