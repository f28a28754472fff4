import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Lists } from "../../src/rules/lists.ts";

let directory = "";
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "signalbox-lists-"))));
afterEach(() => rmSync(directory, { recursive: true }));

test("a list of a rulebook is as it stands; one of a file has one entry a line, without remarks and blank lines", () => {
  const file = join(directory, "banned.txt");
  writeFileSync(file, "# a remark\r\n10.0.0.1\r\n\r\n  10.0.0.2  \n");
  const problems: string[] = [];
  const lists = new Lists({ ops: { items: ["alice"] }, banned: { file } }, (text) => problems.push(text));
  expect(lists.current()).toEqual({ ops: ["alice"], banned: ["10.0.0.1", "10.0.0.2"] });
  expect(problems).toEqual([]);
});

test("a file that is not there is told, and there is no such list: nobody takes it for an empty one", () => {
  const problems: string[] = [];
  const file = join(directory, "none.txt");
  expect(new Lists({ banned: { file } }, (text) => problems.push(text)).current()).toEqual({});
  expect(problems).toEqual([`List 'banned' from ${file}: no such file`]);
});

test("a file that cannot be read is told as such", () => {
  const problems: string[] = [];
  expect(new Lists({ banned: { file: directory } }, (text) => problems.push(text)).current()).toEqual({});
  expect(problems).toEqual([`List 'banned' from ${directory}: it cannot be read`]);
});
