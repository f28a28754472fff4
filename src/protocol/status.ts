import { parseRealAddress, type RealAddress } from "./real-address.ts";

/** A client of a server. What its version of OpenVPN does not tell is missing. */
export interface StatusClient extends RealAddress {
  /** `UNDEF` before it is known. */
  readonly commonName: string;
  /** As printed. */
  readonly realAddress: string;
  /** Empty while it waits for its approval. */
  readonly virtualAddress: string;
  readonly virtualAddress6: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Unix seconds; missing in format 1. */
  readonly connectedSince?: number;
  /** `UNDEF` without one. */
  readonly username?: string;
  readonly cid?: number;
  readonly peerId?: number;
  readonly cipher?: string;
}

export interface StatusRoute extends RealAddress {
  /** An address, a network of an iroute, or a MAC address. */
  readonly virtualAddress: string;
  /** Learned from a packet, inside an iroute. */
  readonly learned: boolean;
  readonly commonName: string;
  readonly realAddress: string;
  /** Unix seconds; missing in format 1. */
  readonly lastRef?: number;
}

export interface ServerStatus {
  readonly kind: "server";
  readonly format: 1 | 2 | 3;
  /** False for format 1: there a common name stands first in its line, and can forge or swallow lines. */
  readonly trusted: boolean;
  readonly title?: string;
  /** Unix seconds; missing in format 1. */
  readonly time?: number;
  readonly clients: readonly StatusClient[];
  readonly routes: readonly StatusRoute[];
  readonly global: { readonly maxQueue?: number; readonly dcoEnabled?: boolean };
  /** Lines that are of no known form, or whose fields are not those of their header. */
  readonly unread: readonly string[];
}

export interface ClientStatus {
  readonly kind: "client";
  /** Local time of OpenVPN, as printed. */
  readonly updated: string;
  /** Bytes since the last connect by the name that OpenVPN gives them: `TCP/UDP read bytes`, … */
  readonly statistics: Readonly<Record<string, number>>;
  readonly unread: readonly string[];
}

export type Status = ServerStatus | ClientStatus;

/** OpenVPN's word for no peer id. */
const NO_PEER = 4_294_967_295;

/** The columns of format 1, which has no headers of its own. */
const CLIENT_COLUMNS = ["Common Name", "Real Address", "Bytes Received", "Bytes Sent", "Connected Since"];
const ROUTE_COLUMNS = ["Virtual Address", "Common Name", "Real Address", "Last Ref"];

/** The lines of a reply to `status`, without its END; undefined when they are none. Columns go by their headers: 2.3 to 2.7 differ. */
export function parseStatus(lines: readonly string[]): Status | undefined {
  const [first = ""] = lines;
  if (first === "OpenVPN STATISTICS") return parseClient(lines.slice(1));
  if (first === "OpenVPN CLIENT LIST") return parseFirstFormat(lines.slice(1));
  if (first.startsWith("TITLE\t")) return parseTable(lines, "\t", 3);
  return first.startsWith("TITLE,") ? parseTable(lines, ",", 2) : undefined;
}

function parseClient(lines: readonly string[]): ClientStatus {
  const statistics: [string, number][] = [];
  const unread: string[] = [];
  let updated = "";
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^,]*),(.*)$/.exec(line) ?? [];
    if (name === "Updated") updated = value;
    else if (number(value) !== undefined) statistics.push([name, Number(value)]);
    else unread.push(line);
  }
  return { kind: "client", updated, statistics: Object.fromEntries(statistics), unread };
}

/** A list in the making. */
class Listing {
  readonly clients: StatusClient[] = [];
  readonly routes: StatusRoute[] = [];
  readonly global: { maxQueue?: number; dcoEnabled?: boolean } = {};
  readonly unread: string[] = [];

  row(list: string, columns: readonly string[], fields: readonly string[], line: string): void {
    const get = (name: string): string | undefined => fields[columns.indexOf(name)];
    const client = list === "CLIENT_LIST" ? clientOf(get) : undefined;
    const route = list === "ROUTING_TABLE" ? routeOf(get) : undefined;
    if (client) this.clients.push(client);
    else if (route) this.routes.push(route);
    else this.unread.push(line);
  }

  stat(name: string | undefined, value: string | undefined, line: string): void {
    const count = number(value);
    if (name === "Max bcast/mcast queue length" && count !== undefined) this.global.maxQueue = count;
    else if (name === "dco_enabled" && count !== undefined) this.global.dcoEnabled = count !== 0;
    else this.unread.push(line);
  }
}

/** Formats 2 and 3. A comma in a common name gives a row of format 2 too many fields: it is not guessed at. */
function parseTable(lines: readonly string[], separator: string, format: 2 | 3): ServerStatus {
  const listing = new Listing();
  const headers = new Map<string, readonly string[]>();
  let title: string | undefined;
  let time: number | undefined;
  for (const line of lines) {
    const [word = "", ...fields] = line.split(separator);
    const columns = headers.get(word);
    if (word === "TITLE") title = line.slice(word.length + 1);
    else if (word === "TIME") time = number(fields[1]);
    else if (word === "HEADER") headers.set(fields[0] ?? "", fields.slice(1));
    else if (word === "GLOBAL_STATS") listing.stat(fields[0], fields[1], line);
    else if (columns?.length === fields.length) listing.row(word, columns, fields, line);
    else listing.unread.push(line);
  }
  const { clients, routes, global, unread } = listing;
  return {
    ...{ kind: "server", format, trusted: true, clients, routes, global, unread },
    ...(title === undefined ? {} : { title }),
    ...(time === undefined ? {} : { time }),
  };
}

/** Format 1. Only the common name may hold commas: it is what the other fields leave. */
function parseFirstFormat(lines: readonly string[]): ServerStatus {
  const listing = new Listing();
  let list = "";
  for (const line of lines) {
    const fields = line.split(",");
    if (line === CLIENT_COLUMNS.join(",")) list = "CLIENT_LIST";
    else if (line === ROUTE_COLUMNS.join(",")) list = "ROUTING_TABLE";
    else if (line === "GLOBAL STATS") list = line;
    else if (line === "ROUTING TABLE" || (list === "" && fields[0] === "Updated")) continue;
    else if (list === "GLOBAL STATS") listing.stat(fields[0], fields[1], line);
    else if (list === "CLIENT_LIST" && fields.length >= CLIENT_COLUMNS.length)
      listing.row(list, CLIENT_COLUMNS, [fields.slice(0, -4).join(","), ...fields.slice(-4)], line);
    else if (list === "ROUTING_TABLE" && fields.length >= ROUTE_COLUMNS.length)
      listing.row(
        list,
        ROUTE_COLUMNS,
        [fields[0] ?? "", fields.slice(1, -2).join(","), ...fields.slice(-2)],
        line,
      );
    else listing.unread.push(line);
  }
  const { clients, routes, global, unread } = listing;
  return { kind: "server", format: 1, trusted: false, clients, routes, global, unread };
}

type Get = (column: string) => string | undefined;

function clientOf(get: Get): StatusClient | undefined {
  const commonName = get("Common Name");
  const realAddress = get("Real Address");
  const bytesIn = number(get("Bytes Received"));
  const bytesOut = number(get("Bytes Sent"));
  if (commonName === undefined || realAddress === undefined) return undefined;
  if (bytesIn === undefined || bytesOut === undefined) return undefined;
  const peerId = number(get("Peer ID"));
  return known({
    commonName,
    realAddress,
    ...parseRealAddress(realAddress),
    virtualAddress: get("Virtual Address") ?? "",
    virtualAddress6: get("Virtual IPv6 Address") ?? "",
    bytesIn,
    bytesOut,
    connectedSince: number(get("Connected Since (time_t)")),
    username: get("Username"),
    cid: number(get("Client ID")),
    peerId: peerId === NO_PEER ? undefined : peerId,
    cipher: get("Data Channel Cipher"),
  });
}

function routeOf(get: Get): StatusRoute | undefined {
  const virtualAddress = get("Virtual Address");
  const commonName = get("Common Name");
  const realAddress = get("Real Address");
  if (virtualAddress === undefined || commonName === undefined || realAddress === undefined) return undefined;
  // Hexadecimal digits are small letters: a C is none of the address.
  const learned = virtualAddress.endsWith("C");
  return known({
    virtualAddress: learned ? virtualAddress.slice(0, -1) : virtualAddress,
    learned,
    commonName,
    realAddress,
    ...parseRealAddress(realAddress),
    lastRef: number(get("Last Ref (time_t)")),
  });
}

type Known<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the fields that are undefined. */
function known<T extends object>(all: T): Known<T> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Known<T>;
}

/** Digits alone; counters may pass 2^32, and are exact up to 2^53. */
function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,19}$/.test(text) ? Number(text) : undefined;
}
