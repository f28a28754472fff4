import { relative } from "node:path";
import { builtinCatalogue } from "../../../src/engine/actions/catalogue.ts";
import type { PluginDefinition } from "../../../src/plugin/contract.ts";
import { formatProblem, type Loaded, loadRulebooks } from "../../../src/rules/load/load.ts";

/** Stands in a rulebook's text before each place at which a mistake must be told. */
const MARK = "«";

export const FILE = "rules/night.yaml";

export interface Setting {
  /** Other files by their path, such as `rules/shared.yaml`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly set?: Readonly<Record<string, string>>;
  readonly plugins?: Readonly<Record<string, PluginDefinition>>;
}

export async function load(
  text: string,
  { files = {}, set = {}, plugins = {} }: Setting = {},
): Promise<Loaded> {
  const contents: Readonly<Record<string, string>> = { ...files, [FILE]: text };
  return loadRulebooks([FILE], {
    set,
    actions: builtinCatalogue,
    plugins: (path) =>
      Promise.resolve(plugins[known(path)] ?? Promise.reject(new Error(`no plugin at ${known(path)}`))),
    readFile: (path) =>
      contents[known(path)] ?? raise(Object.assign(new Error("missing"), { code: "ENOENT" })),
  });
}

/** The mistakes of a rulebook as `line:column: message`. */
export async function mistakesOf(text: string, setting?: Setting): Promise<string[]> {
  const { problems } = await load(text, setting);
  return problems
    .filter((problem) => problem.severity === "error")
    .map((problem) => formatProblem(problem).replace(`${FILE}:`, "").replace(" error:", ""));
}

/** A marked text: without its marks, and what must be told at each of them. */
export function marked(text: string, messages: readonly string[]): { text: string; expected: string[] } {
  const pieces = text.split(MARK);
  const places = pieces.slice(0, -1).map((_, i) => {
    const lines = pieces
      .slice(0, i + 1)
      .join("")
      .split("\n");
    return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
  });
  if (places.length !== messages.length)
    throw new Error(`${places.length} marks, ${messages.length} messages`);
  return { text: pieces.join(""), expected: messages.map((message, i) => `${places[i]}: ${message}`) };
}

/** Something of each kind that can be declared, and then these rules. */
export function withRules(rules: string): string {
  return `version: 1
params:
  limit: { type: size, default: 10MB }
  hosts: { type: list, default: [a, b] }
daemons: { office: { management: "unix:/run/office.sock", password: { secret: entry } } }
secrets: { entry: { env: ENTRY } }
lists: { banned: [10.0.0.1] }
windows: { night: { from: "22:00", to: "06:00" } }
variables: { draining: { type: bool, default: false }, quiet_since: { type: number, default: 0 } }
counters: { tls_errors: { key: remote.host } }
remotes: { sites: { candidates: [{ host: vpn1.example.net, port: 1194, proto: udp }] } }
rules:
${rules}
`;
}

/** Paths as the working directory sees them, for it may be any. */
function known(path: string): string {
  return relative(process.cwd(), path);
}

function raise(error: Error): never {
  throw error;
}
