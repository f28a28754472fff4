import type { Clock } from "../util/clock.ts";
import { Redactor } from "../util/secret.ts";
import { ulidFactory } from "../util/ulid.ts";
import { Journal, type JournalRecord } from "./journal.ts";

/** The journal of an engine on a virtual clock, which has no secrets: each record is told at once. */
export function virtualJournal(
  clock: Clock,
  random: () => number,
  tell: (record: JournalRecord) => void,
): Journal {
  const now = (): number => clock.now();
  return new Journal({
    now,
    id: ulidFactory(now, random),
    redactor: new Redactor(),
    sinks: [tell],
    soon: (work) => work(),
  });
}
