import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { PluginDefinition } from "./contract.ts";
import { installModules } from "./modules.ts";

/** A plugin that does not come up in this time is left out, ms. */
const IMPORT_TIMEOUT = 10_000;

const callable = z.custom<(...args: never[]) => unknown>(
  (value) => typeof value === "function",
  "a function was expected",
);
const schema = z.custom<z.ZodType>(
  (value) => typeof (value as { safeParse?: unknown } | null)?.safeParse === "function",
  "a zod schema was expected",
);
const about = z.string().optional();
const word = z.string().regex(/^[a-z][a-zA-Z0-9_-]*$/, "a name of letters, digits, - and _ was expected");
const functionType = z.enum(["number", "text", "bool", "size", "duration", "time", "any"]);

/** What a plugin's default export must be. Unknown kinds are refused: a typing slip would else never be noticed. */
const pluginSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, "a name of a-z, 0-9 and - was expected"),
  config: schema.optional(),
  functions: z
    .record(
      word,
      z.strictObject({ about, params: z.array(functionType), returns: functionType, call: callable }),
    )
    .optional(),
  actions: z
    .record(
      word,
      z.strictObject({
        about,
        params: schema,
        forClient: z.union([z.literal(true), callable]).optional(),
        run: callable,
      }),
    )
    .optional(),
  answers: z
    .record(
      word,
      z.strictObject({ about, queries: z.array(z.string()).min(1), params: schema, answer: callable }),
    )
    .optional(),
  probes: z.record(word, z.strictObject({ about, params: schema, probe: callable })).optional(),
  orders: z.record(word, z.strictObject({ about, order: callable })).optional(),
});

/**
 * Loads a plugin from disk: a file, or a folder with index.ts or index.js. Rejects with an Error whose message names the file and what
 * is wrong with it.
 */
export async function loadPlugin(path: string): Promise<PluginDefinition> {
  installModules();
  const file = entryOf(path);
  const module = await imported(file, path);
  const parsed = pluginSchema.safeParse(module.default);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
    const wanted =
      module.default === undefined
        ? "it has no default export; definePlugin(…) was expected"
        : issue?.message;
    throw new Error(`Cannot load plugin ${path}: ${place}${wanted ?? "not a plugin"}`);
  }
  return module.default as PluginDefinition;
}

function entryOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new Error(`Cannot load plugin ${path}: no such file`);
  if (!stat.isDirectory()) return path;
  const entry = ["index.ts", "index.js", "index.mjs"].map((name) => join(path, name)).find(existsSync);
  if (entry === undefined)
    throw new Error(`Cannot load plugin ${path}: the folder has no index.ts and no index.js`);
  return entry;
}

async function imported(file: string, path: string): Promise<{ default?: unknown }> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not loaded within ${IMPORT_TIMEOUT} ms`)), IMPORT_TIMEOUT);
  });
  try {
    return (await Promise.race([import(file), late])) as { default?: unknown };
  } catch (error) {
    const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new Error(`Cannot load plugin ${path}: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
