import { type Actor, createActor } from "xstate";
import type { Command, Outcome } from "../protocol/command.ts";
import { Decoder } from "../protocol/decoder.ts";
import { EncodeError, encode } from "../protocol/encoder.ts";
import { LineSplitter, PASSWORD_PROMPT, type TakeLine } from "../protocol/lines.ts";
import type { Notification } from "../protocol/notification.ts";
import { ReplyQueue } from "../protocol/replies.ts";
import { versionIn } from "../protocol/versions.ts";
import type { Clock, Timer } from "../util/clock.ts";
import type { Secret } from "../util/secret.ts";
import { type Address, formatAddress } from "../protocol/address.ts";
import { connectionMachine } from "./connection.machine.ts";
import type { Aside, Link, LinkListener } from "./link.ts";
import { Outbox } from "./outbox.ts";
import { dial, type Dialler, type Transport } from "./transport.ts";
import { machineClock } from "../util/machine-clock.ts";

export interface ConnectionOptions {
  readonly address: Address;
  /** Answers `ENTER PASSWORD:`. */
  readonly password?: () => Secret | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** ms; 5 s */
  readonly greetingTimeout?: number;
  readonly dial?: Dialler;
}

/** A caller waits this long for its reply; the reply keeps its place in the queue. */
const REPLY_TIMEOUT = 10_000;
const SILENCE = 60_000;
const LONGEST_PAUSE = 2_000;
const STOP_TIMEOUT = 2_000;

/** One management connection, made again for ever when it is lost. The only place that talks to OpenVPN. */
export class Connection implements Link {
  readonly #options: ConnectionOptions;
  readonly #name: string;
  readonly #machine: Actor<typeof connectionMachine>;
  #listener: LinkListener | undefined;
  #transport: Transport | undefined;
  #splitter: LineSplitter;
  #decoder: Decoder;
  #replies: ReplyQueue;
  #outbox: Outbox;
  #attached = false;
  #opened = false;
  /** Why the next end of the connection will have come about, where we know better than the socket. */
  #reason: string | undefined;
  #prompts = 0;
  /** A hold was told, and nothing has come of it yet. */
  #held = false;
  /** Who waits for the end, once nothing new is begun; replies to what was written are still taken. */
  #stopping: (() => void)[] | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#name = formatAddress(options.address);
    const times = {
      greeting: options.greetingTimeout ?? 5_000,
      silence: SILENCE,
      longestPause: LONGEST_PAUSE,
    };
    this.#machine = createActor(connectionMachine, {
      input: { times, random: options.random },
      clock: machineClock(options.clock),
    });
    this.#machine.on("open", () => this.#open());
    this.#machine.on("blocked", () =>
      this.#listener?.blocked(
        `${this.#name} gives no greeting: another manager holds the management interface`,
      ),
    );
    this.#machine.on("silent", () => this.#giveUp("no reply for a minute"));
    [this.#splitter, this.#decoder, this.#replies] = this.#fresh();
    this.#outbox = this.#freshOutbox();
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
    const answered = this.#outbox.push(line);
    let timer: Timer | undefined;
    let sending = true;
    const told = (outcome: Outcome): void => {
      timer?.cancel();
      answered();
      if (command.name === "version" && outcome.ok) this.#learn(outcome.lines);
      // A reply is heard before what OpenVPN says behind it, also when both came in one piece.
      if (sending) later(outcome);
      else done(outcome);
    };
    const abandon = this.#replies.expect(command, told, late);
    sending = false;
    timer = this.#options.clock.after(REPLY_TIMEOUT, abandon);
    if (this.#replies.size > 0) this.#machine.send({ type: "asked" });
    else timer.cancel();
  }

  /** Later commands are read by the version that OpenVPN tells. */
  #learn(lines: readonly string[]): void {
    const version = versionIn(lines);
    if (version !== undefined) this.#replies.know({ version });
  }

  stop(done: () => void): void {
    const transport = this.#transport;
    if (!this.#stopping) this.#machine.send({ type: "stop" });
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
    [this.#splitter, this.#decoder, this.#replies] = this.#fresh();
    this.#outbox = this.#freshOutbox();
    this.#reason = undefined;
    this.#prompts = 0;
    this.#held = false;
    this.#opened = false;
    this.#transport = (this.#options.dial ?? dial)(this.#options.address, {
      connected: () => {
        this.#opened = true;
        this.#machine.send({ type: "opened" });
      },
      text: (chunk) => {
        this.#splitter.push(chunk);
        if (this.#attached && !this.#stopping)
          this.#machine.send({ type: "heard", waiting: this.#replies.size > 0 });
      },
      closed: (reason) => this.#closed(reason),
    });
  }

  #freshOutbox(): Outbox {
    return new Outbox((text) => this.#transport?.write(text));
  }

  #fresh(): [LineSplitter, Decoder, ReplyQueue] {
    const oddity = (text: string): void => this.#listener?.oddity(text);
    const replies = new ReplyQueue(oddity);
    const decoder = new Decoder({
      notification: (notification) => this.#notified(notification),
      reply: (line) => this.#replied(line),
      oddity,
    });
    const take: TakeLine = (text, start, end) => this.#line(text, start, end, decoder);
    return [new LineSplitter(take, oddity), decoder, replies];
  }

  #line(text: string, start: number, end: number, decoder: Decoder): void {
    const over = this.#reason !== undefined || (this.#stopping && !this.#attached);
    if (over) return;
    const prompt = !this.#attached && text.slice(start, end) === PASSWORD_PROMPT;
    if (prompt) this.#prompted();
    else decoder.take(text, start, end);
  }

  #prompted(): void {
    const password = this.#options.password?.();
    this.#prompts++;
    if (!password) this.#giveUp("OpenVPN asks for the management password, and none is set");
    // A wrong password is answered by nothing but the prompt again.
    else if (this.#prompts > 1) this.#giveUp("wrong management password");
    else this.#transport?.write(`${password.reveal()}\n`);
  }

  #replied(line: string): void {
    if (this.#attached) this.#replies.take(line);
    else if (line.startsWith("ERROR: bad password")) this.#giveUp("wrong management password");
    else if (line !== "SUCCESS: password is correct")
      this.#listener?.oddity(`A line before the greeting: ${line.slice(0, 100)}`);
  }

  #notified(notification: Notification): void {
    if (this.#attached) {
      if (notification.type === "HOLD") {
        if (this.#held) this.#replies.asked();
        this.#held = true;
      } else if (notification.type === "STATE") this.#held = false;
      if (!this.#stopping) this.#listener?.notification(notification);
      return;
    }
    if (notification.type !== "INFO") {
      this.#listener?.oddity(`A notification before the greeting: ${notification.type}`);
      return;
    }
    this.#attached = true;
    this.#machine.send({ type: "greeted" });
    const managementVersion = Number(/Version (\d+)/.exec(notification.text)?.[1] ?? 1);
    this.#replies.know({ managementVersion });
    this.#listener?.attached({ managementVersion, text: notification.text });
  }

  #giveUp(reason: string): void {
    this.#reason = reason;
    this.#transport?.destroy();
  }

  #closed(socketReason: string | undefined): void {
    const attached = this.#attached;
    this.#attached = false;
    this.#transport = undefined;
    this.#splitter.end();
    this.#decoder.end();
    const reason =
      this.#reason ?? socketReason ?? (attached ? "closed by OpenVPN" : "closed before the greeting");
    this.#replies.fail(reason);
    if (this.#stopping) {
      for (const told of this.#stopping.splice(0)) told();
      return;
    }
    this.#machine.send({ type: "closed" });
    const text = attached ? reason : `Cannot ${this.#opened ? "use" : "connect to"} ${this.#name}: ${reason}`;
    this.#listener?.lost(text, attached);
  }
}
