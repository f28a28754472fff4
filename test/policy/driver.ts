import type { Dial } from "../../src/policy/dial.ts";
import type { Decision, RemoteGroup } from "../../src/policy/group.ts";
import type { VirtualClock } from "../../src/util/clock.ts";
import type { Cursor, Place } from "../support/cursor.ts";
import { DAEMON } from "./support.ts";

/** What came of one chain of questions. */
export interface Chain {
  readonly decisions: readonly Decision[];
  readonly dialled: Place | undefined;
  /** The first candidate when the chain began (for a wait: when it ended). */
  readonly wanted: string | undefined;
  /** The candidate that the last decision named; undefined when none could be reached. */
  readonly named: string | undefined;
}

/** More questions than this in one chain count as endless. */
export const MOST_QUESTIONS = 100;

/** Answers one chain with SKIP for as long as the dial allows it. */
export function skipOn(cursor: Cursor, dial: Dial, next: () => number): void {
  cursor.ask();
  while (cursor.asked && cursor.questions < MOST_QUESTIONS) {
    const { host, port, proto, family = "any" } = cursor.asked;
    dial.asked({ host, port, proto, family });
    const count = dial.skipCount ? next() : 1;
    const answer = dial.skipIsFatal(count) ? { kind: "accept" } : { kind: "skip", count };
    dial.answered(answer);
    cursor.answer(answer);
  }
}

/** Answers one chain as the engine does: the dial is told each question and each answer that was taken. */
export function chain(cursor: Cursor, dial: Dial, group: RemoteGroup, clock: VirtualClock): Chain {
  cursor.ask();
  const decisions: Decision[] = [];
  let wanted: string | undefined;
  while (cursor.asked && cursor.questions < MOST_QUESTIONS) {
    const { host, port, proto, family = "any" } = cursor.asked;
    const asked = { host, port, proto, family };
    dial.asked(asked);
    let decision = group.decide(DAEMON, dial, asked, 0);
    if (decision.kind === "park") {
      clock.advance(Math.max(0, (decision.until ?? 0) - clock.now()));
      wanted = undefined;
      decision = group.decide(DAEMON, dial, asked, 0);
    }
    wanted ??= group.peek(DAEMON, dial)?.candidate.key;
    decisions.push(decision);
    dial.answered(decision);
    cursor.answer({ ...decision, count: dial.skipCount ? decision.count : 1 });
  }
  const last = decisions.at(-1)?.why ?? "";
  const named = last.startsWith("no candidate")
    ? undefined
    : last.replace(/, (the least bad|its next address)$/, "");
  return { decisions, dialled: cursor.dialled, wanted, named };
}
