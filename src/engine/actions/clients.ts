import { z } from "zod";
import type { Client } from "../../model/client.ts";
import { ActionError } from "../../plugin/contract.ts";
import type { Command } from "../../protocol/command.ts";
import { command } from "../../protocol/constructors.ts";
import { formOf } from "../../protocol/forms.ts";
import { type BuiltinContext, builtin, type Target } from "./builtin.ts";
import { cut } from "./cut.ts";

const restart = z.strictObject({
  next: z.boolean().optional(),
  "preserve-token": z.boolean().optional(),
  text: z.string().optional(),
});

const killParams = z.union([
  z.enum(["restart", "halt"]),
  z
    .strictObject({
      restart: restart.optional(),
      halt: z.string().optional(),
      message: z.string().min(1).optional(),
      hard: z.boolean().optional(),
    })
    .refine(
      ({ restart: again, halt, message }) =>
        [again, halt, message].filter((told) => told !== undefined).length < 2,
      "restart, halt and message go not together",
    ),
]);

export const clientKill = builtin({
  about: "Throws a client out: restart lets it connect again, halt ends it; hard cuts it 0.3 s later",
  params: killParams,
  forClient: true,
  async run(params, context) {
    const { message, hard } = killOf(params);
    const { target, client } = clientOf(context);
    await tell(context, command.clientKill(client.cid, message));
    target.ending(client);
    if (hard) await cut(client, context);
  },
});

type KillMessage = NonNullable<Parameters<typeof command.clientKill>[1]>;

function killOf(params: z.infer<typeof killParams>): { message: KillMessage; hard: boolean } {
  if (params === "restart") return { message: { restart: {} }, hard: false };
  if (params === "halt") return { message: { halt: "" }, hard: false };
  const { restart: again = {}, halt, message, hard = false } = params;
  if (message !== undefined) return { message: { message }, hard };
  if (halt !== undefined) return { message: { halt }, hard };
  const { next = false, "preserve-token": preserveToken = false, text = "" } = again;
  return { message: { restart: { next, preserveToken, text } }, hard };
}

export const kill = builtin({
  about: "Cuts clients at once and without a word: all of a common name, or the one at IPv4:PORT",
  params: z
    .string()
    .refine(
      (name) => formOf(killed(name)) !== undefined,
      "a common name without a colon, or an IPv4 address with its port, was expected",
    ),
  async run(name, context) {
    await context.command(killed(name));
    for (const client of context.target?.named(name) ?? []) context.target?.ending(client);
  },
});

const killed = (name: string): Command => ({ name: "kill", args: [name] });

export const clientDeny = builtin({
  about: "Ends a client's session as a refused login does",
  params: z.strictObject({ reason: z.string(), "client-reason": z.string().optional() }),
  forClient: true,
  async run({ reason, "client-reason": clientReason }, context) {
    const { target, client } = clientOf(context);
    const { cid, kid } = client;
    // Without --management-client-auth OpenVPN says SUCCESS and does nothing.
    if (kid === undefined)
      throw new ActionError("refused", `OpenVPN has asked nothing about client ${cid}; client-kill ends it`);
    await tell(context, command.clientDeny(cid, kid, reason, clientReason));
    target.ending(client);
  },
});

export const pushUpdate = builtin({
  about: "Changes options of a client that is connected, or with broad of all; OpenVPN 2.7",
  params: z.strictObject({ options: z.string().min(1), broad: z.boolean().optional() }),
  forClient: ({ broad }) => broad !== true,
  async run({ options, broad }, context) {
    const update = broad
      ? command.pushUpdate.broadcast(options)
      : command.pushUpdate.client(clientOf(context).client.cid, options);
    await context.command(update);
  },
});

export const clientPf = builtin({
  about: "Gives a client packet filter rules; up to OpenVPN 2.5",
  params: z.array(z.string()).min(1),
  forClient: true,
  async run(lines, context) {
    const { target, client } = clientOf(context);
    // One that does not know the command would run the lines as commands.
    if (target.version === "") throw new ActionError("refused", "OpenVPN's version is not known yet");
    await tell(context, command.clientPf(client.cid, lines));
  },
});

function clientOf({ target }: BuiltinContext): { target: Target; client: Client } {
  if (!target) throw new ActionError("invalid", "No daemon to send to; say which by daemon:");
  return { target, client: target.client() };
}

/** The one thing that OpenVPN can have against such a command is that there is no such client. */
async function tell(context: BuiltinContext, about: Command): Promise<void> {
  try {
    await context.command(about);
  } catch (error) {
    const isUnknown =
      error instanceof ActionError && error.code === "refused" && error.message.endsWith("command failed");
    throw isUnknown ? new ActionError("gone", error.message) : error;
  }
}
