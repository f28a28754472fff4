import { formatDuration } from "../util/duration.ts";
import type { Client } from "../model/client.ts";
import { accountView } from "../quota/desk.ts";
import type { Engine } from "./engine.ts";
import type { Session } from "./session.ts";

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
        ...(view.role === "server" ? clientsOf(session) : {}),
      };
    }),
    groups: [...engine.remotes.all()].map((group) => ({ name: group.name, candidates: group.status() })),
    quotas: (engine.quotas?.status() ?? []).map(accountView),
    variables: engine.variables.values,
    counters: engine.counters.status(),
  };
}

/** Who is connected to a server, and who waits for an answer. */
function clientsOf(session: Session): Record<string, unknown> {
  const clients = [...session.model.clients.all()].filter((client) => client.phase === "established");
  return { clients: clients.map(clientStatus), asking: [...session.server.desk.open()] };
}

function clientStatus(client: Client): Record<string, unknown> {
  const { cid, common_name, username, address, virtual_address, bytes_in, bytes_out, connected_since } =
    client;
  return {
    ...{ cid, common_name, username, address, virtual_address, bytes_in, bytes_out, connected_since },
    idle_for: client.idle_for,
    ...(client.ending ? { ending: true } : {}),
  };
}
