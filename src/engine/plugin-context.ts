import type { Client, ClientKey } from "../model/client.ts";
import type { Event } from "../model/event.ts";
import { ActionError, type PluginContext } from "../plugin/contract.ts";
import { isOwnEvent, OWN_EVENT_EXPECTED } from "../rules/vocabulary/own-events.ts";
import { CLIENT_FIELDS } from "../rules/vocabulary/scopes.ts";
import { Secret } from "../util/secret.ts";
import type { BenchHost } from "./bench-host.ts";
import type { DaemonSession } from "./daemon-session.ts";

/** What every piece of a plugin is given. */
export function pluginContext(
  engine: BenchHost,
  plugin: string | undefined,
  event: Event,
  rule: string,
  signal: AbortSignal,
): PluginContext {
  const table = `plugin:${plugin ?? "builtin"}`;
  const loaded = engine.rulebook.plugins.find((candidate) => candidate.name === plugin);
  const session = event.daemon === undefined ? undefined : engine.session(event.daemon);
  return {
    event: { type: event.type, at: event.at, ...event.fields },
    daemon: session ? { ...session.view() } : {},
    client: clientView(session, event.client),
    config: loaded?.config,
    log: (text) => void engine.journal.write("action", event.daemon, { rule, plugin, text }),
    emit: (type, fields = {}) => {
      if (!isOwnEvent(type)) throw new ActionError("invalid", `'${type}': ${OWN_EVENT_EXPECTED}`);
      const { daemon, client, depth = 0 } = event;
      engine.raise({
        ...{ type, at: engine.clock.now(), daemon, fields, depth: depth + 1 },
        ...(client ? { client } : {}),
      });
      engine.drain();
    },
    store: {
      get: (key) => engine.store.get(table, key),
      put: (key, value) => engine.store.put(table, key, value),
      delete: (key) => engine.store.delete(table, key),
    },
    signal,
    send: () => Promise.reject(new ActionError("refused", "Only actions may send commands")),
  };
}

/** A client as expressions read it, in plain values; its secrets are left out. */
function clientView(
  session: DaemonSession | undefined,
  key: ClientKey | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const client: Client | undefined = key && session?.model.clients.recall(key);
  if (!client) return undefined;
  const env = Object.entries(client.env).filter(([, value]) => !(value instanceof Secret));
  const fields = Object.keys(CLIENT_FIELDS).map((name) => [name, client[name as keyof Client]]);
  return { ...Object.fromEntries(fields), env: Object.fromEntries(env) };
}
