import fc from "fast-check";
import { expect, test } from "vitest";
import { formatSize, parseSize } from "../../src/util/size.ts";

test.each([
  ["12B", 12],
  ["10kB", 10_000],
  ["50MB", 50_000_000],
  ["1.5GB", 1_500_000_000],
  ["10KiB", 10_240],
  ["50GiB", 53_687_091_200],
  ["1TiB", 1_099_511_627_776],
])("%s is %d bytes", (text, size) => {
  expect(parseSize(text)).toBe(size);
});

test.each(["", "10", "10k", "10mb", "-1kB", "1 kB", "10kib", "kB", "1e3B", "99999999TiB"])(
  "'%s' is no size",
  (text) => {
    expect(parseSize(text)).toBeUndefined();
  },
);

test.each([
  [0, "0B"],
  [999, "999B"],
  [1000, "1kB"],
  [53_687_091_200, "50GiB"],
  [2_000_000_000, "2GB"],
  [128_000, "128kB"],
  [1_024_000, "1000KiB"],
  [1_234_567, "1.23MB"],
  [999_996, "1MB"],
  [-2048, "-2KiB"],
  [2.5, "2.5B"],
])("%d bytes are written %s", (size, text) => {
  expect(formatSize(size)).toBe(text);
});

test("what is written is within a percent of what was given", () => {
  fc.assert(
    fc.property(fc.nat(), (size) => {
      expect(Math.abs((parseSize(formatSize(size)) ?? Number.NaN) - size)).toBeLessThanOrEqual(size / 100);
    }),
  );
});
