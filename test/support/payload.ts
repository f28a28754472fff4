import { writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { type Client, type Lab, type Process, until } from "./lab.ts";
import type { Order, Report } from "./payload-peer.ts";

const BUN = process.env["BUN"] ?? "bun";
const PEER = join(import.meta.dirname, "payload-peer.ts");

/** No growth for so long, in ms: what was sent and has not come is lost. */
const SETTLED = 150;

/** What goes up comes to the server, what goes down to the client. */
export interface Ways {
  readonly up: number;
  readonly down: number;
}

/**
 * Payload through the tunnels of a lab. Its clients are real and have a device in a network namespace of their own, each
 * with a cable to the servers'; all ends with the lab.
 */
export class PayloadLab {
  /** Where clients reach a server: for `lab.server({ address })` and for remotes. */
  static readonly ADDRESS = "198.18.0.1";
  readonly #lab: Lab;
  readonly #hub: Peer;
  #peers = 1;

  private constructor(lab: Lab, hub: Peer) {
    this.#lab = lab;
    this.#hub = hub;
  }

  static async create(lab: Lab): Promise<PayloadLab> {
    await run(lab, ["ip", "address", "replace", `${PayloadLab.ADDRESS}/32`, "dev", "lo"]);
    return new PayloadLab(lab, await Peer.start(lab, "payload-hub"));
  }

  /** A client that is starting; each remote as OpenVPN takes it: `198.18.0.1 28300 udp`, or `… tcp-client`. */
  async client(options: {
    /** The common name of its certificate. */
    name: string;
    remotes: readonly string[];
    /** Its username and password. */
    login?: { readonly username: string; readonly password: string };
    /** Without: RESTART, HALT and AUTH_FAILED of a session do not reach it; it comes back when its pings stay unanswered. */
    obeys?: boolean;
    extra?: readonly string[];
    /** The path of its management socket. */
    management?: string;
  }): Promise<PayloadClient> {
    const { name, remotes, login, obeys = true, extra = [], management } = options;
    const lab = this.#lab;
    const peer = await Peer.start(lab, `payload-${this.#peers++}`, ["unshare", "--net", "--"]);
    const inside = ["nsenter", `--net=/proc/${peer.pid}/ns/net`, "--"];
    const address = await cable(lab, peer.pid, inside);
    const dialled = obeys ? remotes : await Promise.all(remotes.map((remote) => peer.relay(remote)));
    const file = lab.path(`${name}-${peer.pid}.login`);
    if (login) writeFileSync(file, `${login.username}\n${login.password}\n`, { mode: 0o600 });
    const process = lab.client({
      name,
      remotes: dialled,
      asks: false,
      tun: true,
      before: inside,
      extra: [
        ...["--connect-retry", "1", "1", ...(login ? ["--auth-user-pass", file] : [])],
        ...(login ? ["--auth-retry", "nointeract"] : []),
        ...extra,
      ],
      ...(management === undefined ? {} : { management }),
    });
    return new PayloadClient(process, inside, address, peer, this.#hub);
  }
}

export class PayloadClient {
  readonly process: Client;
  /** A command that runs another one in its namespace. */
  readonly inside: readonly string[];
  /** Its real address, as the server sees it, without the port. */
  readonly address: string;
  readonly #peer: Peer;
  readonly #hub: Peer;

  constructor(process: Client, inside: readonly string[], address: string, peer: Peer, hub: Peer) {
    this.process = process;
    this.inside = inside;
    this.address = address;
    this.#peer = peer;
    this.#hub = hub;
  }

  /** Sends payload until that is over or stopped, be the tunnel there or not. */
  send(options: {
    direction: "up" | "down" | "both";
    /** Bytes/s in each direction. */
    rate: number;
    /** Until so many came in each direction; what is lost is sent again. */
    bytes?: number;
    seconds?: number;
  }): Transfer {
    return new Transfer(this.#peer, this.#hub, options);
  }
}

let transfers = 0;

/** Payload on its way. */
export class Transfer {
  /** Resolves with what came, when that is all or time is over. */
  readonly done: Promise<Ways>;
  readonly #id = ++transfers;
  readonly #client: Peer;
  readonly #hub: Peer;
  #stopped = false;

  constructor(client: Peer, hub: Peer, options: Parameters<PayloadClient["send"]>[0]) {
    const { direction, rate, bytes = Infinity, seconds = Infinity } = options;
    this.#client = client;
    this.#hub = hub;
    client.order({ do: "hello", id: this.#id, port: hub.port });
    const deadline = Date.now() + seconds * 1000;
    const end = (): boolean => this.#stopped || Date.now() >= deadline || client.ended || hub.ended;
    this.done = Promise.all([
      direction === "down" || this.#send(client, hub, { port: hub.port, rate, bytes }, end),
      direction === "up" || this.#send(hub, client, { rate, bytes }, end),
    ]).then(() => this.stop());
  }

  /** Payload bytes that came so far; not older than 20 ms. */
  get received(): Ways {
    return { up: this.#hub.count(this.#id).received, down: this.#client.count(this.#id).received };
  }

  /** When the last came, in ms since 1970; 0 if none did. */
  get last(): Ways {
    return { up: this.#hub.count(this.#id).at, down: this.#client.count(this.#id).at };
  }

  /** Sends no more. What is on its way may still come: some 20 ms. */
  stop(): Ways {
    this.#stopped = true;
    for (const peer of [this.#client, this.#hub]) peer.order({ do: "stop", id: this.#id });
    return this.received;
  }

  async #send(
    from: Peer,
    to: Peer,
    { bytes, ...how }: { port?: number; rate: number; bytes: number },
    end: () => boolean,
  ): Promise<void> {
    const id = this.#id;
    while (!end() && to.count(id).received < bytes) {
      // Not more than JSON can say.
      const missing = Math.min(bytes - to.count(id).received, Number.MAX_SAFE_INTEGER);
      from.order({ do: "send", id, ...how, bytes: missing });
      const settled = (): boolean => from.count(id).sent && Date.now() - to.count(id).seen > SETTLED;
      const over = (): boolean => end() || to.count(id).received >= bytes || settled();
      await until("payload", 2 ** 31, () => over() || undefined);
      from.count(id).sent = false;
    }
  }
}

interface Count {
  received: number;
  at: number;
  sent: boolean;
  /** When this was heard, in ms since 1970. */
  seen: number;
}

/** A process that sends and counts. */
class Peer {
  readonly pid: number;
  port = 0;
  ended = false;
  readonly #socket: net.Socket;
  readonly #counts = new Map<number, Count>();
  readonly #relays = new Map<string, (instead: string) => void>();

  private constructor(pid: number, socket: net.Socket) {
    this.pid = pid;
    this.#socket = socket;
    let rest = "";
    socket.on("error", () => undefined).on("close", () => (this.ended = true));
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#hears(JSON.parse(line) as Report);
    });
  }

  static async start(lab: Lab, name: string, before: readonly string[] = []): Promise<Peer> {
    const path = lab.path(`${name}.sock`);
    const [program, ...args] = [...before, BUN, "--no-install", PEER, path];
    const process = lab.start(name, program, args);
    await process.says(/listening/);
    const peer = new Peer(process.child.pid ?? 0, net.connect(path));
    await until(`${name} to be ready`, 5000, () => peer.port || undefined);
    return peer;
  }

  order(order: Order): void {
    this.#socket.write(`${JSON.stringify(order)}\n`);
  }

  count(id: number): Count {
    let count = this.#counts.get(id);
    if (!count) this.#counts.set(id, (count = { received: 0, at: 0, sent: false, seen: Date.now() }));
    return count;
  }

  /** The remote to dial instead. */
  relay(remote: string): Promise<string> {
    return new Promise((resolve) => {
      this.#relays.set(remote, resolve);
      this.order({ do: "relay", remote });
    });
  }

  #hears(report: Report): void {
    if (report.is === "ready") this.port = report.port;
    else if (report.is === "relay") this.#relays.get(report.remote)?.(report.instead);
    else {
      const { received, at, sent } = report;
      Object.assign(this.count(report.id), { received, at, sent, seen: Date.now() });
    }
  }
}

/** Two ends of a wire between the servers' namespace and this process's; resolves with the client's address. */
async function cable(lab: Lab, pid: number, inside: readonly string[]): Promise<string> {
  // Labs run side by side: names and addresses go by the process. A network for benchmarks, its first addresses left out.
  const at = 2 * ((pid % 0xff00) + 0x80);
  const [near, far] = [at, at + 1].map((n) => `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`);
  const name = `pay${pid}`;
  const ip = (...args: string[]): string[] => ["ip", ...args];
  await run(lab, ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", String(pid)));
  await run(lab, ip("address", "add", `${near}/31`, "dev", name));
  await run(lab, ip("link", "set", name, "up"));
  await run(lab, [...inside, ...ip("link", "set", "lo", "up")]);
  await run(lab, [...inside, ...ip("address", "add", `${far}/31`, "dev", "eth0")]);
  await run(lab, [...inside, ...ip("link", "set", "eth0", "up")]);
  // No other way out: payload goes through the tunnel or not at all.
  await run(lab, [...inside, ...ip("route", "add", `${PayloadLab.ADDRESS}/32`, "via", near ?? "")]);
  return far ?? "";
}

async function run(lab: Lab, command: readonly string[]): Promise<void> {
  const [program = "", ...args] = command;
  const process: Process = lab.start("ip", program, args);
  if ((await process.ended) !== 0) throw new Error(`${command.join(" ")}: ${process.output}`);
}
