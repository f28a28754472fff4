import { z } from "zod";
import { COMMAND_NAMES, lookup } from "../../protocol/commands.ts";
import { didYouMean } from "../../util/suggest.ts";
import { builtin } from "./builtin.ts";

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
    await context.command({ name, args });
  },
});

/** Commands with an action of their own, whose checks would be passed by: a CID may be another client's by now. */
const OWN_ACTION = new Set(["signal", "hold", "auth-retry", "verb", "client-kill", "push-update-cid"]);

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
