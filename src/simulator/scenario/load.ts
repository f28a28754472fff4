import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import { didYouMean } from "../../util/suggest.ts";
import { type Scenario, scenarioSchema } from "./schema.ts";

/** A mistake, and where it stands. */
export interface ScenarioProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type LoadedScenario =
  | { readonly scenario: Scenario }
  /** In the order of the text. */
  | { readonly problems: readonly ScenarioProblem[] };

/** A larger file is no scenario. */
const LARGEST = 1024 * 1024;

/** Reads a scenario and checks it: all that is wrong at once. */
export function loadScenario(text: string): LoadedScenario {
  const lines = new LineCounter();
  const at = (offset: number, message: string): ScenarioProblem => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), message };
  };
  if (text.length > LARGEST) return { problems: [at(0, "The file is larger than 1 MiB")] };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return { problems: broken.map(({ pos, message }) => at(pos[0], message)) };
  const result = scenarioSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  const root = document.contents as Node | null;
  const found = result.success
    ? meaningless(result.data)
    : result.error.issues.flatMap(flattened).flatMap(said);
  if (result.success && found.length === 0) return { scenario: result.data };
  const problems = found.map(({ path, key, message }) => at(offsetOf(root, path, key), message));
  return { problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column) };
}

interface Said {
  readonly path: readonly PropertyKey[];
  /** The key itself is meant, not its value. */
  readonly key: boolean;
  readonly message: string;
}

/** Of several forms, the mistakes of the one that comes nearest. */
function flattened(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const nearest = issue.errors.toSorted((one, other) => depth(other) - depth(one))[0] ?? [];
  return nearest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(flattened);
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(...issues.map(({ path }) => path.length));
}

function said(issue: z.core.$ZodIssue): Said[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      key: true,
      message: `unknown key '${key}'${didYouMean(key, keysOf(issue.path))}`,
    }));
  if (issue.code === "invalid_key")
    return [{ path: issue.path, key: true, message: issue.issues[0]?.message ?? issue.message }];
  return [{ path: issue.path, key: false, message: issue.message }];
}

/** The keys that are known at a place, to suggest one. */
function keysOf(path: readonly PropertyKey[]): string[] {
  const of = (schema: unknown): string[] => Object.keys((schema as { shape?: object }).shape ?? {});
  const { daemon, clients, events } = scenarioSchema.shape;
  const [section, ...rest] = path;
  if (section === undefined) return of(scenarioSchema);
  if (section === "daemon" && rest.length === 0) return daemon.options.flatMap(of);
  if (section === "clients" && rest.length === 1) return of(clients.unwrap().valueType);
  if (section === "events" && rest.length === 1) return of(events.unwrap().element);
  return [];
}

/** What each part allows and the whole does not. */
function meaningless({ daemon, clients, network, events }: Scenario): Said[] {
  const found: Said[] = [];
  const add = (path: readonly PropertyKey[], message: string, key = true): void =>
    void found.push({ path, key, message });
  const isServer = daemon.mode === "server";
  if (daemon.management && daemon.dials)
    add(["daemon", "dials"], "A daemon listens on management: or dials, not both");
  if (isServer && Object.keys(network).length > 0) add(["network"], "Only clients meet a network");
  if (!isServer && Object.keys(clients).length > 0) add(["clients"], "Only a server has clients");
  const [serverOnly, clientOnly] = [
    ["come", "go", "renegotiate", "login", "respond"],
    ["network", "reset", "halt", "deny"],
  ];
  for (const [i, event] of events.entries()) {
    for (const key of (isServer ? clientOnly : serverOnly) ?? [])
      if (Object.hasOwn(event, key)) add(["events", i, key], `A ${daemon.mode} has no '${key}'`);
    if (!isServer) continue;
    for (const [key, name] of namesIn(event))
      if (!Object.hasOwn(clients, name))
        add(
          ["events", i, key],
          `There is no client '${name}'${didYouMean(name, Object.keys(clients))}`,
          false,
        );
  }
  return found;
}

function namesIn({
  come = [],
  go = [],
  renegotiate = [],
  login,
  respond,
  traffic,
}: Scenario["events"][number]): [string, string][] {
  const of = (key: string, names: readonly string[]): [string, string][] => names.map((name) => [key, name]);
  const rates = traffic && !isRates(traffic) ? Object.keys(traffic) : [];
  return [
    ...of("come", come),
    ...of("go", go),
    ...of("renegotiate", renegotiate),
    ...of("login", Object.keys(login ?? {})),
    ...of("respond", Object.keys(respond ?? {})),
    ...of("traffic", rates),
  ];
}

/** Rates of the whole, not by client. */
export function isRates(
  traffic: NonNullable<Scenario["events"][number]["traffic"]>,
): traffic is { in: number; out: number } {
  return typeof traffic["in"] === "number";
}

function offsetOf(root: Node | null, path: readonly PropertyKey[], key: boolean): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [i, step] of path.entries()) {
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
      : undefined;
    const next = pair?.value ?? (node as { items?: unknown[] } | null)?.items?.[Number(step)];
    const shown = pair && key && i === path.length - 1 ? pair.key : (next ?? pair?.key);
    offset = (shown as Node | undefined)?.range?.[0] ?? offset;
    node = next;
  }
  return offset;
}
