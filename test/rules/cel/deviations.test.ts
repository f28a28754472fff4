import { expect, test } from "vitest";
import { compileExpression } from "../../../src/rules/cel/compile.ts";
import { ERROR, ours, SCOPE, theirs } from "./differential.ts";
import type { Mode } from "./generate.ts";

const REFUSED = "refused";

/** What we make of an expression: its value as JSON, an error at run time, or a refusal at load. */
function here(source: string): string {
  return "problems" in compileExpression(source, SCOPE) ? REFUSED : ours(source);
}

function there(source: string, mode: Mode): string {
  try {
    return theirs(source, mode);
  } catch {
    return REFUSED;
  }
}

/** Each row is one line of the table of deviations in docs/expressions.md. */
test.each<[about: string, source: string, mode: Mode, here: string, there: string]>([
  ["division of whole numbers is exact", "7 / 2", "int", "3.5", "3"],
  ["dividing by zero is an error for all numbers", "1.5 / 0.0", "double", ERROR, "null"],
  ["whole and broken numbers are one type", "1 + 0.5", "double", "1.5", REFUSED],
  ["… also when compared", "1 == 1.0", "double", "true", REFUSED],
  ["… and in lists", "[1, 0.5]", "double", "[1,0.5]", REFUSED],
  ["… and for the remainder", "5.5 % 2.0", "double", "1.5", REFUSED],
  ["whole numbers beyond 2^53 are refused", "9007199254740993 - 1", "int", REFUSED, "9007199254740992"],
  [
    "they do not overflow at 2^63",
    "9007199254740991 * 9007199254740991",
    "int",
    "8.112963841460666e+31",
    ERROR,
  ],
  ["unsigned numbers do not exist", "5u == 5u", "int", REFUSED, "true"],
  ["bytes do not exist", "size(b'ab')", "int", REFUSED, "2"],
  ["type() and dyn() do not exist", "dyn(1) == 1", "int", REFUSED, "true"],
  ["cel.bind() does not exist", "cel.bind(x, 1, x + 1)", "int", REFUSED, "2"],
  ["keys of maps are texts", "{1: 2}[1]", "int", REFUSED, "2"],
  ["lowerAscii() and upperAscii() leave other letters alone", "'ÄB'.lowerAscii()", "int", '"Äb"', '"äb"'],
  ["has() allows the way to be missing", "has(deep.b.c)", "int", "false", ERROR],
  ["infinity and NaN cannot be written", "double('inf') > 1.0", "double", ERROR, "true"],
  [
    "whole numbers are not read from texts beyond 2^53",
    "int('9007199254740993')",
    "int",
    ERROR,
    "9007199254740992",
  ],
  ["look-around and back-references do not exist", "s.matches('a(?=l)')", "int", REFUSED, "true"],
  ["durations are written with days and literals", "1d == 24h", "int", "true", REFUSED],
  [
    "durations have no units below the millisecond",
    "duration('5us') == duration('5us')",
    "int",
    REFUSED,
    "true",
  ],
  ["a bad constant argument is found at load", "duration('soon') == duration('1s')", "int", REFUSED, ERROR],
  ["indexOf() has no second argument", "s.indexOf('a', 1)", "int", REFUSED, "4"],
  ["replace() exists", "s.replace('a', 'b')", "int", '"blphb"', REFUSED],
  ["a number is a text by text() too", "text(1)", "int", '"1"', REFUSED],
])("%s: %s", (_about, source, mode, expectedHere, expectedThere) => {
  expect({ here: here(source), there: there(source, mode) }).toEqual({
    here: expectedHere,
    there: expectedThere,
  });
});
