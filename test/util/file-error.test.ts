import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { whyUnreadable, whyUnwritable } from "../../src/util/file-error.ts";

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test.each([
  ["a file that is not there", join(tmpdir(), "signalbox-none", "file"), "no such file", "no such directory"],
  ["a directory", tmpdir(), "it is a directory", "it is a directory"],
  [
    "a file where a directory should be",
    join(import.meta.filename, "file"),
    "no such file",
    "no such directory",
  ],
  ["too long a name", join(tmpdir(), "a".repeat(300)), "the name is too long", "the name is too long"],
])("%s is said in words", (_, path, reading, writing) => {
  expect(whyUnreadable(thrown(() => readFileSync(path)))).toBe(reading);
  expect(whyUnwritable(thrown(() => writeFileSync(path, "")))).toBe(writing);
});

test("a code without words stands for itself; an error without a code is a failure", () => {
  expect(whyUnreadable(Object.assign(new Error("x"), { code: "EMFILE" }))).toBe("EMFILE");
  expect(whyUnwritable(new Error("x"))).toBe("failed");
});
