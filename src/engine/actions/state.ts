import { z } from "zod";
import { ActionError } from "../../plugin/contract.ts";
import { isOwnEvent, OWN_EVENT_EXPECTED } from "../../rules/vocabulary/own-events.ts";
import { parseSize } from "../../util/size.ts";
import { builtin } from "./builtin.ts";

const ownEvent = z.string().refine(isOwnEvent, OWN_EVENT_EXPECTED);

const groupTarget = z.strictObject({ group: z.string(), host: z.string().optional() });

export const notify = builtin({
  about: "Writes a notice to the journal",
  params: z.string().min(1),
  run: (text, context) => context.engine.notify(text),
});

export const emit = builtin({
  about: "Raises an event of one's own",
  params: z.strictObject({ event: ownEvent, with: z.record(z.string(), z.json()).optional() }),
  run: (params, context) => context.emit(params.event, params.with ?? {}),
});

export const set = builtin({
  about: "Sets variables",
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
  run(params, context) {
    for (const [name, value] of Object.entries(params)) invalidWhen(context.engine.setVariable(name, value));
  },
});

export const increment = builtin({
  about: "Adds one to a counter",
  params: z.string(),
  run: (counter, context) => invalidWhen(context.engine.increment(counter)),
});

const account = {
  quota: z.string().describe("A name under quotas:"),
  subject: z.string().min(1).optional().describe("The account; that of the event when left out"),
};

/** Bytes as a size such as 10MB or as a number; less than nothing gives back. */
const bytes = z.union([
  z.number().refine(Number.isSafeInteger, "a whole number of bytes was expected"),
  z.string().transform((text, context): number => {
    const size = parseSize(text);
    if (size !== undefined) return size;
    context.addIssue({ code: "custom", message: `'${text}' is not a size such as 10MB` });
    return z.NEVER;
  }),
]);

export const charge = builtin({
  about: "Charges an account with bytes that no daemon counted; without subject, the event's own",
  params: z.strictObject({ ...account, bytes: bytes.describe("A size such as 10MB, or a number of bytes") }),
  run: ({ quota, subject, bytes: charged }, context) =>
    invalidWhen(context.engine.correct("charge", { quota, subject, bytes: charged })),
});

export const reset = builtin({
  about: "Sets the use of an account to nothing; without subject, the event's own",
  params: z.strictObject(account),
  run: ({ quota, subject }, context) => invalidWhen(context.engine.correct("reset", { quota, subject })),
});

export const penalize = builtin({
  about: "Leaves a candidate out for the group's penalty; without host, the one last tried",
  params: groupTarget,
  run: (params, context) => invalidWhen(context.engine.penalize(params.group, params.host)),
});

export const forgive = builtin({
  about: "Ends penalties of a group; without host, of all its candidates",
  params: groupTarget,
  run: (params, context) => invalidWhen(context.engine.forgive(params.group, params.host)),
});

function invalidWhen(problem: string | undefined): void {
  if (problem !== undefined) throw new ActionError("invalid", problem);
}
