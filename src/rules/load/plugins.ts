import { resolve as resolvePath } from "node:path";
import { isScalar, type Node } from "yaml";
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
      const given = spec?.has("config") ? context.plain(spec.at("config")) : {};
      const config = definition.config?.safeParse(given);
      if (config && !config.success)
        for (const issue of config.error.issues)
          context.error(
            spec?.has("config") ? spec.at("config") : place,
            `${[name, ...issue.path].join(".")}: ${issue.message}`,
          );
      world.plugins.push({ name, definition, config: config?.success ? config.data : undefined });
    } catch (error) {
      context.error(place, error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
    }
  }
}
