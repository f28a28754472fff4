import fc from "fast-check";
import { expect, test } from "vitest";
import { fromBase64, toBase64 } from "../../src/util/base64.ts";

test("any text comes back, and is what others write", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(toBase64(text)).toBe(Buffer.from(text).toString("base64"));
      expect(fromBase64(toBase64(text))).toBe(text);
    }),
    { seed: 1 },
  );
});

test.each(["YQ", "YQ=", "Y===", "====", "Y Q=", "YQ==\n", "_w==", "/w==", "gICA"])(
  "'%s' is no base64 of a text",
  (text) => {
    expect(fromBase64(text)).toBeUndefined();
  },
);
