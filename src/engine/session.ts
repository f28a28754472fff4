import type { Link, LinkListener } from "../connection/link.ts";
import { DaemonModel, eventOf } from "../model/daemon.ts";
import type { DaemonView, Event, RemoteView } from "../model/event.ts";
import { endReason, rereadsConfiguration } from "../model/failure.ts";
import type { Command, Outcome } from "../protocol/command.ts";
import { lookup } from "../protocol/commands.ts";
import { display } from "../protocol/encoder.ts";
import type { Notification, StateNotification } from "../protocol/notification.ts";
import { TurnClock } from "../util/turn.ts";
import type { DaemonSpec } from "../rules/rulebook.ts";
import { Asking, isNeed } from "./asking.ts";
import { ServerSide } from "./clients/server-side.ts";
import { Attempts } from "./attempts.ts";
import type { DaemonSession } from "./daemon-session.ts";
import type { Desk } from "./desk.ts";
import { isMove, sorted } from "./early.ts";
import { recall, recognize } from "./recall.ts";
import type { SessionHost } from "./session-host.ts";
import { startUp } from "./startup.ts";

type Heard = (outcome: Outcome) => void;
type Send = (command: Command, cause: string | undefined, done: Heard) => void;

/** One daemon: its connection, what we believe of it, its open question, its attempts. */
export class Session implements LinkListener, DaemonSession {
  readonly spec: DaemonSpec;
  readonly model: DaemonModel;
  readonly attempts: Attempts;
  /** Its clients, where it is a server. */
  readonly server: ServerSide;
  readonly #asking: Asking;
  readonly #host: SessionHost;
  readonly #turn: TurnClock;
  readonly #link: Link;
  /** What came between the greeting and the end of the start-up list. */
  #early: Notification[] | undefined;
  /** Attached, and what happened before is known. */
  #settled = false;
  #lastReason: string | undefined;
  logOn = false;
  everAttached = false;

  constructor(spec: DaemonSpec, link: Link, host: SessionHost) {
    this.spec = spec;
    this.#link = link;
    this.#host = host;
    this.#turn = new TurnClock(host.clock);
    this.model = new DaemonModel(spec.name, host.clock);
    this.attempts = new Attempts(spec.name, host.store);
    const send: Send = (command, cause, done) => this.#send(command, cause, done, done);
    this.#asking = new Asking(this, host, send);
    this.server = new ServerSide(this, host, send);
  }

  start(): void {
    this.#link.start(this);
  }

  stop(done: () => void): void {
    this.#asking.movedOn();
    this.desk.stop();
    this.server.stop();
    this.#link.stop(done);
  }

  view(): DaemonView {
    return { ...this.model.view(), attempts: this.attempts.tries };
  }

  remote(): RemoteView | undefined {
    const attempt = this.attempts.current;
    return this.attempts.view(attempt ? this.#host.remotes.failures(attempt) : 0);
  }

  /** Whether the daemon's state is known. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Where the open question lies. */
  get desk(): Desk {
    return this.#asking.desk;
  }

  /** Why the interface is not ours at present. */
  get trouble(): string | undefined {
    return this.#lastReason;
  }

  /** The question that is open, by name. */
  get question(): string | undefined {
    return this.desk.open?.query;
  }

  /** In a dry run only what looks and listens is sent; answers to questions go their own way. */
  command(command: Command, cause: string | undefined, done: Heard, late?: Heard): void {
    if (!this.#host.dryRun || looksOnly(command)) {
      this.#send(command, cause, done, late);
      return;
    }
    this.#host.journal.write("command", this.spec.name, { command: display(command), "dry-run": true });
    queueMicrotask(() => done({ ok: false, error: "invalid", text: "not sent in a dry run" }));
  }

  #send(command: Command, cause: string | undefined, done: Heard, late?: Heard): void {
    const started = this.#host.clock.now();
    const heard = (outcome: Outcome, tell?: Heard): void => {
      this.#host.journal.write("command", this.spec.name, {
        command: display(command),
        ...(outcome.ok
          ? { reply: outcome.text === "" ? "" : `SUCCESS: ${outcome.text}` }
          : { error: outcome.error, reply: outcome.text }),
        ms: this.#host.clock.now() - started,
        ...(cause === undefined ? {} : { cause }),
      });
      if (
        outcome.ok &&
        command.name === "hold" &&
        command.args[0] === "release" &&
        this.desk.open?.phase === "waiting"
      )
        this.desk.over();
      this.#leaks(command, outcome);
      tell?.(outcome);
      this.#host.drain();
    };
    this.#link.send(command, (outcome) => heard(outcome, done), {
      late: (outcome) => heard(outcome, late),
      own: cause === undefined,
    });
  }

  /** Asked for a proxy, OpenVPN takes none that it does not understand, and goes direct at once. */
  #leaks({ name, args }: Command, outcome: Outcome): void {
    if (name !== "proxy" || outcome.ok || outcome.error !== "refused" || this.question !== "PROXY") return;
    if (this.desk.forbidsDirect)
      this.#host.proxies.leaking(this, `proxy ${String(args[0] ?? "")}: ${outcome.text}`);
  }

  attached(greeting: { managementVersion: number; text: string }): void {
    this.model.attached = true;
    this.everAttached = true;
    this.#lastReason = undefined;
    this.#asking.reannounced = true;
    this.#early = [];
    this.#host.journal.write("attached", this.spec.name, {
      address: this.spec.management,
      "management-version": greeting.managementVersion,
    });
    this.attempts.dial.skipCount = greeting.managementVersion >= 4;
    startUp(this, greeting.managementVersion, this.#host, (states, another) => this.#ready(states, another));
  }

  lost(reason: string, attached: boolean): void {
    const before = this.model.attached;
    this.model.attached = false;
    this.#settled = false;
    this.#early = undefined;
    this.#asking.movedOn();
    this.desk.lost();
    this.server.stop();
    // Attempts to connect go on for ever: the same reason is said once.
    if (attached || reason !== this.#lastReason) this.#host.journal.write("lost", this.spec.name, { reason });
    this.#lastReason = attached ? undefined : reason;
    if (!attached && !before) return;
    for (const type of ["daemon.attached", "BYTECOUNT"]) this.#host.decisions.end(type, this.spec.name);
    this.#raise("daemon.lost", { reason });
    this.#host.drain();
  }

  blocked(reason: string): void {
    this.#lastReason = reason;
    this.#host.journal.write("blocked", this.spec.name, { reason });
    this.#raise("daemon.blocked", { reason });
    this.#host.drain();
  }

  oddity(text: string): void {
    this.#host.journal.write("error", this.spec.name, { error: text });
  }

  notification(notification: Notification): void {
    if (this.#early) this.#early.push(notification);
    else this.#take(notification);
    this.#host.drain();
  }

  /** A group's health changed: what was waited for may be here. */
  reconsider(): void {
    if (this.model.attached && !this.#early) this.desk.reconsider();
  }

  /** The start-up list is through: what is known is put in its place, then what OpenVPN asked meanwhile is answered. */
  #ready(states: readonly StateNotification[], another: boolean): void {
    if (another) this.#replaced();
    const settle = (): void => this.server.attached(states, () => this.#settle(states));
    if (states.length > 0 && this.#host.remotes.wantsEntries(this)) this.#asking.readEntries(settle);
    else {
      this.#host.remotes.entriesKnown(this);
      settle();
    }
  }

  /** What went on in another process, and what that one asked, has ended with it. */
  #replaced(): void {
    const { name } = this.spec;
    for (const type of ["STATE", "BYTECOUNT", "remote.connected"]) this.#host.decisions.end(type, name);
    this.desk.over();
    this.#host.remotes.forget(name);
  }

  #settle(states: readonly StateNotification[]): void {
    if (!this.model.attached) return;
    recall(this, this.#host, states);
    for (const type of ["daemon.lost", "daemon.blocked"]) this.#host.decisions.end(type, this.spec.name);
    this.#settled = true;
    this.#host.decisions.resume(this.spec.name);
    this.#raise("daemon.attached", { reason: "greeting" });
    this.#host.drain();
    const early = sorted(this.#early ?? [], states);
    this.#early = undefined;
    for (const { notification, over } of early) {
      if (!over) this.#take(notification);
      else if (notification.type === "REMOTE") this.#asking.passed(notification);
    }
    this.#asking.reannounced = false;
    this.#host.drain();
  }

  #take(notification: Notification): void {
    // Of thousands of clients this is nearly all that OpenVPN says.
    if (notification.type === "BYTECOUNT_CLI") {
      const now = this.#turn.now();
      const isHeard = this.#host.decisions.hears(notification.type);
      if (!isHeard) this.model.count(notification, now);
      this.server.traffic(notification, now, this.#asking.reannounced);
      if (!isHeard) return;
    }
    const now = this.#host.clock.now();
    if (notification.type === "STATE") this.desk.over();
    if (isMove(notification)) this.#asking.movedOn();
    if (notification.type === "REMOTE") {
      this.#asking.remote(notification);
      return;
    }
    if (isNeed(notification)) {
      this.#asking.need(notification);
      return;
    }
    const happening = this.model.apply(notification, now);
    if (!happening) return;
    const event = eventOf(happening, this.spec.name, now);
    if (notification.type === "HOLD") {
      this.#asking.hold(event);
      return;
    }
    if (notification.type === "PASSWORD:FAILED") this.#refused(notification);
    if (notification.type === "STATE") this.#moved(notification, event, now);
    else if (this.server.takes(event)) return;
    else this.#host.raise(event);
  }

  #refused({ realm, reason }: Extract<Notification, { type: "PASSWORD:FAILED" }>): void {
    const isChallenge = reason.startsWith("CRV1:");
    const isTemporary = reason.startsWith("TEMP");
    this.#host.logins.refused(this.spec.name, realm, { isChallenge, isTemporary });
  }

  #moved(state: StateNotification, event: Event, now: number): void {
    if (state.name === "CONNECTED") recognize(this, this.#host, state);
    if (state.name === "CONNECTED") this.#host.logins.forgive(this.spec.name);
    this.#host.proxies.moved(this, state);
    const news = state.name === "CONNECTED" ? this.attempts.connected(now, state) : undefined;
    const ended =
      state.name === "RECONNECTING" || state.name === "EXITING" ? this.attempts.end(state.detail) : undefined;
    if (state.name === "RECONNECTING" && rereadsConfiguration(state.detail))
      this.attempts.dial.setEntries(undefined);
    if (ended) this.#host.decisions.end("remote.connected", this.spec.name);
    // First the notification itself, then what follows from it.
    this.#host.raise(event);
    this.server.moved(state);
    if (news) this.#host.remotes.connected(this, news, "raise");
    if (state.name !== "RECONNECTING" && state.name !== "EXITING") return;
    const isProxys = this.#host.proxies.ended(this.spec.name, state.detail);
    if (ended)
      this.#host.remotes.ended(
        this,
        ended,
        isProxys ? "other" : endReason(state.detail),
        state.detail,
        "raise",
      );
  }

  #raise(type: string, fields: Record<string, unknown>): void {
    this.#host.raise({ type, at: this.#host.clock.now(), daemon: this.spec.name, fields });
  }
}

/** Commands without arguments that change nothing. */
const READS = new Set(["pid", "verb", "status", "load-stats", "remote-entry-count"]);

/** Commands that change nothing in OpenVPN but what it tells us. */
function looksOnly({ name, args }: Command): boolean {
  if (name === "remote-entry-get" || name === "status" || lookup(name)?.subscription === true) return true;
  return args.length === 0 && READS.has(name);
}
