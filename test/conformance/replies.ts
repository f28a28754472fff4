import type { Mode } from "./modes.ts";
import type { Said } from "./subject.ts";

/** What is said to some bytes in a mode, notifications aside. */
export interface Row {
  readonly sends: string;
  /** Undefined where it moves the daemon: it has a case of its own there. */
  readonly says: (mode: Mode) => readonly Said[] | undefined;
}

type Says = readonly Said[] | Row["says"];

/** One or more lines, in one write. */
export function row(sends: string, says: Says): Row {
  return { sends: `${sends}\n`, says: typeof says === "function" ? says : () => says };
}

export const refused = (name: string): string =>
  `ERROR: The '${name}' command is not supported by the current daemon mode`;
export const lacks = (name: string, count: number, more = false): string =>
  `ERROR: the '${name}' command requires ${more ? "at least " : ""}${count} parameter${count > 1 ? "s" : ""}`;
export const unknown = "ERROR: unknown command, enter 'help' for more options";

/** Only clients have it, when they are set up. */
export const ofClient =
  (says: Says, name: string): Row["says"] =>
  (mode) =>
    mode.kind === "server" || mode.fresh ? [refused(name)] : typeof says === "function" ? says(mode) : says;
export const ofServer =
  (says: Says, name: string): Row["says"] =>
  (mode) =>
    mode.kind === "client" || mode.fresh ? [refused(name)] : typeof says === "function" ? says(mode) : says;
/** Moves the daemon in this mode. */
export const butIn =
  (modes: readonly Mode[], says: Says): Row["says"] =>
  (mode) =>
    modes.includes(mode) ? undefined : typeof says === "function" ? says(mode) : says;

export function answer(
  command: "username" | "password" | "needok" | "needstr",
  field: string,
): readonly Row[] {
  const none = `ERROR: no ${field} is currently needed at this time`;
  const asked = ({ asks }: Mode): boolean => asks?.includes(command) ?? false;
  return [
    row(command, [lacks(command, 2)]),
    row(`${command} Auth`, [lacks(command, 2)]),
    row(`${command} Other ok`, (mode) => [
      asked(mode) ? `ERROR: ${field} of type 'Other' entered, but we need one of type '${mode.type}'` : none,
    ]),
    row(`${command} Auth ok`, (mode) => {
      if (!asked(mode)) return [none];
      return mode.type === "Auth"
        ? undefined
        : [`ERROR: ${field} of type 'Auth' entered, but we need one of type '${mode.type}'`];
    }),
  ];
}

export function history(name: "state" | "log" | "echo", entry: RegExp): readonly Row[] {
  const bad = `ERROR: ${name} parameter must be 'on' or 'off' or some number n or 'all'`;
  const [on, off] = ["ON", "OFF"].map((word) => `SUCCESS: real-time ${name} notification set to ${word}`);
  const entries = { some: entry };
  return [
    row(`${name} on`, [on ?? ""]),
    row(`${name} off`, [off ?? ""]),
    row(`${name} all`, [entries, "END"]),
    row(`${name} 1`, [entries, "END"]),
    row(`${name} off all`, [off ?? "", entries, "END"]),
    row(`${name} 2 off`, [entries, "END", off ?? ""]),
    row(`${name} off 1 1`, [off ?? "", entries, "END"]),
    row(`${name} 0`, [bad]),
    row(`${name} ON`, [bad]),
    row(`${name} off maybe`, [off ?? "", bad]),
  ];
}

export const notAvailable = (name: string): string => `ERROR: The ${name} command is not currently available`;
const CLIENT_STATUS: readonly Said[] = [
  "OpenVPN STATISTICS",
  /^Updated,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
  ...["TUN/TAP read", "TUN/TAP write", "TCP/UDP read", "TCP/UDP write", "Auth read"].map(
    (what) => new RegExp(`^${what} bytes,\\d+$`),
  ),
  "END",
];
const ROUTES = "Virtual Address,Common Name,Real Address,Last Ref";
export const LISTED: readonly Said[] = [
  ...["OpenVPN CLIENT LIST", /^Updated,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/],
  "Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since",
  ...["ROUTING TABLE", ROUTES, "GLOBAL STATS", /^Max bcast\/mcast queue length,\d+$/, "END"],
];
const COLUMNS =
  "Common Name,Real Address,Virtual Address,Virtual IPv6 Address,Bytes Received,Bytes Sent,Connected Since,Connected Since (time_t),Username,Client ID,Peer ID,Data Channel Cipher";
export const tabled = (separator: string): readonly Said[] => {
  const line = (text: string): string => text.replaceAll(",", separator);
  return [
    new RegExp(`^TITLE${separator}OpenVPN 2\\.6\\.\\d+ .*$`),
    new RegExp(`^TIME${separator}\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d${separator}\\d{10}$`),
    line(`HEADER,CLIENT_LIST,${COLUMNS}`),
    line(`HEADER,ROUTING_TABLE,${ROUTES},Last Ref (time_t)`),
    new RegExp(`^GLOBAL_STATS${separator}Max bcast/mcast queue length${separator}\\d+$`),
    new RegExp(`^GLOBAL_STATS${separator}dco_enabled${separator}[01]$`),
    "END",
  ];
};
export const status =
  (ofServers: readonly Said[]): Row["says"] =>
  (mode) => {
    if (mode.fresh) return [refused("status")];
    return mode.kind === "client" ? CLIENT_STATUS : ofServers;
  };

/** Ends the daemon, before anything is set up. */
export const pkcs11 =
  (says: string): Row["says"] =>
  (mode) =>
    mode.fresh && !mode.again ? undefined : [says];

export function clientIds(name: string, more: string, refusedAs = name): readonly Row[] {
  const no = ofServer([`ERROR: ${refusedAs} command failed`], refusedAs);
  return [row(`${name} 77 1${more}`, no), row(`${name} 77 9${more}`, no)];
}

export function parsed(name: string, more: string, kid: boolean): readonly Row[] {
  return [
    row(`${name} x 1${more}`, ["ERROR: cannot parse CID"]),
    ...(kid ? [row(`${name} 0 x${more}`, ["ERROR: cannot parse KID"])] : []),
  ];
}
