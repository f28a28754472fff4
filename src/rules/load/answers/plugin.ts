import type { Node } from "yaml";
import { didYouMean } from "../../../util/suggest.ts";
import type { Answer, Template } from "../../answer.ts";
import { withTexts } from "../parameters.ts";
import { readTemplate } from "../template.ts";
import { short } from "../words.ts";
import type { AnswerSite } from "./site.ts";

/** Whether a plugin has this answer, and for these queries; problems when not. */
export function fitsPlugin(
  name: string,
  node: Node,
  { context, queries, world }: Pick<AnswerSite, "context" | "queries" | "world">,
): boolean {
  const answers = world.plugins.flatMap((plugin) =>
    Object.entries(plugin.definition.answers ?? {}).map(([key, spec]) => ({
      name: `${plugin.name}.${key}`,
      spec,
    })),
  );
  const found = answers.find((answer) => answer.name === name);
  if (!found) {
    const names = answers.map((answer) => answer.name);
    context.error(node, `unknown answer '${short(name)}'${didYouMean(name, names)}`);
  } else if (queries.every((query) => found.spec.queries.includes(query))) return true;
  else
    context.error(
      node,
      `answer '${name}' is for ${found.spec.queries.join(", ")}, not for ${queries.join(" and ")}`,
    );
  return false;
}

/** A plugin's answer without timeout and else. */
export function readPluginAnswer(
  name: string,
  value: Node,
  { context, world, scope }: AnswerSite,
): Answer | undefined {
  const dot = name.indexOf(".");
  const [plugin, answer] = [name.slice(0, dot), name.slice(dot + 1)];
  const spec = world.plugin(plugin)?.answers?.[answer];
  const params = readTemplate(value, context, scope);
  if (!spec || !params) return undefined;
  const fixed = withTexts(spec.params, context.plain(value), value, context, params.open);
  if (!fixed) return undefined;
  const template: Template = params.constant ? { constant: true, resolve: () => fixed.value } : params;
  return { kind: "plugin", plugin, answer, params: template } as unknown as Answer;
}
