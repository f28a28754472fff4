import type { ArgumentKind } from "./commands.ts";

/** The host of `remote MOD` is at most this. */
const LONGEST_HOST = 79;

/** OpenVPN cuts the pieces of a `kill` behind these bytes, and would look for another name. */
const LONGEST_NAME = 127;

const HOST = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9.])?$|^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?$/;
/** More digits would not fit into an int of C. */
const NUMBER = /^-?\d{1,9}$/;
const ID = /^\d{1,15}$/;
const LARGEST_UINT = 4_294_967_295;
const HISTORY = /^(on|off|all|[1-9]\d{0,8})$/;
const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}:(\d+)$/;

const utf8 = new TextEncoder();

/** What should have stood there instead of `value`; undefined when it may stand there. Controls and length are checked elsewhere. */
export function misfit(kind: ArgumentKind, value: string): string | undefined {
  switch (kind) {
    case "number":
      return NUMBER.test(value) ? undefined : "a whole number";
    case "cid":
      return ID.test(value) ? undefined : "the id of a client";
    case "kid":
      return isUint(value) ? undefined : "the id of a key";
    case "seconds":
      return isUint(value) ? undefined : "a number of seconds";
    case "port":
      return isPort(value) ? undefined : "a port";
    case "host":
      return HOST.test(value) && value.length <= LONGEST_HOST
        ? undefined
        : `a host of at most ${LONGEST_HOST} characters`;
    case "history":
      return HISTORY.test(value) ? undefined : "on, off, all or a number of lines";
    case "common-name":
      return isName(value) ? undefined : `a common name of 1 to ${LONGEST_NAME} bytes without a colon`;
    case "ip:port":
      return isPort(ADDRESS.exec(value)?.[1] ?? "") ? undefined : "an IPv4 address with its port";
    case "proto:ip:port":
      return /^(tcp|udp):/.test(value) && misfit("ip:port", value.slice(4)) === undefined
        ? undefined
        : "tcp: or udp:, an IPv4 address and its port";
    case "text":
      return undefined;
    default:
      return kind.includes(value) ? undefined : `one of ${kind.join(", ")}`;
  }
}

function isPort(value: string): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65536;
}

function isUint(value: string): boolean {
  return /^\d{1,10}$/.test(value) && Number(value) <= LARGEST_UINT;
}

function isName(value: string): boolean {
  return value !== "" && !value.includes(":") && utf8.encode(value).length <= LONGEST_NAME;
}
