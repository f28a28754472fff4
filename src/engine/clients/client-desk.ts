import type { Client } from "../../model/client.ts";
import type { Event } from "../../model/event.ts";
import type { Command, Outcome } from "../../protocol/command.ts";
import { display } from "../../protocol/encoder.ts";
import type { Env } from "../../rules/cel/types.ts";
import type { Decision as Ruling, Firing } from "../../rules/decide.ts";
import type { Answer, ClientQuery } from "../../rules/answer.ts";
import type { Rule } from "../../rules/rulebook.ts";
import type { Timer } from "../../util/clock.ts";
import { describeAnswer } from "../describe.ts";
import { eventRecord } from "../journal.ts";
import type { Inquiry } from "../question.ts";
import { hiding } from "../told.ts";
import { CLOSED, type Verdict, verdictCommand } from "./verdict.ts";

export interface ClientDeskHost {
  readonly daemon: string;
  readonly dryRun: boolean;
  /** OpenVPN's version, "" while it is not known. */
  version(): string;
  now(): number;
  after(delay: number, callback: () => void): Timer;
  env(event: Event): Env;
  decide(event: Event): Ruling;
  /** The rulebook's default; undefined when it gives none. */
  fallback(query: ClientQuery): Answer | undefined;
  /** Asks a program or plugin; never rejects. */
  consult(inquiry: Inquiry): Promise<Answer>;
  send(command: Command, cause: string | undefined, done: (outcome: Outcome) => void): void;
  fire(firing: Firing, cause: string): void;
  journal(kind: "decision" | "event" | "error", fields: Record<string, unknown>): string;
  /** The client is let in, or not after all: whether it counts among the sessions of its name. */
  admitted(client: Client, admitted: boolean): void;
  /** The client is on its way out: it counts no more among the live ones. */
  ending(client: Client): void;
}

/** `thinking`: a program decides · `sent`: OpenVPN was told · `pending`: the client has to answer a challenge. */
type Phase = "thinking" | "sent" | "pending";

/** After this many answers that could not be given nothing more is said. */
const MOST_REFUSALS = 2;

interface Open {
  readonly client: Client;
  readonly kid: number;
  readonly query: ClientQuery;
  readonly event: Event;
  readonly ruling: Ruling;
  answer: Answer;
  /** The rule that answers; undefined: the default does. */
  rule: Rule | undefined;
  /** What is owed once the answer was taken. */
  firing: Firing | undefined;
  phase: Phase;
  /** Answers that could not be given. */
  refused: number;
  /** End of a pending challenge, ms. */
  until?: number;
  timer?: Timer;
}

/** A client question that is open, for `status`; times in ms since the epoch. */
export interface OpenClientQuestion {
  readonly cid: number;
  readonly common_name: string;
  readonly query: ClientQuery;
  readonly phase: Phase;
  readonly since: number;
  readonly until?: number;
}

/**
 * The questions about clients of one server: many at once, one for each client. OpenVPN never repeats them: those that were open
 * when the connection broke are found again by the roster.
 */
export class ClientDesk {
  readonly #host: ClientDeskHost;
  readonly #open = new Map<number, Open>();

  constructor(host: ClientDeskHost) {
    this.#host = host;
  }

  /** What is open, oldest first. */
  *open(): Iterable<OpenClientQuestion> {
    for (const { client, query, event, phase, until } of this.#open.values())
      yield {
        cid: client.cid,
        common_name: client.common_name,
        query,
        phase,
        since: event.at,
        ...(until === undefined ? {} : { until }),
      };
  }

  /** Whether a response of this client answers a challenge. */
  isPending(cid: number): boolean {
    return this.#open.get(cid)?.phase === "pending";
  }

  /** A client asks; what it asked before is answered no more. */
  asked(query: ClientQuery, event: Event, client: Client): void {
    this.gone(client.cid);
    const { dryRun } = this.#host;
    const ruling = this.#host.decide(event);
    const rule = dryRun ? undefined : ruling.winner;
    const fallback = this.#host.fallback(query);
    if (!ruling.winner && !fallback && query !== "CLIENT:CR_RESPONSE")
      this.#host.journal("error", {
        query,
        cid: client.cid,
        error: `No rule and no default answers ${query}: the client is denied`,
      });
    const answer = rule?.answer ?? fallback ?? CLOSED;
    const firing = dryRun ? undefined : ruling.firings.find(({ afterAnswer }) => afterAnswer);
    const open: Open = {
      ...{ client, kid: client.kid ?? 0, query, event, ruling, answer, rule, firing },
      ...{ phase: "thinking", refused: 0 },
    };
    this.#open.set(client.cid, open);
    this.#carryOut(open);
    this.#watched(event, ruling);
  }

  /** The client has gone, or asks anew. */
  gone(cid: number): void {
    this.#open.get(cid)?.timer?.cancel();
    this.#open.delete(cid);
  }

  /** The connection ended, or the server restarted: nobody can be answered any more. */
  drop(): void {
    for (const cid of this.#open.keys()) this.gone(cid);
  }

  #isOpen(open: Open): boolean {
    return this.#open.get(open.client.cid) === open;
  }

  /** Rules that only watch fire by themselves, whatever becomes of the answer. */
  #watched(event: Event, ruling: Ruling): void {
    const watching = ruling.firings.filter(({ afterAnswer }) => !afterAnswer);
    if (watching.length === 0) return;
    const fired = watching.map(({ rule }) => rule.id);
    const cause = this.#host.journal("event", { event: eventRecord(event), fired });
    for (const firing of watching) this.#host.fire(firing, cause);
  }

  #carryOut(open: Open): void {
    const { answer } = open;
    switch (answer.kind) {
      case "exec":
      case "plugin":
        open.phase = "thinking";
        void this.#host.consult(open).then((given) => {
          if (!this.#isOpen(open)) return;
          open.answer = given;
          this.#carryOut(open);
        });
        return;
      case "allow":
      case "deny":
      case "pending":
        this.#send(open, answer);
        return;
      default:
        this.#fail(open, `Answer '${answer.kind}' is not for ${open.query}`);
    }
  }

  #send(open: Open, verdict: Verdict): void {
    const { client, kid, event } = open;
    let command: Command;
    try {
      const env = this.#host.env(event);
      command = hiding(event, verdictCommand(verdict, { cid: client.cid, kid }, env, this.#host.version()));
    } catch (error) {
      this.#fail(open, error instanceof Error ? error.message : String(error));
      return;
    }
    open.phase = "sent";
    // At once: the next of the same name may ask before OpenVPN replies.
    if (verdict.kind === "allow") this.#host.admitted(client, true);
    const cause = this.#host.journal("decision", decisionOf(open, display(command)));
    this.#host.send(command, cause, (outcome) => this.#replied(open, verdict, outcome, cause));
  }

  #replied(open: Open, verdict: Verdict, outcome: Outcome, cause: string): void {
    // Whatever became of it meanwhile, a denied client is on its way out.
    if (outcome.ok && verdict.kind === "deny") this.#host.ending(open.client);
    if (!outcome.ok && outcome.error !== "timeout" && verdict.kind === "allow")
      this.#host.admitted(open.client, false);
    if (!this.#isOpen(open)) return;
    if (outcome.ok) {
      if (verdict.kind === "pending") this.#pend(open, verdict.timeout);
      else this.gone(open.client.cid);
      if (open.firing) this.#host.fire(open.firing, cause);
    } else if (outcome.error === "refused" || outcome.error === "invalid") this.#fail(open, outcome.text);
    // After a timeout the reply keeps its place; a lost connection drops everything.
  }

  /** A client that gives no response in time is answered by the default for responses. */
  #pend(open: Open, timeout: number): void {
    open.phase = "pending";
    open.until = this.#host.now() + timeout;
    open.timer = this.#host.after(timeout, () => {
      this.#complain(open, `No response within ${timeout} ms`);
      this.#instead(open, this.#host.fallback("CLIENT:CR_RESPONSE"));
    });
  }

  /**
   * An answer that cannot be given ends in the default, and at last in a plain denial: never in another rule's answer. Whom a rule denies
   * no text lets in: what cannot be sent may be the client's own name.
   */
  #fail(open: Open, why: string): void {
    this.#complain(open, why);
    const { answer, rule, query } = open;
    if (answer === CLOSED || ++open.refused > MOST_REFUSALS) this.gone(open.client.cid);
    else this.#instead(open, rule && answer.kind !== "deny" ? this.#host.fallback(query) : undefined);
  }

  #complain({ query, client, answer }: Open, error: string): void {
    this.#host.journal("error", { query, cid: client.cid, answer: describeAnswer(answer), error });
  }

  /** It is not the rule's answer any more: what the rule does upon it is not owed. */
  #instead(open: Open, answer: Answer | undefined): void {
    open.answer = answer ?? CLOSED;
    open.rule = undefined;
    open.firing = undefined;
    this.#carryOut(open);
  }
}

/** A decision as the journal has it. */
function decisionOf({ event, rule, ruling, refused }: Open, command: string): Record<string, unknown> {
  return {
    event: eventRecord(event),
    ...(rule ? { rule: rule.id } : {}),
    by: rule ? "rule" : "default",
    answer: command,
    commands: [command],
    ...(ruling.heldBack.length > 0 ? { "held-back": ruling.heldBack } : {}),
    ...(ruling.shadow.length > 0 ? { shadow: ruling.shadow } : {}),
    ...(refused > 0 ? { refused } : {}),
  };
}
