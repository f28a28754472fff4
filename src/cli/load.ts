import { builtinCatalogue } from "../engine/actions/catalogue.ts";
import { loadPlugin } from "../plugin/host.ts";
import { formatProblem, loadRulebooks } from "../rules/load/load.ts";
import type { Rulebook } from "../rules/rulebook.ts";

/**
 * Loads rulebooks for a verb; says every problem on standard error and gives undefined when there are errors. `forOthers`: what is
 * set is for other rulebooks as well.
 */
export async function load(
  files: readonly string[],
  set: Readonly<Record<string, string>>,
  forOthers = false,
): Promise<Rulebook | undefined> {
  const { rulebook, problems } = await loadRulebooks(files, {
    set: { ...set },
    setForOthers: forOthers,
    plugins: loadPlugin,
    actions: builtinCatalogue,
  });
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  return problems.some((problem) => problem.severity === "error") ? undefined : rulebook;
}
