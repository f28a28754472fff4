import { RE2JS } from "re2js";

/** A regular expression in RE2's syntax: matching takes time linear in the text, whatever the pattern. */
export interface Pattern {
  /** Whether it matches anywhere in the text; only the first 65 536 characters are looked at. */
  test(text: string): boolean;
}

const MAX_TEXT = 65_536;
const MAX_SOURCE = 1000;
/** RE2's measure of a compiled pattern; each character of the text may cost as much. */
const MAX_PROGRAM = 5000;

// oxlint-disable-next-line no-control-regex -- what "\b" in quotes has become
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Compiles a pattern; a bad one gives the problem, without a stop at the end. */
export function compilePattern(source: string): Pattern | { readonly problem: string } {
  if (source.length > MAX_SOURCE)
    return { problem: `regular expression longer than ${MAX_SOURCE} characters` };
  if (CONTROL.test(source))
    return {
      problem: "regular expression with a control character; inside quotes a backslash is written twice",
    };
  try {
    const compiled = RE2JS.compile(source);
    if (compiled.programSize() > MAX_PROGRAM)
      return { problem: `regular expression '${source}' is too large` };
    return { test: (text) => compiled.test(text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text) };
  } catch (error) {
    return { problem: `bad regular expression '${source}': ${reason(error)}` };
  }
}

/** `error parsing regexp: missing closing ): `(`` to `missing closing )`. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const words = message.replace(/^error parsing regexp: /, "");
  if (/Perl syntax/.test(words))
    return `${words.replaceAll("`", "'")} (look-around and back-references do not exist here)`;
  return words.replaceAll("`", "'");
}

const MAX_CACHED = 100;
const cache = new Map<string, ReturnType<typeof compilePattern>>();

/** For patterns that are known only at run time; the last hundred are kept. */
export function cachedPattern(source: string): ReturnType<typeof compilePattern> {
  const known = cache.get(source);
  if (known) return known;
  const pattern = compilePattern(source);
  const [oldest] = cache.keys();
  if (cache.size >= MAX_CACHED && oldest !== undefined) cache.delete(oldest);
  cache.set(source, pattern);
  return pattern;
}
