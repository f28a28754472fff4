import { z } from "zod";
import { ActionError } from "../../plugin/contract.ts";
import { COMMAND_NAMES, lookup } from "../../protocol/commands.ts";
import { didYouMean } from "../../util/suggest.ts";
import { builtin } from "./builtin.ts";

const SIGNALS = ["SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const;

const signalName = z.enum(SIGNALS);

/** From this level on, each write to us makes OpenVPN log new lines: it never reads a command again. */
const FLOOD_VERB = 8;

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
    await context.send("signal", name);
  },
});

export const hold = builtin({
  about: "Sets or releases the hold",
  params: z.enum(["on", "off", "release"]),
  run: async (params, context) => void (await context.send("hold", params)),
});

export const authRetry = builtin({
  about: "What OpenVPN does after a refused login",
  params: z.enum(["none", "nointeract", "interact"]),
  run: async (params, context) => void (await context.send("auth-retry", params)),
});

export const verb = builtin({
  about: "Sets OpenVPN's log level",
  params: z.int().min(0).max(15),
  async run(params, context) {
    if (params >= FLOOD_VERB && context.target?.logOn)
      throw new ActionError("refused", `verb ${params} with the log on floods the interface; 7 is the most`);
    await context.send("verb", String(params));
  },
});

export const management = builtin({
  about: "Sends any other management command",
  params: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .min(1)
    .superRefine((args, context) => {
      const why = typeof args[0] === "string" ? whyNot(args[0]) : "the first item is the command's name";
      if (why) context.addIssue({ code: "custom", message: why, path: [0] });
    }),
  async run(params, context) {
    const [name = "", ...args] = params.map(String);
    await context.send(name, ...args);
  },
});

/** Commands with an action of their own, whose checks would be passed by. */
const OWN_ACTION = new Set(["signal", "hold", "auth-retry", "verb"]);

/** Why `management:` may not send this command. */
export function whyNot(name: string): string | undefined {
  const spec = lookup(name);
  if (!spec) return `unknown management command '${name}'${didYouMean(name, COMMAND_NAMES)}`;
  if (spec.body) return `'${name}' takes lines, which an action cannot give`;
  const why = OWN_ACTION.has(name) ? "it is an action of its own" : spec.dangerous;
  if (spec.answersQuery) return `'${name}' answers a query; write a rule with answer:`;
  if (spec.subscription) return `'${name}' belongs to the engine`;
  if (why !== undefined) return `'${name}' is refused: ${why}`;
  return undefined;
}
