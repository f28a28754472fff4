import { expect, test } from "vitest";
import { didYouMean, suggest } from "../../src/util/suggest.ts";

const EVENTS = ["HOLD", "REMOTE", "STATE", "LOG", "remote.failed"];

test.each([
  ["REMOT", "REMOTE"],
  ["remote", "REMOTE"],
  ["STAET", "STATE"],
  ["remote.fialed", "remote.failed"],
  ["LGO", "LOG"],
])("%s is near %s", (name, near) => {
  expect(suggest(name, EVENTS)).toBe(near);
});

test.each(["client", "X", "", "somethingelse"])("'%s' is near nothing", (name) => {
  expect(suggest(name, EVENTS)).toBeUndefined();
});

test.each([
  ["match", ["contains", "matches"], "matches"],
  ["monday", ["mon", "tue"], "mon"],
  ["boolean", ["text", "bool"], "bool"],
  ["hostnames", ["h", "ho"], undefined],
])("%s is the beginning of a word, or begins with it", (name, candidates, near) => {
  expect(suggest(name, candidates)).toBe(near);
});

test("a single letter is near to its other case only", () => {
  expect(suggest("x", ["s", "m", "h"])).toBeUndefined();
  expect(suggest("S", ["h", "s"])).toBe("s");
});

test("the nearest one wins, the first of equals", () => {
  expect(suggest("rat", ["rate", "ratio", "rats"])).toBe("rate");
  expect(suggest("bytes_im", ["bytes_out", "bytes_in"])).toBe("bytes_in");
});

test("the end of a message", () => {
  expect(didYouMean("REMOT", EVENTS)).toBe("; did you mean 'REMOTE'?");
  expect(didYouMean("xyzzy", EVENTS)).toBe("");
});
