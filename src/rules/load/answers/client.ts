import { isSeq, type Node } from "yaml";
import type { Answer, Template } from "../../answer.ts";
import { anything, duration, list, oneOf, table } from "../shape.ts";
import type { AnswerSite } from "./site.ts";
import { readLine, readParameter } from "./text.ts";

const templateText = { ...anything, expected: "text", schema: { type: ["string", "number", "boolean"] } };

export const allowShape = table(
  {
    config: {
      shape: { ...anything, expected: "a list of lines", schema: list(templateText).schema },
      required: true,
      about: 'Lines of a client\'s configuration, such as push "route 10.0.0.0 255.0.0.0"',
    },
  },
  { what: "allow" },
);

export const denyShape = table(
  {
    reason: { shape: templateText, required: true, about: "For OpenVPN's log" },
    "client-reason": { shape: templateText, about: "What the client is told" },
    temporary: {
      shape: table({
        backoff: { shape: duration({ min: 1000 }), about: "How long it waits before it comes again" },
        advance: {
          shape: oneOf("no", "remote", "addr"),
          about: "Where it comes again: to this address, to its next remote, to the next address of this one",
        },
      }),
      about: "The client may come again",
    },
  },
  { what: "deny" },
);

export const pendingShape = table(
  {
    method: {
      shape: templateText,
      required: true,
      about: "What the client is asked, such as WEB_AUTH::https://sso.example.net or CR_TEXT:R,E:Your code",
    },
    timeout: { shape: duration({ min: 1000 }), required: true, about: "How long it may take" },
  },
  { what: "pending" },
);

export function readAllow(value: Node, site: AnswerSite): Answer | undefined {
  const { context } = site;
  const spec = allowShape.read(value, context);
  if (!spec?.has("config")) return undefined;
  const lines = context.resolve(spec.at("config"));
  if (!isSeq(lines)) return context.error(spec.at("config"), "A list was expected");
  const config = lines.items.map((line) => readLine(line, site));
  return config.every((line): line is Template => line !== undefined) ? { kind: "allow", config } : undefined;
}

/** `deny` by itself. */
export function plainDeny(by: string): Answer {
  return { kind: "deny", reason: { constant: true, resolve: () => `denied by ${by}` } };
}

export function readDeny(value: Node, site: AnswerSite): Answer | undefined {
  const spec = denyShape.read(value, site.context);
  if (!spec) return undefined;
  const reason = spec.has("reason") ? readParameter(spec.at("reason"), site) : undefined;
  const clientReason = spec.has("client-reason") ? readParameter(spec.at("client-reason"), site) : undefined;
  const temporary = spec.get("temporary");
  const backoff = temporary?.get("backoff");
  const advance = temporary?.get("advance");
  if (!reason || (spec.has("client-reason") && !clientReason)) return undefined;
  return {
    kind: "deny",
    reason,
    ...(clientReason ? { clientReason } : {}),
    ...(temporary
      ? {
          temporary: {
            // OpenVPN counts whole seconds.
            ...(backoff === undefined ? {} : { backoff: Math.ceil(backoff / 1000) }),
            ...(advance === undefined ? {} : { advance }),
          },
        }
      : {}),
  };
}

export function readPending(value: Node, site: AnswerSite): Answer | undefined {
  const spec = pendingShape.read(value, site.context);
  const method = spec?.has("method") ? readParameter(spec.at("method"), site) : undefined;
  const timeout = spec?.get("timeout");
  return method && timeout !== undefined ? { kind: "pending", method, timeout } : undefined;
}
