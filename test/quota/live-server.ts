import net from "node:net";
import { chanceOf } from "../../src/simulator/server/chance.ts";
import { ClientPeer } from "../../src/simulator/server/client-peer.ts";
import { ServerDaemon } from "../../src/simulator/server/server-daemon.ts";
import type { Session } from "../../src/simulator/server/session.ts";
import type { Slot } from "../../src/simulator/slot.ts";
import { systemClock } from "../../src/util/clock.ts";

/** A session that has ended, by the server's own totals. Bytes. */
export interface End {
  readonly name: string;
  /** Its CID, and when it began: CIDs begin anew with the server. */
  readonly key: string;
  readonly total: number;
  /** Moments are those of `performance.now()`. */
  readonly at: number;
  /** Who was told; undefined: nobody. */
  readonly visit: Visit | undefined;
}

/** A controller's time at the management interface. */
export interface Visit {
  readonly life: number;
  attachedAt: number;
  /** It has read the list of clients, and asks what came of it. */
  readyAt: number | undefined;
}

/** What was sent about a client. */
export interface Verdict {
  readonly command: string;
  readonly name: string;
  readonly life: number;
}

class Told extends ServerDaemon {
  hear: (line: string) => void = () => undefined;

  override say(line: string): void {
    this.hear(line);
    super.say(line);
  }
}

export interface LiveServerOptions {
  readonly random: () => number;
  readonly clients: number;
  readonly path: string;
  /** Bytes a second, of each client. */
  readonly rate: (client: number) => number;
  readonly name: (client: number) => string;
}

/** A simulated server on a unix socket, in real time, whose clients come, send and go; it keeps its own account of them. */
export class LiveServer {
  readonly ends: End[] = [];
  readonly verdicts: Verdict[] = [];
  /** The number of the engine that runs now. */
  life = 0;
  visit: Visit | undefined;
  onAttach: (visit: Visit) => void = () => undefined;
  readonly #daemon: Told;
  readonly #peers: ClientPeer[];
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #block: { readonly cid: string; readonly env: Map<string, string> } | undefined;

  private constructor(options: LiveServerOptions) {
    const { random, clients, rate, name } = options;
    this.#daemon = new Told({
      clock: systemClock,
      chance: { ...chanceOf(random), wake: () => 50, grace: () => 1_500 },
      authUserPassOptional: true,
      duplicateCn: true,
      protocol: "tcp-server",
      // Who asks while no engine is there tries again soon.
      handWindow: 0.5,
    });
    this.#daemon.hear = (line) => this.#hear(line);
    this.#peers = Array.from({ length: clients }, (_, i) => {
      const bytes = rate(i);
      return new ClientPeer({
        clock: systemClock,
        random,
        door: this.#daemon,
        commonName: name(i),
        ip: `192.0.2.${1 + (i % 250)}`,
        authRetry: "nointeract",
        reconnect: 200,
        rate: { in: bytes * 0.2, out: bytes * 0.8 },
        obeys: i % 5 > 0,
      });
    });
    this.#server = net.createServer((socket) => this.#connected(socket));
  }

  static async open(options: LiveServerOptions): Promise<LiveServer> {
    const live = new LiveServer(options);
    await new Promise<void>((resolve) => live.#server.listen(options.path, resolve));
    live.#daemon.start();
    for (const peer of live.#peers) peer.come();
    return live;
  }

  get sessions(): readonly Session[] {
    return this.#daemon.roster.all;
  }

  /** One of the clients goes, and comes again after `away` ms. */
  leave(client: number, away: number): void {
    const peer = this.#peers[client];
    peer?.go();
    systemClock.after(away, () => this.#closing || peer?.come());
  }

  restart(): void {
    this.#daemon.signal("SIGUSR1");
  }

  #closing = false;

  /** All clients go, and each end is told. */
  end(): void {
    this.#closing = true;
    for (const peer of this.#peers) peer.go();
  }

  close(): void {
    for (const peer of this.#peers) peer.stop();
    this.#daemon.exit(0);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #connected(socket: net.Socket): void {
    this.#sockets.add(socket);
    const { life } = this;
    const visit: Visit = { life, attachedAt: Infinity, readyAt: undefined };
    socket.setEncoding("latin1");
    socket.on("error", () => undefined);
    const slot: Slot = this.#daemon.slot;
    // Whoever is greeted is told from then on.
    const wire = slot.accept({
      text: (bytes) => {
        if (this.visit !== visit) {
          this.visit = visit;
          visit.attachedAt = performance.now();
          this.onAttach(visit);
        }
        socket.write(bytes, "latin1");
      },
      closed: () => socket.end(),
    });
    let rest = "";
    socket.on("data", (chunk) => {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#commanded(line, visit);
      wire.write(String(chunk));
    });
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (this.visit === visit) this.visit = undefined;
      wire.close();
    });
  }

  #commanded(line: string, visit: Visit): void {
    const [command = "", cid] = line.split(" ");
    if (command === "load-stats") visit.readyAt ??= performance.now();
    if (!command.startsWith("client-")) return;
    const session = this.#daemon.roster.get(Number(cid));
    if (session) this.verdicts.push({ command, name: session.commonName, life: visit.life });
  }

  #hear(line: string): void {
    if (line.startsWith(">CLIENT:DISCONNECT,"))
      this.#block = { cid: line.slice(">CLIENT:DISCONNECT,".length), env: new Map() };
    else if (line.startsWith(">CLIENT:ENV,") && this.#block) {
      const { cid, env } = this.#block;
      const pair = line.slice(">CLIENT:ENV,".length);
      const equals = pair.indexOf("=");
      if (equals >= 0) env.set(pair.slice(0, equals), pair.slice(equals + 1));
      else {
        this.#block = undefined;
        this.#ended(cid, env);
      }
    }
  }

  #ended(cid: string, env: ReadonlyMap<string, string>): void {
    if (!env.has("bytes_received")) return;
    const number = (name: string): number => Number(env.get(name));
    this.ends.push({
      name: env.get("common_name") ?? "",
      key: `${cid} since ${number("time_unix")}`,
      total: number("bytes_received") + number("bytes_sent"),
      at: performance.now(),
      visit: this.#daemon.slot.attended ? this.visit : undefined,
    });
  }
}
