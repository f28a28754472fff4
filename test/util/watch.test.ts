import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { watchFile } from "../../src/util/watch.ts";

const directory = mkdtempSync(join(tmpdir(), "signalbox-watch-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Does something to the file and waits until a change is told. */
async function change(path: string, act: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = watchFile(path, resolve);
  act();
  await promise;
  stop();
}

test("a file that is written, replaced, removed and made again is told each time", async () => {
  const path = join(directory, "list.txt");
  writeFileSync(path, "a");
  await change(path, () => writeFileSync(path, "a, b"));
  await change(path, () => {
    writeFileSync(`${path}.new`, "a, b, c");
    renameSync(`${path}.new`, path);
  });
  await change(path, () => rmSync(path));
  await change(path, () => writeFileSync(path, "d"));
});

test("several writes in a row are one change, and another file's are none", async () => {
  const path = join(directory, "one.txt");
  const other = join(directory, "other.txt");
  const changed = vi.fn<() => void>();
  const stop = watchFile(path, changed);
  await change(other, () => {
    writeFileSync(path, "a");
    writeFileSync(path, "ab");
    writeFileSync(path, "abc");
    writeFileSync(other, "x");
  });
  // The other file's watch was set off last: this one has told by now what it had to tell.
  expect(changed).toHaveBeenCalledTimes(1);
  stop();
});

test("a file in a folder that is not there yet is found by looking, and nothing is told after the end", () => {
  vi.useFakeTimers();
  try {
    const path = join(directory, "later", "file.txt");
    const changed = vi.fn<() => void>();
    const stop = watchFile(path, changed);
    vi.advanceTimersByTime(5_000);
    expect(changed).not.toHaveBeenCalled();
    mkdirSync(join(directory, "later"));
    writeFileSync(path, "a");
    vi.advanceTimersByTime(5_000);
    expect(changed).toHaveBeenCalledTimes(1);
    stop();
    writeFileSync(path, "ab");
    vi.advanceTimersByTime(60_000);
    expect(changed).toHaveBeenCalledTimes(1);
  } finally {
    vi.useRealTimers();
  }
});
