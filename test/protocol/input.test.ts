import fc from "fast-check";
import { expect, test } from "vitest";
import { InputLines } from "../../src/protocol/input.ts";
import { readLines } from "../support/lexer.ts";

/** The lines that OpenVPN makes of what is written, one write after the other. */
function linesOf(...writes: readonly string[]): string[] {
  const lines: string[] = [];
  const input = new InputLines((line) => lines.push(line));
  for (const bytes of writes) input.push(bytes);
  return lines;
}

test("A line ends with LF; CR and all other control characters are dropped", () => {
  expect(linesOf("pid\r\n", "p\0i\x01\x1b\x7fd\n", "signal\tX\n", "a\rb\n", "\n")).toEqual([
    "pid",
    "pid",
    "signalX",
    "ab",
    "",
  ]);
});

test("Bytes from 0x80 on pass", () => {
  expect(linesOf("\x80\xff\n")).toEqual(["\x80\xff"]);
});

test("A line is put together from the pieces in which it comes", () => {
  expect(linesOf("p", "i", "d\nho", "ld\nrest")).toEqual(["pid", "hold"]);
});

test("A line of 1023 bytes passes, one of 1024 vanishes together with its end", () => {
  expect(linesOf(`${"x".repeat(1023)}\n`)).toEqual(["x".repeat(1023)]);
  expect(linesOf(`${"x".repeat(1024)}\n`, "pid\n")).toEqual(["pid"]);
});

test("Of a longer line the tail runs as a line of its own, one byte less than what is beyond the buffer", () => {
  expect(linesOf(`${"A".repeat(1025)}pid\n`)).toEqual(["pid"]);
  expect(linesOf(`${"A".repeat(1025)}\n`)).toEqual([""]);
  expect(linesOf(`${"A".repeat(2050)}pid\n`)).toEqual(["pid"]);
});

test("Many short lines of one write all arrive", () => {
  const many = Array.from({ length: 600 }, (_, i) => `command ${i}`);
  expect(linesOf(many.map((line) => `${line}\n`).join(""))).toEqual(many);
});

test("A long line between others that are written with it may overflow the buffer, though alone it would fit", () => {
  const before = `${"#".repeat(249)}\n`;
  const long = "x".repeat(900);
  const after = `${"#".repeat(249)}\n`;
  expect(linesOf(before, `${long}\n`, after)).toContain(long);
  expect(linesOf(`${before}${long}\n${after}`)).not.toContain(long);
});

test("Every write of one line gives what the model of OpenVPN's input gives", () => {
  const character = fc.constantFrom("a", " ", "\t", "\r", "\xe9");
  const line = fc
    .tuple(
      fc.constantFrom(0, 1, 500, 1020, 1023, 1024, 1025, 1026, 2048, 3000),
      fc.array(character, { maxLength: 6 }),
    )
    .map(([length, odd]) => `${"x".repeat(length)}${odd.join("")}\n`);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 4 }), (written) => {
      const expected = readLines(Buffer.from(written.join(""), "latin1"));
      expect(linesOf(...written)).toEqual(expected.map((bytes) => Buffer.from(bytes).toString("latin1")));
    }),
    { numRuns: 100 },
  );
});
