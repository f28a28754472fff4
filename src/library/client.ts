import { Connection, type Way } from "../connection/connection.ts";
import type { LinkListener } from "../connection/link.ts";
import type { Command, Outcome, Reply } from "../protocol/command.ts";
import { command as commands } from "../protocol/constructors.ts";
import { refusal } from "../protocol/danger.ts";
import { formOf } from "../protocol/forms.ts";
import type { Notification } from "../protocol/notification.ts";
import { valueOf, type ValueOf } from "../protocol/values.ts";
import { Watch } from "../protocol/watch.ts";
import { systemClock } from "../util/clock.ts";
import type { Secret } from "../util/secret.ts";
import { Backlog } from "./backlog.ts";
import { isCommand, shapeless } from "./command-shape.ts";
import { CommandError, ConnectError } from "./errors.ts";

/** What a client tells besides notifications. */
export interface ClientListener {
  /** A connection stands, at first and after each reconnect; what was subscribed to is on. */
  readonly attached?: (greeting: { readonly managementVersion: number; readonly text: string }) => void;
  /** A connection ended, or an attempt failed. */
  readonly lost?: (reason: string) => void;
  /** Another manager holds the interface; we are served when it leaves. */
  readonly blocked?: (reason: string) => void;
  /** Bytes that fit no rule of the protocol. */
  readonly oddity?: (text: string) => void;
}

export interface ClientSetup extends ClientListener {
  readonly way: Way;
  readonly password: (() => Secret | undefined) | undefined;
  readonly reconnect: boolean;
  readonly subscribe: readonly Command[];
  readonly backlog: number;
  /** ms */
  readonly replyTimeout: number;
}

export interface SendOptions {
  /** Sends it also when it would harm OpenVPN as things stand. */
  readonly insist?: boolean;
}

/** A reply with what it says: `value` by the command's name. */
export type ReplyTo<N extends string> = Reply & { readonly value: ValueOf<N> };

/** Commands that may harm: what they would do is looked into before. */
const LOOKED_INTO = /^(signal|log|verb|pkcs11-id-.*)$/;

/** One daemon's management interface. Iterate over it for its notifications. */
export class Client implements AsyncIterable<Notification>, AsyncDisposable {
  /** Resolves with the reason when all is over: closed by us, or lost without reconnecting. Never rejects. */
  readonly closed: Promise<string>;
  readonly #setup: ClientSetup;
  readonly #connection: Connection;
  readonly #backlog: Backlog<Notification>;
  readonly #close: (reason: string) => void;
  readonly #ready = Promise.withResolvers<void>();
  #watch: Watch;
  #looking: Promise<void> | undefined;
  #over = false;

  constructor(setup: ClientSetup) {
    this.#setup = setup;
    this.#backlog = new Backlog(setup.backlog);
    const { promise, resolve } = Promise.withResolvers<string>();
    this.closed = promise;
    this.#close = resolve;
    this.#watch = this.#newWatch();
    const { password } = setup;
    this.#connection = new Connection({
      ...setup.way,
      ...(password ? { password } : {}),
      clock: systemClock,
      random: Math.random,
      replyTimeout: setup.replyTimeout,
    });
  }

  /** Resolves once attached. Rejects with ConnectError; without `reconnect` at the first failure. */
  async start(): Promise<void> {
    this.#connection.start(this.#listener());
    await this.#ready.promise;
  }

  /** Gives up connecting. */
  async abandon(reason: string): Promise<void> {
    this.#ready.reject(new ConnectError(reason));
    await this.#end(reason);
  }

  /** Sends a command; resolves with its reply. Commands go out in the order of the calls. Rejects with CommandError. */
  send<const N extends string>(command: Command<N>, options: SendOptions = {}): Promise<ReplyTo<N>> {
    const given: unknown = command;
    if (!isCommand(given)) return Promise.reject(shapeless(given));
    const insist = options.insist === true;
    const look = !insist && LOOKED_INTO.test(command.name);
    const before = this.#looking;
    if (!before && !look) return this.#send(command, insist);
    const looked = Promise.resolve(before).then(() => (look ? this.#look() : undefined));
    this.#looking = looked;
    const reply = looked.then(() => this.#send(command, insist));
    void looked.then(() => {
      if (this.#looking === looked) this.#looking = undefined;
    });
    return reply;
  }

  /**
   * What OpenVPN tells, from the greeting on. It is read whether it is taken or not, for OpenVPN stands still while its manager does not
   * read: who takes too slowly gets a BacklogError. Loops that run at once share what comes.
   */
  [Symbol.asyncIterator](): AsyncGenerator<Notification, void, void> {
    return this.#backlog[Symbol.asyncIterator]();
  }

  /** Writes out what was sent and closes. An OpenVPN that dialled us exits. */
  async close(): Promise<void> {
    await this.#looking;
    await this.#end("closed");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #send<N extends string>(command: Command<N>, insist: boolean): Promise<ReplyTo<N>> {
    // What is no command at all is told as such.
    const danger = insist || !formOf(command) ? undefined : refusal(command, this.#watch.situation);
    if (danger !== undefined) throw new CommandError("dangerous", command, danger);
    const outcome = await this.#ask(command);
    if (!outcome.ok) throw new CommandError(outcome.error, command, outcome.text);
    return { ...outcome, value: valueOf(command, outcome) };
  }

  #ask(command: Command): Promise<Outcome> {
    return new Promise((resolve) => {
      const watch = this.#watch;
      this.#connection.send(command, (outcome) => {
        watch.replied(command, outcome);
        resolve(outcome);
      });
    });
  }

  /** State and verbosity may have changed without a word to us. */
  async #look(): Promise<void> {
    await Promise.all([this.#ask(commands.state.current()), this.#ask(commands.verb())]);
  }

  #listener(): LinkListener {
    const setup = this.#setup;
    return {
      attached: (greeting) => {
        this.#watch = this.#newWatch(greeting.managementVersion);
        void this.#attached().then((attached) => {
          if (!attached) return;
          setup.attached?.(greeting);
          this.#ready.resolve();
        });
      },
      lost: (reason) => {
        setup.lost?.(reason);
        if (setup.reconnect) return;
        this.#ready.reject(new ConnectError(reason));
        void this.#end(reason);
      },
      blocked: (reason) => {
        setup.blocked?.(reason);
        if (!setup.reconnect) void this.abandon(reason);
      },
      notification: (notification) => {
        this.#watch.heard(notification);
        this.#backlog.push(notification);
      },
      oddity: (text) => setup.oddity?.(text),
    };
  }

  /** The version is asked for, so that replies are read by it; false when the connection ended meanwhile. */
  async #attached(): Promise<boolean> {
    const lost = await Promise.all(
      [commands.version(), ...this.#setup.subscribe].map((command) =>
        this.send(command).then(
          () => false,
          (error: unknown) => error instanceof CommandError && error.code === "lost",
        ),
      ),
    );
    return !lost.includes(true);
  }

  #newWatch(managementVersion?: number): Watch {
    const daemon = managementVersion === undefined ? {} : { managementVersion };
    return new Watch(daemon, "listening" in this.#setup.way);
  }

  async #end(reason: string): Promise<void> {
    if (!this.#over) {
      this.#over = true;
      await new Promise<void>((done) => this.#connection.stop(done));
      this.#backlog.end();
      this.#close(reason);
    }
    await this.closed;
  }
}
