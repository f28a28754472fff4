import { describeAnswer } from "./describe.ts";
import { eventRecord } from "./journal.ts";
import type { Question } from "./question.ts";

/** A decision about a query, as the journal has it. `commands` as `expect` writes them. */
export function decisionRecord(
  question: Question,
  commands: readonly string[],
  extra: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { ruling, rule, by, answer, refused, event } = question;
  return {
    event: eventRecord(event),
    ...(rule ? { rule: rule.id } : {}),
    by,
    answer: commands[0] ?? describeAnswer(answer),
    commands,
    ...(ruling && ruling.heldBack.length > 0 ? { "held-back": ruling.heldBack } : {}),
    ...(ruling && ruling.shadow.length > 0 ? { shadow: ruling.shadow } : {}),
    ...(refused > 0 ? { refused } : {}),
    ...extra,
  };
}
