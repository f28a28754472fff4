import type { Answer } from "../rules/answer.ts";
import type { Rule } from "../rules/rulebook.ts";
import type { DeskHost } from "./desk-host.ts";
import type { Asked, Question } from "./question.ts";

const TABLE = "questions";

/** A question as the store keeps it. */
interface SavedQuestion {
  readonly identity: string;
  readonly at: number;
  readonly rule?: string;
  readonly key?: string;
  readonly deadline?: number;
  readonly answeredAt?: number;
}

type Keeper = Pick<DeskHost, "daemon" | "load" | "save">;

/** What the store holds of the daemon's last question. */
export function kept({ load, daemon }: Keeper): SavedQuestion | undefined {
  return load(TABLE, daemon) as SavedQuestion | undefined;
}

export function keep(question: Question, answeredAt: number | undefined, { save, daemon }: Keeper): void {
  save(TABLE, daemon, savedForm(question, answeredAt));
}

export function forget({ save, daemon }: Keeper): void {
  save(TABLE, daemon, undefined);
}

/** The same question, decided before the engine was restarted: no new attempt, count or throttle. */
export function recalled(asked: Asked, host: DeskHost): Question | undefined {
  const saved = kept(host);
  if (saved?.identity !== asked.identity || saved.answeredAt !== undefined || host.dryRun) return undefined;
  const rule = saved.rule === undefined ? undefined : host.rule(saved.rule);
  return restored(asked, saved, rule, host.fallback(asked.query), host.daemon);
}

/** A question that was decided before; undefined when its rule answers no more. */
function restored(
  asked: Asked,
  saved: SavedQuestion,
  rule: Rule | undefined,
  fallback: Answer,
  daemon: string,
): Question | undefined {
  if (saved.rule !== undefined && !rule?.answer) return undefined;
  const event = { ...asked.event, at: saved.at };
  const owed = rule && rule.do.length > 0;
  const firing = owed ? { rule, event, key: saved.key ?? daemon, afterAnswer: true } : undefined;
  return {
    ...asked,
    event,
    answer: rule?.answer ?? fallback,
    by: rule ? "rule" : "default",
    rule,
    firing,
    ruling: undefined,
    refused: 0,
    due: false,
    ...(saved.deadline === undefined ? {} : { deadline: saved.deadline }),
  };
}

function savedForm(question: Question, answeredAt: number | undefined): SavedQuestion {
  return {
    identity: question.identity,
    at: question.event.at,
    ...(question.rule ? { rule: question.rule.id } : {}),
    ...(question.firing ? { key: question.firing.key } : {}),
    ...(question.deadline === undefined ? {} : { deadline: question.deadline }),
    ...(answeredAt === undefined ? {} : { answeredAt }),
  };
}
