/** The prompt comes without a line end: `ENTER PASSWORD:` is all that OpenVPN sends. */
export const PASSWORD_PROMPT = "ENTER PASSWORD:";

/** OpenVPN cuts its own lines at about 10 kB; whatever is much longer is no line of OpenVPN. */
const LONGEST_LINE = 64 * 1024;

/**
 * Cuts a stream of text into lines (CRLF or LF), wherever the pieces end. The password prompt counts as a line of its own.
 * A line without an end is dropped beyond a bound, so that memory stays small; `oddity` tells how long it was.
 */
export class LineSplitter {
  readonly #line: (line: string) => void;
  readonly #oddity: (text: string) => void;
  #rest = "";
  /** Length of the line that is being dropped, 0 when none is. */
  #dropping = 0;

  constructor(line: (line: string) => void, oddity: (text: string) => void) {
    this.#line = line;
    this.#oddity = oddity;
  }

  push(chunk: string): void {
    let start = 0;
    let text = this.#rest === "" ? chunk : this.#rest + chunk;
    if (this.#dropping > 0) {
      const end = chunk.indexOf("\n");
      if (end < 0) {
        this.#dropping += chunk.length;
        return;
      }
      this.#dropped(this.#dropping + end);
      this.#dropping = 0;
      text = chunk;
      start = end + 1;
    }
    for (;;) {
      // Looked at by its first letter first: almost all lines begin with `>`.
      if (text.charCodeAt(start) === 69 && text.startsWith(PASSWORD_PROMPT, start)) {
        this.#line(PASSWORD_PROMPT);
        start += PASSWORD_PROMPT.length;
        continue;
      }
      const end = text.indexOf("\n", start);
      if (end < 0) break;
      const last = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
      if (last - start > LONGEST_LINE) this.#dropped(end - start);
      else this.#line(text.slice(start, last));
      start = end + 1;
    }
    this.#rest = start === 0 ? text : text.slice(start);
    // One more may be the CR of a line that is just not too long.
    if (this.#rest.length > LONGEST_LINE + 1) {
      this.#dropping = this.#rest.length;
      this.#rest = "";
    }
  }

  /** The stream ended: what is left is told as an oddity. */
  end(): void {
    const length = this.#rest.length + this.#dropping;
    if (length > 0) this.#oddity(`The connection ended inside a line of ${length} characters`);
    this.#rest = "";
    this.#dropping = 0;
  }

  #dropped(length: number): void {
    this.#oddity(`A line of ${length} characters was dropped`);
  }
}
