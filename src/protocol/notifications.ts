import type { Notification, StateNotification } from "./notification.ts";
import { parseRare } from "./rare-notifications.ts";

/** Digits of a Unix time, at most. */
const LONGEST_TIME = 15;

/** A complete `>NAME:text` line that opens no block. What is not of a known form is OTHER: nothing is lost. */
export function parseNotification(line: string): Notification {
  return parseNotificationAt(line, 0, line.length);
}

/**
 * The same, of a line that stands in a longer text, from `start` to `end`. Lines are read where they stand in what arrived: to cut
 * each one out first costs more than all the rest.
 */
export function parseNotificationAt(text: string, start: number, end: number): Notification {
  const known = parseKnown(text, start + 1, end);
  if (known) return known;
  const colon = text.indexOf(":", start);
  // A name alone is one without text.
  if (colon < 0 || colon >= end) return { type: "OTHER", name: text.slice(start + 1, end), text: "" };
  return { type: "OTHER", name: text.slice(start + 1, colon), text: text.slice(colon + 1, end) };
}

/** By the code of the first letter of the name, at `at`; undefined when the text is of no known form. */
function parseKnown(text: string, at: number, end: number): Notification | undefined {
  switch (text.charCodeAt(at)) {
    case 66:
      if (text.startsWith("BYTECOUNT_CLI:", at)) return parseBytecountCli(text, at + 14, end);
      return text.startsWith("BYTECOUNT:", at) ? parseBytecount(text, at + 10, end) : undefined;
    case 69:
      return text.startsWith("ECHO:", at) ? parseEcho(text, at + 5, end) : undefined;
    case 70:
      return text.startsWith("FATAL:", at) ? { type: "FATAL", text: text.slice(at + 6, end) } : undefined;
    case 72:
      return text.startsWith("HOLD:", at) ? parseHold(text, at + 5, end) : undefined;
    case 73:
      if (text.startsWith("INFOMSG:", at)) return { type: "INFOMSG", text: text.slice(at + 8, end) };
      return text.startsWith("INFO:", at) ? { type: "INFO", text: text.slice(at + 5, end) } : undefined;
    case 76:
      return text.startsWith("LOG:", at) ? parseLog(text, at + 4, end) : undefined;
    case 78:
    case 80:
      return parseRare(text.slice(at, end));
    case 82:
      return text.startsWith("REMOTE:", at) ? parseRemote(text, at + 7, end) : parseRare(text.slice(at, end));
    case 83:
      return text.startsWith("STATE:", at) ? parseStateAt(text, at + 6, end) : undefined;
    default:
      return undefined;
  }
}

/** `time,name,detail,tunIp,remoteAddress,remotePort,localAddress,localPort[,tunIp6]`; before 2.4 fewer fields. */
export function parseState(text: string): StateNotification | undefined {
  return parseStateAt(text, 0, text.length);
}

function parseStateAt(text: string, start: number, end: number): StateNotification | undefined {
  const first = comma(text, start, end);
  const time = count(text, start, first, LONGEST_TIME);
  const second = comma(text, first + 1, end);
  if (time < 0 || second <= first + 1) return undefined;
  const name = text.slice(first + 1, second);
  const detail = name === "AUTH_PENDING" ? detailEnd(text, second + 1, end) : comma(text, second + 1, end);
  const tunIp = comma(text, detail + 1, end);
  const remoteAddress = comma(text, tunIp + 1, end);
  const remotePort = comma(text, remoteAddress + 1, end);
  const localAddress = comma(text, remotePort + 1, end);
  const localPort = comma(text, localAddress + 1, end);
  return {
    type: "STATE",
    time,
    name,
    detail: field(text, second + 1, detail),
    tunIp: field(text, detail + 1, tunIp),
    remoteAddress: field(text, tunIp + 1, remoteAddress),
    remotePort: field(text, remoteAddress + 1, remotePort),
    localAddress: field(text, remotePort + 1, localAddress),
    localPort: field(text, localAddress + 1, localPort),
    tunIp6: field(text, localPort + 1, comma(text, localPort + 1, end)),
  };
}

/** The detail of AUTH_PENDING may hold commas; five (always empty) fields stand behind it. */
function detailEnd(text: string, start: number, end: number): number {
  let at = end;
  for (let fields = 0; fields < 5; fields++) {
    at = text.lastIndexOf(",", at - 1);
    if (at < start) return comma(text, start, end);
  }
  return at;
}

/** `Waiting for hold release:seconds`; before 2.4 without the seconds. */
function parseHold(text: string, start: number, end: number): Notification {
  const match = /:(\d+)$/.exec(text.slice(start, end));
  return { type: "HOLD", wait: match ? Number(match[1]) : 0 };
}

/** `time,flags,text`; the text may hold commas. */
function parseLog(text: string, start: number, end: number): Notification | undefined {
  const first = comma(text, start, end);
  const second = comma(text, first + 1, end);
  const time = count(text, start, first, LONGEST_TIME);
  if (second >= end || time < 0) return undefined;
  return { type: "LOG", time, flags: field(text, first + 1, second), text: text.slice(second + 1, end) };
}

/** `time,text` */
function parseEcho(text: string, start: number, end: number): Notification | undefined {
  const first = comma(text, start, end);
  const time = first < end ? count(text, start, first, LONGEST_TIME) : -1;
  return time < 0 ? undefined : { type: "ECHO", time, text: text.slice(first + 1, end) };
}

/** `in,out` */
function parseBytecount(text: string, start: number, end: number): Notification | undefined {
  if (readNumbers(text, start, end) !== 2) return undefined;
  return { type: "BYTECOUNT", bytesIn: numbers[0], bytesOut: numbers[1] };
}

/** `cid,in,out` */
function parseBytecountCli(text: string, start: number, end: number): Notification | undefined {
  if (readNumbers(text, start, end) !== 3) return undefined;
  return { type: "BYTECOUNT_CLI", cid: numbers[0], bytesIn: numbers[1], bytesOut: numbers[2] };
}

/** `host,port,proto`, split from the right: an IPv6 host stands without brackets. */
function parseRemote(text: string, start: number, end: number): Notification | undefined {
  const last = text.lastIndexOf(",", end - 1);
  const middle = last > start ? text.lastIndexOf(",", last - 1) : -1;
  const port = count(text, middle + 1, last);
  if (middle <= start || port < 0 || port > 65535) return undefined;
  return { type: "REMOTE", host: text.slice(start, middle), port, proto: text.slice(last + 1, end) };
}

/** What `readNumbers` read: the busiest lines are read in one pass, without an array for each. */
const numbers: [number, number, number] = [0, 0, 0];

/** Text that is nothing but decimal numbers with commas between: how many, at most three; -1 when it is anything else. */
function readNumbers(text: string, start: number, end: number): number {
  let value = 0;
  let place = 0;
  let placeStart = start;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (digit === -4 && i > placeStart && place < 2) {
      numbers[place++] = value;
      value = 0;
      placeStart = i + 1;
    } else return -1;
  }
  numbers[place] = value;
  return placeStart < end ? place + 1 : -1;
}

/** Where the next comma stands, or the end. Fields are short: a loop is faster than a call of indexOf. */
function comma(text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === 44) return at;
  return end;
}

/** Many fields are empty. */
function field(text: string, start: number, end: number): string {
  return start < end ? text.slice(start, end) : "";
}

/** Decimal digits of a slice as a number, -1 when there is anything else. Counters may pass 2^32; 2^53 bytes are 9 PB. */
function count(text: string, start: number, end: number, longest = Infinity): number {
  if (end <= start || end - start > longest) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
