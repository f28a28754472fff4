import { type ModeName, MODES } from "../modes.ts";
import { expected, type Said, type Subject } from "../subject.ts";
import { expect } from "vitest";
import type { Case } from "./case.ts";

const UNKNOWN = "ERROR: unknown command, enter 'help' for more options";
const notSignal = (text: string): string => `ERROR: signal '${text}' is not a known signal type`;
const BACKSLASH =
  /^ERROR: Options warning: Bad backslash \('\\'\) usage in TCP:0: remember that backslashes are treated as shell-escapes and if you need to pass backslash characters as part of a Windows filename, you should use double backslashes such as "c:\\\\.*$/;
const tooLong = (start: string): string =>
  `ERROR: Options error: Parameter at TCP:0 is too long (256 chars max): ${start.slice(0, 255)}`;

/** What is sent, LF and all, and what is said to it. */
const LINES: readonly (readonly [sends: string, ...says: readonly Said[]])[] = [
  // Nothing to answer.
  ["\n"],
  ["   \n"],
  ["\r\n"],
  ["# pid\n"],
  ["; pid\n"],
  ["#\n"],
  // Words.
  ["  signal   x \n", notSignal("x")],
  ["signal x\r\n", notSignal("x")],
  ["sig\0n\tal\x7f x\x01y\n", notSignal("xy")],
  ["signal\tx\n", UNKNOWN],
  ["signal x # y\n", notSignal("x")],
  ["signal x;y\n", notSignal("x;y")],
  ["Signal x\n", UNKNOWN],
  ["signal ü🦊\n", notSignal("ü🦊")],
  [`signal x${" y".repeat(30)}\n`, notSignal("x")],
  // Quotes.
  ['signal "a b"\n', notSignal("a b")],
  ["signal 'a \"b\\'\n", notSignal('a "b\\')],
  ['signal "a\\"b\\\\c"\n', notSignal('a"b\\c')],
  ["signal a\\ b\n", notSignal("a b")],
  ['signal a"b"c\n', notSignal('a"b"c')],
  ['signal ""\n', notSignal("")],
  ['signal "a""b"\n', notSignal("a")],
  ['"signal" x\n', notSignal("x")],
  ['signal "a\n', 'ERROR: Options error: No closing quotation (") in TCP:0'],
  ["signal 'a\n", "ERROR: Options error: No closing single quotation (') in TCP:0"],
  ["signal a\\\n", "ERROR: Options error: Residual parse state (2) in TCP:0"],
  ["signal a\\b\n", BACKSLASH],
  ['signal "a\\n"\n', BACKSLASH],
  // Lengths.
  [`signal ${"x".repeat(256)}\n`, notSignal("x".repeat(256))],
  [`signal ${"x".repeat(257)}\n`, tooLong("x".repeat(257))],
  [`password Auth ${"p".repeat(300)}\n`, tooLong("p".repeat(300))],
];

/** Each written by itself, when nothing is unread: what is read together counts for them. */
const LONG: readonly (readonly [sends: string, ...says: readonly Said[]])[] = [
  [`signal x${" ".repeat(1023 - 8)}\n`, notSignal("x")],
  [`signal x${" ".repeat(1024 - 8)}\n`],
  [`${"A".repeat(1025)}signal tail\n`, notSignal("tail")],
  [`${"A".repeat(2050)}signal tail\n`, notSignal("tail")],
];

async function refused(name: ModeName, subject: Subject): Promise<void> {
  const { link } = await MODES[name].reach(subject);
  await link.ask("state off\n");
  const answers = await link.askAll(LINES.map(([sends]) => sends));
  const compared = LINES.map(([sends, ...wanted], i) => [sends, ...expected(answers[i] ?? [], wanted)]);
  expect(answers.map((lines, i) => [LINES[i]?.[0], ...lines])).toEqual(compared);
  for (const [sends, ...wanted] of LONG) {
    const from = link.lines.length;
    link.write(sends);
    if (wanted.length > 0) await link.sees(/^ERROR: signal '(x|tail)'/, from);
    else await link.rest(100);
    const lines = link.lines.slice(from);
    expect([sends.length, ...lines]).toEqual([sends.length, ...expected(lines, wanted)]);
    expect(await link.ask("mute\n")).toEqual(["SUCCESS: mute=0"]);
  }
}

/** Bad quoting and lines too long: the lexer's, whatever the daemon does. */
export const REFUSAL_CASES: readonly Case[] = (
  ["firstHold", "remote", "password", "connected", "authServer"] as const
).map((name) => ({
  title: `quoting, comments, control characters and lengths: ${MODES[name].name}`,
  run: async (subject) => refused(name, subject),
}));
