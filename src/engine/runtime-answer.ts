import { z } from "zod";
import type { Answer, Template } from "../rules/rulebook.ts";
import { parseDuration } from "../util/duration.ts";

/** Answers that a program or a plugin may give while running: the same words as in a rulebook, less the ones that need compiling. */
const duration = z.union([
  z.number().nonnegative().describe("seconds"),
  z.string().refine((text) => parseDuration(text) !== undefined, "a duration such as 10s"),
]);

const schemas = {
  HOLD: z.union([
    z.enum(["release", "keep"]),
    z.strictObject({ release: z.strictObject({ after: duration }) }),
  ]),
  REMOTE: z.union([
    z.enum(["accept", "skip"]),
    z.strictObject({ skip: z.int().min(1).max(1000) }),
    z.strictObject({ mod: z.strictObject({ host: z.string(), port: z.int().min(1).max(65535) }) }),
    z.strictObject({ from: z.string() }),
  ]),
};

export type Query = keyof typeof schemas;

/** Checks what a program or plugin answered; throws an Error that says what was expected. */
export function runtimeAnswer(query: Query, value: unknown, groups: ReadonlySet<string>): Answer {
  const parsed = schemas[query].safeParse(value);
  if (!parsed.success)
    throw new Error(`No answer for ${query}: ${JSON.stringify(value)?.slice(0, 200) ?? "nothing"}`);
  const answer = parsed.data;
  if (typeof answer === "string") return answer === "skip" ? { kind: "skip", count: 1 } : { kind: answer };
  if ("release" in answer) return { kind: "release", fixed: milliseconds(answer.release.after) };
  if ("skip" in answer) return { kind: "skip", count: answer.skip };
  if ("mod" in answer)
    return { kind: "mod", host: constant(answer.mod.host), port: constant(answer.mod.port) };
  if (!groups.has(answer.from)) throw new Error(`No answer for ${query}: unknown group '${answer.from}'`);
  return { kind: "from", group: answer.from };
}

function milliseconds(value: number | string): number {
  return typeof value === "number" ? value * 1000 : (parseDuration(value) ?? 0);
}

function constant(value: unknown): Template {
  return { constant: true, resolve: () => value };
}
