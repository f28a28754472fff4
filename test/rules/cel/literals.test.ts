import fc from "fast-check";
import { expect, test } from "vitest";
import { scanLiterals } from "../../../src/rules/cel/literals.ts";

test.each([
  ["50GiB + 10m", "_____ + ___"],
  ["1.5h", "____"],
  ["x10m + a_5s", "x10m + a_5s"],
  ['\'10m\' + r"5s\\" 5s"', '\'10m\' + r"5s\\" 5s"'],
  ["'''10m\n5s''' + 5s", "'''10m\n5s''' + __"],
  ["1 // 10m\n + 5s", "1 // 10m\n + __"],
  ["0x1F + 1e3 + 1.5e-3 + 12", "0x1F + 1e3 + 1.5e-3 + 12"],
  ["-10m", "-___"],
  ["b'10m' + rb", "b'10m' + rb"],
  ["'it\\'s 10m' + 10m", "'it\\'s 10m' + ___"],
  ["a/10m/2", "a/___/2"],
])("%s", (source, text) => {
  const scanned = scanLiterals(source);
  expect(scanned.text).toBe(text);
  expect(scanned.problems).toEqual([]);
});

test("the values are kept by their offsets", () => {
  const { literals } = scanLiterals("50GiB + 10m");
  expect([...literals]).toEqual([
    [0, { type: { kind: "size" }, value: 50 * 2 ** 30 }],
    [8, { type: { kind: "duration" }, value: 600_000 }],
  ]);
});

test("whatever the text, its length stays and only literals change", () => {
  const piece = fc.constantFrom(
    "10m",
    "1.5h",
    "50GiB",
    "'",
    '"',
    "\\",
    "//",
    "\n",
    " ",
    "a",
    "r",
    "'''",
    "5x",
    "0x",
    "🙂",
    "_",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const source = pieces.join("");
      const { text, literals } = scanLiterals(source);
      expect(text).toHaveLength(source.length);
      let rest = text;
      for (const offset of literals.keys()) {
        const length = /^_+/.exec(text.slice(offset))?.[0].length ?? 0;
        const word = /^[\w.]+/.exec(source.slice(offset))?.[0].length ?? 0;
        expect(length).toBeGreaterThanOrEqual(2);
        rest =
          rest.slice(0, offset) +
          source.slice(offset, offset + Math.min(word, length)) +
          rest.slice(offset + Math.min(word, length));
      }
      expect(rest).toBe(source);
    }),
    { numRuns: 3000 },
  );
});
