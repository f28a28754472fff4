import type { Position, Problem, Rule } from "../rulebook.ts";
import { isUnconditional } from "./lint.ts";

/** Nobody is let in, or kept out, because an author forgot a case: who has rules on these says what holds without them. */
const MUST_END = ["CLIENT:CONNECT", "CLIENT:REAUTH"];

/** Queries about clients whose end is open, and the renewal of keys that nobody thought of. */
export function requireClosed(rules: readonly Rule[], given: ReadonlyMap<string, Position>): Problem[] {
  const problems = MUST_END.flatMap((query): Problem[] => {
    const on = rulesOn(query, rules);
    const [first] = on;
    if (!first || given.has(query) || on.some((rule) => answers(rule) && isUnconditional(rule))) return [];
    const message =
      `not every ${query} is answered; give defaults: { ${query}: deny } (or allow), ` +
      `or end with a rule that always matches`;
    return [{ severity: "error", position: first.position, message }];
  });
  const connect = rulesOn("CLIENT:CONNECT", rules).find((rule) => rule.answer)?.position;
  const position = connect ?? given.get("CLIENT:CONNECT");
  if (position && rulesOn("CLIENT:REAUTH", rules).length === 0 && !given.has("CLIENT:REAUTH"))
    problems.push({
      severity: "warning",
      position,
      message:
        "CLIENT:CONNECT is answered and CLIENT:REAUTH is not: clients are cut off when they renew their keys, " +
        "hourly unless reneg-sec says otherwise",
    });
  return problems;
}

/** One whose answer could not be read has its own mistake. */
function answers(rule: Rule): boolean {
  return rule.answer !== undefined || !rule.observe;
}

function rulesOn(query: string, rules: readonly Rule[]): readonly Rule[] {
  return rules.filter(
    (rule) => rule.enabled && rule.on.some((selector) => "event" in selector && selector.event === query),
  );
}
