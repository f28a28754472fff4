import { z } from "zod";
import { ActionError } from "../../plugin/contract.ts";
import { crResponse as responseText } from "../../protocol/challenge.ts";
import { command } from "../../protocol/constructors.ts";
import { FLOOD_VERB } from "../../protocol/danger.ts";
import { builtin } from "./builtin.ts";

const SIGNALS = ["SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const;

const signalName = z.enum(SIGNALS);

export const signal = builtin({
  about: "Sends a signal to OpenVPN",
  params: z.union([signalName, z.strictObject({ name: signalName, force: z.boolean().default(false) })]),
  async run(params, context) {
    const { name, force } = typeof params === "string" ? { name: params, force: false } : params;
    const question = context.target?.question;
    if (question !== undefined && !force)
      throw new ActionError(
        "refused",
        `Signal ${name} while ${question} is open can end OpenVPN; say force: true to insist`,
      );
    await context.command(command.signal(name), force ? { insist: true } : {});
  },
});

export const hold = builtin({
  about: "Sets or releases the hold",
  params: z.enum(["on", "off", "release"]),
  run: async (params, context) => void (await context.command(command.hold[params]())),
});

export const authRetry = builtin({
  about: "What OpenVPN does after a refused login",
  params: z.enum(["none", "nointeract", "interact"]),
  run: async (params, context) => void (await context.command(command.authRetry(params))),
});

export const forgetPasswords = builtin({
  about: "OpenVPN forgets the passwords that it keeps, those for an HTTP proxy aside",
  params: z.literal(true),
  run: async (_, context) => void (await context.command(command.forgetPasswords())),
});

export const verb = builtin({
  about: "Sets OpenVPN's log level",
  params: z.int().min(0).max(15),
  async run(params, context) {
    if (params >= FLOOD_VERB && context.target?.logOn)
      throw new ActionError("refused", `verb ${params} with the log on floods the interface; 7 is the most`);
    await context.command(command.verb(params));
  },
});

export const mute = builtin({
  about: "How many log lines of one kind in a row OpenVPN writes; 0: all",
  params: z.int().min(0).max(999_999_999),
  run: async (lines, context) => void (await context.command(command.mute(lines))),
});

export const crResponse = builtin({
  about: "A client's response to a challenge of its server, as a person would type it",
  params: z.union([
    z.string().min(1),
    z.strictObject({ secret: z.string().describe("A name under secrets:") }),
  ]),
  async run(params, context) {
    const text = typeof params === "string" ? params : await context.engine.secret(params.secret);
    await context.command(command.crResponse(responseText(text)));
  },
});
