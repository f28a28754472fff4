import { closeSync, openSync, writeSync } from "node:fs";
import type { Tap } from "../connection/transport.ts";
import { whyUnwritable } from "../util/file-error.ts";
import { Batch } from "../util/batch.ts";
import type { Clock } from "../util/clock.ts";
import { endNote, type Entry } from "./entry.ts";
import { Masker } from "./masker.ts";
import { Tape } from "./tape.ts";

export interface RecorderOptions {
  readonly clock: Clock;
  /** Masks secrets that are known beforehand. */
  readonly mask: (text: string) => string;
  /** The file cannot be written any more; nothing is recorded from then on. */
  readonly failed: (reason: string) => void;
}

/** Writes recordings: every byte of the connections, secrets masked, one JSON object a line. The file is its owner's alone. */
export class Recorder {
  readonly #file: number;
  readonly #options: RecorderOptions;
  readonly #began: number;
  readonly #batch = new Batch((lines) => this.#write(`${lines.join("\n")}\n`));
  #open = true;
  #bytes = 0;

  /** Throws an Error for people when the file is there already or cannot be made. */
  constructor(path: string, options: RecorderOptions) {
    try {
      this.#file = openSync(path, "wx", 0o600);
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
      const reason = exists
        ? "it exists, and no recording is written over another file"
        : whyUnwritable(error);
      throw new Error(`Cannot record to ${path}: ${reason}`, { cause: error });
    }
    this.#options = options;
    this.#began = options.clock.now();
    const began = new Date(this.#began).toISOString();
    this.#entry({ note: `begins ${began}; secrets are masked`, began });
  }

  /** Bytes that OpenVPN and we have said, as they were written down. */
  get bytes(): number {
    return this.#bytes;
  }

  /** For one connection, named by its daemon. */
  readonly tap = (who: string): Tap => {
    const tape = new Tape(new Masker(this.#options.mask), {
      chunk: (dir, bytes) => {
        this.#bytes += bytes.length;
        this.#entry({ dir, who, b64: bytes.toString("base64") });
      },
      note: (text) => this.#entry({ note: `${who}: ${text}` }),
    });
    return {
      received: (bytes) => tape.received(bytes),
      sent: (text) => tape.sent(text),
      closed: (by) => {
        tape.end();
        this.#entry({ note: endNote(who, by) });
      },
    };
  };

  close(): void {
    this.#batch.flush();
    if (this.#open) closeSync(this.#file);
    this.#open = false;
  }

  #entry(what: WithoutTime<Entry>): void {
    const t = Math.round((this.#options.clock.now() - this.#began) * 10) / 10_000;
    if (this.#open) this.#batch.push(JSON.stringify({ t, ...what }));
  }

  #write(text: string): void {
    if (!this.#open) return;
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      this.#open = false;
      closeSync(this.#file);
      this.#options.failed(`The recording ends: ${whyUnwritable(error)}`);
    }
  }
}

type WithoutTime<T> = T extends unknown ? Omit<T, "t"> : never;
