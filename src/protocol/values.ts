import type { AuthRetry } from "./constructors/daemon.ts";
import type { Command, Reply } from "./command.ts";
import type { Notification, StateNotification } from "./notification.ts";
import { parseNotification } from "./notifications.ts";
import { parseStatus, type Status } from "./status.ts";
import { versionIn } from "./versions.ts";

/** An entry of OpenVPN's list of remotes; `index` counts from 0, `proto` as OpenVPN writes it. */
export interface RemoteEntry {
  readonly index: number;
  readonly host: string;
  readonly port: number;
  readonly proto: string;
  readonly enabled: boolean;
}

export interface VersionValue {
  /** Such as `2.6.14`. */
  readonly version: string | undefined;
  /** The version of the management interface. */
  readonly managementVersion: number | undefined;
  /** All that OpenVPN says of itself. */
  readonly title: string;
}

/** Counters of the process. */
export interface LoadStats {
  readonly clients: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface Pkcs11Entry {
  readonly index: number;
  /** Both are missing where there is no such entry. */
  readonly id?: string;
  readonly blob?: string;
}

/** What the replies to commands say, by command. undefined: the reply says nothing of the kind, as that of `hold release`. */
export interface Values {
  "auth-retry": AuthRetry | undefined;
  echo: readonly Extract<Notification, { type: "ECHO" }>[];
  "env-filter": number | undefined;
  hold: boolean | undefined;
  /** Clients that were thrown out. */
  kill: number | undefined;
  "load-stats": LoadStats | undefined;
  log: readonly Extract<Notification, { type: "LOG" }>[];
  mute: number | undefined;
  nclients: number | undefined;
  pid: number | undefined;
  "pkcs11-id-count": number | undefined;
  "pkcs11-id-get": Pkcs11Entry | undefined;
  /** Clients that were told. */
  "push-update-broad": number | undefined;
  "push-update-cid": number | undefined;
  "remote-entry-count": number | undefined;
  "remote-entry-get": readonly RemoteEntry[];
  /** The signal that was thrown: `--remap-usr1` may have made another one of it. */
  signal: string | undefined;
  state: readonly StateNotification[];
  status: Status | undefined;
  verb: number | undefined;
  version: VersionValue | undefined;
}

/** What the reply to a command of this name says. */
export type ValueOf<N extends string> = string extends N
  ? unknown
  : N extends keyof Values
    ? Values[N]
    : undefined;

type Readers = { readonly [N in keyof Values]: (reply: Reply) => Values[N] };

const READERS: Readers = {
  "auth-retry": ({ text }) => found(text, /^auth-retry=(none|nointeract|interact)$/) as AuthRetry | undefined,
  echo: (reply) => history(reply, "ECHO"),
  "env-filter": ({ text }) => number(text, /^env_filter_level=(-?\d+)$/),
  hold: ({ text }) => {
    const flag = found(text, /^hold=([01])$/);
    return flag === undefined ? undefined : flag === "1";
  },
  kill: ({ text }) => number(text, /(\d+) client\(s\) (?:killed|at address .* killed)$/),
  "load-stats": ({ text }) => {
    const [, clients, bytesIn, bytesOut] =
      /^nclients=(\d+),bytesin=(\d+),bytesout=(\d+)$/.exec(text)?.map(Number) ?? [];
    if (clients === undefined || bytesIn === undefined || bytesOut === undefined) return undefined;
    return { clients, bytesIn, bytesOut };
  },
  log: (reply) => history(reply, "LOG"),
  mute: ({ text }) => number(text, /^mute=(\d+)$/),
  nclients: ({ text }) => number(text, /^nclients=(\d+)$/),
  pid: ({ text }) => number(text, /^pid=(\d+)$/),
  "pkcs11-id-count": ({ text }) => number(text, /^>PKCS11ID-COUNT:(\d+)$/),
  "pkcs11-id-get": ({ text }) => pkcs11(text),
  "push-update-broad": updated,
  "push-update-cid": updated,
  "remote-entry-count": ({ lines }) => number(lines[0] ?? "", /^(\d+)$/),
  "remote-entry-get": ({ lines }) => lines.map(remoteEntry).filter((entry) => entry !== undefined),
  signal: ({ text }) => found(text, /^signal (\w+) thrown$/),
  state: (reply) => history(reply, "STATE"),
  status: ({ lines }) => parseStatus(lines),
  verb: ({ text }) => number(text, /^verb=(\d+)$/),
  version: ({ lines }) => versionValue(lines),
};

/** What a reply says, beyond its words. Lines that cannot be read are left out; they stand in the reply. */
export function valueOf<N extends string>(command: Command<N>, reply: Reply): ValueOf<N> {
  const readers: Readonly<Record<string, (reply: Reply) => unknown>> = READERS;
  const read = Object.hasOwn(readers, command.name) ? readers[command.name] : undefined;
  return read?.(reply) as ValueOf<N>;
}

/** Lines of a history are those of the notification, without its name. */
function history<T extends "STATE" | "LOG" | "ECHO">(
  { lines }: Reply,
  type: T,
): Extract<Notification, { type: T }>[] {
  return lines
    .map((line) => parseNotification(`>${type}:${line}`))
    .filter((one): one is Extract<Notification, { type: T }> => one.type === type);
}

function versionValue(lines: readonly string[]): VersionValue | undefined {
  const title = lines
    .map((line) => found(line, /^OpenVPN Version: (.*)$/))
    .find((text) => text !== undefined);
  if (title === undefined) return undefined;
  const [managementVersion] = lines.flatMap(
    (line) => number(line, /^Management (?:Interface )?Version: (\d+)$/) ?? [],
  );
  return { version: versionIn(lines), managementVersion, title };
}

/** `index,host,port,proto,enabled|disabled`; an IPv6 host has colons, and no host a comma. */
function remoteEntry(line: string): RemoteEntry | undefined {
  const [, index, host = "", port, proto = "", enabled] =
    /^(\d+),(.+),(\d+),([^,]+),(enabled|disabled)$/.exec(line) ?? [];
  if (enabled === undefined) return undefined;
  return { index: Number(index), host, port: Number(port), proto, enabled: enabled === "enabled" };
}

/** `>PKCS11ID-ENTRY:'0', ID:'…', BLOB:'…'`, or only the number. */
function pkcs11(text: string): Pkcs11Entry | undefined {
  const [, index, id, blob] = /^>PKCS11ID-ENTRY:'(-?\d+)'(?:, ID:'(.*)', BLOB:'(.*)')?$/.exec(text) ?? [];
  if (index === undefined) return undefined;
  return id === undefined || blob === undefined
    ? { index: Number(index) }
    : { index: Number(index), id, blob };
}

function updated({ lines }: Reply): number | undefined {
  const [count] = lines.flatMap((line) => number(line, /(\d+) client\(s\) updated$/) ?? []);
  return count;
}

function found(text: string, pattern: RegExp): string | undefined {
  return pattern.exec(text)?.[1];
}

function number(text: string, pattern: RegExp): number | undefined {
  const digits = found(text, pattern);
  return digits === undefined ? undefined : Number(digits);
}
