/** One entry of OpenVPN's list of remotes; `index` counts from 0. */
export interface Entry {
  readonly index: number;
  readonly host: string;
  readonly port: number;
  readonly proto: "udp" | "tcp";
  readonly family: Family;
  readonly enabled: boolean;
}

export type Family = "any" | "4" | "6";

/** What OpenVPN asks: `>REMOTE:host,port,proto`. */
export interface Question {
  readonly host: string;
  readonly port: number;
  readonly proto: "udp" | "tcp";
  readonly family: Family;
}

const WIRE_PROTO = /^(udp|tcp)([46])?(?:-client|-server)?$/;

/** `udp`, `udp4`, `tcp6-client` …; undefined for anything else. */
export function parseWireProto(text: string): { proto: "udp" | "tcp"; family: Family } | undefined {
  const match = WIRE_PROTO.exec(text);
  if (!match) return undefined;
  return { proto: match[1] as "udp" | "tcp", family: (match[2] ?? "any") as Family };
}

/** `index,host,port,proto,enabled|disabled` of remote-entry-get, split from the right. */
export function parseEntry(line: string): Entry | undefined {
  const match = /^(\d+),(.+),(\d+),([^,]+),(enabled|disabled)$/.exec(line);
  const proto = parseWireProto(match?.[4] ?? "");
  if (!match || !proto) return undefined;
  return {
    index: Number(match[1]),
    host: match[2] ?? "",
    port: Number(match[3]),
    ...proto,
    enabled: match[5] === "enabled",
  };
}

/** Whether a question is about this entry. */
export function isAsked(entry: Question, question: Question): boolean {
  return (
    entry.host === question.host &&
    entry.port === question.port &&
    entry.proto === question.proto &&
    entry.family === question.family
  );
}
