import { isMap } from "yaml";
import type { During } from "../rulebook.ts";
import type { Context } from "./context.ts";
import { list, type Shape, table, text } from "./shape.ts";
import type { World } from "./world.ts";

const names = list(text, { orOne: true, min: 1 });
const outside = table({ not: { shape: names, required: true, about: "Outside all of these windows" } });

/** A window, a list of them (any), or `{ not: … }` (outside all). Read when the windows are known. */
export const duringShape: Shape<unknown> = {
  expected: "a window",
  schema: { anyOf: [names.schema, outside.schema] },
  read: (node) => node,
};

export function readDuring(node: unknown, context: Context, world: World): During | undefined {
  const not = isMap(context.resolve(node));
  const windows = not ? outside.read(node, context)?.get("not") : names.read(node, context);
  if (!windows) return undefined;
  const found = context.resolve(node);
  const at = isMap(found) ? found.get("not", true) : node;
  const known = windows.map((name, i) => world.knows("window", name, context.item(at, i), context));
  return known.every(Boolean) ? { windows, not } : undefined;
}
