import { describe, expect, test } from "vitest";
import { NOTIFICATION_ROWS } from "../../.ci/protocol-notifications.ts";
import { ANSWER_CASES } from "./cases/answers.ts";
import type { Case } from "./cases/case.ts";
import { CLIENT_CASES } from "./cases/clients.ts";
import { CONNECTION_CASES } from "./cases/connections.ts";
import { HOLD_CASES } from "./cases/holds.ts";
import { KEY_CASES } from "./cases/keys.ts";
import { REFUSAL_CASES } from "./cases/refusals.ts";
import { ABORT_CASES, SIGNAL_CASES } from "./cases/signals.ts";
import { TUNNEL_CASES } from "./cases/tunnel.ts";
import { MODE_NAMES, type ModeName, MODES } from "./modes.ts";
import { ROWS } from "./rows.ts";
import { expected, repliesIn, type Subject } from "./subject.ts";

export const CASES: readonly (readonly [about: string, cases: readonly Case[]])[] = [
  ["signals", [...SIGNAL_CASES, ...ABORT_CASES]],
  ["answers", ANSWER_CASES],
  ["keys", KEY_CASES],
  ["holds", HOLD_CASES],
  ["connections", CONNECTION_CASES],
  ["refusals", REFUSAL_CASES],
  ["tunnels", TUNNEL_CASES],
  ["clients of a server", CLIENT_CASES],
];

/** All of it, about the daemons that `make` starts. */
export function conformance(make: () => Subject): void {
  const about = (run: (subject: Subject) => Promise<void>) => async (): Promise<void> => {
    const subject = make();
    try {
      await run(subject);
    } finally {
      await subject.close();
    }
  };
  describe.concurrent("commands", () => {
    for (const name of MODE_NAMES)
      test(
        MODES[name].name,
        about((subject) => commands(subject, name)),
      );
  });
  describe.concurrent.each(CASES)("%s", (_, cases) => {
    for (const one of cases)
      test(
        one.title,
        about((subject) => conversation(subject, one)),
      );
  });
}

async function commands(subject: Subject, name: ModeName): Promise<void> {
  const { link } = await MODES[name].reach(subject);
  const rows = ROWS.flatMap(({ sends, says }) => {
    const should = says(MODES[name]);
    return should ? [{ sends, should }] : [];
  });
  const answers = (await link.askAll(rows.map(({ sends }) => sends))).map(repliesIn);
  const said = rows.map(({ sends }, i) => [sends, ...(answers[i] ?? [])]);
  expect(said).toEqual(rows.map(({ sends, should }, i) => [sends, ...expected(answers[i] ?? [], should)]));
}

async function conversation(subject: Subject, { run, provokes = [] }: Case): Promise<void> {
  await run(subject);
  const lines = subject.links.flatMap((link) => link.lines);
  const silent = NOTIFICATION_ROWS.filter(
    ({ type, line }) => provokes.includes(type) && !lines.some((each) => line.test(each)),
  );
  expect(silent).toEqual([]);
}
