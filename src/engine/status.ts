import { formatDuration } from "../util/duration.ts";
import type { Engine } from "./engine.ts";

/** What `status` shows; times are ms since the epoch. */
export function statusOf(engine: Engine): Record<string, unknown> {
  const now = engine.clock.now();
  return {
    at: now,
    files: engine.rulebook.files,
    daemons: [...engine.sessions()].map((session) => {
      const open = session.desk.open;
      const view = session.view();
      return {
        ...view,
        address: session.spec.management,
        remote: session.remote(),
        ...(session.trouble === undefined ? {} : { trouble: session.trouble }),
        ...(open ? { question: { ...open, for: formatDuration(now - open.since) } } : {}),
        parked: open?.phase === "parked",
      };
    }),
    groups: [...engine.remotes.all()].map((group) => ({ name: group.name, candidates: group.status() })),
    variables: engine.variables.values,
    counters: engine.counters.status(),
  };
}
