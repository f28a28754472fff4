import { hashOfText } from "./roster.ts";
import { localTime, type ServerHost, shown } from "./server-host.ts";
import type { Session } from "./session.ts";

const ROUTES = ["Virtual Address", "Common Name", "Real Address", "Last Ref", "Last Ref (time_t)"];

/** The lines of `status n`, which differ by version; a format that there is not has an error without END. */
export function serverStatus(host: ServerHost, format: number, usual: number): readonly string[] {
  const wanted = format === 0 ? usual : format;
  if (wanted === 1) return listed(host);
  if (wanted === 2 || wanted === 3) return tabled(host, wanted === 2 ? "," : "\t");
  return ["ERROR: bad status format version number"];
}

/** The rows begin with what clients chose themselves: they can look like anything (protocol notes, section 7.1). */
function listed(host: ServerHost): string[] {
  return [
    "OpenVPN CLIENT LIST",
    `Updated,${localTime(host.seconds)}`,
    "Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since",
    ...host.roster.shuffled.map((session) => {
      const { commonName, bytes, since, visitor } = session;
      return [commonName, shown(host, visitor.endpoint), bytes.in, bytes.out, localTime(since)].join(",");
    }),
    "ROUTING TABLE",
    ROUTES.slice(0, -1).join(","),
    ...routes(host).map((row) => row.slice(0, -1).join(",")),
    "GLOBAL STATS",
    "Max bcast/mcast queue length,0",
    "END",
  ];
}

function tabled(host: ServerHost, separator: string): string[] {
  const row = (...fields: readonly (string | number)[]): string => fields.join(separator);
  const { version, seconds } = host;
  const columns = clientColumns(host);
  return [
    row("TITLE", version.title),
    row("TIME", localTime(seconds), seconds),
    row("HEADER", "CLIENT_LIST", ...columns.map(([name]) => name)),
    ...host.roster.shuffled.map((session) =>
      row("CLIENT_LIST", ...columns.map(([, field]) => field(session))),
    ),
    row("HEADER", "ROUTING_TABLE", ...ROUTES),
    ...routes(host).map((fields) => row("ROUTING_TABLE", ...fields)),
    row("GLOBAL_STATS", "Max bcast/mcast queue length", 0),
    ...(version.atLeast("2.6.0") ? [row("GLOBAL_STATS", "dco_enabled", host.settings.dco ? 1 : 0)] : []),
    "END",
  ];
}

type Column = readonly [name: string, field: (session: Session) => string | number];

function clientColumns(host: ServerHost): readonly Column[] {
  const since = (version: string, ...columns: readonly Column[]): readonly Column[] =>
    host.version.atLeast(version) ? columns : [];
  return [
    ["Common Name", ({ commonName }) => commonName],
    ["Real Address", ({ visitor }) => shown(host, visitor.endpoint)],
    ["Virtual Address", ({ address }) => address],
    ...since("2.4.0", ["Virtual IPv6 Address", ({ address6 }) => address6]),
    ["Bytes Received", ({ bytes }) => bytes.in],
    ["Bytes Sent", ({ bytes }) => bytes.out],
    ["Connected Since", (session) => localTime(session.since)],
    ["Connected Since (time_t)", (session) => session.since],
    ["Username", ({ username }) => username || "UNDEF"],
    ...since("2.4.0", ["Client ID", ({ cid }) => cid], ["Peer ID", ({ peerId }) => peerId]),
    ...since("2.5.0", ["Data Channel Cipher", ({ cipher }) => cipher]),
  ];
}

/** In an order of its own, too. */
function routes(host: ServerHost): (string | number)[][] {
  return host.roster.all
    .flatMap((session) => session.routes.map((route) => ({ ...route, session })))
    .toSorted((one, other) => hashOfText(one.virtual) - hashOfText(other.virtual))
    .map(({ virtual, lastRef, session: { commonName, visitor } }) => [
      virtual,
      commonName,
      shown(host, visitor.endpoint),
      localTime(lastRef),
      lastRef,
    ]);
}
