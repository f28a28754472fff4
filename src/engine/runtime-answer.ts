import { isAbsolute } from "node:path";
import { z } from "zod";
import type { Answer, Query, Template } from "../rules/answer.ts";
import { isProxyHost } from "../rules/places.ts";
import { parseDuration } from "../util/duration.ts";

/** Answers that a program or a plugin may give while running: the same words as in a rulebook, less the ones that need compiling. */
const duration = z.union([
  z.number().nonnegative().describe("seconds"),
  z.string().refine((text) => parseDuration(text) !== undefined, "a duration such as 10s"),
]);

/** Nobody knows where the program ran: paths are whole. */
const file = z.strictObject({ file: z.string().refine(isAbsolute, "an absolute path") });
const base64 = z.string().regex(/^[A-Za-z0-9+/\s]+={0,2}\s*$/);

const sign = z.union([
  z.strictObject({ signature: base64 }),
  z.strictObject({
    sign: z.union([z.strictObject({ key: file }), z.strictObject({ exec: z.array(z.string()).min(1) })]),
  }),
]);

const proxy = {
  host: z.string().refine(isProxyHost, "the host of a proxy"),
  port: z.int().min(1).max(65535),
};

const client = z.union([
  z.enum(["allow", "deny"]),
  z.strictObject({ allow: z.strictObject({ config: z.array(z.string()) }) }),
  z.strictObject({
    deny: z.strictObject({
      reason: z.string(),
      "client-reason": z.string().optional(),
      temporary: z
        .strictObject({ backoff: duration.optional(), advance: z.enum(["no", "remote", "addr"]).optional() })
        .optional(),
    }),
  }),
  z.strictObject({ pending: z.strictObject({ method: z.string(), timeout: duration }) }),
]);

const schemas = {
  HOLD: z.union([
    z.enum(["release", "keep"]),
    z.strictObject({ release: z.strictObject({ after: duration }) }),
  ]),
  REMOTE: z.union([
    z.enum(["accept", "skip"]),
    z.strictObject({ skip: z.int().min(1).max(1000) }),
    z.strictObject({ mod: z.strictObject({ host: z.string(), port: z.int().min(1).max(65535) }) }),
    z.strictObject({ from: z.string() }),
  ]),
  "NEED-OK": z.enum(["ok", "cancel"]),
  "NEED-STR": z.strictObject({ string: z.string() }),
  "NEED-CERTIFICATE": z.strictObject({ certificate: file }),
  RSA_SIGN: sign,
  PK_SIGN: sign,
  "CLIENT:CONNECT": client,
  "CLIENT:REAUTH": client,
  "CLIENT:CR_RESPONSE": client,
  PROXY: z.union([
    z.literal("none"),
    z.strictObject({ http: z.strictObject({ ...proxy, nct: z.boolean().optional() }) }),
    z.strictObject({ socks: z.strictObject(proxy) }),
    z.strictObject({ from: z.string() }),
  ]),
  "PASSWORD:NEED": z.union([
    z.literal("refuse"),
    z.strictObject({
      credentials: z.strictObject({
        username: z.string().optional(),
        password: z.string().optional(),
        otp: z.string().optional(),
      }),
    }),
  ]),
} satisfies Record<Query, z.ZodType>;

/** Checks what a program or plugin answered; throws an Error that says what was expected. */
export function runtimeAnswer(
  query: Query,
  value: unknown,
  groups: { readonly remotes: ReadonlySet<string>; readonly proxies: ReadonlySet<string> },
): Answer {
  const parsed = schemas[query].safeParse(value);
  if (!parsed.success) throw new Error(`No answer for ${query}: ${shown(query, value)}`);
  const answer = parsed.data;
  if (typeof answer === "string") return plain(answer);
  if ("release" in answer) return { kind: "release", fixed: milliseconds(answer.release.after) };
  if ("skip" in answer) return { kind: "skip", count: answer.skip };
  if ("mod" in answer)
    return { kind: "mod", host: constant(answer.mod.host), port: constant(answer.mod.port) };
  if ("credentials" in answer) return credentials(answer.credentials);
  if ("string" in answer) return { kind: "string", text: constant(answer.string) };
  if ("certificate" in answer) return { kind: "certificate", file: answer.certificate.file };
  if ("signature" in answer) return { kind: "signature", data: answer.signature.replaceAll(/\s/g, "") };
  if ("sign" in answer)
    return { kind: "sign", key: "key" in answer.sign ? answer.sign.key : { exec: answer.sign.exec } };
  if ("allow" in answer) return { kind: "allow", config: answer.allow.config.map(constant) };
  if ("deny" in answer) return denial(answer.deny);
  if ("pending" in answer) {
    const { method, timeout } = answer.pending;
    return { kind: "pending", method: constant(method), timeout: milliseconds(timeout) };
  }
  if ("http" in answer) {
    const { host, port, nct = false } = answer.http;
    return { kind: "http", host: constant(host), port: constant(port), nct };
  }
  if ("socks" in answer)
    return { kind: "socks", host: constant(answer.socks.host), port: constant(answer.socks.port) };
  const known = query === "PROXY" ? groups.proxies : groups.remotes;
  if (!known.has(answer.from)) throw new Error(`No answer for ${query}: unknown group '${answer.from}'`);
  return { kind: query === "PROXY" ? "proxies" : "from", group: answer.from };
}

const PROGRAM_BUDGET = 3;

const MOST_SHOWN = 200;

/**
 * What was given instead, for the journal. A text that OpenVPN was to get is nobody's business, and who decides about a client may repeat
 * its password: half of it would be masked no more.
 */
function shown(query: Query, value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  const isWhole = text.length <= MOST_SHOWN;
  if (query === "NEED-STR" || query === "PASSWORD:NEED" || (query.startsWith("CLIENT:") && !isWhole))
    return outline(value);
  return isWhole ? text : text.slice(0, MOST_SHOWN);
}

function outline(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "a map of other keys" : "no map";
}

type Plain = Extract<z.infer<(typeof schemas)[Query]>, string>;

function plain(answer: Plain): Answer {
  switch (answer) {
    case "skip":
      return { kind: "skip", count: 1 };
    case "allow":
      return { kind: "allow", config: [] };
    case "deny":
      return { kind: "deny", reason: constant("denied by the rule's program") };
    default:
      return { kind: answer };
  }
}

type Denial = Extract<z.infer<typeof client>, { deny: unknown }>["deny"];

function denial({ reason, "client-reason": clientReason, temporary }: Denial): Answer {
  const backoff = temporary?.backoff;
  return {
    kind: "deny",
    reason: constant(reason),
    ...(clientReason === undefined ? {} : { clientReason: constant(clientReason) }),
    ...(temporary
      ? {
          temporary: {
            // OpenVPN counts whole seconds.
            ...(backoff === undefined ? {} : { backoff: Math.ceil(milliseconds(backoff) / 1000) }),
            ...(temporary.advance ? { advance: temporary.advance } : {}),
          },
        }
      : {}),
  };
}

/** The program itself knows how often it may try. */
function credentials(
  given: Readonly<Partial<Record<"username" | "password" | "otp", string | undefined>>>,
): Answer {
  const { username, password, otp } = given;
  return {
    kind: "credentials",
    ...(username === undefined ? {} : { username: constant(username) }),
    ...(password === undefined ? {} : { password: constant(password) }),
    ...(otp === undefined ? {} : { otp: constant(otp) }),
    budget: PROGRAM_BUDGET,
  };
}

function milliseconds(value: number | string): number {
  return typeof value === "number" ? value * 1000 : (parseDuration(value) ?? 0);
}

function constant(value: unknown): Template {
  return { constant: true, resolve: () => value };
}
