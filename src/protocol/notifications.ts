import type { Notification, StateNotification } from "./notification.ts";

/** The single-line notifications, by name. Each gives undefined for a text that is not of its form. */
const PARSERS: Readonly<Record<string, (text: string) => Notification | undefined>> = {
  INFO: (text) => ({ type: "INFO", text }),
  FATAL: (text) => ({ type: "FATAL", text }),
  PASSWORD: (text) => ({ type: "PASSWORD", text }),
  STATE: parseState,
  HOLD: parseHold,
  LOG: parseLog,
  ECHO: parseEcho,
  BYTECOUNT: parseBytecount,
  BYTECOUNT_CLI: parseBytecountCli,
  REMOTE: parseRemote,
  PROXY: parseProxy,
};

/** A complete `>NAME:text` line that opens no block. What is not of a known form is OTHER: nothing is lost. */
export function parseNotification(line: string): Notification {
  const colon = line.indexOf(":");
  const name = colon < 0 ? line.slice(1) : line.slice(1, colon);
  const text = colon < 0 ? "" : line.slice(colon + 1);
  return (Object.hasOwn(PARSERS, name) ? PARSERS[name]?.(text) : undefined) ?? { type: "OTHER", name, text };
}

/** `time,name,detail,tunIp,remoteAddress,remotePort,localAddress,localPort[,tunIp6]`; before 2.4 fewer fields. */
export function parseState(text: string): StateNotification | undefined {
  const [time = "", name = "", ...rest] = text.split(",");
  if (!isNumber(time) || name === "") return undefined;
  // Details of AUTH_PENDING may hold commas; the fields behind are then told apart from the right.
  const surplus = Math.max(0, rest.length - 7);
  const detail = surplus > 0 && name === "AUTH_PENDING" ? rest.slice(0, surplus + 1).join(",") : (rest[0] ?? "");
  const fields = surplus > 0 && name === "AUTH_PENDING" ? rest.slice(surplus + 1) : rest.slice(1);
  return {
    type: "STATE",
    time: Number(time),
    name,
    detail,
    tunIp: fields[0] ?? "",
    remoteAddress: fields[1] ?? "",
    remotePort: fields[2] ?? "",
    localAddress: fields[3] ?? "",
    localPort: fields[4] ?? "",
    tunIp6: fields[5] ?? "",
  };
}

/** `Waiting for hold release:seconds`; before 2.4 without the seconds. */
function parseHold(text: string): Notification {
  const match = /:(\d+)$/.exec(text);
  return { type: "HOLD", wait: match ? Number(match[1]) : 0 };
}

/** `time,flags,text`; the text may hold commas. */
function parseLog(text: string): Notification | undefined {
  const first = text.indexOf(",");
  const second = text.indexOf(",", first + 1);
  const time = text.slice(0, Math.max(0, first));
  if (second < 0 || !isNumber(time)) return undefined;
  return { type: "LOG", time: Number(time), flags: text.slice(first + 1, second), text: text.slice(second + 1) };
}

/** `time,text` */
function parseEcho(text: string): Notification | undefined {
  const comma = text.indexOf(",");
  const time = text.slice(0, Math.max(0, comma));
  return comma < 0 || !isNumber(time) ? undefined : { type: "ECHO", time: Number(time), text: text.slice(comma + 1) };
}

function parseBytecount(text: string): Notification | undefined {
  const comma = text.indexOf(",");
  const bytesIn = count(text, 0, comma);
  const bytesOut = count(text, comma + 1, text.length);
  return comma < 0 || bytesIn < 0 || bytesOut < 0 ? undefined : { type: "BYTECOUNT", bytesIn, bytesOut };
}

function parseBytecountCli(text: string): Notification | undefined {
  const first = text.indexOf(",");
  const second = text.indexOf(",", first + 1);
  if (first < 0 || second < 0) return undefined;
  const cid = count(text, 0, first);
  const bytesIn = count(text, first + 1, second);
  const bytesOut = count(text, second + 1, text.length);
  return cid < 0 || bytesIn < 0 || bytesOut < 0 ? undefined : { type: "BYTECOUNT_CLI", cid, bytesIn, bytesOut };
}

/** `host,port,proto`, split from the right: an IPv6 host stands without brackets. */
function parseRemote(text: string): Notification | undefined {
  const last = text.lastIndexOf(",");
  const middle = last < 0 ? -1 : text.lastIndexOf(",", last - 1);
  const port = count(text, middle + 1, Math.max(middle + 1, last));
  if (middle < 1 || port < 0 || port > 65535) return undefined;
  return { type: "REMOTE", host: text.slice(0, middle), port, proto: text.slice(last + 1) };
}

/** `index,TCP|UDP,host` */
function parseProxy(text: string): Notification | undefined {
  const match = /^(\d+),(TCP|UDP),(.+)$/.exec(text);
  return match ? { type: "PROXY", index: Number(match[1]), proto: match[2] ?? "", host: match[3] ?? "" } : undefined;
}

/** Decimal digits of a slice as a number, -1 when there is anything else. Counters may pass 2^32; 2^53 bytes are 9 PB. */
function count(text: string, start: number, end: number): number {
  if (end <= start) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function isNumber(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}
