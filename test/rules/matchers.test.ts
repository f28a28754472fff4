import { expect, test } from "vitest";
import type { Type } from "../../src/rules/cel/types.ts";
import { compileMatcher, type MatcherProblem } from "../../src/rules/matchers.ts";
import type { FieldMatcher } from "../../src/rules/rulebook.ts";

const POSITION = { file: "rules.yaml", line: 3, column: 5 };
const LISTS = { banned: ["10.0.0.1", "10.0.0.2"], ports: ["443"] };

type Kind = "number" | "text" | "bool" | "size" | "duration" | "time" | "any" | "secret";

function compile(spec: unknown, kind?: Kind): ReturnType<typeof compileMatcher> {
  const type: Type | undefined = kind && { kind };
  return compileMatcher(["field"], spec, type, POSITION, { lists: Object.keys(LISTS) });
}

function matcher(spec: unknown, kind?: Kind): FieldMatcher {
  const result = compile(spec, kind);
  if ("problems" in result) throw new Error(result.problems.map((problem) => problem.message).join());
  return result.matcher;
}

function problems(spec: unknown, kind?: Kind): readonly MatcherProblem[] {
  const result = compile(spec, kind);
  return "problems" in result ? result.problems : [];
}

test.each<[spec: unknown, kind: Kind | undefined, yes: unknown[], no: unknown[]]>([
  ["udp", "text", ["udp"], ["tcp", "udp4", "", undefined, null]],
  [1194, "number", [1194], [443, undefined]],
  ["1194", "number", [1194], [443]],
  [1194, "text", ["1194"], ["01194"]],
  ["007", "text", ["007"], ["7", 7]],
  [true, "bool", [true], [false, undefined]],
  ["10MB", "size", [10_000_000], [10, "10MB"]],
  ["5m", "duration", [300_000], [5]],
  ["2026-01-05T09:00:00Z", "time", [1_767_603_600_000], [0]],
  [["a", "b"], "text", ["a", "b"], ["c", undefined]],
  [[443, 1194], "number", [443, 1194], [80]],
  [{ "one-of": ["a", "b"] }, "text", ["a", "b"], ["c", undefined]],
  [{ not: "a" }, "text", ["b", ""], ["a", undefined]],
  [{ not: ["a", "b"] }, "text", ["c"], ["a", "b", undefined]],
  [{ not: { starts: "vpn" } }, "text", ["x"], ["vpn1", undefined]],
  [{ starts: "vpn", ends: ".net" }, "text", ["vpn1.example.net"], ["vpn1.example.org", "x.net", undefined]],
  [{ contains: "err" }, "text", ["an error"], ["fine", undefined]],
  [{ contains: "" }, "text", [""], [undefined, ["x"], {}]],
  [{ starts: 44 }, "number", [443], [1443]],
  [{ matches: "^TLS .*[Ee]rror" }, "text", ["TLS Error: x"], ["a TLS Error", undefined]],
  [{ matches: "(?i)tls" }, "text", ["some TLS"], ["other"]],
  [{ cidr: "10.0.0.0/8" }, "text", ["10.1.2.3"], ["11.0.0.1", "no address", "::1", undefined]],
  [{ cidr: ["10.0.0.0/8", "2001:db8::/32"] }, "text", ["2001:db8::1"], ["2001:db9::1"]],
  [{ gt: 5 }, "number", [6], [5, undefined]],
  [{ gte: 5, lt: 8 }, "number", [5, 7], [8, 4]],
  [{ gt: "10MB" }, "size", [10_000_001], [10_000_000]],
  [{ lte: "5m" }, "duration", [300_000], [300_001]],
  [{ gt: 5 }, "text", ["6", "10"], ["5", "six", "", undefined]],
  [{ gt: "10kB" }, undefined, [10_001, "10001"], [10_000]],
  [{ lt: "10s" }, "any", [9999], [10_000]],
  [{ exists: true }, "text", ["", "x"], [undefined, null]],
  [{ exists: false }, "text", [undefined, null], ["", "x"]],
  [{ exists: true, starts: "x" }, "text", ["xy"], ["y", undefined]],
  [{ "in-list": "banned" }, "text", ["10.0.0.1"], ["10.0.0.3", undefined]],
  [{ "in-list": "ports" }, "number", [443], [80]],
  [{ not: { "in-list": "banned" } }, "text", ["10.0.0.3"], ["10.0.0.1", undefined]],
  ["5", undefined, ["5", 5], ["6", undefined, [5]]],
])("%j on %s", (spec, kind, yes, no) => {
  const compiled = matcher(spec, kind);
  for (const value of yes) expect(compiled.test(value, LISTS), JSON.stringify(value)).toBe(true);
  for (const value of no) expect(compiled.test(value, LISTS), JSON.stringify(value)).toBe(false);
});

test("what a field must equal is given to the index, as text", () => {
  expect(matcher("udp", "text").equals).toEqual(["udp"]);
  expect(matcher([443, 1194], "number").equals).toEqual(["443", "1194"]);
  expect(matcher({ "one-of": ["a", "b"], starts: "a" }, "text").equals).toEqual(["a", "b"]);
  expect(matcher("10MB", "size").equals).toEqual(["10000000"]);
  expect(matcher({ not: "a" }, "text").equals).toBeUndefined();
  expect(matcher({ starts: "a" }, "text").equals).toBeUndefined();
  expect(matcher("a", "text")).toMatchObject({ path: ["field"], position: POSITION });
});

test("a list that was read again is seen", () => {
  const compiled = matcher({ "in-list": "banned" }, "text");
  expect(compiled.test("10.0.0.9", LISTS)).toBe(false);
  expect(compiled.test("10.0.0.9", { banned: ["10.0.0.9"] })).toBe(true);
  // Nobody can say who would stand in it.
  expect(() => compiled.test("10.0.0.9", {})).toThrow("List 'banned' could not be read");
});

test.each<[spec: unknown, kind: Kind | undefined, key: string | undefined, message: string]>([
  ["abc", "number", undefined, "'abc' is not a number"],
  [[1, "x"], "number", "1", "'x' is not a number"],
  [10, "size", undefined, "'10' is not a size such as 10MB"],
  ["soon", "duration", undefined, "'soon' is not a duration such as 10m"],
  ["yes", "bool", undefined, "'yes' is not true or false"],
  ["noon", "time", undefined, "'noon' is not a time such as 2026-01-05T09:00:00Z"],
  ["x", "secret", undefined, "'field' is a secret, which no matcher can look at"],
  [{ start: "x" }, "text", "start", "unknown matcher 'start'; did you mean 'starts'?"],
  [{ not: { strats: "x" } }, "text", "not.strats", "unknown matcher 'strats'; did you mean 'starts'?"],
  [{}, "text", undefined, "expected one of not, one-of, starts"],
  [[], "text", undefined, "the list is empty: nothing could match"],
  [{ "one-of": [] }, "text", "one-of", "the list is empty: nothing could match"],
  [null, "text", undefined, "a matcher is a value, a list of values, or a map of operators"],
  [[["a"]], "text", "0", "a matcher compares with texts, numbers, true and false only"],
  [{ starts: ["a"] }, "text", "starts", "'starts' takes a text"],
  [{ matches: "(a" }, "text", "matches", "bad regular expression '(a': missing closing )"],
  [{ matches: "(?=a)" }, "text", "matches", "look-around"],
  [{ cidr: "10.0.0.0/33" }, "text", "cidr", "'10.0.0.0/33' is no network such as 10.0.0.0/8"],
  [{ gt: "abc" }, "number", "gt", "'gt' takes a number, not 'abc'"],
  [{ gt: 10 }, "size", "gt", "'gt' takes a size such as 10MB, not '10'"],
  [{ lt: 10 }, "duration", "lt", "'lt' takes a duration such as 10m, not '10'"],
  [{ gt: true }, "bool", "gt", "'gt' takes a number, not 'true'"],
  [{ exists: "no" }, "text", "exists", "'exists' takes true or false"],
  [{ exists: false, starts: "x" }, "text", "exists", "'exists: false' stands alone"],
  [{ not: { exists: true } }, "text", "not", "write 'exists: false' instead of 'not'"],
  [{ "in-list": "baned" }, "text", "in-list", "unknown list 'baned'; did you mean 'banned'?"],
  [{ "in-list": ["banned"] }, "text", "in-list", "'in-list' takes the name of a list"],
])("%j on %s is refused", (spec, kind, key, message) => {
  const [problem] = problems(spec, kind);
  expect(problem?.message).toContain(message);
  expect(problem?.key).toBe(key);
});

test("all mistakes of a matcher are said at once", () => {
  expect(problems({ gt: "x", matches: "(", strats: "y" }, "number").map(({ key }) => key)).toEqual([
    "gt",
    "matches",
    "strats",
  ]);
});

test("no pattern can hang the engine", () => {
  const compiled = matcher({ matches: "(a+)+$" }, "text");
  const line = `${"a".repeat(900)}b`;
  compiled.test(line, {});
  const start = performance.now();
  for (let round = 0; round < 20; round++) expect(compiled.test(line, {})).toBe(false);
  // A backtracking engine needs longer than the age of the world.
  expect(performance.now() - start).toBeLessThan(500);
});
