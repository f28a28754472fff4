/** OpenVPN's buffer for one line, its LF included. */
const BUFFER = 1024;
/** It reads this much at once, and looks for lines only then. */
const READ = 256;

/**
 * What a controller writes becomes lines as OpenVPN cuts them (protocol notes, section 1.5): control characters are dropped,
 * and a line that does not fit the buffer loses all that was collected, so that its tail runs as a command of its own.
 * Characters are bytes.
 */
export class InputLines {
  readonly #line: (line: string) => void;
  #collected = "";

  constructor(line: (line: string) => void) {
    this.#line = line;
  }

  push(bytes: string): void {
    for (let i = 0; i < bytes.length; i += READ) this.#read(bytes.slice(i, i + READ));
  }

  #read(bytes: string): void {
    for (const char of bytes) {
      const code = char.charCodeAt(0);
      if (char !== "\n" && (code < 0x20 || code === 0x7f)) continue;
      // The byte that does not fit is lost as well, be it the end of the line.
      this.#collected = this.#collected.length >= BUFFER ? "" : this.#collected + char;
    }
    for (let end = this.#collected.indexOf("\n"); end >= 0; end = this.#collected.indexOf("\n")) {
      const line = this.#collected.slice(0, end);
      this.#collected = this.#collected.slice(end + 1);
      this.#line(line);
    }
  }
}
