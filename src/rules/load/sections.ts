import type { Context } from "./context.ts";
import { pairsOf } from "./shape.ts";
import { short } from "./words.ts";
import type { Part } from "./world.ts";

export const NAME = /^[a-z][a-z0-9_-]*$/;
export const FIELD = /^[a-z][a-z0-9_]*$/;

export function section(part: Part, name: string): ReturnType<typeof pairsOf> {
  const node = part.sections.get(name);
  return node ? pairsOf(node, part.context) : [];
}

export function checkName(name: string, kind: string, node: unknown, context: Context): void {
  if (!NAME.test(name))
    context.error(node, `'${short(name)}' is no name of a ${kind}; a-z, 0-9, - and _ were expected`);
}
