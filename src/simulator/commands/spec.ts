import type { Version } from "../version.ts";

export interface CommandSpec {
  /** Which daemons can do it; the others know it and refuse it. */
  readonly mode: "both" | "client" | "server";
  /** First version that has it, and the first that has it no more. */
  readonly since?: string;
  readonly until?: string;
  /** Arguments it cannot do without. */
  readonly needs?: number | ((version: Version) => number);
  /** More may follow; the error for too few says so. */
  readonly atLeast?: boolean | ((version: Version) => boolean);
  /** Refused until the first hold is over; of those of one mode all are. */
  readonly late?: boolean;
  /** Arguments that must begin with digits, by place, and what they are called in the error; looked at in every mode. */
  readonly numbers?: Numbers | ((version: Version) => Numbers);
  /** Lines up to END follow, whether it is refused or not. */
  readonly block?: boolean;
  /** The name in the refusal. */
  readonly refusedAs?: string;
}

const server = { mode: "server" } as const;
const CID = ["CID", 0] as const;
const KID = ["KID", 1] as const;

type Numbers = readonly (readonly [name: string, place: number])[];

/** Every command of every version. What is said of a command here is the same in clients and servers. */
export const COMMANDS = {
  "auth-retry": { mode: "both" },
  bytecount: { mode: "both", needs: 1 },
  certificate: { mode: "both", since: "2.4.0" },
  "client-auth": { ...server, needs: 2, numbers: [CID, KID], block: true },
  "client-auth-nt": { ...server, needs: 2, numbers: [CID, KID], refusedAs: "client-auth" },
  "client-deny": { ...server, needs: 3, atLeast: true, numbers: [CID, KID] },
  "client-kill": { ...server, needs: 1, atLeast: true, numbers: [CID] },
  "client-pending-auth": {
    ...server,
    since: "2.5.0",
    needs: (version) => (version.atLeast("2.6.2") ? 4 : version.atLeast("2.6.0") ? 3 : 2),
    numbers: (version) => {
      if (version.atLeast("2.6.2")) return [CID, KID, ["TIMEOUT", 3]];
      return version.atLeast("2.6.0") ? [CID, ["TIMEOUT", 2]] : [CID];
    },
  },
  "client-pf": { ...server, until: "2.6.0", needs: 1, numbers: [CID], block: true },
  "cr-response": { mode: "client", since: "2.5.0", needs: 1, refusedAs: "cr-repsonse" },
  echo: { mode: "both", needs: 1, atLeast: true },
  "env-filter": { mode: "both", since: "2.2.0" },
  exit: { mode: "both" },
  "forget-passwords": { mode: "both" },
  help: { mode: "both" },
  hold: { mode: "both" },
  kill: { ...server, needs: 1 },
  "load-stats": { mode: "both" },
  log: { mode: "both", needs: 1, atLeast: true },
  mute: { mode: "both" },
  nclients: server,
  needok: { mode: "both", needs: 2 },
  needstr: { mode: "both", needs: 2 },
  net: { mode: "both", late: true },
  password: {
    mode: "both",
    needs: (version) => (version.multilinePasswordFrom === undefined ? 2 : 1),
    atLeast: (version) => version.multilinePasswordFrom !== undefined,
  },
  pid: { mode: "both" },
  "pk-sig": { mode: "both", since: "2.5.0" },
  "pkcs11-id-count": { mode: "both" },
  "pkcs11-id-get": { mode: "both", needs: 1 },
  proxy: { mode: "client", since: "2.3.0", needs: 1, atLeast: true },
  "push-update-broad": { ...server, since: "2.7.0", needs: 1 },
  "push-update-cid": { ...server, since: "2.7.0", needs: 2 },
  quit: { mode: "both" },
  remote: { mode: "client", since: "2.3.0", needs: 1, atLeast: true },
  "remote-entry-count": { mode: "client", since: "2.6.0" },
  "remote-entry-get": { mode: "client", since: "2.6.0", needs: 1, atLeast: true },
  "rsa-sig": { mode: "both", since: "2.3.0" },
  signal: { mode: "both", needs: 1 },
  state: { mode: "both" },
  status: { mode: "both", late: true },
  test: { mode: "both", needs: 1 },
  username: { mode: "both", needs: 2 },
  verb: { mode: "both" },
  version: { mode: "both" },
} as const satisfies Readonly<Record<string, CommandSpec>>;

export type CommandName = keyof typeof COMMANDS;

/** The command of this name, if this version has it. */
export function specOf(name: string, version: Version): CommandSpec | undefined {
  const all: Readonly<Record<string, CommandSpec>> = COMMANDS;
  const spec = Object.hasOwn(all, name) ? all[name] : undefined;
  if (!spec) return undefined;
  const { since, until } = spec;
  const there =
    (since === undefined || version.atLeast(since)) && (until === undefined || !version.atLeast(until));
  return there ? spec : undefined;
}
