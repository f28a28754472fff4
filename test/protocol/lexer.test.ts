import { expect, test } from "vitest";
import { readLines, readParameters } from "../support/lexer.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const lines = (text: string): string[] =>
  readLines(bytes(text)).map((line) => new TextDecoder().decode(line));

/** The model is held against what real OpenVPN did (recording 06), as the properties of the encoder rest on it. */
test.each<[line: string, parameters: string[]]>([
  ["  pid   ", ["pid"]],
  ["pid #x", ["pid"]],
  ["# pid", []],
  ["; pid", []],
  ["", []],
  ["   ", []],
  ["a#b", ["a#b"]],
  ['"pid"', ["pid"]],
  ["'pid'", ["pid"]],
  ['a"b"c', ['a"b"c']],
  ['"a""b"', ["a", "b"]],
  ['needstr ""', ["needstr", ""]],
  ['"a\\"b\\\\c\\ d"', ['a"b\\c d']],
  ["'a\\b'", ["a\\b"]],
  ["a\\ b", ["a b"]],
  ["a \\ b", ["a", "b"]],
  ["a \\", ["a"]],
  ["a \\#b", ["a"]],
  ['"ümläut"', ["ümläut"]],
])("the lexer reads %j", (line, parameters) => {
  expect(readParameters(bytes(line))).toEqual(parameters);
});

test.each([
  ['"open', 'No closing "'],
  ["'open", "No closing '"],
  ["open\\", "Residual parse state"],
  ['"open\\', 'No closing "'],
  ["a\\b", "Bad backslash"],
  [`x ${"y".repeat(257)}`, "Parameter is too long"],
])("the lexer refuses %j", (line, error) => {
  expect(readParameters(bytes(line))).toEqual({ error });
});

test("16 parameters are kept", () => {
  expect(readParameters(bytes("a ".repeat(20)))).toEqual(Array.from({ length: 16 }, () => "a"));
});

test("controls are deleted, and CR with them", () => {
  expect(lines("sig\tnal\r\n\0pid\x7f\n")).toEqual(["signal", "pid"]);
});

test("a line of 1023 bytes is read, one of 1024 vanishes, and of a longer one the tail is read", () => {
  expect(lines(`${"A".repeat(1023)}\n`)).toEqual(["A".repeat(1023)]);
  expect(lines(`${"A".repeat(1024)}\npid\n`)).toEqual(["pid"]);
  expect(lines(`${"A".repeat(1025)}pid\n`)).toEqual(["pid"]);
});
