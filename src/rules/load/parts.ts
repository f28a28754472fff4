import { readFileSync, statSync } from "node:fs";
import { dirname, relative, resolve as resolvePath } from "node:path";
import { isMap, isScalar, type Node } from "yaml";
import type { Problem } from "../rulebook.ts";
import { Context } from "./context.ts";
import { list, text, unknownKey } from "./shape.ts";
import { asWritten, short } from "./words.ts";
import { LARGEST_FILE, Source } from "./source.ts";
import type { ActionCatalogue, Part, PluginLoader } from "./world.ts";
import { whyUnreadable } from "../../util/file-error.ts";

export interface LoadOptions {
  /** `--set NAME=VALUE` */
  readonly set?: Readonly<Record<string, string>>;
  /** They are for other rulebooks as well: what is no parameter of these is passed over. */
  readonly setForOthers?: boolean;
  readonly plugins: PluginLoader;
  readonly actions: ActionCatalogue;
  readonly readFile?: (path: string) => string;
}

/** The sections of a rulebook, in the order in which people write them. */
export const SECTIONS = [
  "version",
  "params",
  "daemons",
  "secrets",
  "lists",
  "windows",
  "variables",
  "remotes",
  "proxies",
  "counters",
  "quotas",
  "defaults",
  "plugins",
  "include",
  "rules",
  "tests",
] as const;

const FUTURE_SECTIONS = ["notifiers"];

interface Reading {
  readonly parts: Map<string, Part>;
  readonly problems: Problem[];
  readonly options: LoadOptions;
}

/** Reads a file behind those that it includes. `name` is how people know it. */
export function readPart(
  path: string,
  name: string,
  from: { node: Node; context: Context } | undefined,
  chain: readonly string[],
  reading: Reading,
): void {
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
    readPart(
      target,
      relative(process.cwd(), target) || file,
      { node: context.item(include, i) as Node, context },
      [...chain, path],
      reading,
    );
  }
  reading.parts.set(path, { context, directory, sections });
}

function contentOf(path: string, options: LoadOptions): { text: string } | { error: string } {
  try {
    if (options.readFile) return sized(options.readFile(path));
    const stat = statSync(path);
    if (stat.isDirectory()) return { error: "it is a directory" };
    if (stat.size > LARGEST_FILE)
      return { error: `it has ${stat.size} bytes, and a rulebook has at most ${LARGEST_FILE}` };
    const bytes = readFileSync(path);
    if (bytes.includes(0)) return { error: "it is no text" };
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      error:
        code === undefined || code === "ERR_ENCODING_INVALID_ENCODED_DATA"
          ? "it is no UTF-8 text"
          : whyUnreadable(error),
    };
  }
}

function sized(text: string): { text: string } | { error: string } {
  if (text.length <= LARGEST_FILE) return { text };
  return { error: `it has ${text.length} bytes, and a rulebook has at most ${LARGEST_FILE}` };
}

/** The top level of a file; the values are read later, section by section. */
function sectionsOf(context: Context, broken: boolean): ReadonlyMap<string, Node> {
  const { contents } = context.source.document;
  const sections = new Map<string, Node>();
  if (!isMap(contents)) {
    if (!broken)
      context.error(contents ?? undefined, `A rulebook was expected: a map that begins with version: 1`);
    return sections;
  }
  for (const pair of contents.items) {
    if (!isScalar(pair.key)) continue;
    const name = asWritten(pair.key);
    if (!(SECTIONS as readonly string[]).includes(name))
      context.error(pair.key, unknownKey(name, SECTIONS, FUTURE_SECTIONS));
    else if (pair.value !== null) sections.set(name, pair.value as Node);
  }
  const version = sections.get("version");
  if (!version) context.error(contents, "The rulebook's version is missing; version: 1 was expected");
  else {
    const scalar = context.scalar(version, "A number");
    if (scalar && scalar.value !== 1)
      context.error(version, `version ${short(scalar.text)} is not known; version: 1 was expected`);
  }
  return sections;
}
