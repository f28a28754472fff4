import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter, PASSWORD_PROMPT, whole } from "../../src/protocol/lines.ts";

const LONGEST = 64 * 1024;

function split(chunks: readonly string[], end = false): { lines: string[]; oddities: string[] } {
  const lines: string[] = [];
  const oddities: string[] = [];
  const splitter = new LineSplitter(
    whole((line) => lines.push(line)),
    (text) => oddities.push(text),
  );
  for (const chunk of chunks) splitter.push(chunk);
  if (end) splitter.end();
  return { lines, oddities };
}

test.each<[what: string, chunks: string[], lines: string[]]>([
  ["CRLF ends a line", ["a\r\nb\r\n"], ["a", "b"]],
  ["LF alone ends a line too", ["a\nb\n"], ["a", "b"]],
  ["the two may be mixed", ["a\r\nb\nc\r\n"], ["a", "b", "c"]],
  ["a lone CR ends nothing", ["a\rb\r\n"], ["a\rb"]],
  ["only one CR belongs to the line end", ["a\r\r\n"], ["a\r"]],
  ["an empty line is a line", ["\r\na\r\n\n"], ["", "a", ""]],
  ["a line without its end waits", ["a\r\nb"], ["a"]],
  ["CR and LF may come apart", ["a\r", "\nb\r\n"], ["a", "b"]],
  ["one byte at a time is enough", "ab\r\ncd\n".split(""), ["ab", "cd"]],
  ["an empty chunk changes nothing", ["a", "", "b\n", ""], ["ab"]],
])("%s", (_what, chunks, lines) => {
  expect(split(chunks, false)).toEqual({ lines, oddities: [] });
});

test("the password prompt is a line though it has no end", () => {
  expect(split([PASSWORD_PROMPT]).lines).toEqual(["ENTER PASSWORD:"]);
});

test("what is glued to the prompt is the next line", () => {
  expect(split(["ENTER PASSWORD:SUCCESS: password is correct\r\n>INFO:x\r\n"])).toEqual({
    lines: ["ENTER PASSWORD:", "SUCCESS: password is correct", ">INFO:x"],
    oddities: [],
  });
});

test("a second prompt right behind the first is told as well", () => {
  expect(split(["ENTER PASSWORD:ENTER PASSWORD:", "ENTER PASSWORD:"]).lines).toEqual([
    PASSWORD_PROMPT,
    PASSWORD_PROMPT,
    PASSWORD_PROMPT,
  ]);
});

test("the prompt is told as soon as its last byte is there, and only once", () => {
  expect(split(["ENTER PASS", "WORD"]).lines).toEqual([]);
  expect(split(["ENTER PASS", "WORD", ":"]).lines).toEqual([PASSWORD_PROMPT]);
  expect(split(["ENTER PASS", "WORD", ":", "SUC", "CESS: x\r\n"]).lines).toEqual([
    PASSWORD_PROMPT,
    "SUCCESS: x",
  ]);
});

test("the words of the prompt inside a line are no prompt", () => {
  expect(split([">LOG:1,,ENTER PASSWORD:x\r\n"]).lines).toEqual([">LOG:1,,ENTER PASSWORD:x"]);
});

test.each([1, 7, 1000, LONGEST, 1_000_000])(
  "a megabyte without a line end is one oddity and the next line is right, in pieces of %d",
  (size) => {
    // Small pieces are taken only once the line is being dropped: before, they are what the test above does.
    const flood = "x".repeat(1_000_000 - LONGEST - 2);
    const chunks = ["x".repeat(LONGEST + 2)];
    for (let i = 0; i < flood.length; i += size) chunks.push(flood.slice(i, i + size));
    const { lines, oddities } = split([...chunks, "\r\n>INFO:next\r\n"]);
    expect(lines).toEqual([">INFO:next"]);
    expect(oddities).toEqual(["A line of 1000001 characters was dropped"]);
  },
);

test.each([
  ["the longest line", LONGEST, "\r\n", true],
  ["the longest line with LF", LONGEST, "\n", true],
  ["one character more", LONGEST + 1, "\r\n", false],
  ["one character more with LF", LONGEST + 1, "\n", false],
])("%s has the same fate wherever it is cut", (_what, length, end, passes) => {
  const line = "y".repeat(length);
  const outcomes = [0, 1, LONGEST - 1, LONGEST, LONGEST + 1, LONGEST + 2].map((cut) => {
    const text = `${line}${end}z\n`;
    return split([text.slice(0, cut), text.slice(cut)]);
  });
  for (const outcome of outcomes) {
    expect(outcome.lines.length).toBe(passes ? 2 : 1);
    expect(outcome.lines.at(-1)).toBe("z");
    expect(outcome.oddities).toEqual(outcomes[0]?.oddities);
    expect(outcome.oddities.length).toBe(passes ? 0 : 1);
  }
});

test("a connection that ends inside a line says so", () => {
  expect(split(["a\r\nhalf"], true)).toEqual({
    lines: ["a"],
    oddities: ["The connection ended inside a line of 4 characters"],
  });
});

test("a connection that ends inside a line that is being dropped says so", () => {
  expect(split(["x".repeat(LONGEST), "x".repeat(LONGEST)], true).oddities).toEqual([
    `The connection ended inside a line of ${2 * LONGEST} characters`,
  ]);
});

test("a connection that ends behind a line end is in order", () => {
  expect(split(["a\r\n"], true).oddities).toEqual([]);
});

test("cuts never change the lines", () => {
  const piece = fc.constantFrom("a", ">", ":", " ", "\r", "\n", "\r\n", PASSWORD_PROMPT, "ENTER ", "ü", "🦊");
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, fc.array(fc.nat(400), { maxLength: 12 }), (whole, cuts) => {
      const edges = [0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length];
      edges.sort((a, b) => a - b);
      const chunks = edges.slice(1).map((edge, i) => whole.slice(edges[i], edge));
      expect(split(chunks, true)).toEqual(split([whole], true));
    }),
    { seed: 1 },
  );
});
