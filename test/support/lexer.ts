/**
 * A model of how OpenVPN reads its management input (protocol notes, sections 1.5 and 1.6): bytes to lines, lines to parameters.
 * Written from the notes, not from the encoder, so that the two check each other.
 */

/** Bytes of the line buffer, the LF included. */
const LINE_BUFFER = 1024;

/** Bytes that OpenVPN reads at once, when they are there. */
export const READ = 256;

/** Bytes of one parameter. */
const PARAMETER = 256;

/** Further ones are ignored without an error. */
const MOST_PARAMETERS = 16;

const LF = 0x0a;

/**
 * The lines that OpenVPN sees in a stream of bytes: controls are deleted, an overflow throws away what was collected. `read`: how many
 * bytes come at a time; lines are looked for when all of these are in the buffer.
 */
export function readLines(bytes: Uint8Array, read = 1): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let buffer: number[] = [];
  for (let start = 0; start < bytes.length; start += read) {
    for (const byte of bytes.subarray(start, start + read)) {
      if (byte !== LF && (byte < 0x20 || byte === 0x7f)) continue;
      if (buffer.length === LINE_BUFFER) buffer = [];
      else buffer.push(byte);
    }
    for (let end = buffer.indexOf(LF); end >= 0; end = buffer.indexOf(LF)) {
      lines.push(Uint8Array.from(buffer.slice(0, end)));
      buffer = buffer.slice(end + 1);
    }
  }
  return lines;
}

/** The parameters of a line, or the error that OpenVPN answers with; no parameters at all bring no answer. */
export function readParameters(line: Uint8Array): string[] | { readonly error: string } {
  const parameters: string[] = [];
  const at = (i: number): string => (i < line.length ? String.fromCharCode(line[i] ?? 0) : "");
  let i = 0;
  for (;;) {
    // Between words a blank is none the less one for a backslash in front of it, and a comment a comment.
    while (at(i) === " " || (at(i) === "\\" && (at(i + 1) === " " || at(i + 1) === "")))
      i += at(i) === "\\" ? 2 : 1;
    const first = at(i) === "\\" && "#;".includes(at(i + 1)) ? at(i + 1) : at(i);
    if (first === "" || first === "#" || first === ";" || parameters.length === MOST_PARAMETERS)
      return parameters;
    const quote = first === '"' || first === "'" ? first : "";
    if (quote !== "") i++;
    const word: number[] = [];
    for (;;) {
      const char = at(i);
      if (char === "" && quote !== "") return { error: `No closing ${quote}` };
      if (char === "" || char === (quote === "" ? " " : quote)) break;
      const escaped = char === "\\" && quote !== "'";
      if (escaped) i++;
      if (escaped && at(i) === "")
        return { error: quote === "" ? "Residual parse state" : `No closing ${quote}` };
      if (escaped && !'\\" '.includes(at(i))) return { error: "Bad backslash" };
      if (word.length === PARAMETER) return { error: "Parameter is too long" };
      word.push(line[i] ?? 0);
      i++;
    }
    if (quote !== "") i++;
    parameters.push(new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(word)));
  }
}
