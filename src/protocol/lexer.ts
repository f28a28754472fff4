/** OpenVPN keeps this many words of a line and forgets the rest. */
const MOST_WORDS = 16;
const LONGEST_WORD = 256;

export type Lexed = { readonly words: readonly string[] } | { readonly error: string };

type Mode = "between" | "bare" | "double" | "single";

/**
 * The words of a line as OpenVPN reads them (protocol notes, section 1.6): blanks part, `"` quotes with `\\`, `\"` and `\ `
 * inside, `'` quotes with nothing special inside, and a word that begins with `#` or `;` ends the line. Takes the line as
 * one character a byte.
 */
export function lex(line: string): Lexed {
  const words: string[] = [];
  let word = "";
  let mode: Mode = "between";
  let escaped = false;
  // The end of the line counts as one blank more.
  for (const char of `${line}\0`) {
    const blank = char === " " || char === "\0";
    if (!escaped && char === "\\" && mode !== "single") {
      escaped = true;
      continue;
    }
    let taken = "";
    let done = false;
    if (mode === "between") {
      if (!blank) {
        if (char === ";" || char === "#") return { words };
        if (!escaped && char === '"') mode = "double";
        else if (!escaped && char === "'") mode = "single";
        else {
          mode = "bare";
          taken = char;
        }
      }
    } else if (mode === "bare") {
      if (!escaped && blank) done = true;
      else taken = char;
    } else if (char === (mode === "double" ? '"' : "'") && !escaped) done = true;
    else taken = char;
    if (escaped && taken !== "" && taken !== "\\" && taken !== '"' && !blank) return { error: BAD_BACKSLASH };
    escaped = false;
    if (done) {
      words.push(word);
      word = "";
      mode = "between";
      if (words.length === MOST_WORDS) return { words };
    } else if (taken !== "" && taken !== "\0") {
      if (word.length >= LONGEST_WORD) return { error: tooLong(word) };
      word += taken;
    }
  }
  return mode === "between" ? { words } : { error: unfinished(mode) };
}

const BAD_BACKSLASH =
  "Options warning: Bad backslash ('\\') usage in TCP:0: remember that backslashes are treated as shell-escapes and if you " +
  "need to pass backslash characters as part of a Windows filename, you should use double backslashes such as " +
  '"c:\\\\openvpn\\\\static.key"';

/** Yes: the beginning of what may be a password comes back. */
function tooLong(word: string): string {
  return `Options error: Parameter at TCP:0 is too long (${LONGEST_WORD} chars max): ${word.slice(0, LONGEST_WORD - 1)}`;
}

function unfinished(mode: Mode): string {
  if (mode === "double") return 'Options error: No closing quotation (") in TCP:0';
  if (mode === "single") return "Options error: No closing single quotation (') in TCP:0";
  return "Options error: Residual parse state (2) in TCP:0";
}
