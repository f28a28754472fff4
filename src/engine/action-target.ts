import type { Event } from "../model/event.ts";
import { ActionError } from "../plugin/contract.ts";
import type { Command, Reply } from "../protocol/command.ts";
import { lookup } from "../protocol/commands.ts";
import { refusal } from "../protocol/danger.ts";
import { formOf } from "../protocol/forms.ts";
import type { Target } from "./actions/builtin.ts";
import type { DaemonSession } from "./daemon-session.ts";

/** What an action sees of the daemon, and of the client, that it is for. Both were fixed when the rule fired. */
export function targetOf(session: DaemonSession, event: Event): Target {
  const { model, spec } = session;
  const { clients } = model;
  const has: Target["has"] = (client) => clients.find(client) === client;
  return {
    question: session.question,
    logOn: session.logOn,
    version: model.version,
    client() {
      if (!event.client || event.daemon !== spec.name)
        throw new ActionError("invalid", "No client to act on: the event is about none");
      const client = clients.find(event.client);
      if (!client) throw new ActionError("gone", `Client ${event.client.cid} has gone`);
      return client;
    },
    has,
    named: (commonName) => [...clients.all()].filter((client) => client.common_name === commonName),
    ending: (client) => has(client) && clients.ending(client),
  };
}

/** Sends a command for an action; `cause` undefined: for the engine's own use. Rejects with ActionError. */
export function sendCommand(
  session: DaemonSession,
  command: Command,
  cause: string | undefined,
  insist = false,
): Promise<Reply> {
  if (!lookup(command.name))
    return Promise.reject(new ActionError("invalid", `Unknown command '${command.name}'`));
  // Of what no version has, the encoder says what is wrong with it.
  const why = insist || !formOf(command) ? undefined : refusal(command, situationOf(session));
  if (why !== undefined) return Promise.reject(new ActionError("refused", why));
  return new Promise((resolve, reject) => {
    session.command(command, cause, (outcome) => {
      if (outcome.ok) resolve(outcome);
      else reject(new ActionError(FAILURE_CODES[outcome.error], outcome.text));
    });
  });
}

const FAILURE_CODES = { refused: "refused", timeout: "timeout", lost: "gone", invalid: "invalid" } as const;

function situationOf({ question, logOn, model, spec }: DaemonSession): Parameters<typeof refusal>[1] {
  return {
    ...(model.version === "" ? {} : { version: model.version }),
    ...(question === undefined ? {} : { question }),
    held: question === "HOLD",
    logOn,
    dialledUs: spec.management.startsWith("listen:"),
  };
}
