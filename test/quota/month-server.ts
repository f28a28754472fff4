import type { Dialler, TransportListener } from "../../src/connection/transport.ts";
import type { VirtualClock } from "../../src/util/clock.ts";

/** A server moves in steps of so many ms; each client is looked at once in so many steps. */
export const STEP = 10_000;
export const SLOTS = 60;

/** How long an unanswered login waits, in steps, and a client that was sent away lives on. */
const PATIENCE = 6;
const GRACE = 1;
/** A client that was denied tries again after so many looks. */
const RETRY = 36;

interface Peer {
  readonly name: string;
  readonly port: number;
  /** Bytes between two reports, at most. */
  readonly rate: number;
  phase: "away" | "asking" | "up";
  cid: number;
  /** Unix seconds. */
  since: number;
  bytesIn: number;
  bytesOut: number;
  /** What an engine has heard of it last. */
  heardIn: number;
  heardOut: number;
  /** The step at which it comes again, or is gone. */
  next: number;
  leaving: boolean;
}

/** What the server did, for the account of it. */
export interface Tally {
  reports: number;
  sessions: number;
  denied: number;
  killed: number;
  restarts: number;
  /** Sessions whose end no engine saw. */
  unseen: number;
  lists: number;
}

export interface MonthServerOptions {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly clients: number;
  /** How many looks a session lasts, on average. */
  readonly lasts: number;
  /** Bytes a look, at most, of most clients; a few have several times as many. */
  readonly rate: number;
}

/**
 * A server of thousands of clients as its management interface tells of them, line by line: they come, report, go with a little more than
 * they reported, come back, share names. It keeps count of what an engine must have charged.
 */
export class MonthServer {
  readonly tally: Tally = {
    reports: 0,
    sessions: 0,
    denied: 0,
    killed: 0,
    restarts: 0,
    unseen: 0,
    lists: 0,
  };
  /** By name: the totals of sessions whose end was told, and of others what was heard last. Bytes. */
  readonly owed = new Map<string, number>();
  /** By name: the totals of all sessions. */
  readonly passed = new Map<string, number>();
  readonly #options: MonthServerOptions;
  readonly #peers: Peer[];
  readonly #slots: Peer[][] = Array.from({ length: SLOTS }, () => []);
  readonly #byCid = new Map<number, Peer>();
  readonly #states: string[] = [];
  #listener: TransportListener | undefined;
  #text = "";
  #nextCid = 0;
  #pid = 4711;
  #step = 0;
  /** Of those that ended in this run, for `load-stats`. */
  #load = { in: 0, out: 0 };
  /** Nobody comes any more. */
  closing = false;

  constructor(options: MonthServerOptions) {
    this.#options = options;
    const { clients, rate, random } = options;
    // Three of ten share the name of another one.
    const names = Math.ceil(clients * 0.7);
    this.#peers = Array.from({ length: clients }, (_, i) => ({
      name: `client-${i % names}`,
      port: 1024 + i,
      rate: rate * (random() < 0.03 ? 5 : 1),
      ...{ phase: "away", cid: -1, since: 0, bytesIn: 0, bytesOut: 0, heardIn: 0, heardOut: 0 },
      ...{ next: Math.floor(random() * SLOTS), leaving: false },
    }));
    for (const [i, peer] of this.#peers.entries()) this.#slots[i % SLOTS]?.push(peer);
    this.#state("CONNECTED,SUCCESS,10.8.0.1,");
  }

  get size(): number {
    return this.#byCid.size;
  }

  /** Takes the place of dialling. */
  readonly dial: Dialler = (_, listener) => {
    this.#listener = listener;
    queueMicrotask(() => {
      listener.connected();
      this.#say(">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info");
      this.flush();
    });
    const leave = (): void => {
      if (this.#listener !== listener) return;
      this.#listener = undefined;
      this.#text = "";
      queueMicrotask(() => listener.closed(undefined));
    };
    return {
      write: (text) =>
        queueMicrotask(() => {
          if (this.#listener !== listener) return;
          for (const line of text.split("\n").slice(0, -1)) this.#command(line);
          this.flush();
        }),
      end: leave,
      destroy: leave,
    };
  };

  /** What was said goes out. */
  flush(): void {
    const text = this.#text;
    this.#text = "";
    if (text !== "") this.#listener?.text(text);
  }

  /** The engine is gone without a word. */
  forget(): void {
    this.#listener = undefined;
    this.#text = "";
  }

  /** Ten seconds of its life, said in one piece; the clock is not moved. */
  step(): void {
    const step = this.#step++;
    for (const peer of this.#slots[step % SLOTS] ?? []) this.#look(peer, step);
    for (const peer of this.#waiting) if (peer.next <= step) this.#overdue(peer);
    this.flush();
  }

  /** SIGUSR1: all clients go, and their numbers begin anew. */
  restart(): void {
    this.tally.restarts++;
    this.#dismiss();
    this.#state("RECONNECTING,SIGUSR1,,");
    this.#nextCid = 0;
    this.#state("CONNECTED,SUCCESS,10.8.0.1,");
    this.flush();
  }

  /** Its process dies without a word; another one begins. */
  crash(): void {
    const listener = this.#listener;
    this.forget();
    this.tally.restarts++;
    this.#dismiss();
    this.#states.length = 0;
    this.#pid++;
    this.#nextCid = 0;
    this.#load = { in: 0, out: 0 };
    this.#state("CONNECTED,SUCCESS,10.8.0.1,");
    listener?.closed(undefined);
  }

  /** All clients go. */
  end(): void {
    this.closing = true;
    this.#dismiss();
    this.flush();
  }

  /** Those whose end is near: they wait for an answer, or were sent away. */
  readonly #waiting = new Set<Peer>();

  #look(peer: Peer, step: number): void {
    const { random, lasts } = this.#options;
    if (peer.phase === "away") {
      if (peer.next <= step && !this.closing) this.#knock(peer, step);
      return;
    }
    if (peer.phase !== "up") return;
    this.#pass(peer, 1);
    this.#report(peer);
    // As on a timer that also others have: not all of them end in time to be reported.
    if (random() * lasts < 1) this.#close(peer, SLOTS * Math.floor(1 + random() * 12));
  }

  #overdue(peer: Peer): void {
    const { random } = this.#options;
    // One that was sent away comes back soon; one that nobody answers, later.
    this.#close(peer, peer.phase === "up" ? 1 : SLOTS * Math.floor(1 + random() * 3));
  }

  #knock(peer: Peer, step: number): void {
    peer.cid = this.#nextCid++;
    peer.phase = "asking";
    peer.since = this.#seconds;
    peer.bytesIn = 1_886;
    peer.bytesOut = 1_786;
    peer.heardIn = peer.heardOut = 0;
    peer.leaving = false;
    peer.next = step + PATIENCE;
    this.#waiting.add(peer);
    this.#byCid.set(peer.cid, peer);
    this.#block(`CONNECT,${peer.cid},1`, peer, []);
  }

  #establish(peer: Peer): void {
    peer.phase = "up";
    this.#waiting.delete(peer);
    this.tally.sessions++;
    this.#say(`>CLIENT:ADDRESS,${peer.cid},${address(peer.cid)},1`);
    this.#block(`ESTABLISHED,${peer.cid}`, peer, [`time_unix=${peer.since}`]);
    // Reported whenever something passed while somebody listens: a list that is read for another purpose tells nothing new.
    this.#report(peer);
  }

  #pass(peer: Peer, part: number): void {
    const { random } = this.#options;
    peer.bytesIn += Math.floor(random() * peer.rate * part * 0.2);
    peer.bytesOut += Math.floor(random() * peer.rate * part);
  }

  #report(peer: Peer): void {
    if (!this.#listener) return;
    this.tally.reports++;
    this.#say(`>BYTECOUNT_CLI:${peer.cid},${peer.bytesIn},${peer.bytesOut}`);
    peer.heardIn = peer.bytesIn;
    peer.heardOut = peer.bytesOut;
  }

  /** It is gone, with a little more than it reported; `away`: for so many steps. */
  #close(peer: Peer, away: number, isTold = this.#listener !== undefined): void {
    const isUp = peer.phase === "up";
    if (isUp) {
      this.#pass(peer, 0.1);
      const { name, bytesIn, bytesOut, heardIn, heardOut } = peer;
      const total = bytesIn + bytesOut;
      add(this.owed, name, isTold ? total : heardIn + heardOut);
      add(this.passed, name, total);
      this.#load.in += bytesIn;
      this.#load.out += bytesOut;
      if (!isTold) this.tally.unseen++;
    }
    this.#byCid.delete(peer.cid);
    this.#waiting.delete(peer);
    const totals = [
      `time_duration=${this.#seconds - peer.since}`,
      `bytes_sent=${peer.bytesOut}`,
      `bytes_received=${peer.bytesIn}`,
    ];
    if (isUp) this.#block(`DISCONNECT,${peer.cid}`, peer, totals);
    else {
      this.#say(`>CLIENT:DISCONNECT,${peer.cid}`);
      this.#say(">CLIENT:ENV,END");
    }
    peer.phase = "away";
    peer.cid = -1;
    peer.next = this.#step + away;
  }

  #dismiss(): void {
    const { random } = this.#options;
    for (const peer of [...this.#byCid.values()]) this.#close(peer, Math.floor(random() * SLOTS));
  }

  #command(line: string): void {
    const [name, first = "", second] = line.split(" ");
    const peer = this.#byCid.get(Number(first));
    const done = (ok: boolean, as = name): void =>
      this.#say(ok ? `SUCCESS: ${as} command succeeded` : `ERROR: ${as} command failed`);
    switch (name) {
      case "version":
        if (first !== "") this.#say("SUCCESS: Management client version set to 3");
        else this.#say("OpenVPN Version: OpenVPN 2.6.14 x86_64-pc-linux-gnu", "Management Version: 5", "END");
        return;
      case "pid":
        return this.#say(`SUCCESS: pid=${this.#pid}`);
      case "state":
        return this.#say("SUCCESS: real-time state notification set to ON", ...this.#states, "END");
      case "bytecount":
        return this.#say("SUCCESS: bytecount interval changed");
      case "env-filter":
        return this.#say("SUCCESS: env_filter_level=0");
      case "echo":
      case "log":
        return this.#say(`SUCCESS: real-time ${name} notification set to ${first.toUpperCase()}`);
      case "load-stats":
        return this.#say(`SUCCESS: nclients=${this.size},${this.#loaded()}`);
      case "status":
        return this.#list();
      case "client-auth-nt":
        done(peer !== undefined, "client-auth");
        if (peer?.phase === "asking") this.#establish(peer);
        return;
      case "client-deny":
        this.tally.denied++;
        done(peer !== undefined);
        if (peer) this.#close(peer, SLOTS * RETRY);
        return;
      case "client-kill":
        if (peer && !peer.leaving) {
          this.tally.killed++;
          peer.leaving = true;
          peer.next = this.#step + GRACE;
          this.#waiting.add(peer);
        }
        return done(peer !== undefined);
      case "kill": {
        const port = Number(first.split(":")[1]);
        const found = this.#peers[port - 1024];
        this.#say(`SUCCESS: 1 client(s) at address ${first} killed`);
        if (found && found.cid >= 0) this.#close(found, 1);
        return;
      }
      default:
        throw new Error(`What is '${line}'? (${second ?? ""})`);
    }
  }

  #list(): void {
    this.tally.lists++;
    const rows: string[] = [];
    for (const peer of this.#byCid.values()) {
      const { name, port, cid, since, bytesIn, bytesOut, phase } = peer;
      const isUp = phase === "up";
      rows.push(
        [
          ...[
            "CLIENT_LIST",
            name,
            `192.0.2.1:${port}`,
            isUp ? address(cid) : "",
            "",
            bytesIn,
            bytesOut,
            "then",
          ],
          ...[since, "UNDEF", cid, cid, isUp ? "AES-256-GCM" : "BF-CBC"],
        ].join("\t"),
      );
      if (!isUp) continue;
      peer.heardIn = bytesIn;
      peer.heardOut = bytesOut;
    }
    this.#say(
      "TITLE\tOpenVPN 2.6.14 x86_64-pc-linux-gnu",
      `TIME\tnow\t${this.#seconds}`,
      "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\tBytes Received\tBytes Sent\tConnected Since\tConnected Since (time_t)\tUsername\tClient ID\tPeer ID\tData Channel Cipher",
      ...rows,
      "HEADER\tROUTING_TABLE\tVirtual Address\tCommon Name\tReal Address\tLast Ref\tLast Ref (time_t)",
      "GLOBAL_STATS\tMax bcast/mcast queue length\t0",
      "GLOBAL_STATS\tdco_enabled\t0",
      "END",
    );
  }

  #loaded(): string {
    const load = { ...this.#load };
    for (const { bytesIn, bytesOut } of this.#byCid.values()) {
      load.in += bytesIn;
      load.out += bytesOut;
    }
    return `bytesin=${load.in},bytesout=${load.out}`;
  }

  get #seconds(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }

  #state(rest: string): void {
    const state = `${this.#seconds},${rest}`;
    this.#states.push(state);
    this.#say(`>STATE:${state}`);
  }

  #block(head: string, { name, port }: Peer, more: readonly string[]): void {
    if (!this.#listener) return;
    const env = [...more, `common_name=${name}`, "untrusted_ip=192.0.2.1", `untrusted_port=${port}`];
    this.#say(`>CLIENT:${head}`, ...env.map((line) => `>CLIENT:ENV,${line}`), ">CLIENT:ENV,END");
  }

  #say(...lines: readonly string[]): void {
    if (!this.#listener) return;
    for (const line of lines) this.#text += `${line}\r\n`;
  }
}

function address(cid: number): string {
  return `10.8.${(cid >> 8) & 255}.${cid & 255}`;
}

function add(sums: Map<string, number>, name: string, bytes: number): void {
  sums.set(name, (sums.get(name) ?? 0) + bytes);
}
