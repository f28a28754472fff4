import { heapStats } from "bun:jsc";
import { expect, test } from "vitest";
import { ownText } from "../../src/util/own-text.ts";

test("it is the same text", () => {
  for (const text of ["", " ", "a", "\0", "é\u{1f600}", "\ud800", "a".repeat(100)])
    expect(ownText(text)).toBe(text);
});

test("a piece that is kept does not keep the text that it was cut out of", () => {
  const kept = (keep: (piece: string) => string): number => {
    Bun.gc(true);
    const before = heapStats().extraMemorySize;
    const pieces = Array.from({ length: 300 }, (_, i) =>
      keep(Buffer.alloc(65_536, `piece ${i} `).toString("utf8").slice(100, 140)),
    );
    Bun.gc(true);
    expect(pieces.length).toBe(300);
    return heapStats().extraMemorySize - before;
  };
  // What it is about: an engine that copies by itself needs no function for it.
  expect(kept((piece) => piece)).toBeGreaterThan(10e6);
  expect(kept(ownText)).toBeLessThan(2e6);
});
