import { Secret } from "../util/secret.ts";
import type { Notification } from "./notification.ts";

type Reader = (text: string) => Notification | undefined;

/** Notifications that come once in a while, by name: these may be read at leisure. */
const READERS: Readonly<Record<string, Reader>> = {
  /** `index,TCP|UDP,host` */
  PROXY(text) {
    const [, index, proto, host] = /^(\d{1,9}),(TCP|UDP),(.+)$/s.exec(text) ?? [];
    return host === undefined ? undefined : { type: "PROXY", index: Number(index), proto: proto ?? "", host };
  },
  PASSWORD: (text) => readNeed(text) ?? readFailed(text) ?? readToken(text),
  /** `severity,kind,text`; the text may hold commas */
  NOTIFY(text) {
    const [, severity, kind, rest] = /^([^,]*),([^,]*),(.*)$/s.exec(text) ?? [];
    return rest === undefined
      ? undefined
      : { type: "NOTIFY", severity: severity ?? "", kind: kind ?? "", text: rest };
  },
  "NEED-OK": (text) => readRequest("NEED-OK", /^Need '(.*?)' confirmation MSG:(.*)$/s, text),
  // Older notes say `input`.
  "NEED-STR": (text) => readRequest("NEED-STR", /^Need '(.*?)' (?:string|input) MSG:(.*)$/s, text),
  "NEED-CERTIFICATE": (hint) => ({ type: "NEED-CERTIFICATE", hint }),
  RSA_SIGN: (data) => ({ type: "RSA_SIGN", data }),
  /** `data[,algorithm]`; the algorithm may hold commas */
  PK_SIGN(text) {
    const comma = text.indexOf(",");
    if (comma < 0) return { type: "PK_SIGN", data: text, algorithm: "" };
    return { type: "PK_SIGN", data: text.slice(0, comma), algorithm: text.slice(comma + 1) };
  },
};

/** `NAME:text`; undefined when the name has no reader, or the text is not of its form. */
export function parseRare(line: string): Notification | undefined {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(0, colon));
  return Object.hasOwn(READERS, name) ? READERS[name]?.(line.slice(colon + 1)) : undefined;
}

/** `Need 'realm' password|username/password|username[ SC:flags,text]`; OpenVPN cuts the line at 127 bytes. */
function readNeed(text: string): Notification | undefined {
  const [, realm, wanted, flags, challenge] =
    /^Need '(.*?)' (password|username\/password|username)(?: SC:(\d+),(.*))?$/s.exec(text) ?? [];
  if (realm === undefined) return undefined;
  return {
    type: "PASSWORD:NEED",
    realm,
    username: wanted !== "password",
    password: wanted !== "username",
    ...(flags === undefined
      ? {}
      : {
          challenge: {
            echo: (Number(flags) & 1) !== 0,
            concat: (Number(flags) & 2) !== 0,
            text: challenge ?? "",
          },
        }),
  };
}

/** `Verification Failed: 'realm'[ ['reason']]`: the reason is the server's own text, whatever stands in it. */
function readFailed(text: string): Notification | undefined {
  const [, realm, reason = ""] = /^Verification Failed: '([^']*)'(?: \['(.*)'\])?$/s.exec(text) ?? [];
  return realm === undefined ? undefined : { type: "PASSWORD:FAILED", realm, reason };
}

function readToken(text: string): Notification | undefined {
  const [, token] = /^Auth-Token:(.*)$/s.exec(text) ?? [];
  return token === undefined ? undefined : { type: "PASSWORD:TOKEN", token: new Secret(token) };
}

function readRequest(type: "NEED-OK" | "NEED-STR", form: RegExp, text: string): Notification | undefined {
  const [, name, message] = form.exec(text) ?? [];
  return message === undefined ? undefined : { type, name: name ?? "", message };
}
