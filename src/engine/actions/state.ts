import { z } from "zod";
import { ActionError } from "../../plugin/contract.ts";
import { isOwnEvent, OWN_EVENT_EXPECTED } from "../../rules/vocabulary/own-events.ts";
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
