import { BOOL, listOf, NUMBER, TEXT } from "../kinds.ts";
import { pure, type Overloads } from "../overload.ts";
import { cachedPattern, compilePattern } from "../pattern.ts";
import { EvaluationError } from "../types.ts";

const TEXTS = listOf(TEXT);

const matches = pure(
  [TEXT, TEXT],
  BOOL,
  (text: string, source: string) => {
    const pattern = cachedPattern(source);
    if ("problem" in pattern) throw new EvaluationError(sentence(pattern.problem));
    return pattern.test(text);
  },
  {
    check([, source]) {
      const pattern = typeof source === "string" ? compilePattern(source) : undefined;
      return pattern && "problem" in pattern ? pattern.problem : undefined;
    },
    bind([, source]) {
      const pattern = typeof source === "string" ? compilePattern(source) : undefined;
      return pattern && "test" in pattern ? (_env, text: string) => pattern.test(text) : undefined;
    },
  },
);

/** Methods of texts, and of lists of texts. */
export const TEXT_METHODS: Overloads = {
  contains: [pure([TEXT, TEXT], BOOL, (text: string, part: string) => text.includes(part))],
  startsWith: [pure([TEXT, TEXT], BOOL, (text: string, part: string) => text.startsWith(part))],
  endsWith: [pure([TEXT, TEXT], BOOL, (text: string, part: string) => text.endsWith(part))],
  matches: [matches],
  lowerAscii: [pure([TEXT], TEXT, (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()))],
  upperAscii: [pure([TEXT], TEXT, (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()))],
  trim: [pure([TEXT], TEXT, (text: string) => text.trim())],
  replace: [
    pure([TEXT, TEXT, TEXT], TEXT, (text: string, part: string, by: string) =>
      text.replaceAll(part, () => by),
    ),
  ],
  split: [pure([TEXT, TEXT, NUMBER], TEXTS, split, { optionalParams: 1 })],
  join: [pure([TEXTS, TEXT], TEXT, join, { optionalParams: 1 })],
  indexOf: [pure([TEXT, TEXT], NUMBER, (text: string, part: string) => text.indexOf(part))],
  lastIndexOf: [pure([TEXT, TEXT], NUMBER, (text: string, part: string) => text.lastIndexOf(part))],
  substring: [pure([TEXT, NUMBER, NUMBER], TEXT, substring, { optionalParams: 1 })],
};

export const TEXT_FUNCTIONS: Overloads = { matches: [matches] };

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** At most `limit` parts, the last one with all that is left. */
function split(text: string, separator: string, limit = -1): string[] {
  const parts = text.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return limit === 0 ? [] : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function join(texts: readonly unknown[], separator = ""): string {
  if (!texts.every((text) => typeof text === "string"))
    throw new EvaluationError("join() takes a list of texts");
  return texts.join(separator);
}

function substring(text: string, start: number, end = text.length): string {
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > text.length) {
    throw new EvaluationError(`No characters ${start} to ${end} in a text of ${text.length}`);
  }
  return text.substring(start, end);
}
