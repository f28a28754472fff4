import { readFileSync, statSync } from "node:fs";
import { dirname, relative, resolve as resolvePath } from "node:path";
import { isMap, isScalar, type Node } from "yaml";
import { didYouMean } from "../../util/suggest.ts";
import type { DaemonSpec, Problem, Rulebook } from "../rulebook.ts";
import { readAnswer } from "./answers.ts";
import { Context } from "./context.ts";
import { declareNames, readCounters, readDaemons, readLists, readParams, readSecrets, readVariables, readWindows, section } from "./declarations.ts";
import { readGroups } from "./groups.ts";
import { lint } from "./lint.ts";
import { readPlugins } from "./plugins.ts";
import { readRules } from "./rules.ts";
import { keyText, list, short, text, unknownKey } from "./shape.ts";
import { LARGEST_FILE, Source } from "./source.ts";
import { readTests } from "./tests.ts";
import { type ActionCatalogue, type Part, type PluginLoader, World } from "./world.ts";

export type { ActionCatalogue, PluginLoader } from "./world.ts";

export interface LoadOptions {
  /** `--set NAME=VALUE` */
  readonly set?: Readonly<Record<string, string>>;
  readonly plugins: PluginLoader;
  readonly actions: ActionCatalogue;
  readonly readFile?: (path: string) => string;
}

export interface Loaded {
  /** There is none when a problem is an error. */
  readonly rulebook: Rulebook | undefined;
  /** In the order of files and places. */
  readonly problems: readonly Problem[];
}

/** The sections of a rulebook, in the order in which people write them. */
export const SECTIONS = ["version", "params", "daemons", "secrets", "lists", "windows", "variables", "remotes", "counters", "defaults", "plugins", "include", "rules", "tests"] as const;

const FUTURE_SECTIONS = ["proxies", "quotas", "notifiers"];

/** Reads rulebooks, checks and compiles them: all problems of all files at once. Paths are resolved against the working directory. */
export async function loadRulebooks(files: readonly string[], options: LoadOptions): Promise<Loaded> {
  const problems: Problem[] = [];
  const world = new World(options.actions);
  const parts = new Map<string, Part>();
  for (const file of files) readPart(resolvePath(file), file, undefined, [], { parts, problems, options });
  const all = [...parts.values()];

  const set = new Map(Object.entries(options.set ?? {}));
  for (const part of all) readParams(part, world, set);
  checkSet(set, world, files, problems);
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
    noteEmitted(part, world);
  }
  for (const part of all) await readPlugins(part, world, options.plugins);
  const daemons = all.flatMap((part) => readDaemons(part, world));
  const remotes = all.flatMap((part) => readGroups(part, world));
  for (const { name, candidates } of remotes)
    if (candidates !== "from-daemon") world.hosts.set(name, new Set(candidates.map(({ host }) => host)));
  const counters = record(readCounters);
  const defaults = readDefaults(all, world);
  const index = { next: 0 };
  const rules = all.flatMap((part) => readRules(part, world, index));
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
    counters,
    defaults,
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

interface Reading {
  readonly parts: Map<string, Part>;
  readonly problems: Problem[];
  readonly options: LoadOptions;
}

/** Reads a file behind those that it includes. `name` is how people know it. */
function readPart(path: string, name: string, from: { node: Node; context: Context } | undefined, chain: readonly string[], reading: Reading): void {
  const fail = (message: string): void => {
    if (from) from.context.error(from.node, message);
    else reading.problems.push({ severity: "error", position: { file: name, line: 1, column: 1 }, message });
  };
  if (chain.includes(path)) return fail(`${name} includes itself`);
  if (reading.parts.has(path)) return;
  const content = contentOf(path, reading.options);
  if ("error" in content) return fail(`Cannot read ${name}: ${content.error}`);
  const source = new Source(name, content.text);
  const context = new Context(source, reading.problems);
  const syntax = source.problems();
  reading.problems.push(...syntax);
  const sections = sectionsOf(context, syntax.length > 0);
  const directory = dirname(path);
  const include = sections.get("include");
  for (const [i, file] of (include ? (list(text).read(include, context) ?? []) : []).entries()) {
    const target = resolvePath(directory, file);
    readPart(target, relative(process.cwd(), target) || file, { node: context.item(include, i) as Node, context }, [...chain, path], reading);
  }
  reading.parts.set(path, { context, directory, sections });
}

function contentOf(path: string, options: LoadOptions): { text: string } | { error: string } {
  try {
    if (options.readFile) return { text: options.readFile(path) };
    const stat = statSync(path);
    if (stat.isDirectory()) return { error: "it is a directory" };
    if (stat.size > LARGEST_FILE)
      return { error: `it has ${stat.size} bytes, and a rulebook has at most ${LARGEST_FILE}` };
    const bytes = readFileSync(path);
    if (bytes.includes(0)) return { error: "it is no text" };
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = { ENOENT: "no such file", EACCES: "permission denied", ENOTDIR: "no such file" };
    return { error: code === undefined || code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "it is no UTF-8 text" : (reasons[code] ?? code) };
  }
}

/** The top level of a file; the values are read later, section by section. */
function sectionsOf(context: Context, broken: boolean): ReadonlyMap<string, Node> {
  const { contents } = context.source.document;
  const sections = new Map<string, Node>();
  if (!isMap(contents)) {
    if (!broken) context.error(contents ?? undefined, `A rulebook was expected: a map that begins with version: 1`);
    return sections;
  }
  for (const pair of contents.items) {
    if (!isScalar(pair.key)) continue;
    const name = keyText(pair.key);
    if (!(SECTIONS as readonly string[]).includes(name)) context.error(pair.key, unknownKey(name, SECTIONS, FUTURE_SECTIONS));
    else if (pair.value !== null) sections.set(name, pair.value as Node);
  }
  const version = sections.get("version");
  if (!version) context.error(contents, "The rulebook's version is missing; version: 1 was expected");
  else {
    const scalar = context.scalar(version, "A number");
    if (scalar && scalar.value !== 1) context.error(version, `version ${short(scalar.text)} is not known; version: 1 was expected`);
  }
  return sections;
}

function checkSet(set: ReadonlyMap<string, string>, world: World, files: readonly string[], problems: Problem[]): void {
  for (const name of set.keys())
    if (!world.names.param.has(name))
      problems.push({
        severity: "error",
        position: { file: files[0] ?? "--set", line: 1, column: 1 },
        message: `--set ${short(name)}: the rulebook has no such parameter${didYouMean(name, world.names.param)}`,
      });
}


/** Own events that rules emit are known to all rules, wherever they stand. */
function noteEmitted(part: Part, world: World): void {
  const walk = (node: unknown): void => {
    const plain = part.context.plain(node);
    const visit = (value: unknown): void => {
      if (Array.isArray(value)) value.forEach(visit);
      else if (typeof value === "object" && value !== null)
        for (const [key, child] of Object.entries(value)) {
          const event = key === "emit" ? (child as { event?: unknown } | null)?.event : undefined;
          if (typeof event === "string") world.emitted.add(event);
          visit(child);
        }
    };
    visit(plain);
  };
  const rules = part.sections.get("rules");
  if (rules) walk(rules);
}

function readDefaults(parts: readonly Part[], world: World): Rulebook["defaults"] {
  let defaults: Rulebook["defaults"] = { HOLD: { kind: "release" }, REMOTE: { kind: "accept" } };
  const seen = new Set<string>();
  for (const part of parts)
    for (const [query, pair] of section(part, "defaults")) {
      const { context } = part;
      if (query !== "HOLD" && query !== "REMOTE") {
        context.error(pair.key, unknownKey(query, ["HOLD", "REMOTE"], ["PROXY", "NEED-OK", "NEED-STR", "CLIENT:CONNECT", "CLIENT:REAUTH", "CLIENT:CR_RESPONSE", "PASSWORD:NEED"]));
        continue;
      }
      if (seen.has(query)) context.error(pair.key, `the default of ${query} is given twice`);
      seen.add(query);
      const scope = world.eventScope([query]);
      const answer = readAnswer(pair.value, { context, world, queries: [query], scope });
      if (answer) defaults = { ...defaults, [query]: answer };
    }
  return defaults;
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
