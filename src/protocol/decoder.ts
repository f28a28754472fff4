import { clientNotification } from "./client-notifications.ts";
import { Environment } from "./environment.ts";
import type { Notification } from "./notification.ts";
import { parseNotificationAt } from "./notifications.ts";

export interface DecoderSink {
  notification(notification: Notification): void;
  /** A line that belongs to the oldest waiting command. */
  reply(line: string): void;
  oddity(text: string): void;
}

/** More lines than any environment has; a block that never ends must not grow for ever. */
const LONGEST_BLOCK = 10_000;

/** Replies in the clothing of a notification. */
const REPLY_LIKE = /^>PKCS11ID-(COUNT|ENTRY):/;

/** Where the text of `>CLIENT:` and `>UPDOWN:` begins, and the pair of an `ENV,` line. */
const TEXT = 8;
const PAIR = 12;

interface Block {
  readonly head: "CLIENT" | "UPDOWN";
  readonly env: Environment;
  /** What is told once the block is complete; undefined when its head was told already, as OTHER. */
  readonly told: Notification | undefined;
}

/**
 * Complete lines become notifications and reply lines. Lines that start with `>` are notifications; inside an open
 * block any other line is dispatched by itself, as a LOG line may stand there.
 */
export class Decoder {
  readonly #sink: DecoderSink;
  #block: Block | undefined;

  constructor(sink: DecoderSink) {
    this.#sink = sink;
  }

  line(line: string): void {
    this.take(line, 0, line.length);
  }

  /** A line that stands in a longer text. */
  take(text: string, start: number, end: number): void {
    // Early 2.5 prints an empty line behind a CR_RESPONSE block.
    if (start >= end) return;
    if (text.charCodeAt(start) !== 62) {
      this.#sink.reply(text.slice(start, end));
      return;
    }
    switch (text.charCodeAt(start + 1)) {
      case 67:
        if (text.startsWith(">CLIENT:", start)) return this.#blockLine("CLIENT", text, start, end);
        break;
      case 85:
        if (text.startsWith(">UPDOWN:", start)) return this.#blockLine("UPDOWN", text, start, end);
        break;
      case 80:
        if (text.startsWith(">PKCS11ID-", start) && REPLY_LIKE.test(text.slice(start, end)))
          return this.#sink.reply(text.slice(start, end));
    }
    this.#sink.notification(parseNotificationAt(text, start, end));
  }

  /** The connection ended: an open block is dropped. */
  end(): void {
    if (this.#block) this.#sink.oddity(`The connection ended inside a ${this.#block.head} block`);
    this.#block = undefined;
  }

  #blockLine(head: Block["head"], line: string, start: number, end: number): void {
    if (line.startsWith("ENV,", start + TEXT)) {
      this.#env(head, line, start, end);
      return;
    }
    this.#interrupted();
    const text = line.slice(start + TEXT, end);
    const env = new Environment();
    const parsed = head === "CLIENT" ? clientNotification(text, env) : updown(text, env);
    // What is of no known form is told as it stands; lines of an environment may follow, and are told likewise.
    if (!parsed) this.#sink.notification({ type: "OTHER", name: head, text });
    if (parsed?.type === "CLIENT:ADDRESS") this.#sink.notification(parsed);
    else this.#block = { head, env, told: parsed };
  }

  #env(head: Block["head"], line: string, start: number, end: number): void {
    const block = this.#block;
    if (block?.head !== head) {
      this.#sink.oddity(`A line of a ${head} environment outside of a block`);
      return;
    }
    if (end - start === PAIR + 3 && line.startsWith("END", start + PAIR)) {
      this.#block = undefined;
      if (block.told) this.#sink.notification(block.told);
      return;
    }
    if (block.env.size >= LONGEST_BLOCK) {
      this.#sink.oddity(`A ${head} block of more than ${LONGEST_BLOCK} lines was dropped`);
      this.#block = undefined;
      return;
    }
    let equals = start + PAIR;
    while (equals < end && line.charCodeAt(equals) !== 61) equals++;
    const name = line.slice(start + PAIR, equals);
    block.env.add(name, line.slice(equals + 1, Math.max(equals + 1, end)));
    if (!block.told)
      this.#sink.notification({
        type: "OTHER",
        name: head,
        text: name === "password" ? "ENV,password=<redacted>" : line.slice(start + TEXT, end),
      });
  }

  /** A new head inside an open block never came from OpenVPN; the old one is dropped, as half an environment misleads. */
  #interrupted(): void {
    const block = this.#block;
    this.#block = undefined;
    if (block?.told) this.#sink.oddity(`A ${block.head} block was not ended`);
  }
}

function updown(text: string, env: Environment): Notification | undefined {
  return text === "UP" || text === "DOWN" ? { type: "UPDOWN", up: text === "UP", env } : undefined;
}
