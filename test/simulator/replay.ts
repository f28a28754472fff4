import { readFileSync } from "node:fs";
import { ClientDaemon } from "../../src/simulator/client-daemon.ts";
import type { ClientOptions } from "../../src/simulator/client-options.ts";
import type { RemoteEntry } from "../../src/simulator/cursor.ts";
import { type Condition, Network, type ProxyServer } from "../../src/simulator/network.ts";
import type { Peer, Session } from "../../src/simulator/peer.ts";
import type { Wire } from "../../src/simulator/slot.ts";
import { VirtualClock } from "../../src/util/clock.ts";

/** A controller waits this much longer than it did for what it heard, ms. */
const PATIENCE = 500;
/** The recordings count from their begin; times are told with ten digits. */
const EPOCH = Date.UTC(2026, 10, 23, 3);
const FOLDER = new URL("../transcripts/", import.meta.url);

interface Recorded {
  /** Seconds. */
  readonly t: number;
  readonly dir?: "S" | "C";
  readonly who?: string;
  readonly b64?: string;
  readonly note?: string;
}

/** `says`: the daemon; the others are the controller's doing. */
type Kind = "connects" | "sends" | "half-closes" | "leaves" | "says" | "ends";

interface Moment {
  /** ms */
  readonly at: number;
  readonly who: string;
  readonly kind: Kind;
  /** One character a byte. */
  readonly bytes: string;
}

export interface Line {
  readonly at: number;
  readonly text: string;
}

/** What a controller sent at once, and what it was told until it sent again; the first one sent nothing. */
export interface Exchange {
  readonly who: string;
  readonly sent: string;
  readonly heard: Line[];
}

export interface Dialogue {
  readonly exchanges: readonly Exchange[];
  /** Whom the daemon closed the connection of. */
  readonly ended: readonly string[];
}

/** What the script of a recording acts on. */
export interface Stage {
  readonly daemon: ClientDaemon;
  readonly network: Network;
  /** Of the last login. */
  readonly session: Session;
}

/** What the server does with a login; `later` counts in ms from it. */
export type Verdict = (session: Session, later: (delay: number, then: () => void) => void) => void;

export type Setup = Partial<Omit<ClientOptions, "clock" | "network" | "remotes" | "peer">> & {
  /** An entry's condition is that of its place; `up` unless said otherwise. */
  readonly remotes: readonly (RemoteEntry & { readonly condition?: Condition })[];
  readonly proxies?: readonly (ProxyServer & { readonly host: string; readonly port: number })[];
  /** How long before the first moment the daemon started, ms. */
  readonly early?: number;
  /** For each login one; the others are let in at once. */
  readonly verdicts?: readonly Verdict[];
  /** What happened around the daemon, by the second of the recording. */
  readonly script?: readonly (readonly [second: number, act: (stage: Stage) => void])[];
};

/** A recording, or what some of its controllers went through, or one part of it: each part has a daemon of its own. */
export function recorded(file: string, who?: readonly string[], part?: number): Moment[] {
  const moments: Moment[] = [];
  const known = new Set<string>();
  const halfClosing = new Set<string>();
  const add = (moment: Moment): void => {
    if (who && !who.includes(moment.who)) return;
    if (!known.has(moment.who)) moments.push({ ...moment, kind: "connects", bytes: "" });
    known.add(moment.who);
    if (moment.kind !== "connects") moments.push(moment);
    if (moment.kind === "sends" && halfClosing.has(moment.who))
      moments.push({ ...moment, kind: "half-closes" });
  };
  let parts = 0;
  for (const { t, dir, who: name = "", b64 = "", note } of inOrder(file)) {
    if (note?.startsWith("=====") === true) parts++;
    if (part !== undefined && part !== parts) continue;
    const at = EPOCH + t * 1000;
    const moment = { at, who: name, bytes: Buffer.from(b64, "base64").toString("latin1") };
    if (dir) add({ ...moment, kind: dir === "S" ? "says" : "sends" });
    const [, subject = "", what] =
      /^(\S*?):? (EOF from daemon|controller closes its socket|TCP connect\(\) returned)/.exec(note ?? "") ??
      [];
    const kind = what?.startsWith("EOF") ? "ends" : what?.startsWith("TCP") ? "connects" : "leaves";
    if (what !== undefined) add({ at, who: subject, kind, bytes: "" });
    const [, half] = /^half-close: (\S+)/.exec(note ?? "") ?? [];
    if (half !== undefined) halfClosing.add(half);
  }
  return moments;
}

/** A line that was written byte by byte stands behind its reply, under a name of its own. */
function inOrder(file: string): Recorded[] {
  const all = readFileSync(new URL(file, FOLDER), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded);
  const started = all.find(({ note }) => note?.includes("one byte per write"));
  return all
    .map((one) => (one.who === "(bytewise)" ? { ...one, who: "", t: started?.t ?? one.t } : one))
    .toSorted((one, other) => one.t - other.t);
}

/** How many lines this controller has heard; storms and counts of bytes do not count. */
function lines(moments: readonly Moment[], who: string): number {
  return moments
    .filter((moment) => moment.kind === "says" && moment.who === who)
    .flatMap(({ bytes }) => bytes.split("\n").slice(0, -1))
    .filter((line) => !/,TCP_CONNECT,|^>BYTECOUNT/.test(line)).length;
}

/** The same daemon, simulated: what it says to the controllers' part of the moments. */
export function replayed(
  moments: readonly Moment[],
  { remotes, proxies = [], early = 0, verdicts = [], script = [], ...options }: Setup,
  oneByOne = false,
): Moment[] {
  const heard: Moment[] = [];
  const start = (moments[0]?.at ?? 0) - early;
  const clock = new VirtualClock(start);
  const network = new Network();
  for (const { host, port, proto, condition = "up" } of remotes)
    network.set(host, port, proto.startsWith("udp") ? "udp" : "tcp", condition);
  for (const { host, port, ...proxy } of proxies) network.setProxy(host, port, proxy);
  let logins = 0;
  let current: Session | undefined;
  const peer: Peer = {
    login: (_, session) => {
      current = session;
      const verdict = verdicts[logins++];
      if (verdict) verdict(session, (delay, then) => void clock.after(delay, then));
      else session.accept();
    },
  };
  const daemon = new ClientDaemon({ clock, network, remotes, peer, handshake: 4, ...options });
  const stage: Stage = {
    daemon,
    network,
    get session() {
      if (!current) throw new Error("Nobody has logged in");
      return current;
    },
  };
  for (const [second, act] of script) clock.after(EPOCH + second * 1000 - start, () => act(stage));
  daemon.start();
  const wires = new Map<string, Wire>();
  const act: Record<Kind, (moment: Moment) => void> = {
    connects: ({ who }) => {
      const hear = (kind: Kind, bytes: string): void =>
        void heard.push({ at: clock.now(), who, kind, bytes });
      hear("connects", "");
      wires.set(
        who,
        daemon.slot.accept({ text: (bytes) => hear("says", bytes), closed: () => hear("ends", "") }),
      );
    },
    sends: (moment) => {
      heard.push(moment);
      for (const piece of oneByOne ? moment.bytes : [moment.bytes]) wires.get(moment.who)?.write(piece);
    },
    "half-closes": ({ who, at }) => {
      wires.get(who)?.close();
      heard.push({ at, who, kind: "ends", bytes: "" });
    },
    leaves: ({ who }) => wires.get(who)?.close(),
    says: () => undefined,
    ends: () => undefined,
  };
  for (const [i, moment] of moments.entries()) {
    clock.advance(Math.max(0, moment.at - clock.now()));
    // A controller that waited for something waits for it here too.
    const awaited = lines(moments.slice(0, i), moment.who);
    const waits = moment.kind === "sends" || moment.kind === "leaves";
    for (let ms = 0; ms < PATIENCE && waits && lines(heard, moment.who) < awaited; ms++) clock.advance(1);
    act[moment.kind](moment);
  }
  clock.advance(1_000);
  return heard;
}

/** Lines that both sides have in common once what differs from run to run is gone; a line that becomes undefined is left out. */
export function dialogue(
  moments: readonly Moment[],
  normalised: (line: string) => string | undefined,
): Dialogue {
  const exchanges: Exchange[] = [];
  const names = new Set(moments.map(({ who }) => who));
  for (const who of names) {
    let rest: Line | undefined;
    let greeted: Line[] | undefined;
    for (const { at, kind, bytes } of moments.filter((moment) => moment.who === who)) {
      if (kind === "connects" || kind === "sends") exchanges.push({ who, sent: bytes, heard: [] });
      if (kind === "connects") greeted = exchanges.at(-1)?.heard;
      if (kind !== "says") continue;
      const heard = exchanges.at(-1)?.heard;
      const pieces = `${rest?.text ?? ""}${bytes}`.split("\r\n");
      // Only the prompt for a password ends without a line end.
      const last = pieces.pop() ?? "";
      for (const [i, text] of pieces.entries()) {
        const line = normalised(text);
        // The controller may have written before it read the greeting.
        const to = text.startsWith(">INFO:OpenVPN") ? greeted : heard;
        if (line !== undefined) to?.push({ at: i === 0 && rest ? rest.at : at, text: line });
      }
      rest = last === "" || last === "ENTER PASSWORD:" ? undefined : { at, text: last };
      if (last === "ENTER PASSWORD:") heard?.push({ at, text: last });
    }
  }
  return {
    exchanges,
    ended: moments
      .filter(({ kind }) => kind === "ends")
      .map(({ who }) => who)
      .toSorted(),
  };
}
