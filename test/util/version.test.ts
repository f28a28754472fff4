import { expect, test } from "vitest";
import { compareVersions } from "../../src/util/version.ts";

test.each([
  ["2.5.9", "2.6", -1],
  ["2.6.14", "2.6.2", 1],
  ["2.6", "2.6.0", 0],
  ["2.7_rc1", "2.7", -1],
  ["2.7_rc2", "2.7_rc10", -1],
  ["2.7", "2.7_beta1", 1],
  ["2.10", "2.9", 1],
])("%s against %s", (a, b, order) => {
  expect(Math.sign(compareVersions(a, b) ?? Number.NaN)).toBe(order);
});

test.each(["", "new", "v2.6"])("'%s' is no version", (text) => {
  expect(compareVersions(text, "2.6")).toBeUndefined();
  expect(compareVersions("2.6", text)).toBeUndefined();
});
