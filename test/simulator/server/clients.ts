import type { Login } from "../../../src/simulator/server/visitor.ts";
import type { recorded } from "../replay.ts";

type Moment = ReturnType<typeof recorded>[number];

/** A client that knocks; `at` in ms since the epoch. */
export interface Coming {
  readonly at: number;
  readonly cid: number;
  readonly commonName: string;
  readonly endpoint: { readonly ip: string; readonly port: number };
  readonly login?: Login | undefined;
  readonly peerInfo: readonly string[];
}

export type Doing =
  | { readonly kind: "knock"; readonly cid: number; readonly coming: Coming }
  | { readonly kind: "push" | "packet" | "exit" | "renegotiate"; readonly cid: number }
  | { readonly kind: "respond"; readonly cid: number; readonly text: string };

export interface Script {
  /** What clients did, by the piece of the recording that tells of it. */
  readonly doings: ReadonlyMap<Moment, readonly Doing[]>;
  /** When clients were gone, ms since the epoch; some because a namesake displaced them. */
  readonly ends: readonly { readonly cid: number; readonly at: number; readonly displaced: boolean }[];
}

interface Told {
  readonly moment: Moment;
  readonly text: string;
  readonly environment: string[];
}

/** What the clients of a recorded server did, as far as the server told of it. */
export function clientsOf(moments: readonly Moment[], unseen: readonly Coming[]): Script {
  const doings = new Map<Moment, Doing[]>();
  const ends: { cid: number; at: number; displaced: boolean }[] = [];
  const known = new Set(unseen.map(({ cid }) => cid));
  const asked = new Set<number>();
  let last = -1;
  const lines = told(moments);
  const ports = portsOf(lines);
  for (const [i, { moment, text, environment }] of lines.entries()) {
    const add = (doing: Doing): void => void doings.set(moment, [...(doings.get(moment) ?? []), doing]);
    const [, kind = "", cidText = "", rest = ""] = /^>(?:CLIENT:|)(\w+)[,:](\d+)(.*)/.exec(text) ?? [];
    const cid = Number(cidText);
    const knock = (): void => {
      if (known.has(cid)) return;
      known.add(cid);
      add({
        kind: "knock",
        cid,
        coming: comingOf(moment.at, cid, environment, ports.get(cid) ?? logged(lines.slice(0, i))),
      });
    };
    // The numbers begin anew.
    if (text.startsWith(">STATE:") && text.includes(",RECONNECTING,")) {
      known.clear();
      asked.clear();
    }
    if (kind === "CONNECT") knock();
    if (kind === "REAUTH") add({ kind: "renegotiate", cid });
    if ((kind === "ADDRESS" || kind === "ESTABLISHED") && !asked.has(cid)) {
      knock();
      asked.add(cid);
      add({ kind: "push", cid });
    }
    if (kind === "ESTABLISHED") last = cid;
    if (kind === "BYTECOUNT_CLI") add({ kind: "packet", cid });
    if (kind === "CR_RESPONSE") add({ kind: "respond", cid, text: rest.replace(/^,\d+,/, "") });
    if (text.startsWith(">NOTIFY:info,remote-exit")) add({ kind: "exit", cid: last });
    const next = lines[i + 1];
    const displaced = next?.moment === moment && next.text.startsWith(">CLIENT:ADDRESS");
    // Behind all that happened at this moment.
    if (kind === "DISCONNECT") ends.push({ cid, at: moment.at + 0.04, displaced });
  }
  return { doings, ends };
}

/** Whole lines, each with the piece it began in; the lines of an environment are with their block. */
function told(moments: readonly Moment[]): Told[] {
  const all: Told[] = [];
  let rest = "";
  let begun: Moment | undefined;
  for (const moment of moments) {
    if (moment.kind === "connects") rest = "";
    if (moment.kind !== "says") continue;
    const pieces = (rest + moment.bytes).split("\r\n");
    const before = rest === "" ? moment : (begun ?? moment);
    rest = pieces.pop() ?? "";
    for (const [i, text] of pieces.entries()) {
      const environment = all.findLast(({ text: head }) => head.startsWith(">CLIENT:"))?.environment;
      if (text.startsWith(">CLIENT:ENV,")) environment?.push(text.slice(">CLIENT:ENV,".length));
      else all.push({ moment: i === 0 ? before : moment, text, environment: [] });
    }
    begun = pieces.length > 0 ? moment : before;
  }
  return all;
}

/** From the log, which names the client before the server asks. */
function logged(lines: readonly Told[]): number {
  const line = lines.findLast(({ text }) => text.startsWith(">LOG:"))?.text ?? "";
  return Number(/:(\d+) /.exec(line.slice(17))?.[1] ?? 40_000);
}

/** By CID, from the rows of `status 3`. */
function portsOf(lines: readonly Told[]): Map<number, number> {
  const ports = new Map<number, number>();
  for (const { text } of lines) {
    const fields = text.split("\t");
    const port = Number(/:(\d+)$/.exec(fields[2] ?? "")?.[1]);
    if (fields[0] === "CLIENT_LIST" && fields[2]?.includes(".")) ports.set(Number(fields[10]), port);
  }
  return ports;
}

function comingOf(at: number, cid: number, environment: readonly string[], port: number): Coming {
  const value = (name: string): string =>
    environment.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  const info = environment.filter((line) => /^(IV|UV)_/.test(line));
  const [username, password] = [value("username"), value("password")];
  return {
    at,
    cid,
    commonName: value("X509_0_CN"),
    endpoint: {
      ip: value("untrusted_ip") || value("untrusted_ip6"),
      port: Number(value("untrusted_port")) || port,
    },
    login: username === "" && password === "" ? undefined : { username, password },
    // Without a filter they stand in the environment, whose last comes first.
    peerInfo: info[0]?.startsWith("IV_VER") === true ? info : info.toReversed(),
  };
}
