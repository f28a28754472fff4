import type { Event } from "../model/event.ts";
import { eventOf } from "../model/daemon.ts";
import { parseEntry, parseWireProto, type Question as RemoteQuestion } from "../policy/dial.ts";
import { keyOf } from "../policy/candidate.ts";
import type { Decision } from "../policy/group.ts";
import type { Command, Outcome } from "../protocol/command.ts";
import type { Notification } from "../protocol/notification.ts";
import { type DaemonQuery, isDaemonQuery } from "../protocol/queries.ts";
import type { DaemonSession } from "./daemon-session.ts";
import type { Timer } from "../util/clock.ts";
import type { Decision as Ruling } from "../rules/decide.ts";
import { withinVersions } from "../protocol/versions.ts";
import { describeAnswer } from "./describe.ts";
import { eventRecord } from "./journal.ts";
import type { Place } from "./moves/context.ts";
import { moveFor } from "./moves/moves.ts";
import type { Answer } from "../rules/answer.ts";
import { Desk } from "./desk.ts";
import type { Question } from "./question.ts";
import type { SessionHost } from "./session-host.ts";
import { readCertificates } from "./signing/key-file.ts";

type RemoteQuery = Extract<Notification, { type: "REMOTE" }>;
type NeedType = Exclude<DaemonQuery, "HOLD" | "REMOTE">;

/** What OpenVPN needs before it goes on. */
export type NeedQuery = Extract<Notification, { type: NeedType }>;

export function isNeed(notification: Notification): notification is NeedQuery {
  const { type } = notification;
  return type !== "HOLD" && type !== "REMOTE" && isDaemonQuery(type);
}

/** What one daemon asks, and what the answers need to know of it. */
export class Asking {
  readonly desk: Desk;
  /** The next question is one that OpenVPN repeats for a new controller. */
  reannounced = false;
  /** Until then a repeated question may be one that OpenVPN has yet to act upon. */
  #echo: Timer | undefined;
  readonly #session: DaemonSession;
  readonly #host: SessionHost;
  #asked: RemoteQuestion | undefined;
  #lastRelease = 0;
  /** What rules said of the proxy for the remote of this question. */
  #ruling: { readonly event: Event; readonly id: string; readonly decision: Ruling } | undefined;

  constructor(
    session: DaemonSession,
    host: SessionHost,
    send: (command: Command, cause: string | undefined, done: (outcome: Outcome) => void) => void,
  ) {
    this.#session = session;
    this.#host = host;
    const daemon = session.spec.name;
    this.desk = new Desk({
      daemon,
      dryRun: host.dryRun,
      now: () => host.clock.now(),
      after: (delay, callback) => host.clock.after(delay, callback),
      load: (table, key) => host.store.get(table, key),
      save: (table, key, value) =>
        value === undefined ? host.store.delete(table, key) : host.store.put(table, key, value),
      rule: (id) => host.rule(id),
      fallback: (query) => host.fallback(query),
      forbidsDirect: (question) => this.#mustProxy(question),
      decide: (event) => host.ask(event),
      move: (question) =>
        moveFor(question, {
          daemon,
          dial: session.attempts.dial,
          asked: this.#asked,
          env: (asked) => host.env(asked.event),
          holdSituation: (asked) => ({
            now: host.clock.now(),
            wait: Number(asked.event.fields["wait"] ?? 0),
            lastRelease: this.#lastRelease,
            holds: session.attempts.holds,
            peek: host.remotes.peek(daemon, session.attempts.dial),
            env: host.env(asked.event),
            random: host.random,
            closesAt: (window) => host.windows.closesAt(window),
          }),
          group: (name) => host.remotes.group(name),
          consult: (asked) => host.consult(asked),
          spent: (realm, budget) => host.logins.spent(daemon, realm, budget),
          login: (asked, credentials) => this.#login(asked, credentials),
          loggedIn: (realm) => session.model.answered(realm),
          certificates: (path) => readCertificates(path),
          proxies: (name) => host.proxies.group(name),
          proxyFor: (asked, target) => this.#proxyFor(asked, target),
          mustProxy: (asked) => this.#mustProxy(asked),
          consultProxy: (asked, target, answer) => {
            const rule = this.#ruling?.decision.winner;
            return host.consult({ query: "PROXY", event: this.#proxyEvent(asked, target), answer, rule });
          },
          proxied: (proxy) => host.proxies.took(daemon, proxy),
          exhausted: (name, why) => host.proxies.exhausted(daemon, name, why),
          released: () => this.#released(),
          skipping: (count) => {
            // It may be all that the next engine knows of it.
            if (session.attempts.dial.skipping(count)) session.attempts.save();
          },
          dialled: (decision, group) => this.#dialled(decision, group),
        }),
      send,
      fire: (firing, cause) => host.fire(firing, cause),
      drain: () => host.drain(),
      journal: (kind, fields) => host.journal.write(kind, daemon, fields),
    });
  }

  hold(event: Event): void {
    if (this.#isEcho("HOLD", () => this.hold(event))) return;
    const { attempts } = this.#session;
    if (!this.desk.repeats("HOLD")) attempts.holds++;
    this.desk.asked("HOLD", "HOLD", event, this.#isReannounced());
  }

  need(query: NeedQuery): void {
    const identity = identityOf(query);
    if (this.#isEcho(identity, () => this.need(query))) return;
    const now = this.#host.clock.now();
    const { model, spec } = this.#session;
    const happening = model.apply(query, now, this.desk.repeats(identity));
    const reannounced = this.#isReannounced();
    if (happening) this.desk.asked(query.type, identity, eventOf(happening, spec.name, now), reannounced);
  }

  /** OpenVPN moved on: a question that was told before is over. */
  movedOn(): void {
    this.#echo?.cancel();
  }

  /** A question that was over before we could answer it. */
  passed(query: RemoteQuery): void {
    this.#isReannounced();
    const parsed = parseWireProto(query.proto);
    const { dial } = this.#session.attempts;
    const asked = parsed && { host: query.host, port: query.port, ...parsed };
    if (asked && dial.knows(asked) === undefined) dial.asked(asked);
  }

  remote(query: RemoteQuery): void {
    const parsed = parseWireProto(query.proto);
    if (!parsed) {
      const error = `Unknown protocol '${query.proto}' in a REMOTE question`;
      this.#host.journal.write("error", this.#session.spec.name, { error });
      return;
    }
    const { host, port, proto: wire_proto } = query;
    const asked: RemoteQuestion = { host, port, ...parsed };
    const identity = `REMOTE ${host} ${port} ${wire_proto}`;
    if (this.#isEcho(identity, () => this.remote(query))) return;
    const reannounced = this.#isReannounced();
    const { attempts, spec } = this.#session;
    const decide = (): void => {
      this.#asked = asked;
      if (attempts.dial.knows(asked) === "open") attempts.dial.toldAgain(asked);
      else attempts.dial.asked(asked);
      const { proto, family } = asked;
      const fields = { host, port, proto, family, wire_proto, attempt: attempts.tries + 1 };
      const event: Event = { type: "REMOTE", at: this.#host.clock.now(), daemon: spec.name, fields };
      this.desk.asked("REMOTE", identity, event, reannounced);
      this.#host.drain();
    };
    if (attempts.dial.entries || !attempts.dial.skipCount) decide();
    else this.readEntries(decide);
  }

  /** Reads the list of remotes (2.6 and later); without it the groups learn entries from the questions. */
  readEntries(done: () => void): void {
    const session = this.#session;
    const heard = (outcome: Outcome): void => {
      // Nothing is decided before the reply has come, and on the next connection OpenVPN asks again.
      if (!outcome.ok && (outcome.error === "timeout" || outcome.error === "lost")) return;
      if (outcome.ok) {
        const entries = outcome.lines.map(parseEntry).filter((entry) => entry !== undefined);
        session.attempts.dial.setEntries(entries);
        session.attempts.save();
        this.#host.remotes.entriesKnown(session);
      }
      done();
    };
    session.command({ name: "remote-entry-get", args: ["all"] }, undefined, heard, heard);
  }

  /** With --management-query-remote OpenVPN asks for no proxy (from 2.4 on): what it would be told goes before the remote. */
  #proxyFor(question: Question, target: Place): Answer | undefined {
    const { model } = this.#session;
    if (!this.#host.proxyRules || question.query !== "REMOTE") return undefined;
    if (model.version !== "" && withinVersions(model.version, { until: "2.3" })) return undefined;
    const id = keyOf(target);
    // The same question gets the same answer: no count or throttle goes twice.
    if (this.#ruling?.event !== question.event || this.#ruling.id !== id) {
      const event = this.#proxyEvent(question, target);
      const decision = this.#host.ask(event);
      this.#ruling = { event: question.event, id, decision };
      const answer = decision.winner?.answer;
      this.#host.journal.write("event", this.#session.spec.name, {
        event: eventRecord(event),
        ...(decision.winner ? { rule: decision.winner.id } : {}),
        ...(answer ? { answer: describeAnswer(answer) } : {}),
        ...(decision.heldBack.length > 0 ? { "held-back": decision.heldBack } : {}),
      });
    }
    return this.#ruling.decision.winner?.answer ?? this.#host.fallback("PROXY");
  }

  #proxyEvent({ event }: Question, { host, port, proto }: Place): Event {
    return { ...event, type: "PROXY", fields: { host, port, proto, synthetic: true } };
  }

  #mustProxy({ query, answer, rule, proxy }: Question): boolean {
    const { proxies } = this.#host;
    if (query === "PROXY") return proxies.forbidsDirect(answer) || proxies.forbidsDirect(rule?.answer);
    if (query !== "REMOTE") return false;
    return proxies.forbidsDirect(proxy) || proxies.forbidsDirect(this.#ruling?.decision.winner?.answer);
  }

  #login({ event }: Question, credentials: Extract<Answer, { kind: "credentials" }>): Promise<Answer> {
    const realm = String(event.fields["realm"]);
    return this.#host.logins.login(
      {
        ...{ daemon: this.#session.spec.name, realm },
        asksUsername: event.fields["username"] === true,
        challenge: this.#session.model.challenge(realm, this.#host.clock.now()),
        env: this.#host.env(event),
      },
      credentials,
    );
  }

  #released(): void {
    this.#lastRelease = this.#host.clock.now();
    this.#session.attempts.save();
  }

  /** Told again and answered a moment ago: OpenVPN has yet to act, and would take no second answer. If it still stands then, it is a new one. */
  #isEcho(identity: string, ask: () => void): boolean {
    const left = this.reannounced ? this.desk.echo(identity) : 0;
    if (left <= 0) return false;
    this.#isReannounced();
    this.#echo = this.#host.clock.after(left, () => {
      ask();
      this.#host.drain();
    });
    return true;
  }

  #isReannounced(): boolean {
    const { reannounced } = this;
    this.reannounced = false;
    return reannounced;
  }

  #dialled(decision: Decision, group: string | undefined): void {
    const asked = this.#asked;
    const { attempts } = this.#session;
    attempts.dial.answered(decision);
    if (!asked || (decision.kind !== "accept" && decision.kind !== "mod")) {
      attempts.save();
      return;
    }
    const { host = "", port = 0 } = decision.kind === "mod" ? decision : asked;
    const { proto } = asked;
    const since = this.#host.clock.now();
    const { again } = decision;
    attempts.start({
      ...{ host, port, proto, since },
      ...(again ? { again } : {}),
      ...(group === undefined ? {} : { group }),
    });
  }
}

/** Two questions are the same when all that OpenVPN says is. */
function identityOf({ type, ...said }: NeedQuery): string {
  return `${type} ${JSON.stringify(said)}`;
}
