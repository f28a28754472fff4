import type { Command, Outcome } from "../protocol/command.ts";
import { Decoder } from "../protocol/decoder.ts";
import { LineSplitter, PASSWORD_PROMPT } from "../protocol/lines.ts";
import type { Notification } from "../protocol/notification.ts";
import { ReplyQueue } from "../protocol/replies.ts";
import { versionIn } from "../protocol/versions.ts";
import type { Secret } from "../util/secret.ts";
import type { LinkListener } from "./link.ts";
import { Login } from "./login.ts";

export interface ConversationHost extends Pick<LinkListener, "attached" | "notification" | "oddity"> {
  readonly password: (() => Secret | undefined) | undefined;
  write(text: string): void;
  /** OpenVPN does not let us in. */
  barred(reason: string): void;
  /** A reply does not end. */
  endless(text: string): void;
}

/** What is said over one connection, from its first byte to its last: log in, greeting, notifications, replies in their order. */
export class Conversation {
  readonly #host: ConversationHost;
  readonly #splitter: LineSplitter;
  readonly #decoder: Decoder;
  readonly #replies: ReplyQueue;
  readonly #login: Login;
  #attached = false;
  #heard = false;
  #over = false;
  /** A hold was told, and nothing has come of it yet. */
  #held = false;

  constructor(host: ConversationHost) {
    this.#host = host;
    const oddity = (text: string): void => host.oddity(text);
    this.#replies = new ReplyQueue(oddity, (text) => host.endless(text));
    this.#login = new Login(host.password, {
      write: (text) => host.write(text),
      barred: (reason) => host.barred(reason),
      oddity,
    });
    this.#decoder = new Decoder({
      notification: (notification) => this.#notified(notification),
      reply: (line) => (this.#attached ? this.#replies.take(line) : this.#login.reply(line)),
      oddity,
    });
    this.#splitter = new LineSplitter((text, start, end) => this.#line(text, start, end), oddity);
  }

  /** The greeting came: the interface is ours. */
  get attached(): boolean {
    return this.#attached;
  }

  /** Anything came at all. */
  get heard(): boolean {
    return this.#heard;
  }

  /** It asked for the management password. */
  get prompted(): boolean {
    return this.#login.prompted;
  }

  /** How many replies are still to come. */
  get waiting(): number {
    return this.#replies.size;
  }

  push(chunk: string): void {
    this.#heard = true;
    this.#splitter.push(chunk);
  }

  /**
   * A command was written. Returns a function that gives up waiting: its place is kept, its caller told. `late` is told the reply
   * that comes after that.
   */
  expect(command: Command, done: (outcome: Outcome) => void, late?: (outcome: Outcome) => void): () => void {
    const told = (outcome: Outcome): void => {
      // Later commands are read by the version that OpenVPN tells.
      const version = command.name === "version" && outcome.ok ? versionIn(outcome.lines) : undefined;
      if (version !== undefined) this.#replies.know({ version });
      done(outcome);
    };
    return this.#replies.expect(command, told, late);
  }

  /** Nothing more of it counts. */
  mute(): void {
    this.#over = true;
  }

  /** The connection ended. */
  end(reason: string): void {
    this.#splitter.end();
    this.#decoder.end();
    this.#replies.fail(reason);
  }

  #line(text: string, start: number, end: number): void {
    if (this.#over) return;
    const prompt = !this.#attached && text.slice(start, end) === PASSWORD_PROMPT;
    if (prompt) this.#login.prompt();
    else this.#decoder.take(text, start, end);
  }

  #notified(notification: Notification): void {
    if (!this.#attached) {
      this.#greeted(notification);
      return;
    }
    if (notification.type === "HOLD") {
      if (this.#held) this.#replies.asked();
      this.#held = true;
    } else if (notification.type === "STATE") this.#held = false;
    this.#host.notification(notification);
  }

  #greeted(notification: Notification): void {
    if (notification.type !== "INFO") {
      this.#host.oddity(`A notification before the greeting: ${notification.type}`);
      return;
    }
    this.#attached = true;
    const managementVersion = Number(/Version (\d+)/.exec(notification.text)?.[1] ?? 1);
    this.#replies.know({ managementVersion });
    this.#host.attached({ managementVersion, text: notification.text });
  }
}
