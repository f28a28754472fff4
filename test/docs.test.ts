import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PAGE, rewritten, tables } from "../.ci/reference.ts";
import { builtinCatalogue } from "../src/engine/actions/catalogue.ts";
import { compileMatcher } from "../src/rules/matchers.ts";
import type { Problem } from "../src/rules/rulebook.ts";
import { rulebookJsonSchema } from "../src/rules/load/json-schema.ts";
import { loadRulebooks } from "../src/rules/load/load.ts";
import { ANSWER_OPTIONS, ANSWERS, MATCHERS, PROBES, STEPS } from "../src/rules/vocabulary/words.ts";

const SRC = join(import.meta.dirname, "../src");
const rulebookPage = readFileSync(PAGE, "utf8");
const errorsPage = readFileSync(join(import.meta.dirname, "../docs/errors.md"), "utf8");

async function problemsOf(text: string): Promise<readonly Problem[]> {
  const { problems } = await loadRulebooks(["rulebook.yaml"], {
    actions: builtinCatalogue,
    plugins: () => Promise.reject(new Error("no plugins here")),
    readFile: () => text,
  });
  return problems;
}

const said = ({ severity, position, message }: Problem): string =>
  `${position.line}:${position.column}: ${severity}: ${message}`;

const messagesOf = async (text: string): Promise<string[]> => (await problemsOf(text)).map(said);

test("the tables of the reference are those of the code", () => {
  expect(rewritten(rulebookPage)).toBe(rulebookPage);
});

test("a stale table, an unknown marker and a table without a marker are noticed", () => {
  const page = "<!-- generated: a -->\n\nold\n\n<!-- end -->\n";
  expect(rewritten(page, { a: "new" })).toBe("<!-- generated: a -->\n\nnew\n\n<!-- end -->\n");
  expect(() => rewritten(page, {})).toThrow("There is no table 'a'");
  expect(() => rewritten(page, { a: "new", b: "new" })).toThrow("no marker for b");
});

test("every key, event, answer and action of the schema has a description", () => {
  const bare: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (typeof schema !== "object" || schema === null) return;
    for (const [name, value] of Object.entries(schema)) {
      if (name === "properties")
        for (const [key, property] of Object.entries(value as Record<string, { description?: string }>))
          if (!property.description) bare.push(`${path}.${key}`);
      visit(value, name === "properties" ? path : `${path}.${name}`);
    }
  };
  visit(rulebookJsonSchema(builtinCatalogue, []), "");
  expect(bare).toEqual([]);
});

test("no cell of a table is without its text", () => {
  const empty = Object.entries(tables()).flatMap(([name, text]) => {
    const [, , ...rows] = text.split("\n");
    const bad = rows.filter((row) => /undefined|\[object|\|\s+\|$/.test(row));
    return rows.length === 0 || bad.length > 0 ? [`${name}: ${bad.join("\n")}`] : [];
  });
  expect(empty).toEqual([]);
});

test("the answers, matchers, probes and steps that are told are the ones that the loader knows", async () => {
  const rule = (answer: string): string =>
    `version: 1\nremotes: { office: { candidates: from-daemon } }\nrules: [{ id: a, on: REMOTE, answer: ${answer} }]`;
  const [answer] = await messagesOf(rule("{ nothing: 1 }"));
  expect(answer).toContain("unknown answer 'nothing'");
  for (const [name, { queries }] of Object.entries(ANSWERS)) {
    const [message = ""] = await messagesOf(rule(`{ ${name}: [office] }`));
    expect(message).not.toContain("unknown answer");
    expect(message.includes("is for HOLD, not for REMOTE"), name).toBe(queries[0] === "HOLD");
  }
  expect(Object.keys(ANSWER_OPTIONS)).toEqual(["timeout", "else", "budget"]);

  const matcher = compileMatcher(["x"], {}, undefined, { file: "", line: 1, column: 1 }, { lists: [] });
  expect("problems" in matcher && matcher.problems[0]?.message).toBe(
    `expected one of ${Object.keys(MATCHERS).join(", ")}`,
  );

  const [probe] = await messagesOf(
    "version: 1\nremotes: { office: { candidates: from-daemon, probe: { every: 1s } } }",
  );
  const kinds = Object.keys(PROBES).filter((name) => name !== "every" && name !== "timeout");
  expect(probe).toContain(`A probe needs ${kinds.join(", ")} or a plugin's probe`);

  const [step] = await messagesOf("version: 1\ntests: [{ name: a, steps: [advance] }]");
  expect(step).toContain(`A step was expected: ${Object.keys(STEPS).join(", ")}`);
});

/** The fenced blocks of a page. */
function blocks(page: string): { language: string; text: string }[] {
  return [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = "", text = ""]) => ({
    language,
    text,
  }));
}

const rulebooks = blocks(rulebookPage).filter(({ text }) => text.startsWith("version:"));

test("the reference has examples", () => {
  expect(rulebooks.length).toBeGreaterThan(4);
});

test.each(rulebooks.map(({ text }, i) => [i + 1, text]))(
  "example %i of the reference loads without a word",
  async (_, text) => {
    expect(await messagesOf(String(text))).toEqual([]);
  },
);

const mistakes = blocks(errorsPage).flatMap(({ text }, i, all) =>
  all[i]?.language === "yaml" ? [[i, text, all[i + 1]?.text ?? ""] as const] : [],
);

test.each(mistakes)("mistake %i of the errors page is told as the page says", async (_, text, expected) => {
  expect((await messagesOf(text)).join("\n")).toBe(expected.trimEnd());
});

/** Texts in the sources that people get to see, outside of the loader; `…` for what is filled in. */
function textsIn(folders: RegExp, pattern: RegExp): string[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && folders.test(file))
    .flatMap((file) => [...readFileSync(join(SRC, file), "utf8").matchAll(pattern)])
    .map((match) => (match[1] ?? match[2] ?? "").replace(/\$\{[^}]*\}?/g, "…"))
    .filter((text) => /\w \w/.test(text));
}

const LITERAL = String.raw`(?:"([^"\n]*)"|${"`"}([^${"`"}\n]*))`;

/** The messages in the headings of the errors page. */
const headings = [...errorsPage.matchAll(/^###? (.*)$/gm)].flatMap(([, heading = ""]) =>
  [...heading.matchAll(/`([^`]+)`/g)].map(([, message = ""]) => message),
);

function untold(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => {
    const parts = text.split("…").map((part) => RegExp.escape(part));
    const pattern = new RegExp(`^${parts.join("[^`]*")}$`);
    return !headings.some((heading) => pattern.test(heading));
  });
}

const SEEN = /^(main|cli|connection|engine|plugin|protocol|quota|store|rules\/lists)/;
/** Nobody sees why a probe failed; the demos' own mistakes are ours. */
const UNSEEN = /probes|demo-/;

test("every error that the sources throw has its heading", () => {
  const folders = new RegExp(`^(?!.*(?:${UNSEEN.source}))${SEEN.source.slice(1)}`);
  const thrown = textsIn(folders, new RegExp(String.raw`new \w*Error\(\s*(?:"\w+",\s*)?${LITERAL}`, "g"));
  expect(thrown.length).toBeGreaterThan(50);
  expect(untold(thrown)).toEqual([]);
});

test("every complaint that is handed on or journalled has its heading", () => {
  const called = textsIn(
    SEEN,
    new RegExp(String.raw`(?:giveUp|barred|oddity|blocked|roblem|ail)\(\s*(?:step,\s*)?${LITERAL}`, "g"),
  );
  const journalled = textsIn(/^engine/, new RegExp(String.raw`(?:\berror: |#say\(\s*)${LITERAL}`, "g"));
  const outcomes = textsIn(
    /^(connection|engine\/session|protocol\/replies)/,
    new RegExp(String.raw`error: "\w+", text: ${LITERAL}`, "g"),
  );
  const returned = textsIn(
    /^(policy\/reach|quota|engine\/(variables|remotes|action-bench|actions\/daemon))/,
    new RegExp(String.raw`return ${LITERAL}`, "g"),
  );
  const reasons = textsIn(
    /^connection\/(transport|listen)/,
    new RegExp(String.raw`\bE[A-Z_]+: ${LITERAL}`, "g"),
  );
  expect([called, journalled, outcomes, returned, reasons].every((texts) => texts.length > 2)).toBe(true);
  expect(untold([...called, ...journalled, ...outcomes, ...returned, ...reasons])).toEqual([]);
});

test("every code of a failed action has its heading", () => {
  const union =
    /readonly code: ([^;]+);/.exec(readFileSync(join(SRC, "plugin/contract.ts"), "utf8"))?.[1] ?? "";
  const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code = ""]) => code);
  expect(codes).toContain("gone");
  expect(codes.filter((code) => !headings.includes(code))).toEqual([]);
});

test("every exit code is told", () => {
  const files = ["main.ts", "cli/run.ts", "cli/client.ts", "cli/send.ts"].map((file) =>
    readFileSync(join(SRC, file), "utf8"),
  );
  const found = files.flatMap((text) =>
    [...text.matchAll(/(?:return|resolve\(|[?:]) ?(\d)\b/g)].map(([, code]) => code),
  );
  const told = [...errorsPage.matchAll(/^\| `(\d)`/gm)].map(([, code]) => code);
  expect(new Set(told)).toEqual(new Set(found));
});
