import type { EnvBlock, Notification } from "./notification.ts";
import { parseNotificationAt } from "./notifications.ts";

export interface DecoderSink {
  notification(notification: Notification): void;
  /** A line that belongs to the oldest waiting command. */
  reply(line: string): void;
  oddity(text: string): void;
}

/** More lines than any environment has; a block that never ends must not grow for ever. */
const LONGEST_BLOCK = 10_000;

/** CLIENT kinds that come as one line, without an environment. */
const SINGLE_LINE = new Set(["ADDRESS"]);

/** Replies in the clothing of a notification. */
const REPLY_LIKE = /^>PKCS11ID-(COUNT|ENTRY):/;

/** Where the text of `>CLIENT:` and `>UPDOWN:` begins, and the pair of an `ENV,` line. */
const TEXT = 8;
const PAIR = 12;

type Block = {
  readonly head: "CLIENT" | "UPDOWN";
  readonly kind: string;
  readonly args: string;
  env: [string, string][];
};

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
        if (text.startsWith(">CLIENT:", start)) return this.#client(text, start, end);
        break;
      case 85:
        if (text.startsWith(">UPDOWN:", start)) return this.#updown(text, start, end);
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

  #client(line: string, start: number, end: number): void {
    if (line.startsWith("ENV,", start + TEXT)) {
      this.#env("CLIENT", line, start, end);
      return;
    }
    const text = line.slice(start + TEXT, end);
    const comma = text.indexOf(",");
    const kind = comma < 0 ? text : text.slice(0, comma);
    const args = comma < 0 ? "" : text.slice(comma + 1);
    this.#interrupted();
    if (SINGLE_LINE.has(kind)) this.#sink.notification({ type: "CLIENT", kind, args, env: [] });
    else this.#block = { head: "CLIENT", kind, args, env: [] };
  }

  #updown(line: string, start: number, end: number): void {
    if (line.startsWith("ENV,", start + TEXT)) {
      this.#env("UPDOWN", line, start, end);
      return;
    }
    const text = line.slice(start + TEXT, end);
    this.#interrupted();
    if (text === "UP" || text === "DOWN") this.#block = { head: "UPDOWN", kind: text, args: "", env: [] };
    else this.#sink.notification({ type: "OTHER", name: "UPDOWN", text });
  }

  #env(head: Block["head"], line: string, start: number, end: number): void {
    const block = this.#block;
    if (block?.head !== head) {
      this.#sink.oddity(`A line of a ${head} environment outside of a block`);
      return;
    }
    if (end - start === PAIR + 3 && line.startsWith("END", start + PAIR)) {
      this.#block = undefined;
      this.#sink.notification(finished(block));
      return;
    }
    if (block.env.length >= LONGEST_BLOCK) {
      this.#sink.oddity(`A ${head} block of more than ${LONGEST_BLOCK} lines was dropped`);
      this.#block = undefined;
      return;
    }
    let equals = start + PAIR;
    while (equals < end && line.charCodeAt(equals) !== 61) equals++;
    block.env.push([line.slice(start + PAIR, equals), line.slice(equals + 1, Math.max(equals + 1, end))]);
  }

  /** A new head inside an open block never came from OpenVPN; the old one is dropped, as half an environment misleads. */
  #interrupted(): void {
    const block = this.#block;
    if (!block) return;
    this.#block = undefined;
    this.#sink.oddity(`A ${block.head} block was not ended`);
  }
}

function finished(block: Block): Notification {
  const env: EnvBlock = block.env;
  return block.head === "CLIENT"
    ? { type: "CLIENT", kind: block.kind, args: block.args, env }
    : { type: "UPDOWN", up: block.kind === "UP", env };
}
