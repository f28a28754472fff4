import type { JournalRecord } from "../journal.ts";

/** A decision of rules in a replay: the answer to a question, or the rules that an event fired, with what their actions did. */
export type ReplayedDecision = JournalRecord & { readonly actions?: readonly DoneAction[] };

export interface DoneAction {
  readonly action: string;
  readonly params?: unknown;
  readonly [key: string]: unknown;
}

/** What one set of rules decided, and another did not. */
export interface Difference {
  readonly old: ReplayedDecision | undefined;
  readonly new: ReplayedDecision | undefined;
}

/** The decisions in a journal, in their order. */
export function decisionsIn(records: readonly JournalRecord[]): ReplayedDecision[] {
  const done = new Map<unknown, DoneAction[]>();
  for (const record of records)
    if (record.kind === "action") {
      const { at: _, id: __, kind: ___, daemon: ____, cause, ...rest } = record;
      done.set(cause, [...(done.get(cause) ?? []), rest as unknown as DoneAction]);
    }
  return records.filter(isDecision).map((record) => {
    const actions = done.get(record.id);
    return actions ? { ...record, actions } : record;
  });
}

function isDecision({ kind, fired }: JournalRecord): boolean {
  return kind === "decision" || (kind === "event" && fired !== undefined);
}

/** Decisions are the same where, of the same event at the same time, the same rules do the same. In the order of their time. */
export function differences(
  before: readonly ReplayedDecision[],
  after: readonly ReplayedDecision[],
): Difference[] {
  const old = byOccasion(before);
  const now = byOccasion(after);
  const found = [...new Set([...old.keys(), ...now.keys()])]
    .map((occasion): Difference => ({ old: old.get(occasion), new: now.get(occasion) }))
    .filter((pair) => verdict(pair.old) !== verdict(pair.new));
  return found.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b)));
}

/** What OpenVPN said itself; the rest of an event, as the number of an attempt, may follow from earlier decisions. */
const SAID = ["type", "cid", "kid", "host", "port", "proto", "name", "group", "realm", "window"] as const;

/** The same may happen several times at once: these are told apart by their order. */
function byOccasion(decisions: readonly ReplayedDecision[]): Map<string, ReplayedDecision> {
  const found = new Map<string, ReplayedDecision>();
  const seen = new Map<string, number>();
  for (const decision of decisions) {
    const event = decision["event"] as Readonly<Record<string, unknown>>;
    const said = SAID.map((field) => event[field]);
    const what = JSON.stringify([decision.at, decision.daemon, decision.kind, said]);
    const nth = (seen.get(what) ?? 0) + 1;
    seen.set(what, nth);
    found.set(`${what} ${nth}`, decision);
  }
  return found;
}

/** What was decided, without what differs from run to run. */
function verdict(decision: ReplayedDecision | undefined): string {
  if (!decision) return "";
  const { rule, by, answer, commands, parked, fired, actions } = decision;
  return JSON.stringify([rule, by, answer, commands, parked, fired, decision["wait-ms"], actions]);
}

function timeOf({ old, new: now }: Difference): string {
  return (now ?? old)?.at ?? "";
}
