import { type Actor, createActor } from "xstate";
import type { Command, Outcome } from "../protocol/command.ts";
import { EncodeError, encode } from "../protocol/encoder.ts";
import type { Clock, Timer } from "../util/clock.ts";
import type { Secret } from "../util/secret.ts";
import { type Endpoint, formatAddress } from "../protocol/address.ts";
import { connectionMachine } from "./connection.machine.ts";
import { Conversation } from "./conversation.ts";
import type { Aside, Link, LinkListener } from "./link.ts";
import type { Listening } from "./listen.ts";
import { dial, type Dialler, type Transport, type TransportListener } from "./transport.ts";
import { machineClock } from "../util/machine-clock.ts";

/** We dial OpenVPN, or it dials us. */
export type Way = { readonly address: Endpoint; readonly dial?: Dialler } | { readonly listening: Listening };

export type ConnectionOptions = Way & {
  /** Answers `ENTER PASSWORD:`. */
  readonly password?: () => Secret | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** ms; 5 s */
  readonly greetingTimeout?: number;
  /** A caller waits this long for its reply, ms (10 s); the reply keeps its place in the queue. */
  readonly replyTimeout?: number;
};

const REPLY_TIMEOUT = 10_000;
const SILENCE = 60_000;
const LONGEST_PAUSE = 2_000;
const STOP_TIMEOUT = 2_000;

/** Asked of the one who is served when another one dials: it is answered at any time, unless there is nobody any more. */
const SIGN_OF_LIFE: Command = { name: "pid", args: [] };

/**
 * One management connection, made or waited for again for ever when it is lost. The only place that talks to OpenVPN.
 * An OpenVPN that dialled us exits when we close, and its tunnel with it: it is never given up, whatever it says or does not say.
 */
export class Connection implements Link {
  readonly #options: ConnectionOptions;
  readonly #name: string;
  readonly #machine: Actor<typeof connectionMachine>;
  readonly #listening: Listening | undefined;
  #listener: LinkListener | undefined;
  #transport: Transport | undefined;
  /** Of the present connection, or of the last one. */
  #conversation: Conversation;
  #opened = false;
  /** Why the next end of the connection will have come about, where we know better than the socket. */
  #reason: string | undefined;
  /** Who waits for the end, once nothing new is begun; replies to what was written are still taken. */
  #stopping: (() => void)[] | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#listening = "listening" in options ? options.listening : undefined;
    this.#name = formatAddress("listening" in options ? options.listening.address : options.address);
    const times = {
      greeting: options.greetingTimeout ?? 5_000,
      silence: SILENCE,
      longestPause: LONGEST_PAUSE,
    };
    this.#machine = createActor(connectionMachine, {
      input: { times, random: options.random, listening: this.#listening !== undefined },
      clock: machineClock(options.clock),
    });
    this.#machine.on("open", () => this.#open());
    this.#machine.on("overdue", () => this.#overdue());
    this.#machine.on("silent", () => this.#giveUp("no reply for a minute"));
    this.#listening?.callers.onCrowd((waits) => this.#crowded(waits));
    this.#conversation = this.#begin();
  }

  get #attached(): boolean {
    return this.#transport !== undefined && this.#conversation.attached;
  }

  start(listener: LinkListener): void {
    this.#listener = listener;
    this.#machine.start();
    this.#machine.send({ type: "start" });
  }

  send(command: Command, done: (outcome: Outcome) => void, { late }: Aside = {}): void {
    const later = (outcome: Outcome): void => queueMicrotask(() => done(outcome));
    if (!this.#attached || !this.#transport || this.#stopping) {
      later({ ok: false, error: "lost", text: "not connected" });
      return;
    }
    let line: string;
    try {
      line = encode(command);
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      later({ ok: false, error: "invalid", text: error.message });
      return;
    }
    this.#transport.write(line);
    let timer: Timer | undefined;
    let sending = true;
    const told = (outcome: Outcome): void => {
      timer?.cancel();
      // A reply is heard before what OpenVPN says behind it, also when both came in one piece.
      if (sending) later(outcome);
      else done(outcome);
    };
    const abandon = this.#conversation.expect(command, told, late);
    sending = false;
    timer = this.#options.clock.after(this.#options.replyTimeout ?? REPLY_TIMEOUT, abandon);
    if (this.#conversation.waiting > 0) this.#machine.send({ type: "asked" });
    else timer.cancel();
  }

  stop(done: () => void): void {
    const transport = this.#transport;
    if (!this.#stopping) this.#machine.send({ type: "stop" });
    if (!this.#conversation.attached) this.#conversation.mute();
    this.#listening?.close();
    this.#stopping ??= [];
    if (!transport) {
      done();
      return;
    }
    if (this.#stopping.push(done) > 1) return;
    const timer = this.#options.clock.after(STOP_TIMEOUT, () => transport.destroy());
    this.#stopping.push(() => timer.cancel());
    transport.end();
  }

  #open(): void {
    this.#conversation = this.#begin();
    this.#reason = undefined;
    this.#opened = false;
    const listener: TransportListener = {
      connected: () => {
        this.#opened = true;
        this.#machine.send({ type: "opened" });
      },
      text: (chunk) => {
        const conversation = this.#conversation;
        conversation.push(chunk);
        if (conversation.attached && !this.#stopping)
          this.#machine.send({ type: "heard", waiting: conversation.waiting > 0 });
      },
      closed: (reason) => this.#closed(reason),
    };
    const options = this.#options;
    this.#transport =
      "listening" in options
        ? options.listening.callers.accept(listener)
        : (options.dial ?? dial)(options.address, listener);
  }

  /** No greeting in time. */
  #overdue(): void {
    if (!this.#listening)
      this.#listener?.blocked(
        `${this.#name} gives no greeting: another manager holds the management interface`,
      );
    // One that says nothing at all, or no word of OpenVPN's while another one waits, is no OpenVPN.
    else if (!this.#conversation.heard || (!this.#conversation.prompted && this.#listening.callers.crowded))
      this.#giveUp("no greeting");
  }

  /** Another one has dialled. `waits`: and is kept, not turned away. */
  #crowded(waits: boolean): void {
    if (!waits) this.#listener?.oddity(`${this.#name}: a third OpenVPN dials, and is turned away`);
    else if (this.#attached) this.#askForLife();
    else {
      this.#listener?.oddity(
        `${this.#name}: a second OpenVPN dials, and waits for the greeting of the first`,
      );
      if (this.#machine.getSnapshot().matches({ greeting: "overdue" })) this.#overdue();
    }
  }

  /**
   * Who waits may be a second OpenVPN by mistake, or the same one, started again, where the end of the one before is still to be
   * heard of or got lost with its machine. The kernel or a reply tells: only a reply turns the new one away.
   */
  #askForLife(): void {
    this.#transport?.write(encode(SIGN_OF_LIFE));
    this.#conversation.expect(SIGN_OF_LIFE, (outcome) => {
      if ((outcome.ok || outcome.error === "refused") && this.#listening?.callers.refuse())
        this.#listener?.oddity(
          `${this.#name}: a second OpenVPN dials while one is attached, and is turned away`,
        );
    });
  }

  #begin(): Conversation {
    return new Conversation({
      password: this.#options.password,
      write: (text) => this.#transport?.write(text),
      barred: (reason) => this.#barred(reason),
      oddity: (text) => this.#listener?.oddity(text),
      endless: (text) => {
        this.#listener?.oddity(text);
        if (!this.#listening) this.#giveUp(text);
      },
      attached: (greeting) => {
        this.#machine.send({ type: "greeted" });
        this.#listener?.attached(greeting);
        if (this.#listening?.callers.crowded) this.#askForLife();
      },
      notification: (notification) => {
        if (!this.#stopping) this.#listener?.notification(notification);
      },
    });
  }

  /** OpenVPN does not let us in; the tunnel of one that dialled us may be up all the same. */
  #barred(reason: string): void {
    if (this.#listening) this.#listener?.lost(`Cannot use ${this.#name}: ${reason}`, false);
    else this.#giveUp(reason);
  }

  #giveUp(reason: string): void {
    this.#reason = reason;
    this.#conversation.mute();
    this.#transport?.destroy();
  }

  #closed(socketReason: string | undefined): void {
    const { attached } = this.#conversation;
    this.#transport = undefined;
    const reason =
      this.#reason ?? socketReason ?? (attached ? "closed by OpenVPN" : "closed before the greeting");
    this.#conversation.end(reason);
    if (this.#stopping) {
      for (const told of this.#stopping.splice(0)) told();
      return;
    }
    const text = attached ? reason : `Cannot ${this.#opened ? "use" : "connect to"} ${this.#name}: ${reason}`;
    this.#machine.send({ type: "closed" });
    this.#listener?.lost(text, attached);
  }
}
