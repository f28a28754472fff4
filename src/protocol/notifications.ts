import type { Notification, StateNotification } from "./notification.ts";

/** Reads `line` from `start`, just behind the colon; undefined when the text is not of its form. */
type Parser = (line: string, start: number) => Notification | undefined;

/**
 * The single-line notifications by their first letter: cutting the name out of each line to look it up costs more than all the
 * rest of the parsing.
 */
const BY_INITIAL: Readonly<Record<string, readonly (readonly [name: string, parse: Parser])[]>> = {
  B: [
    ["BYTECOUNT", parseBytecount],
    ["BYTECOUNT_CLI", parseBytecountCli],
  ],
  E: [["ECHO", parseEcho]],
  F: [["FATAL", (line, start) => ({ type: "FATAL", text: line.slice(start) })]],
  H: [["HOLD", parseHold]],
  I: [["INFO", (line, start) => ({ type: "INFO", text: line.slice(start) })]],
  L: [["LOG", parseLog]],
  P: [
    ["PASSWORD", (line, start) => ({ type: "PASSWORD", text: line.slice(start) })],
    ["PROXY", parseProxy],
  ],
  R: [["REMOTE", parseRemote]],
  S: [["STATE", stateAt]],
};

const PARSERS: readonly (typeof BY_INITIAL)[string][] = [];
for (const [initial, parsers] of Object.entries(BY_INITIAL)) PARSERS[initial.charCodeAt(0)] = parsers;

/** Digits of a Unix time, at most. */
const LONGEST_TIME = 15;

/** A complete `>NAME:text` line that opens no block. What is not of a known form is OTHER: nothing is lost. */
export function parseNotification(line: string): Notification {
  const colon = line.indexOf(":");
  const end = colon < 0 ? line.length : colon;
  const start = colon < 0 ? line.length : colon + 1;
  for (const [name, parse] of PARSERS[line.charCodeAt(1)] ?? [])
    if (name.length === end - 1 && line.startsWith(name, 1)) {
      const notification = parse(line, start);
      if (notification) return notification;
    }
  return { type: "OTHER", name: line.slice(1, end), text: line.slice(start) };
}

/** `time,name,detail,tunIp,remoteAddress,remotePort,localAddress,localPort[,tunIp6]`; before 2.4 fewer fields. */
export function parseState(text: string): StateNotification | undefined {
  return stateAt(text, 0);
}

function stateAt(line: string, start: number): StateNotification | undefined {
  const first = comma(line, start);
  const time = count(line, start, first, LONGEST_TIME);
  const second = comma(line, first + 1);
  if (time < 0 || second <= first + 1) return undefined;
  const name = line.slice(first + 1, second);
  const detail = name === "AUTH_PENDING" ? detailEnd(line, second + 1) : comma(line, second + 1);
  const tunIp = comma(line, detail + 1);
  const remoteAddress = comma(line, tunIp + 1);
  const remotePort = comma(line, remoteAddress + 1);
  const localAddress = comma(line, remotePort + 1);
  const localPort = comma(line, localAddress + 1);
  return {
    type: "STATE",
    time,
    name,
    detail: line.slice(second + 1, detail),
    tunIp: line.slice(detail + 1, tunIp),
    remoteAddress: line.slice(tunIp + 1, remoteAddress),
    remotePort: line.slice(remoteAddress + 1, remotePort),
    localAddress: line.slice(remotePort + 1, localAddress),
    localPort: line.slice(localAddress + 1, localPort),
    tunIp6: line.slice(localPort + 1, comma(line, localPort + 1)),
  };
}

/** Details of AUTH_PENDING may hold commas; the six fields behind are then told apart from the right. */
function detailEnd(line: string, start: number): number {
  let end = line.length;
  for (let fields = 0; fields < 6; fields++) {
    end = line.lastIndexOf(",", end - 1);
    if (end < start) return comma(line, start);
  }
  return end;
}

/** `Waiting for hold release:seconds`; before 2.4 without the seconds. */
function parseHold(line: string, start: number): Notification {
  const match = /:(\d+)$/.exec(line.slice(start));
  return { type: "HOLD", wait: match ? Number(match[1]) : 0 };
}

/** `time,flags,text`; the text may hold commas. */
function parseLog(line: string, start: number): Notification | undefined {
  const first = comma(line, start);
  const second = line.indexOf(",", first + 1);
  const time = count(line, start, first, LONGEST_TIME);
  if (second < 0 || time < 0) return undefined;
  return { type: "LOG", time, flags: line.slice(first + 1, second), text: line.slice(second + 1) };
}

/** `time,text` */
function parseEcho(line: string, start: number): Notification | undefined {
  const end = line.indexOf(",", start);
  const time = count(line, start, end, LONGEST_TIME);
  return time < 0 ? undefined : { type: "ECHO", time, text: line.slice(end + 1) };
}

/** `in,out` */
function parseBytecount(line: string, start: number): Notification | undefined {
  const middle = comma(line, start);
  const bytesIn = count(line, start, middle);
  const bytesOut = count(line, middle + 1, line.length);
  return bytesIn < 0 || bytesOut < 0 ? undefined : { type: "BYTECOUNT", bytesIn, bytesOut };
}

/** `cid,in,out` */
function parseBytecountCli(line: string, start: number): Notification | undefined {
  const first = comma(line, start);
  const second = comma(line, first + 1);
  const cid = count(line, start, first);
  const bytesIn = count(line, first + 1, second);
  const bytesOut = count(line, second + 1, line.length);
  return cid < 0 || bytesIn < 0 || bytesOut < 0 ? undefined : { type: "BYTECOUNT_CLI", cid, bytesIn, bytesOut };
}

/** `host,port,proto`, split from the right: an IPv6 host stands without brackets. */
function parseRemote(line: string, start: number): Notification | undefined {
  const last = line.lastIndexOf(",");
  const middle = line.lastIndexOf(",", last - 1);
  const port = count(line, middle + 1, last);
  if (middle <= start || port < 0 || port > 65535) return undefined;
  return { type: "REMOTE", host: line.slice(start, middle), port, proto: line.slice(last + 1) };
}

/** `index,TCP|UDP,host` */
function parseProxy(line: string, start: number): Notification | undefined {
  const match = /^(\d+),(TCP|UDP),(.+)$/.exec(line.slice(start));
  return match ? { type: "PROXY", index: Number(match[1]), proto: match[2] ?? "", host: match[3] ?? "" } : undefined;
}

/** Where the next comma stands, or the end. */
function comma(line: string, start: number): number {
  const at = line.indexOf(",", start);
  return at < 0 ? line.length : at;
}

/** Decimal digits of a slice as a number, -1 when there is anything else. Counters may pass 2^32; 2^53 bytes are 9 PB. */
function count(line: string, start: number, end: number, longest = Infinity): number {
  if (end <= start || end - start > longest) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = line.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
