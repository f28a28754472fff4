import { fromBase64, toBase64 } from "../util/base64.ts";
import { Secret } from "../util/secret.ts";
import { EncodeError } from "./encoder.ts";
import type { StaticChallenge } from "./notification.ts";

/** A question for a second factor, with the user's password or behind it. */
interface Question {
  /** What the user is asked. */
  readonly text: string;
  /** The answer may be shown as it is typed. */
  readonly echo: boolean;
}

/** The reason of a refused login: the user is asked, and logs in once more with the answer. */
export interface DynamicChallenge extends Question {
  /** Without it there is only something to read. */
  readonly responseRequired: boolean;
  /** The server's own, to be given back. */
  readonly state: string;
  /** Empty when the server's cannot be read. */
  readonly username: string;
}

/** What `>INFOMSG:` asks for while a login is pending. */
export type PendingChallenge =
  /** Answered by cr-response. */
  | ({ readonly kind: "CR_TEXT"; readonly responseRequired: boolean } & Question)
  /** The user goes to a web page. Flags: `proxy=…`, `hidden`, `external`. */
  | { readonly kind: "WEB_AUTH"; readonly flags: readonly string[]; readonly url: string }
  | { readonly kind: "OPEN_URL"; readonly url: string };

/** A client drops an INFOMSG that would be longer, and says nothing of it. */
const LONGEST_EXTRA = 246;

/** What is sent as the password: `SCRV1:password:response` in base64, or one behind the other. */
export function staticAnswer(
  challenge: Pick<StaticChallenge, "concat">,
  password: string | Secret,
  response: string | Secret,
): Secret {
  const [first, second] = [clear(password, "The password"), clear(response, "The response")];
  if (challenge.concat) return new Secret(first + second);
  return new Secret(`SCRV1:${toBase64(first)}:${toBase64(second)}`);
}

/** What a server gets as the password of such a login; undefined when it is none. */
export function parseStaticAnswer(
  password: string | Secret,
): { readonly password: Secret; readonly response: Secret } | undefined {
  const match = /^SCRV1:([^:]*):([^:]*)$/.exec(reveal(password));
  const first = fromBase64(match?.[1] ?? "");
  const second = fromBase64(match?.[2] ?? "");
  if (!match || first === undefined || second === undefined) return undefined;
  return { password: new Secret(first), response: new Secret(second) };
}

/** Reads `CRV1:flags:state:username:text`, the reason of a refused login; undefined when it is none. */
export function parseDynamicChallenge(reason: string): DynamicChallenge | undefined {
  const [, flags = "", state = "", user = "", text = ""] =
    /^CRV1:([^:]*):([^:]*):([^:]*):(.*)$/s.exec(reason) ?? [];
  if (state === "") return undefined;
  return { text, ...readFlags(flags), state, username: fromBase64(user) ?? "" };
}

/** The reason that a server gives its client, as the last argument of client-deny. Throws EncodeError. */
export function dynamicChallengeReason(challenge: DynamicChallenge): string {
  const { state, username, text } = challenge;
  checkState(state);
  return `CRV1:${writeFlags(challenge)}:${state}:${toBase64(clear(username, "The user name"))}:${text}`;
}

/** What is sent as the password, with the user name of the challenge: `CRV1::state::response`. */
export function dynamicAnswer({ state }: Pick<DynamicChallenge, "state">, response: string | Secret): Secret {
  checkState(state);
  return new Secret(`CRV1::${state}::${reveal(response)}`);
}

/** What a server gets as the password of such a login; undefined when it is none. */
export function parseDynamicAnswer(
  password: string | Secret,
): { readonly state: string; readonly response: Secret } | undefined {
  const [, state, response] = /^CRV1::([^:]+)::(.*)$/s.exec(reveal(password)) ?? [];
  return state === undefined ? undefined : { state, response: new Secret(response ?? "") };
}

/** Reads the text of an INFOMSG; undefined when it is none of these. */
export function parsePendingChallenge(text: string): PendingChallenge | undefined {
  const crText = /^CR_TEXT:([^:]*):(.*)$/s.exec(text);
  if (crText) return { kind: "CR_TEXT", text: crText[2] ?? "", ...readFlags(crText[1] ?? "") };
  // A proxy among the flags may have an IPv6 address in brackets.
  const webAuth = /^WEB_AUTH:((?:\[[^\]]*\]|[^:[])*):(.*)$/s.exec(text);
  if (webAuth) {
    const flags = (webAuth[1] ?? "").split(",").filter((flag) => flag !== "");
    return { kind: "WEB_AUTH", flags, url: webAuth[2] ?? "" };
  }
  return text.startsWith("OPEN_URL:") ? { kind: "OPEN_URL", url: text.slice(9) } : undefined;
}

/** What client-pending-auth takes to ask a client. Throws EncodeError for what would not come back as it was. */
export function pendingExtra(challenge: PendingChallenge): string {
  const extra = writePending(challenge);
  if (new TextEncoder().encode(extra).length > LONGEST_EXTRA)
    throw new EncodeError(`A challenge of ${challenge.kind} is longer than ${LONGEST_EXTRA} bytes`);
  return extra;
}

/** The argument of cr-response: the response in base64. */
export function crResponse(response: string | Secret): Secret {
  return new Secret(toBase64(clear(response, "The response")));
}

/** The response that a server gets by CLIENT:CR_RESPONSE; undefined when it is not as official clients write it. */
export function parseCrResponse(text: string): Secret | undefined {
  const response = fromBase64(text);
  return response === undefined ? undefined : new Secret(response);
}

function writePending(challenge: PendingChallenge): string {
  if (challenge.kind === "OPEN_URL") return `OPEN_URL:${challenge.url}`;
  if (challenge.kind === "CR_TEXT") return `CR_TEXT:${writeFlags(challenge)}:${challenge.text}`;
  if (!challenge.flags.every((flag) => /^(?:\[[^\],]*\]|[^:[,])+$/.test(flag)))
    throw new EncodeError("A flag of WEB_AUTH is empty or holds a colon or a comma");
  return `WEB_AUTH:${challenge.flags.join(",")}:${challenge.url}`;
}

/** As OpenVPN reads them: by their letters, wherever they stand. */
function readFlags(flags: string): { readonly echo: boolean; readonly responseRequired: boolean } {
  return { echo: flags.includes("E"), responseRequired: flags.includes("R") };
}

function writeFlags({ echo, responseRequired }: { echo: boolean; responseRequired: boolean }): string {
  return [...(responseRequired ? ["R"] : []), ...(echo ? ["E"] : [])].join(",");
}

function checkState(state: string): void {
  if (state === "" || state.includes(":"))
    throw new EncodeError("The state of a challenge is empty or holds a colon");
}

/** Half of a surrogate pair would come out of the base64 as another character. */
function clear(value: string | Secret, what: string): string {
  const text = reveal(value);
  if (!text.isWellFormed()) throw new EncodeError(`${what} holds half of a surrogate pair`);
  return text;
}

function reveal(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
