/** The prompt comes without a line end: `ENTER PASSWORD:` is all that OpenVPN sends. */
export const PASSWORD_PROMPT = "ENTER PASSWORD:";

/** OpenVPN cuts its own lines at about 10 kB; whatever is much longer is no line of OpenVPN. */
const LONGEST_LINE = 64 * 1024;

/** A line, told by where it stands in a text. */
export type TakeLine = (text: string, start: number, end: number) => void;

/** For those who want each line by itself. */
export function whole(line: (line: string) => void): TakeLine {
  return (text, start, end) => line(text.slice(start, end));
}

/**
 * Cuts a stream of text into lines (CRLF or LF), wherever the pieces end. The password prompt counts as a line of its own.
 * A line without an end is dropped beyond a bound, so that memory stays small; `oddity` tells how long it was.
 */
export class LineSplitter {
  readonly #take: TakeLine;
  readonly #oddity: (text: string) => void;
  #rest = "";
  /** Length of the line that is being dropped, 0 when none is. */
  #dropping = 0;

  constructor(take: TakeLine, oddity: (text: string) => void) {
    this.#take = take;
    this.#oddity = oddity;
  }

  push(chunk: string): void {
    const take = this.#take;
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
        take(text, start, start + PASSWORD_PROMPT.length);
        start += PASSWORD_PROMPT.length;
        continue;
      }
      const end = text.indexOf("\n", start);
      if (end < 0) break;
      const last = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
      if (last - start > LONGEST_LINE) this.#dropped(end - start);
      else take(text, start, last);
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
