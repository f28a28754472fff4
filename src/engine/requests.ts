import { z } from "zod";
import { answerQuota, quotaRequest } from "../quota/desk.ts";
import type { Engine } from "./engine.ts";
import { sendFor, sendRequest } from "./send-request.ts";
import { isOwnEvent, OWN_EVENT_EXPECTED } from "../rules/vocabulary/own-events.ts";
import { statusOf } from "./status.ts";
import { coerceVariable } from "./variables.ts";

const emitRequest = z.object({
  event: z.string().refine(isOwnEvent, OWN_EVENT_EXPECTED),
  with: z.record(z.string(), z.unknown()).default({}),
});
const setRequest = z.object({ values: z.record(z.string(), z.unknown()) });
const forgiveRequest = z.object({ group: z.string(), host: z.string().optional() });

/** What a running engine answers on its control socket, by verb. A thrown Error is the answer's `error`. */
export function handlers(engine: Engine): Record<string, (request: unknown) => unknown> {
  return {
    status: () => statusOf(engine),
    emit: (request) => {
      const { event, with: fields } = parse(emitRequest, request);
      engine.raise({ ...engine.globalEvent(event, fields), depth: 0 });
      engine.drain();
      return { emitted: event };
    },
    set: (request) => {
      const { values } = parse(setRequest, request);
      for (const [name, value] of Object.entries(values)) {
        const spec = engine.variables.spec(name);
        const problem = engine.variables.set(name, spec ? coerceVariable(spec, value) : value);
        if (problem !== undefined) throw new Error(problem);
      }
      return { variables: engine.variables.values };
    },
    forgive: (request) => {
      const { group, host } = parse(forgiveRequest, request);
      const problem = engine.remotes.forgive(group, host);
      if (problem !== undefined) throw new Error(problem);
      engine.drain();
      return { forgiven: host ?? group };
    },
    quota: (request) => {
      const asked = parse(quotaRequest, request);
      if (!engine.quotas) throw new Error("The rulebook has no quotas");
      return answerQuota(engine.quotas, asked);
    },
    send: (request) => sendFor(engine, parse(sendRequest, request)),
  };
}

function parse<T>(schema: z.ZodType<T>, request: unknown): T {
  const parsed = schema.safeParse(request);
  if (!parsed.success) throw new Error(parsed.error.issues.map((issue) => issue.message).join("; "));
  return parsed.data;
}
