import type { Notification, StateNotification } from "./notification.ts";

/** Reads `line` from `start`, just behind the colon; undefined when the text is not of its form. */
type Parser = (line: string, start: number) => Notification | undefined;

const KINDS: readonly { readonly head: string; readonly parse: Parser }[] = [
  { head: "BYTECOUNT_CLI:", parse: parseBytecountCli },
  { head: "BYTECOUNT:", parse: parseBytecount },
  { head: "ECHO:", parse: parseEcho },
  { head: "FATAL:", parse: (line, start) => ({ type: "FATAL", text: line.slice(start) }) },
  { head: "HOLD:", parse: parseHold },
  { head: "INFO:", parse: (line, start) => ({ type: "INFO", text: line.slice(start) }) },
  { head: "LOG:", parse: parseLog },
  { head: "PASSWORD:", parse: (line, start) => ({ type: "PASSWORD", text: line.slice(start) }) },
  { head: "PROXY:", parse: parseProxy },
  { head: "REMOTE:", parse: parseRemote },
  { head: "STATE:", parse: stateAt },
];

/** By the code of the first letter: to cut the name out of each line and look it up costs more than all the rest. */
const PARSERS: (typeof KINDS)[] = [];
for (const kind of KINDS) {
  const initial = kind.head.charCodeAt(0);
  PARSERS[initial] = [...(PARSERS[initial] ?? []), kind];
}

/** Digits of a Unix time, at most. */
const LONGEST_TIME = 15;

/** A complete `>NAME:text` line that opens no block. What is not of a known form is OTHER: nothing is lost. */
export function parseNotification(line: string): Notification {
  for (const { head, parse } of PARSERS[line.charCodeAt(1)] ?? [])
    if (line.startsWith(head, 1)) {
      const notification = parse(line, head.length + 1);
      if (notification) return notification;
    }
  const colon = line.indexOf(":");
  // A name alone is one without text.
  if (colon < 0) return parseNotification(`${line}:`);
  return { type: "OTHER", name: line.slice(1, colon), text: line.slice(colon + 1) };
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

/** The detail of AUTH_PENDING may hold commas; five (always empty) fields stand behind it. */
function detailEnd(line: string, start: number): number {
  let end = line.length;
  for (let fields = 0; fields < 5; fields++) {
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
  if (readNumbers(line, start) !== 2) return undefined;
  return { type: "BYTECOUNT", bytesIn: numbers[0], bytesOut: numbers[1] };
}

/** `cid,in,out` */
function parseBytecountCli(line: string, start: number): Notification | undefined {
  if (readNumbers(line, start) !== 3) return undefined;
  return { type: "BYTECOUNT_CLI", cid: numbers[0], bytesIn: numbers[1], bytesOut: numbers[2] };
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
  return match
    ? { type: "PROXY", index: Number(match[1]), proto: match[2] ?? "", host: match[3] ?? "" }
    : undefined;
}

/** What `readNumbers` read: the busiest lines are read in one pass, without an array for each. */
const numbers: [number, number, number] = [0, 0, 0];

/** Text that is nothing but decimal numbers with commas between: how many, at most three; -1 when it is anything else. */
function readNumbers(line: string, start: number): number {
  let value = 0;
  let field = 0;
  let fieldStart = start;
  for (let i = start; i < line.length; i++) {
    const digit = line.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (digit === -4 && i > fieldStart && field < 2) {
      numbers[field++] = value;
      value = 0;
      fieldStart = i + 1;
    } else return -1;
  }
  numbers[field] = value;
  return fieldStart < line.length ? field + 1 : -1;
}

/** Where the next comma stands, or the end. Fields are short: a loop is faster than a call of indexOf. */
function comma(line: string, start: number): number {
  for (let at = start; at < line.length; at++) if (line.charCodeAt(at) === 44) return at;
  return line.length;
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
