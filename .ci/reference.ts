// Writes the tables of docs/rulebook.md from the code's own. `--check` only says whether they are stale.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtinCatalogue } from "../src/engine/actions/catalogue.ts";
import { COMMANDS, usage, versionsText } from "../src/protocol/commands.ts";
import { standardFunctions } from "../src/rules/cel/functions.ts";
import { typeName } from "../src/rules/cel/kinds.ts";
import type { Fields, FunctionSpec } from "../src/rules/cel/types.ts";
import { expressionText } from "../src/rules/load/expressions.ts";
import { rulebookJsonSchema } from "../src/rules/load/json-schema.ts";
import { duration, type JsonSchema, size, text } from "../src/rules/load/shape.ts";
import { whyNot } from "../src/engine/actions/management.ts";
import { COMMON_FIELDS, EVENTS } from "../src/rules/vocabulary/events.ts";
import * as scopes from "../src/rules/vocabulary/scopes.ts";
import * as words from "../src/rules/vocabulary/words.ts";

export const PAGE = join(import.meta.dirname, "../docs/rulebook.md");

const schema = rulebookJsonSchema(builtinCatalogue, []);

/** The tables by the name in their marker. */
export function tables(): Record<string, string> {
  const top = properties(schema);
  const rule = items(top["rules"]);
  const each = properties(branch(items(properties(rule)["do"])));
  const { action } = schema["definitions"] as { action: JsonSchema };
  const actions = { ...properties(branch(action)), ...each };
  const group = entries(top["remotes"]);
  const proxyGroup = entries(top["proxies"]);
  const test = items(top["tests"]);
  const aside = ["daemon", "timeout", "on-error"];
  return {
    sections: table(
      ["key", ""],
      Object.entries(top).map(([name, { description }]) => [code(name), String(description)]),
    ),
    params: keys(entries(top["params"])),
    daemons: keys(entries(top["daemons"])),
    secrets: keys(entries(top["secrets"])),
    windows: keys(entries(top["windows"])),
    variables: keys(entries(top["variables"])),
    proxies: keys(proxyGroup, ["probe"]),
    proxy: keys(branch(items(properties(proxyGroup)["candidates"]))),
    counters: keys(entries(top["counters"])),
    quotas: keys(entries(top["quotas"])),
    defaults: keys(top["defaults"], Object.keys(properties(top["defaults"]))),
    plugins: keys(branch(entries(top["plugins"]))),
    group: keys(group, ["probe"]),
    candidate: keys(items(branch(properties(group)["candidates"]))),
    probes: wordTable("key", words.PROBES),
    rule: keys(rule, ["on", "where", "answer", "do"]),
    schedule: keys(branch(properties(rule)["on"])),
    events: table(
      ["event", "", "fields"],
      Object.entries(EVENTS).map(([name, { about, query, fields }]) => [
        code(name),
        `${query ? "**query:** " : ""}${about}`,
        Object.keys(fields).map(code).join(" ") || "–",
      ]),
    ),
    fields: fieldTable(eventFields()),
    scope: fieldTable([
      ["daemon", scopes.DAEMON_FIELDS],
      ["remote", scopes.REMOTE_FIELDS],
      ["client", scopes.CLIENT_FIELDS],
      ["candidate", scopes.CANDIDATE_FIELDS],
    ]),
    functions: table(
      ["function", ""],
      Object.entries(standardFunctions({ windows: [], counters: [], quotas: [] })).map(([name, spec]) => [
        code(call(name, spec)),
        String(spec.about),
      ]),
    ),
    matchers: wordTable("matcher", words.MATCHERS),
    answers: table(
      ["answer", "query", "takes", ""],
      Object.entries(words.ANSWERS).map(([name, { queries, takes, about }]) => [
        code(name),
        queries === "any" ? "any" : queries.join(", "),
        takes,
        about,
      ]),
    ),
    "answer-keys": keys(branch(properties(rule)["answer"]), Object.keys(words.ANSWERS), true),
    actions: table(
      ["action", "takes", ""],
      Object.entries(actions)
        .filter(([name]) => !aside.includes(name))
        .map(([name, action]) => [
          code(name),
          takes(branches(action)[0] ?? action),
          String(action["description"]),
        ]),
    ),
    "action-keys": keys({
      properties: Object.fromEntries(aside.map((name) => [name, actions[name]])),
    } as JsonSchema),
    "for-each": keys(actions["for-each"], ["do"]),
    commands: table(
      ["command", "OpenVPN"],
      COMMANDS.filter(({ name }) => whyNot(name) === undefined).flatMap((command) =>
        command.forms.map((form) => [code(usage(command, form)), versionsText(command, form)]),
      ),
    ),
    test: keys(test, ["steps"]),
    steps: wordTable("step", words.STEPS),
  };
}

/** The page with its tables as they should be. Throws an Error for a marker without a table, and for a table without a marker. */
export function rewritten(page: string, wanted = tables()): string {
  const missing = new Set(Object.keys(wanted));
  const result = page.replaceAll(
    /(<!-- generated: (\S+) -->\n)[^]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const content = wanted[name];
      if (content === undefined) throw new Error(`There is no table '${name}'`);
      missing.delete(name);
      return `${begin}\n${content}\n\n${end}`;
    },
  );
  if (missing.size > 0) throw new Error(`The page has no marker for ${[...missing].join(", ")}`);
  return result;
}

const properties = (of: JsonSchema | undefined): Record<string, JsonSchema> =>
  (of?.["properties"] ?? {}) as Record<string, JsonSchema>;

/** What stands under names of one's own. */
function entries(of: JsonSchema | undefined): JsonSchema {
  return (of?.["additionalProperties"] ?? {}) as JsonSchema;
}

const items = (of: JsonSchema | undefined): JsonSchema => (of?.["items"] ?? {}) as JsonSchema;

function branches(of: JsonSchema | undefined): readonly JsonSchema[] {
  return (of?.["anyOf"] ?? []) as JsonSchema[];
}

/** Of several forms the first that is a map or a list of maps, however deep. */
function branch(of: JsonSchema | undefined): JsonSchema {
  const found = branches(of).map((form) => (form["anyOf"] ? branch(form) : form));
  return found.find((form) => form["properties"] ?? properties(items(form))["host"]) ?? {};
}

/** A row a key; maps with known keys add a row for each of theirs. `hidden`: told elsewhere, or only their own keys here. */
function keys(of: JsonSchema | undefined, told: readonly string[] = [], onlyInner = false): string {
  const rows = (map: JsonSchema | undefined, prefix: string): string[][] =>
    Object.entries(properties(map)).flatMap(([name, key]) => {
      const path = prefix + name;
      const required = ((map?.["required"] ?? []) as string[]).includes(name);
      const isTold = told.includes(path);
      const row = [
        code(path),
        isTold ? "see below" : takes(key),
        `${String(key["description"])}${required ? " **(needed)**" : ""}`,
      ];
      const inner = isTold && !onlyInner ? [] : rows(key, `${path}.`);
      return isTold && onlyInner ? inner : [row, ...inner];
    });
  return table(["key", "takes", ""], rows(of, ""));
}

/** A schema without the form `${params.x}`, which almost everything may have. */
function plain(of: JsonSchema): JsonSchema {
  const forms = branches(of).filter(({ pattern }) => pattern !== String.raw`^\$\{`);
  const [only, another] = forms;
  return only && !another && forms.length < branches(of).length ? only : of;
}

/** What may stand there, in few words. */
function takes(form: JsonSchema): string {
  const of = plain(form);
  const { type, pattern, const: only } = of;
  const is = (other: JsonSchema): boolean =>
    JSON.stringify(other["type"]) === JSON.stringify(type) && other["pattern"] === pattern;
  if (Array.isArray(of["enum"])) return of["enum"].map((word) => code(String(word))).join(" ");
  if (typeof only === "string" || only === true) return code(`${only}`);
  if (branches(of).length > 0) return [...new Set(branches(of).map(takes))].join(", or ");
  if (type === "array") return `list: ${takes(items(of))}`;
  if (of["properties"]) return `{ ${Object.keys(properties(of)).join(", ")} }`;
  if (type === "object") return "map";
  if (is(plain(duration().schema))) return "duration";
  if (is(plain(size.schema))) return "size";
  if (is(expressionText.schema)) return "expression";
  if (is(text.schema) || type === "string") return "text";
  if (type === "boolean") return "`true` `false`";
  if (type === "integer" || type === "number") return range(of);
  return "any value";
}

function range({ type, minimum, maximum }: JsonSchema): string {
  const what = type === "integer" ? "whole number" : "number";
  const most = Number.MAX_SAFE_INTEGER;
  if (typeof maximum === "number" && maximum < most) return `${what}, ${String(minimum)}–${maximum}`;
  return typeof minimum === "number" && minimum > -most ? `${what}, ≥ ${minimum}` : what;
}

/** Events with the same fields share their rows. */
function eventFields(): [string, Fields][] {
  const found = new Map<Fields, string[]>();
  for (const [name, { fields }] of Object.entries(EVENTS))
    found.set(fields, [...(found.get(fields) ?? []), name]);
  const all: [string, Fields][] = [...found].map(([fields, names]) => [names.join(", "), fields]);
  return [["every event", COMMON_FIELDS], ...all];
}

function fieldTable(groups: readonly (readonly [string, Fields])[]): string {
  const rows = groups.flatMap(([owner, fields]) =>
    Object.entries(fields).map(([name, { type, about, optional }], i) => [
      i === 0 ? owner : "",
      code(name),
      typeName(type),
      `${String(about)}${optional ? " (may be missing)" : ""}`,
    ]),
  );
  return table(["of", "field", "type", ""], rows);
}

function wordTable(title: string, specs: Readonly<Record<string, words.WordSpec>>): string {
  return table(
    [title, "takes", ""],
    Object.entries(specs).map(([name, { takes: form, about }]) => [code(name), form, about]),
  );
}

function call(name: string, { params, optionalParams = 0, returns }: FunctionSpec): string {
  const given = params.map((type, i) => `${typeName(type)}${i >= params.length - optionalParams ? "?" : ""}`);
  return `${name}(${given.join(", ")}) → ${typeName(returns)}`;
}

export const code = (word: string): string => `\`${word}\``;

/** Columns padded, as the formatter leaves them. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rows = [head, ...body].map((row) => row.map((cell) => cell.replaceAll("|", String.raw`\|`)));
  const widths = head.map((_, i) => Math.max(3, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const [first = "", ...rest] = rows.map((row) => line(row.map((cell, i) => cell.padEnd(widths[i] ?? 0))));
  return [first, line(widths.map((width) => "-".repeat(width))), ...rest].join("\n");
}

/** Rewrites a page, or with `--check` says that it is stale. */
export function refresh(path: string, wanted: Record<string, string>): void {
  const page = readFileSync(path, "utf8");
  const fresh = rewritten(page, wanted);
  if (fresh === page) return;
  if (process.argv.includes("--check")) {
    console.error(`${path} is stale; without --check its tables are rewritten`);
    process.exitCode = 1;
  } else writeFileSync(path, fresh);
}

if (import.meta.main) refresh(PAGE, tables());
