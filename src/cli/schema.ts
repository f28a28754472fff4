import { resolve } from "node:path";
import { builtinCatalogue } from "../engine/actions/catalogue.ts";
import { loadPlugin } from "../plugin/host.ts";
import { rulebookJsonSchema } from "../rules/load/json-schema.ts";
import { parseFlags } from "./args.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox schema [--plugin FILE]

Prints the JSON Schema of a rulebook, for editors.

  --plugin FILE   a plugin whose actions and answers belong to it; may be repeated

Example: signalbox schema > rulebook.schema.json`;

export const verb: Verb = {
  name: "schema",
  summary: "print the JSON Schema of a rulebook",
  usage: USAGE,
  run,
};

async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseFlags({ args: [...argv], options: { plugin: { type: "string", multiple: true } } });
  const plugins = await Promise.all((values.plugin ?? []).map((file) => loadPlugin(resolve(file))));
  process.stdout.write(`${JSON.stringify(rulebookJsonSchema(builtinCatalogue, plugins), undefined, 2)}\n`);
  return 0;
}
