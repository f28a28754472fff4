import { expect, test } from "vitest";
import { seededRandom } from "../../../src/util/random.ts";
import { load, mistakesOf, withRules } from "./support.ts";

const TOO_DEEP = /^\d+:\d+: Maps and lists stand more than 100 deep in each other$/;

/** Twelve lists, each of nine times the one before: 9^12 values. */
function bomb(indent: string, name: string): string {
  const lists = Array.from({ length: 12 }, (_, i) => {
    const items = Array.from({ length: 9 }, () => (i === 0 ? "x" : `*b${i - 1}`));
    return `${indent}${name}${i}: &b${i} [${items.join(", ")}]`;
  });
  return lists.join("\n");
}

test.each([
  ["where", `- id: a\n  on: my.event\n  do: [notify: x]\n  where:\n${bomb("    ", "field")}`],
  [
    "an action",
    `- id: a\n  on: STATE\n  do:\n    - emit:\n        event: a.b\n        with:\n${bomb("          ", "field")}`,
  ],
])("an alias bomb in %s is a clear error", async (_, rule) => {
  const mistakes = await mistakesOf(withRules(rule));
  expect(mistakes).toContainEqual(
    expect.stringMatching(/^\d+:\d+: Aliases make far too many values of this file$/),
  );
  expect(mistakes.length).toBeLessThan(200);
});

test.each([
  ["lists", "version: 1\nlists: { a: &a [x, *a] }", "2:20: '*a' stands inside of what it names"],
  [
    "a matcher",
    "version: 1\nrules: [{ id: a, on: STATE, where: &w { name: { not: *w } }, do: [notify: x] }]",
    "2:54: '*w' stands inside of what it names",
  ],
  ["the whole file", "&a\nversion: 1\nrules: *a", "3:8: '*a' stands inside of what it names"],
])("an alias inside of what it names is told, in %s", async (_, text, message) => {
  expect(await mistakesOf(text)).toEqual([message]);
});

test("a list that is referred to thousands of times is no bomb", async () => {
  const rules = Array.from(
    { length: 1000 },
    (_, i) => `- { id: r${i}, on: STATE, where: { name: *names }, do: [notify: x] }`,
  );
  const first =
    "- { id: first, on: STATE, where: { name: &names [AUTH, WAIT, CONNECTED] }, do: [notify: x] }";
  expect(await mistakesOf(withRules([first, ...rules].join("\n")))).toEqual([]);
});

test("a rulebook of 10 MB is refused by its size", async () => {
  const text = `version: 1\n# ${"x".repeat(10 * 1024 * 1024)}`;
  expect(await mistakesOf(text)).toEqual([
    `1:1: Cannot read rules/night.yaml: it has ${text.length} bytes, and a rulebook has at most 4194304`,
  ]);
});

test.each([
  ["[", "]"],
  ["{ a: ", "}"],
  ["- ", ""],
  ["? ", ""],
])("10,000 levels of '%s' are one clear error, closed or not", async (open, close) => {
  const open10k = `version: 1\nrules:\n  ${open.repeat(10_000)}`;
  expect(await mistakesOf(open10k)).toEqual([expect.stringMatching(TOO_DEEP)]);
  expect(await mistakesOf(`${open10k}x${close.repeat(10_000)}`)).toEqual([expect.stringMatching(TOO_DEEP)]);
});

test("2,000 levels by indentation are one clear error", async () => {
  const text = Array.from({ length: 2000 }, (_, i) => `${" ".repeat(i)}a:\n`).join("");
  expect(await mistakesOf(`version: 1\n${text}`)).toEqual([expect.stringMatching(TOO_DEEP)]);
});

test("brackets inside of texts are no levels", async () => {
  const rules = Array.from({ length: 200 }, (_, i) => `- { id: r${i}, on: STATE, do: [notify: "[{ ${i}"] }`);
  expect(await mistakesOf(withRules(rules.join("\n")))).toEqual([]);
});

test.each([
  [
    "an expression",
    `- { id: a, on: STATE, when: "${"(".repeat(20_000)}true${")".repeat(20_000)}", do: [notify: x] }`,
  ],
  [
    "a regular expression",
    `- { id: a, on: LOG, where: { text: { matches: "${"(".repeat(20_000)}" } }, do: [notify: x] }`,
  ],
])("%s that is far too long is an error", async (_, rule) => {
  expect(await mistakesOf(withRules(rule))).toEqual([expect.stringContaining("longer than")]);
});

test("random bytes are a clear error or a rulebook, never a crash", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seededRandom(seed);
  const next = (below: number): number => Math.floor(random() * below);
  const pieces = [
    "version: 1",
    "rules:",
    "- ",
    "id: ",
    "on: ",
    "STATE",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "\n",
    "  ",
    "&a ",
    "*a",
    "!x ",
    "|",
    ">",
    '"',
    "'",
    "#",
    " #",
    "${",
    "\t",
    "\0",
    "\u{1f600}",
    "when: ",
    "do: ",
    "%",
    "<<: ",
    "---\n",
    "? ",
    "x",
    "1e9",
    "~",
  ];
  for (let i = 0; i < 1500; i++) {
    const length = next(40);
    const text = Array.from({ length }, () =>
      next(4) === 0 ? String.fromCharCode(next(300)) : pieces[next(pieces.length)],
    ).join("");
    const { problems } = await load(text);
    if (problems.length === 0) expect(text, `seed ${seed}`).toContain("version: 1");
    for (const { position, message } of problems) {
      expect(position.line, `seed ${seed}: ${message}`).toBeLessThanOrEqual(text.split("\n").length);
      expect(message, `seed ${seed}`).not.toMatch(/stack|undefined|\[object/);
    }
  }
});
