import type { EnvBlock, Notification } from "./notification.ts";
import { parseNotification } from "./notifications.ts";

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

type Block = { readonly head: "CLIENT" | "UPDOWN"; readonly kind: string; readonly args: string; env: [string, string][] };

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
    if (line.charCodeAt(0) !== 62) {
      // Early 2.5 prints an empty line behind a CR_RESPONSE block.
      if (line !== "") this.#sink.reply(line);
      return;
    }
    if (line.startsWith(">CLIENT:")) this.#client(line.slice(8));
    else if (line.startsWith(">UPDOWN:")) this.#updown(line.slice(8));
    else if (line.startsWith(">PKCS11ID-") && REPLY_LIKE.test(line)) this.#sink.reply(line);
    else this.#sink.notification(parseNotification(line));
  }

  /** The connection ended: an open block is dropped. */
  end(): void {
    if (this.#block) this.#sink.oddity(`The connection ended inside a ${this.#block.head} block`);
    this.#block = undefined;
  }

  #client(text: string): void {
    if (text.startsWith("ENV,")) {
      this.#env("CLIENT", text.slice(4));
      return;
    }
    const comma = text.indexOf(",");
    const kind = comma < 0 ? text : text.slice(0, comma);
    const args = comma < 0 ? "" : text.slice(comma + 1);
    this.#interrupted();
    if (SINGLE_LINE.has(kind)) this.#sink.notification({ type: "CLIENT", kind, args, env: [] });
    else this.#block = { head: "CLIENT", kind, args, env: [] };
  }

  #updown(text: string): void {
    if (text.startsWith("ENV,")) {
      this.#env("UPDOWN", text.slice(4));
      return;
    }
    this.#interrupted();
    if (text === "UP" || text === "DOWN") this.#block = { head: "UPDOWN", kind: text, args: "", env: [] };
    else this.#sink.notification({ type: "OTHER", name: "UPDOWN", text });
  }

  #env(head: Block["head"], pair: string): void {
    const block = this.#block;
    if (block?.head !== head) {
      this.#sink.oddity(`A line of a ${head} environment outside of a block`);
      return;
    }
    if (pair === "END") {
      this.#block = undefined;
      this.#sink.notification(finished(block));
      return;
    }
    if (block.env.length >= LONGEST_BLOCK) {
      this.#sink.oddity(`A ${head} block of more than ${LONGEST_BLOCK} lines was dropped`);
      this.#block = undefined;
      return;
    }
    const equals = pair.indexOf("=");
    block.env.push(equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)]);
  }

  /** A new head inside an open block never came from OpenVPN; the old one is told as far as it came. */
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
