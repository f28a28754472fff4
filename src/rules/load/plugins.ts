import { resolve as resolvePath } from "node:path";
import { isScalar, type Node } from "yaml";
import type { PluginDefinition } from "../../plugin/contract.ts";
import type { Context } from "./context.ts";
import { withTexts } from "./parameters.ts";
import { NAME, section } from "./sections.ts";
import { anything, table, text } from "./shape.ts";
import { short } from "./words.ts";
import type { Part, PluginLoader, World } from "./world.ts";

export const pluginShape = table(
  {
    from: { shape: text, required: true, about: "File or folder of the plugin" },
    config: { shape: anything, about: "What its config schema takes" },
  },
  { what: "A plugin", future: ["grant", "isolate"] },
);

/** The configuration as the plugin's schema gives it, which may fill it in from nothing. */
function configOf(
  name: string,
  { config: schema }: PluginDefinition,
  spec: ReturnType<typeof pluginShape.read>,
  place: Node,
  context: Context,
): unknown {
  if (!schema) {
    if (spec?.has("config")) context.error(spec.at("config"), `plugin '${name}' takes no config`);
    return undefined;
  }
  if (spec?.has("config")) {
    const node = spec.at("config");
    const fixed = withTexts(schema, context.plain(node), node, context, []);
    return fixed && schema.parse(fixed.value);
  }
  const parsed = schema.safeParse({});
  for (const issue of parsed.success ? [] : parsed.error.issues)
    context.error(place, `config of ${[name, ...issue.path].join(".")}: ${issue.message}`);
  return parsed.data;
}

/** `plugins:` — loads each from disk, and checks its configuration by its own schema. */
export async function readPlugins(part: Part, world: World, load: PluginLoader): Promise<void> {
  const { context, directory } = part;
  for (const [name, pair] of section(part, "plugins")) {
    if (!NAME.test(name))
      context.error(pair.key, `'${short(name)}' is no name of a plugin; a-z, 0-9, - and _ were expected`);
    world.declare("plugin", name, pair.key, context);
    const plain = isScalar(context.resolve(pair.value));
    const spec = plain ? undefined : pluginShape.read(pair.value, context);
    const from = plain ? text.read(pair.value, context) : spec?.get("from");
    if (from === undefined) continue;
    const place = spec?.at("from") ?? (pair.value as Node);
    try {
      const definition = await load(resolvePath(directory, from));
      world.plugins.push({ name, definition, config: configOf(name, definition, spec, place, context) });
    } catch (error) {
      context.error(place, error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
    }
  }
}
