import { PASSWORD_PROMPT } from "../protocol/lines.ts";
import type { Masker } from "./masker.ts";

/** OpenVPN and we write far shorter lines; a longer one is left out, so that memory stays small. */
const LONGEST_LINE = 64 * 1024;

export interface TapeSink {
  chunk(dir: "S" | "C", bytes: Buffer): void;
  note(text: string): void;
}

/**
 * What is written down of one connection: whole lines, for a secret must be seen whole to be masked. A line that comes in pieces is
 * written when its end is here; the password prompt, which has none, at once.
 */
export class Tape {
  readonly #sink: TapeSink;
  readonly #daemon: Lines;
  readonly #controller: Lines;

  constructor(masker: Masker, sink: TapeSink) {
    this.#sink = sink;
    const left = (length: number): void => sink.note(`a line of ${length} bytes is left out`);
    this.#daemon = new Lines((line) => masker.daemonLine(line), left, PASSWORD_PROMPT);
    this.#controller = new Lines((line) => masker.controllerLine(line), left);
  }

  received(bytes: Uint8Array): void {
    this.#write("S", this.#daemon.push(latin1(bytes)));
  }

  sent(text: string): void {
    this.#write("C", this.#controller.push(latin1(Buffer.from(text, "utf8"))));
  }

  /** The connection is over: what has no line end is written as well. */
  end(): void {
    this.#write("S", this.#daemon.end());
    this.#write("C", this.#controller.end());
  }

  #write(dir: "S" | "C", text: string): void {
    if (text !== "") this.#sink.chunk(dir, Buffer.from(text, "latin1"));
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Takes a stream of one character a byte apart into lines, masks them and puts them together again. */
class Lines {
  readonly #mask: (line: string) => string;
  readonly #leftOut: (length: number) => void;
  /** Comes without a line end. */
  readonly #prompt: string | undefined;
  #rest = "";
  /** Bytes of a line that is left out. */
  #dropped = 0;

  constructor(mask: (line: string) => string, leftOut: (length: number) => void, prompt?: string) {
    this.#mask = mask;
    this.#leftOut = leftOut;
    this.#prompt = prompt;
  }

  push(chunk: string): string {
    let text = this.#rest + chunk;
    let whole = "";
    for (;;) {
      if (this.#prompt !== undefined && text.startsWith(this.#prompt)) {
        whole += this.#prompt;
        text = text.slice(this.#prompt.length);
        continue;
      }
      const end = text.indexOf("\n");
      if (end < 0) break;
      whole += this.#line(text.slice(0, end), "\n");
      text = text.slice(end + 1);
    }
    // OpenVPN deletes these: they pad what follows a long line, and belong to no line.
    if (/^\r+$/.test(text)) {
      whole += text;
      text = "";
    }
    if (text.length > LONGEST_LINE || (this.#dropped > 0 && text !== "")) {
      this.#dropped += text.length;
      text = "";
    }
    this.#rest = text;
    return whole;
  }

  end(): string {
    const rest = this.#rest;
    this.#rest = "";
    return rest === "" && this.#dropped === 0 ? "" : this.#line(rest, "");
  }

  #line(raw: string, end: string): string {
    if (this.#dropped > 0) {
      this.#leftOut(this.#dropped + raw.length);
      this.#dropped = 0;
      return "";
    }
    // CRs may stand on both sides.
    const [, before = "", line = "", after = ""] = /^(\r*)(.*?)(\r*)$/s.exec(raw) ?? [];
    return before + this.#mask(line) + after + end;
  }
}
