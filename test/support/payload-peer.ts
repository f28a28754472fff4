/**
 * One end of the payload of test/support/payload.ts, a process of its own: `bun payload-peer.ts SOCKET`.
 * It takes orders from the test at that socket, sends and counts datagrams, and relays for a client that is deaf.
 */
import net from "node:net";
import { networkInterfaces } from "node:os";

/** An order, one a line as JSON. */
export type Order =
  /** Send `bytes` of payload at `rate` bytes/s: to `port` of the tunnel's server, or without one to where hellos came from. */
  | { readonly do: "send"; readonly id: number; readonly port?: number; readonly rate: number; bytes: number }
  /** Say where you are, for the other end to send there. */
  | { readonly do: "hello"; readonly id: number; readonly port: number }
  | { readonly do: "stop"; readonly id: number }
  /** Stand between the client and this remote; answered with the remote to dial instead. */
  | { readonly do: "relay"; readonly remote: string };

/** A report, one a line as JSON. */
export type Report =
  | { readonly is: "ready"; readonly port: number }
  | { readonly is: "relay"; readonly remote: string; readonly instead: string }
  /** Of one transfer so far: payload bytes that came, when the last ones did (ms since 1970), and whether all is sent. */
  | {
      readonly is: "count";
      readonly id: number;
      readonly received: number;
      readonly at: number;
      readonly sent: boolean;
    };

/** A datagram's payload in bytes; with what OpenVPN adds it fits one packet. */
const DATAGRAM = 1200;
/** Between two bursts and between two reports, in ms. */
const TICK = 5;
const REPORT = 10;
/** At most so many datagrams a burst: what is late is not sent in a lump that no buffer takes. */
const BURST = 64;
const HELLO = 100;
/** The length of a hello in bytes; any other datagram is payload. */
const HELLO_LENGTH = 8;

interface Flow {
  received: number;
  at: number;
  reported: string;
  /** Where to send, as the last datagram from there says. */
  from?: { readonly port: number; readonly address: string };
  /** What is to be sent, to `port` of the tunnel's server or to `from`; `due`: bytes that are late at `at`. */
  sends?: {
    readonly port: number | undefined;
    readonly rate: number;
    bytes: number;
    due: number;
    at: number;
  };
  hello?: number;
}

/** The other end of the tunnel: the first address of its network; undefined while there is no tunnel. */
function serverInTunnel(): string | undefined {
  for (const [name, addresses] of Object.entries(networkInterfaces()))
    if (name.startsWith("tun"))
      for (const { family, address } of addresses ?? [])
        if (family === "IPv4") return address.replace(/\d+$/, "1");
  return undefined;
}

async function peer(path: string): Promise<void> {
  const flows = new Map<number, Flow>();
  const flowOf = (id: number): Flow => {
    let flow = flows.get(id);
    if (!flow) flows.set(id, (flow = { received: 0, at: 0, reported: "" }));
    return flow;
  };
  let test: net.Socket | undefined;
  const report = (what: Report): void => void test?.write(`${JSON.stringify(what)}\n`);

  const udp = await Bun.udpSocket({
    hostname: "0.0.0.0",
    socket: {
      data(_, datagram, port, address) {
        if (datagram.length < 4) return;
        const flow = flowOf(datagram.readUInt32BE(0));
        flow.from = { port, address };
        if (datagram.length === HELLO_LENGTH) return;
        flow.received += datagram.length;
        flow.at = Date.now();
      },
      error: () => undefined,
    },
  });
  let server: string | undefined;
  setInterval(() => {
    const address = (server = serverInTunnel());
    for (const [id, { hello }] of flows) {
      if (hello === undefined || address === undefined) continue;
      const datagram = Buffer.alloc(HELLO_LENGTH);
      datagram.writeUInt32BE(id);
      attempt(() => udp.send(datagram, hello, address));
    }
  }, HELLO);

  setInterval(() => {
    const now = performance.now();
    for (const [id, { sends, from }] of flows) {
      if (!sends) continue;
      sends.due = Math.min(sends.due + ((now - sends.at) / 1000) * sends.rate, BURST * DATAGRAM);
      sends.at = now;
      const { port, address } =
        sends.port === undefined
          ? { port: from?.port, address: from?.address }
          : { port: sends.port, address: server };
      if (port === undefined || address === undefined) continue;
      while (sends.bytes > 0 && sends.due >= Math.min(DATAGRAM, sends.bytes)) {
        // Not as short as a hello: the last one may be a few bytes more than asked for.
        const datagram = Buffer.alloc(Math.max(HELLO_LENGTH + 1, Math.min(DATAGRAM, sends.bytes)));
        datagram.writeUInt32BE(id);
        if (!attempt(() => udp.send(datagram, port, address))) break;
        sends.bytes -= datagram.length;
        sends.due -= datagram.length;
      }
    }
  }, TICK);

  setInterval(() => {
    for (const [id, flow] of flows) {
      const { received, at } = flow;
      const sent = flow.sends !== undefined && flow.sends.bytes <= 0;
      const key = `${received} ${sent}`;
      if (key === flow.reported) continue;
      flow.reported = key;
      report({ is: "count", id, received, at, sent });
    }
  }, REPORT);

  const obey = async (order: Order): Promise<void> => {
    if (order.do === "relay") {
      report({ is: "relay", remote: order.remote, instead: await relay(order.remote) });
      return;
    }
    const flow = flowOf(order.id);
    if (order.do === "hello") flow.hello = order.port;
    else if (order.do === "send") {
      const { port, rate, bytes } = order;
      flow.sends = { port, rate, bytes, due: 0, at: performance.now() };
      flow.reported = "";
    } else {
      delete flow.sends;
      delete flow.hello;
    }
  };

  net
    .createServer((socket) => {
      test = socket.on("error", () => undefined);
      let rest = "";
      socket.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) void obey(JSON.parse(line) as Order);
      });
      report({ is: "ready", port: udp.port });
    })
    .listen(path, () => console.log("listening"));
}

/** False if the system does not take a datagram: no route, no room, nobody there. */
function attempt(send: () => boolean): boolean {
  try {
    return send();
  } catch {
    return false;
  }
}

/** What the first byte of an OpenVPN packet says. */
const OPCODE = { softReset: 3, control: 4, data: [6, 9], hardReset: [7, 10] } as const;

/** A renewal of keys over the cable is done after so long, in ms. */
const RENEWAL = 1000;

/**
 * What a deaf client hears: of its first key, control messages until it sends data, when it has logged in and taken what
 * is pushed; of any other, those of the renewal. So RESTART, HALT and AUTH_FAILED of a session do not come.
 */
class Deafness {
  /** By key, from when on it is deaf to its control messages, in ms since 1970. */
  readonly #from = new Map<number, number>();

  fromClient(first: number): void {
    const [opcode, key] = [first >> 3, first & 7];
    if (some(OPCODE.hardReset, opcode)) this.#from.clear();
    else if (some(OPCODE.data, opcode) && !this.#from.has(key)) this.#from.set(key, Date.now());
    else this.#renews(opcode, key);
  }

  hears(first: number): boolean {
    const [opcode, key] = [first >> 3, first & 7];
    this.#renews(opcode, key);
    return opcode !== OPCODE.control || Date.now() < (this.#from.get(key) ?? Infinity);
  }

  #renews(opcode: number, key: number): void {
    if (opcode === OPCODE.softReset) this.#from.set(key, Date.now() + RENEWAL);
  }
}

const some = (list: readonly number[], one: number): boolean => list.includes(one);

/** Relays to `host port proto` what a deaf client hears; resolves with the remote to dial instead. */
async function relay(remote: string): Promise<string> {
  const [host = "", port = "", proto = "udp"] = remote.split(" ");
  const own = await (proto.startsWith("tcp") ? relayTcp : relayUdp)(host, Number(port));
  return `127.0.0.1 ${own} ${proto}`;
}

/** A connection of OpenVPN in packets, each with its length before it. */
function packets(socket: net.Socket, take: (packet: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    while (rest.length - from > 2) {
      const end = from + 2 + rest.readUInt16BE(from);
      if (rest.length < end) break;
      take(rest.subarray(from, end));
      from = end;
    }
    rest = rest.subarray(from);
  });
}

async function relayTcp(host: string, port: number): Promise<number> {
  const server = net.createServer((client) => {
    const deafness = new Deafness();
    const upstream = net.connect(port, host);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one
        .setNoDelay(true)
        .on("error", () => undefined)
        .on("close", () => other.destroy());
    packets(client, (packet) => {
      deafness.fromClient(packet[2] ?? 0);
      upstream.write(packet);
    });
    packets(upstream, (packet) => {
      if (deafness.hears(packet[2] ?? 0)) client.write(packet);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as net.AddressInfo).port;
}

/** Each socket of the client's has one of its own to the server: to it they are different clients. */
async function relayUdp(host: string, port: number): Promise<number> {
  const flows = new Map<number, (packet: Buffer) => void>();
  const own = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: {
      async data(_, packet, from, address) {
        const known = flows.get(from);
        if (known) return known(packet);
        const waiting: Buffer[] = [packet];
        flows.set(from, (more) => void waiting.push(more));
        const deafness = new Deafness();
        const upstream = await Bun.udpSocket({
          connect: { hostname: host, port },
          socket: {
            data: (_upstream, back) =>
              void (deafness.hears(back[0] ?? 0) && attempt(() => own.send(back, from, address))),
            error: () => undefined,
          },
        });
        const forward = (bytes: Buffer): void => {
          deafness.fromClient(bytes[0] ?? 0);
          attempt(() => upstream.send(bytes));
        };
        flows.set(from, forward);
        for (const bytes of waiting) forward(bytes);
      },
      error: () => undefined,
    },
  });
  return own.port;
}

if (import.meta.main) await peer(process.argv[2] ?? "");
