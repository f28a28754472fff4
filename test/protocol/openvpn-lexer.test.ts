import fc from "fast-check";
import { expect, test } from "vitest";
import { lex } from "../../src/protocol/lexer.ts";
import { readParameters } from "../support/lexer.ts";

const error = (line: string): string | undefined => {
  const lexed = lex(line);
  return "error" in lexed ? lexed.error : undefined;
};

test.each([
  ["", []],
  ["   ", []],
  ["# pid", []],
  ["; pid", []],
  ["  pid   #x", ["pid"]],
  ["signal a#b;c", ["signal", "a#b;c"]],
  ["a  b", ["a", "b"]],
  ['"a b"', ["a b"]],
  ["'a b'", ["a b"]],
  [`'a \\ "b"'`, ['a \\ "b"']],
  [`"it's"`, ["it's"]],
  ['a"b"c', ['a"b"c']],
  ['"a""b"', ["a", "b"]],
  ['""', [""]],
  ['"a \\" b \\\\ c\\ d"', ['a " b \\ c d']],
  ["a\\ b", ["a b"]],
  ['\\"a', ['"a']],
  ["\\ pid", ["pid"]],
  ["\\# pid", []],
  ["pid \\", ["pid"]],
])("The words of the line %j are %j", (line, words) => {
  expect(lex(line)).toEqual({ words });
});

test.each([
  ['a "b', 'Options error: No closing quotation (") in TCP:0'],
  ["a 'b", "Options error: No closing single quotation (') in TCP:0"],
  ["a\\", "Options error: Residual parse state (2) in TCP:0"],
  ['"a\\', 'Options error: No closing quotation (") in TCP:0'],
])("The line %j is refused: %s", (line, message) => {
  expect(error(line)).toBe(message);
});

test("A backslash before anything but a backslash, a double quote or a blank is refused", () => {
  for (const line of ["a\\nb", '"a\\nb"', "\\'x", "x \\#y\\z"]) {
    const refused = error(line);
    if (line.includes("\\#")) expect(refused).toBeUndefined();
    else expect(refused).toMatch(/^Options warning: Bad backslash \('\\'\) usage in TCP:0: remember /);
  }
});

test("A word of 256 bytes passes, a longer one is refused and its begin comes back", () => {
  expect(lex("p".repeat(256))).toEqual({ words: ["p".repeat(256)] });
  expect(error(`"${"p".repeat(257)}"`)).toBe(
    `Options error: Parameter at TCP:0 is too long (256 chars max): ${"p".repeat(255)}`,
  );
});

test("Sixteen words count, and nothing behind them is even looked at", () => {
  const words = Array.from({ length: 16 }, (_, i) => `w${i}`);
  expect(lex(`${words.join(" ")} more "`)).toEqual({ words });
  expect(error(`${words.slice(1).join(" ")} "`)).toBeDefined();
});

// The model does not know of backslashes that begin a word; those are in the tables above.
const lines = fc
  .string({ unit: fc.constantFrom("a", "b", " ", '"', "'", "\\", "#", ";", "é"), maxLength: 40 })
  .filter((line) => !/(^|[ "'])\\/.test(line));

test("Every line has the words that the model of OpenVPN's lexer finds, or is refused by both", () => {
  fc.assert(
    fc.property(lines, (line) => {
      const bytes = Buffer.from(line, "utf8");
      const expected = readParameters(bytes);
      const lexed = lex(bytes.toString("latin1"));
      if ("error" in lexed) expect(expected).toHaveProperty("error");
      else expect(lexed.words.map((word) => Buffer.from(word, "latin1").toString("utf8"))).toEqual(expected);
    }),
    { numRuns: 2_000 },
  );
});
