import { builtinCatalogue } from "../engine/actions/catalogue.ts";
import { loadPlugin } from "../plugin/host.ts";
import { formatProblem, loadRulebooks } from "../rules/load/load.ts";
import { parseAssignments, parseFlags, UsageError } from "./args.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox check RULEBOOK… [--set NAME=VALUE] [--strict] [--json]

Loads and type-checks rulebooks; says all problems, each with file:line:column, on standard error.

  --set NAME=VALUE   a parameter of the rulebooks; may be repeated
  --strict           warnings count as errors
  --json             the problems as JSON on standard output

Example: signalbox check rules/failover.yaml`;

export const verb: Verb = {
  name: "check",
  summary: "load rulebooks and say all problems",
  usage: USAGE,
  run,
};

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: {
      set: { type: "string", multiple: true },
      strict: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  if (positionals.length === 0) throw new UsageError("check needs at least one rulebook");
  const { rulebook, problems } = await loadRulebooks(positionals, {
    set: parseAssignments(values.set ?? []),
    plugins: loadPlugin,
    actions: builtinCatalogue,
  });
  if (values.json) process.stdout.write(`${JSON.stringify(problems)}\n`);
  else for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  const refused = !rulebook || (values.strict === true && problems.length > 0);
  if (!refused && !values.json)
    process.stdout.write(
      `${count(rulebook.rules.length, "rule")}, ${count(rulebook.tests.length, "test")}: ok\n`,
    );
  return refused ? 1 : 0;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
