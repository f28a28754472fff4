import { misfit } from "../arguments.ts";
import type { Command } from "../command.ts";
import { EncodeError } from "../encoder.ts";
import { block, type Lines, make, type Text } from "./parts.ts";

/** What a client that is thrown out is told. */
export type KillMessage =
  /** It ends. */
  | { readonly halt: string }
  /** It connects again: `next` to another remote, `preserveToken` with the password that it has. */
  | {
      readonly restart: {
        readonly next?: boolean;
        readonly preserveToken?: boolean;
        readonly text?: string;
      };
    }
  /** As it stands: what an official client does not know it does not obey. */
  | { readonly message: string };

/** 2.5: without KID and seconds. */
function clientPendingAuth(cid: number, extra: Text): Command<"client-pending-auth">;
/** 2.6.0 and 2.6.1: without KID. */
function clientPendingAuth(cid: number, extra: Text, seconds: number): Command<"client-pending-auth">;
/** From 2.6.2 on. */
function clientPendingAuth(
  cid: number,
  kid: number,
  extra: Text,
  seconds: number,
): Command<"client-pending-auth">;
function clientPendingAuth(cid: number, ...rest: readonly (Text | number)[]): Command<"client-pending-auth"> {
  return make("client-pending-auth", cid, ...rest);
}

/** Throws EncodeError for what OpenVPN would not take for a name: `10.0.0.1:1194` is an address. */
function commonName(name: string): Command<"kill"> {
  const expected = misfit("common-name", name);
  const what = "The argument 1 of kill";
  if (expected !== undefined) throw new EncodeError(`${what} is not ${expected}`);
  return make("kill", name);
}

/** Commands of a server about its clients. A client is known by its CID, a handshake of it by a KID. */
export const clients = {
  /** Lets it in with lines of config of its own; a line that OpenVPN does not like it leaves out and says so in its log only. */
  clientAuth: (cid: number, kid: number, lines: Lines): Command<"client-auth"> =>
    block("client-auth", [cid, kid], lines),
  clientAuthNt: (cid: number, kid: number): Command<"client-auth-nt"> => make("client-auth-nt", cid, kid),
  /** `reason` for the log, `clientReason` for the client. */
  clientDeny: (cid: number, kid: number, reason: Text, clientReason?: Text): Command<"client-deny"> =>
    make("client-deny", cid, kid, reason, clientReason),
  /** Without a message the client is told to restart. It lives on for some seconds. */
  clientKill: (cid: number, message?: KillMessage): Command<"client-kill"> =>
    make("client-kill", cid, message && killMessage(message)),
  clientPendingAuth,
  /** Up to 2.5. */
  clientPf: (cid: number, lines: Lines): Command<"client-pf"> => block("client-pf", [cid], lines),
  kill: {
    /** Every client with this common name, at once and without a word. */
    commonName,
    /** Up to 2.6; IPv4 only. */
    address: (ip: string, port: number): Command<"kill"> => make("kill", `${ip}:${port}`),
    /** From 2.7 on; IPv4 only. */
    transport: (proto: "tcp" | "udp", ip: string, port: number): Command<"kill"> =>
      make("kill", `${proto}:${ip}:${port}`),
  },
  nclients: (): Command<"nclients"> => make("nclients"),
  /** From 2.7 on: options as `route 10.0.0.0 255.0.0.0, -dns`. */
  pushUpdate: {
    broadcast: (options: Text): Command<"push-update-broad"> => make("push-update-broad", options),
    client: (cid: number, options: Text): Command<"push-update-cid"> => make("push-update-cid", cid, options),
  },
} as const;

/** The control message as the client reads it. */
export function killMessage(message: KillMessage): string {
  if ("message" in message) return message.message;
  if ("halt" in message) return message.halt === "" ? "HALT" : `HALT,${message.halt}`;
  const { next, preserveToken, text = "" } = message.restart;
  const flags = `${preserveToken ? "P" : ""}${next ? "N" : ""}`;
  // A text that begins with a bracket would be read as flags.
  const bracketed = flags !== "" || text.startsWith("[") ? `[${flags}]` : "";
  return bracketed === "" && text === "" ? "RESTART" : `RESTART,${bracketed}${text}`;
}
