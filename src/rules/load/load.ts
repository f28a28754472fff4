import { resolve as resolvePath } from "node:path";
import { isMap, isScalar } from "yaml";
import { didYouMean } from "../../util/suggest.ts";
import type { DaemonSpec, Problem, Rulebook } from "../rulebook.ts";
import { requireClosed } from "./closed.ts";
import {
  declareNames,
  readCounters,
  readDaemons,
  readLists,
  readParams,
  readSecrets,
  readVariables,
} from "./declarations.ts";
import { readDefaults } from "./defaults.ts";
import { readWindows } from "./windows.ts";
import { readGroups } from "./groups.ts";
import { lint } from "./lint.ts";
import { readPlugins } from "./plugins.ts";
import { readProxies } from "./proxies.ts";
import { readQuotas } from "./quotas.ts";
import { readRules } from "./rules.ts";
import { short } from "./words.ts";
import { readTests } from "./tests.ts";
import { type Part, World } from "./world.ts";
import { type LoadOptions, readPart } from "./parts.ts";

export type { ActionCatalogue, PluginLoader } from "./world.ts";

export interface Loaded {
  /** There is none when a problem is an error. */
  readonly rulebook: Rulebook | undefined;
  /** In the order of files and places. */
  readonly problems: readonly Problem[];
}

/** Reads rulebooks, checks and compiles them: all problems of all files at once. Paths are resolved against the working directory. */
export async function loadRulebooks(files: readonly string[], options: LoadOptions): Promise<Loaded> {
  const problems: Problem[] = [];
  const world = new World(options.actions);
  const parts = new Map<string, Part>();
  for (const file of files) readPart(resolvePath(file), file, undefined, [], { parts, problems, options });
  const all = [...parts.values()];

  const set = new Map(Object.entries(options.set ?? {}));
  for (const part of all) readParams(part, world, set);
  if (!options.setForOthers) checkSet(set, world, files, problems);
  for (const part of all) part.context.params = { fields: world.paramFields, values: world.params };

  const record = <T>(read: (part: Part, world: World) => Record<string, T>): Record<string, T> =>
    Object.assign({}, ...all.map((part) => read(part, world))) as Record<string, T>;
  const secrets = record(readSecrets);
  const lists = record(readLists);
  const windows = record(readWindows);
  const variables = record(readVariables);
  for (const part of all) {
    declareNames(part, world, "counters", "counter");
    declareNames(part, world, "remotes", "group");
    declareNames(part, world, "proxies", "proxies");
    declareNames(part, world, "quotas", "quota");
    noteEmitted(part, world);
  }
  for (const part of all) await readPlugins(part, world, options.plugins);
  const daemons = all.flatMap((part) => readDaemons(part, world));
  const remotes = all.flatMap((part) => readGroups(part, world));
  for (const { name, candidates } of remotes)
    if (candidates !== "from-daemon") world.hosts.set(name, new Set(candidates.map(({ host }) => host)));
  const proxies = all.flatMap((part) => readProxies(part, world));
  const counters = record(readCounters);
  const quotas = all.flatMap((part) => readQuotas(part, world));
  const defaults = readDefaults(all, world);
  const index = { next: 0 };
  const rules = all.flatMap((part) => readRules(part, world, index));
  problems.push(...requireClosed(rules, defaults.given));
  const tests = all.flatMap((part) => readTests(part, world));

  const rulebook: Rulebook = {
    files: [...parts.keys()],
    params: world.params,
    daemons: daemons satisfies DaemonSpec[],
    secrets,
    lists,
    windows,
    variables,
    remotes,
    proxies,
    counters,
    quotas,
    defaults: defaults.answers,
    plugins: world.plugins,
    rules,
    tests,
  };
  const failed = problems.some((problem) => problem.severity === "error");
  if (!failed) problems.push(...lint(rulebook));
  return { rulebook: failed ? undefined : rulebook, problems: sorted(problems, all) };
}

/** `rules/night.yaml:12:7: error: unknown event 'REMOT'; did you mean 'REMOTE'?` */
export function formatProblem({ severity, position, message }: Problem): string {
  return `${position.file}:${position.line}:${position.column}: ${severity}: ${message}`;
}

function checkSet(
  set: ReadonlyMap<string, string>,
  world: World,
  files: readonly string[],
  problems: Problem[],
): void {
  for (const name of set.keys())
    if (!world.names.param.has(name))
      problems.push({
        severity: "error",
        position: { file: files[0] ?? "--set", line: 1, column: 1 },
        message: `--set ${short(name)}: the rulebook has no such parameter${didYouMean(name, world.names.param)}`,
      });
}

/** Own events that rules emit are known to all rules, wherever they stand. */
function noteEmitted({ context }: Part, world: World): void {
  for (const pair of context.source.walked.maps.flat()) {
    if (!isScalar(pair.key) || pair.key.value !== "emit") continue;
    const params = context.resolve(pair.value);
    const event = isMap(params) ? params.get("event") : undefined;
    if (typeof event === "string") world.emitted.add(event);
  }
}

function sorted(problems: readonly Problem[], parts: readonly Part[]): Problem[] {
  const order = parts.map((part) => part.context.source.file);
  const seen = new Set<string>();
  return problems
    .toSorted(
      ({ position: a }, { position: b }) =>
        order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line || a.column - b.column,
    )
    .filter((problem) => {
      const id = formatProblem(problem);
      return !seen.has(id) && seen.add(id);
    });
}
