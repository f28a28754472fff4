import type { Node } from "yaml";
import { didYouMean } from "../../../util/suggest.ts";
import { ANSWERS } from "../../vocabulary/words.ts";
import { short } from "../words.ts";
import { fitsPlugin } from "./plugin.ts";
import type { AnswerSite } from "./site.ts";

/** Whether an answer is for these queries. An answer to another query is told as such; a slip gets a suggestion. */
export function fits(name: string, node: Node, site: AnswerSite): boolean {
  const { context, queries } = site;
  if (name.includes(".")) return fitsPlugin(name, node, site);
  const own = Object.hasOwn(ANSWERS, name) ? ANSWERS[name]?.queries : undefined;
  if (own === "any" || (own && queries.every((query) => own.some((one) => one === query)))) return true;
  const known = knownFor(queries);
  const expected = `expected ${known.join(", ")}`;
  const wanted = queries.join(" and ");
  if (own) context.error(node, `answer '${name}' is for ${own.join(", ")}, not for ${wanted}; ${expected}`);
  else context.error(node, `unknown answer '${short(name)}'${didYouMean(name, known) || `; ${expected}`}`);
  return false;
}

/** The answers that any of these queries has. */
function knownFor(queries: readonly string[]): string[] {
  return Object.keys(ANSWERS).filter((name) => {
    const own = ANSWERS[name]?.queries;
    return queries.length === 0 || own === "any" || own?.some((query) => queries.includes(query));
  });
}
