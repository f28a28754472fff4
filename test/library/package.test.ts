import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { VERSION } from "../../src/cli/version.ts";

const read = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, "../..", name), "utf8")) as Record<string, unknown>;

test("The packages of npm and JSR have one version, which is the program's, and the same entries", () => {
  const [npm, jsr] = [read("package.json"), read("deno.json")];
  expect([npm["version"], jsr["version"]]).toEqual([VERSION, VERSION]);
  expect(Object.keys(npm["exports"] ?? {})).toEqual(Object.keys(jsr["exports"] ?? {}));
});
