/**
 * OpenVPN adds what it reads, 256 bytes at a time, to a buffer of 1024 before it looks for the end of a line: bytes behind a
 * line of more than this can overflow the buffer, and both are lost.
 */
const CROWDED = 768;

/** What is to be written. Nothing follows a long line until that has its reply. */
export class Outbox {
  readonly #write: (text: string) => void;
  readonly #behind: string[] = [];
  #blocked = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Returns what to call once there is a reply, or none is waited for any more. */
  push(text: string): () => void {
    if (this.#blocked) this.#behind.push(text);
    else this.#send(text);
    return isLong(text) ? () => this.#open() : () => undefined;
  }

  #send(text: string): void {
    this.#blocked = isLong(text);
    this.#write(text);
  }

  #open(): void {
    this.#blocked = false;
    for (let text = this.#behind.shift(); text !== undefined; text = this.#behind.shift()) {
      this.#send(text);
      if (this.#blocked) return;
    }
  }
}

/** Commands are at least as long in bytes as in characters; most are far from the limit. */
function isLong(text: string): boolean {
  return text.length > CROWDED / 3 && Buffer.byteLength(text) > CROWDED;
}
