import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { expect } from "vitest";
import { BOOL, listOf, mapOf, NUMBER, TEXT } from "../../../src/rules/cel/kinds.ts";
import { compileExpression } from "../../../src/rules/cel/compile.ts";
import type { Fields, Scope } from "../../../src/rules/cel/types.ts";
import { generate, MAP, VARIABLES, type Mode } from "./generate.ts";

const TYPES = {
  number: NUMBER,
  text: TEXT,
  bool: BOOL,
  numbers: listOf(NUMBER),
  texts: listOf(TEXT),
} as const;

const values: Record<string, unknown> = { m: MAP, deep: { a: MAP } };
const variables: Record<string, Fields[string]> = {
  m: { type: mapOf(NUMBER) },
  deep: { type: mapOf(mapOf(NUMBER)) },
};
for (const [sort, type] of Object.entries(TYPES)) {
  for (const [name, value] of Object.entries(VARIABLES[sort as keyof typeof TYPES])) {
    values[name] = value;
    variables[name] = { type };
  }
}

export const SCOPE: Scope = { variables, functions: {} };
export const VALUES: Readonly<Record<string, unknown>> = values;

/** Any error is like any other. No value is written so. */
export const ERROR = "error";

/** What an expression gives here, as JSON. */
export function ours(source: string): string {
  const compiled = compileExpression(source, SCOPE);
  if ("problems" in compiled)
    throw new Error(`refused: ${compiled.problems.map(({ message }) => message).join()}`);
  try {
    return JSON.stringify(compiled.expression.run(VALUES));
  } catch {
    return ERROR;
  }
}

/** What cel-js gives, its ints as numbers. */
export function theirs(source: string, mode: Mode): string {
  const evaluate = environments[mode].parse(source);
  // A refusal must not pass for an error of the evaluation: the two would agree for different reasons.
  const { error } = evaluate.check();
  if (error) throw error;
  try {
    return JSON.stringify(evaluate(inputs[mode]), (_key, value: unknown) => toNumber(value));
  } catch {
    return ERROR;
  }
}

const environments: Record<Mode, Environment> = { int: environment("int"), double: environment("double") };
const inputs: Record<Mode, Record<string, unknown>> = { int: toInts(values), double: values };

function environment(mode: Mode): Environment {
  const names = {
    number: mode,
    text: "string",
    bool: "bool",
    numbers: `list<${mode}>`,
    texts: "list<string>",
  };
  const made = new Environment()
    .registerVariable("m", `map<string, ${mode}>`)
    .registerVariable("deep", `map<string, map<string, ${mode}>>`);
  for (const sort of Object.keys(TYPES) as (keyof typeof TYPES)[]) {
    for (const name of Object.keys(VARIABLES[sort])) made.registerVariable(name, names[sort]);
  }
  return made;
}

function toInts(value: unknown): Record<string, unknown> {
  const text = JSON.stringify(value);
  return JSON.parse(text, (_key, item: unknown) =>
    typeof item === "number" ? BigInt(item) : item,
  ) as Record<string, unknown>;
}

function toNumber(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

/** Compares us with cel-js on `runs` random expressions; every failure names the seed, which SEED=… repeats. */
export function compareOnRandomExpressions(mode: Mode, runs: number, seed: number): void {
  let errors = 0;
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 32, size: "max" }), (bytes) => {
      const source = generate(bytes, mode);
      seen.add(source);
      const [outcome, wanted] = [ours(source), theirs(source, mode)];
      if (outcome === ERROR) errors++;
      if (outcome !== wanted) throw new Error(`${source}\n  ours: ${outcome}\n  cel-js: ${wanted}`);
    }),
    { numRuns: runs, seed },
  );
  console.log(
    `${runs} expressions over ${mode}s, ${seen.size} different, ${errors} with an error, SEED=${seed}`,
  );
  // A generator that makes trivial or only failing expressions would prove nothing.
  expect(seen.size).toBeGreaterThan(runs * 0.8);
  expect(errors).toBeLessThan(runs * 0.4);
  expect(errors).toBeGreaterThan(runs * 0.02);
}

/** Another one for each run of the tests. */
export function randomSeed(): number {
  return Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
}
