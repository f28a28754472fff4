import type { Answer } from "../answer.ts";
import type { Problem, Rule, Rulebook } from "../rulebook.ts";

/** What loads, and is most likely not what was meant. */
export function lint(rulebook: Rulebook): Problem[] {
  return [...unreachable(rulebook.rules), ...unusedGroups(rulebook)];
}

/** The first rule that matches answers: behind one that always does, none of the same query ever will. */
function unreachable(rules: readonly Rule[]): Problem[] {
  const problems: Problem[] = [];
  const always = new Map<string, string>();
  for (const rule of rules) {
    if (!rule.answer || !rule.enabled) continue;
    for (const selector of rule.on) {
      if (!("event" in selector)) continue;
      const winner = always.get(selector.event);
      if (winner !== undefined)
        problems.push({
          severity: "warning",
          position: rule.position,
          message: `rule '${rule.id}' never answers ${selector.event}: rule '${winner}' before it always does`,
        });
      else if (isUnconditional(rule)) always.set(selector.event, rule.id);
    }
  }
  return problems;
}

/** Always matches, and is meant. */
export function isUnconditional(rule: Rule): boolean {
  return (
    rule.enabled &&
    !rule.shadow &&
    rule.where.length === 0 &&
    !rule.when &&
    !rule.during &&
    !rule.count &&
    !rule.throttle
  );
}

function unusedGroups({ remotes, rules, defaults }: Rulebook): Problem[] {
  const used = new Set([
    ...rules.flatMap((rule) => (rule.answer ? groupsOf(rule.answer) : [])),
    ...groupsOf(defaults.REMOTE),
  ]);
  return remotes
    .filter((group) => !used.has(group.name))
    .map((group) => ({
      severity: "warning",
      position: group.position,
      message: `group '${group.name}' is used by no rule; answer: { from: ${group.name} } would`,
    }));
}

function groupsOf(answer: Answer): string[] {
  if (answer.kind === "from") return [answer.group];
  return answer.kind === "exec" || answer.kind === "plugin" ? groupsOf(answer.otherwise) : [];
}
