import { expect } from "vitest";
import { builtinCatalogue } from "../../src/engine/actions/catalogue.ts";
import { runTest } from "../../src/engine/testing/run-test.ts";
import { load } from "../rules/load/support.ts";

/** Runs the `tests:` of a rulebook that has no mistakes; each failure is told with its test's name. */
export async function expectPassed(text: string): Promise<void> {
  const { rulebook, problems } = await load(text);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  if (!rulebook) throw new Error("no rulebook");
  expect(rulebook.tests).not.toEqual([]);
  for (const one of rulebook.tests)
    expect({ name: one.name, failures: await runTest(rulebook, one, builtinCatalogue) }).toEqual({
      name: one.name,
      failures: [],
    });
}
