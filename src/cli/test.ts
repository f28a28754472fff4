import { builtinCatalogue } from "../engine/actions/catalogue.ts";
import { runTest } from "../engine/testing/run-test.ts";
import { formatProblem } from "../rules/load/load.ts";
import { parseAssignments, parseFlags, UsageError } from "./args.ts";
import { load } from "./load.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox test RULEBOOK… [--set NAME=VALUE] [--json]

Runs the tests: of rulebooks on a virtual clock; no OpenVPN is needed.

  --set NAME=VALUE   a parameter of the rulebooks; may be repeated
  --json             one object a test

Example: signalbox test rules/failover.yaml`;

export const verb: Verb = { name: "test", summary: "run the tests in rulebooks", usage: USAGE, run };

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: { set: { type: "string", multiple: true }, json: { type: "boolean" } },
  });
  if (positionals.length === 0) throw new UsageError("test needs at least one rulebook");
  let passed = 0;
  let failed = 0;
  for (const file of positionals) {
    const rulebook = await load([file], parseAssignments(values.set ?? []));
    if (!rulebook) return 1;
    for (const test of rulebook.tests) {
      const failures = await runTest(rulebook, test, builtinCatalogue);
      if (failures.length === 0) passed++;
      else failed++;
      if (values.json)
        process.stdout.write(
          `${JSON.stringify({ file, test: test.name, passed: failures.length === 0, failures })}\n`,
        );
      else {
        process.stdout.write(`${failures.length === 0 ? "ok  " : "FAIL"} ${file}: ${test.name}\n`);
        for (const { position, message } of failures)
          process.stdout.write(`     ${formatProblem({ severity: "error", position, message })}\n`);
      }
    }
  }
  // A machine reads objects only.
  (values.json ? process.stderr : process.stdout).write(`${passed} passed, ${failed} failed\n`);
  return failed > 0 ? 1 : 0;
}
