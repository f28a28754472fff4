import { z } from "zod";
import { formatAddress, parseAddress } from "../protocol/address.ts";
import type { Command, Outcome } from "../protocol/command.ts";
import { lookup } from "../protocol/commands.ts";
import { confidential } from "../protocol/confidential.ts";
import { refusal, type Situation } from "../protocol/danger.ts";
import { display } from "../protocol/encoder.ts";
import { replyKind } from "../protocol/forms.ts";
import { isBeforeFirstRun } from "../protocol/watch.ts";
import type { Engine } from "./engine.ts";
import type { Session } from "./session.ts";
import { CLIENT_VERSION } from "./startup.ts";

export const sendRequest = z.object({
  /** Its name or its address. */
  daemon: z.string(),
  name: z.string(),
  args: z.array(z.string()),
  body: z.array(z.string()).optional(),
  insist: z.boolean().default(false),
});

/** What OpenVPN replied; or, where the engine has no such daemon, the names of those that it has. */
export type SendResult = { readonly outcome: Outcome } | { readonly daemons: readonly string[] };

/** Sends a command for somebody at the command line. Throws an Error for what would meddle with the engine or harm OpenVPN. */
export function sendFor(engine: Engine, request: z.infer<typeof sendRequest>): Promise<SendResult> {
  const session = find(engine, request.daemon);
  if (!session) return Promise.resolve({ daemons: [...engine.sessions()].map(({ spec }) => spec.name) });
  const { name, args, body, insist } = request;
  const command = confidential({ name, args, ...(body ? { body } : {}) });
  const reason = insist ? undefined : (meddling(command) ?? refusal(command, situationOf(session)));
  if (reason !== undefined) throw new Error(`Not sent "${display(command)}": ${reason}; --insist sends it`);
  const cause = engine.journal.write("action", session.spec.name, { action: "send", text: display(command) });
  return new Promise((resolve) => session.command(command, cause, (outcome) => resolve({ outcome })));
}

function find(engine: Engine, daemon: string): Session | undefined {
  const byName = engine.session(daemon);
  if (byName) return byName;
  let address: string;
  try {
    address = formatAddress(parseAddress(daemon));
  } catch {
    return undefined;
  }
  return [...engine.sessions()].find(({ spec }) => spec.management === address);
}

/** What is the engine's own to say. */
function meddling(command: Command): string | undefined {
  const { name, args } = command;
  const spec = lookup(name);
  if (spec?.answersQuery) return "the engine answers what OpenVPN asks";
  // A history alone changes nothing.
  const reads =
    args.length === 0 ? replyKind(command) === "multi" : args.every((arg) => /^(all|\d+)$/.test(String(arg)));
  const history = name === "state" || name === "log" || name === "echo" || args.length === 0;
  if (spec?.subscription && !(reads && history)) return "what OpenVPN tells is set by the engine";
  return replyKind(command) === "none" ? "it ends the connection of the engine" : undefined;
}

function situationOf(session: Session): Situation {
  const { model, question = "none", logOn } = session;
  const held = question === "HOLD";
  const state = model.state?.name;
  return {
    ...(model.version === "" ? {} : { version: model.version }),
    ...(state === undefined ? {} : { state }),
    ...(held ? { firstHold: isBeforeFirstRun(state) } : {}),
    ...{ held, question, logOn, clientVersion: CLIENT_VERSION },
    dialledUs: session.spec.management.startsWith("listen:"),
  };
}
