import { once } from "node:events";
import { linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { type Endpoint, endpointOf, parseAddress } from "../../src/protocol/address.ts";
import { Connection } from "../../src/connection/connection.ts";
import { dial } from "../../src/connection/transport.ts";
import type { Notification } from "../../src/protocol/notification.ts";
import type { Outcome } from "../../src/protocol/command.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import { GREETING } from "./support.ts";

const directory = mkdtempSync(join(tmpdir(), "signalbox-socket-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** What a listener is told, one after the other, for tests that wait for it. */
class Told {
  readonly #told: string[] = [];
  #wake: (() => void) | undefined;

  readonly push = (text: string): void => {
    this.#told.push(text);
    this.#wake?.();
  };

  async next(): Promise<string> {
    while (this.#told.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#told.shift() ?? "";
  }
}

function connect(address: Endpoint): { connection: Connection; told: Told } {
  const told = new Told();
  const connection = new Connection({ address, clock: new VirtualClock(0), random: () => 1 });
  connection.start({
    attached: ({ managementVersion }) => told.push(`attached ${managementVersion}`),
    lost: (reason) => told.push(reason),
    blocked: told.push,
    notification: (notification: Notification) => told.push(JSON.stringify(notification)),
    oddity: (text) => told.push(`oddity: ${text}`),
  });
  return { connection, told };
}

/** Why a connection cannot be made. */
async function trouble(text: string): Promise<string> {
  const { connection, told } = connect(endpointOf(parseAddress(text)));
  const reason = await told.next();
  connection.stop(() => undefined);
  return reason;
}

async function listening(
  options: net.ListenOptions,
): Promise<{ server: net.Server; accepted: Promise<net.Socket> }> {
  const server = net.createServer();
  const accepted = once(server, "connection").then(([socket]) => socket as net.Socket);
  server.listen(options);
  await once(server, "listening");
  return { server, accepted };
}

async function closedPort(): Promise<number> {
  const { server } = await listening({ port: 0, host: "127.0.0.1" });
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function converse(
  options: net.ListenOptions,
  addressOf: (server: net.Server) => Endpoint,
): Promise<void> {
  const { server, accepted } = await listening(options);
  const { connection, told } = connect(addressOf(server));
  const peer = await accepted;
  peer.write(GREETING);
  expect(await told.next()).toBe("attached 5");

  const outcomes = ["pid", "hold"].map(
    (name) => new Promise<Outcome>((resolve) => connection.send({ name, args: [] }, resolve)),
  );
  const [chunk] = (await once(peer, "data")) as [Buffer];
  expect(chunk.toString()).toBe("pid\nhold\n");
  peer.write("SUCCESS: pid=7\r\nERROR: no\r\n");
  expect(await Promise.all(outcomes)).toEqual([
    { ok: true, text: "pid=7", lines: [] },
    { ok: false, error: "refused", text: "no" },
  ]);

  // A character cut in two: the second half is sent when the first was surely read.
  peer.write(Buffer.concat([Buffer.from(">BYTECOUNT:1,2\r\n>ECHO:1,caf"), Buffer.from([0xc3])]));
  expect(await told.next()).toContain("BYTECOUNT");
  peer.write(Buffer.concat([Buffer.from([0xa9]), Buffer.from("\r\n")]));
  expect(await told.next()).toContain('"café"');

  const closed = once(peer, "close");
  await new Promise<void>((done) => connection.stop(done));
  await closed;
  server.close();
  await once(server, "close");
}

test("it talks over a unix socket", async () => {
  const path = join(directory, "mgmt.sock");
  await converse({ path }, () => ({ kind: "unix", path }));
});

test("it talks over TCP", async () => {
  await converse({ port: 0, host: "127.0.0.1" }, (server) => ({
    kind: "tcp",
    host: "127.0.0.1",
    port: (server.address() as net.AddressInfo).port,
  }));
});

test("an end by OpenVPN is told, whether orderly or not", async () => {
  for (const end of ["end", "resetAndDestroy"] as const) {
    const { server, accepted } = await listening({ port: 0, host: "127.0.0.1" });
    const { port } = server.address() as net.AddressInfo;
    const { connection, told } = connect({ kind: "tcp", host: "127.0.0.1", port });
    const peer = await accepted;
    peer.write(GREETING);
    expect(await told.next()).toBe("attached 5");
    peer[end]();
    expect(await told.next()).toBe(end === "end" ? "closed by OpenVPN" : "connection reset");
    connection.stop(() => undefined);
    server.close();
  }
});

test("a path where nothing is says so", async () => {
  const path = join(directory, "none.sock");
  expect(await trouble(path)).toBe(`Cannot connect to unix:${path}: no such file`);
});

test("a socket that nobody listens on any more refuses", async () => {
  const path = join(directory, "stale.sock");
  // The file of a server that was killed stays: a second name for it, as closing takes the first one away.
  const { server } = await listening({ path: join(directory, "live.sock") });
  linkSync(join(directory, "live.sock"), path);
  server.close();
  await once(server, "close");
  expect(await trouble(path)).toBe(`Cannot connect to unix:${path}: connection refused`);
});

test("an ordinary file is no socket to connect to", async () => {
  const path = join(directory, "file");
  writeFileSync(path, "");
  expect(await trouble(path)).toMatch(/^Cannot connect to unix:.*: (connection refused|not a socket)$/);
});

test("a closed port refuses", async () => {
  const port = await closedPort();
  expect(await trouble(`tcp:127.0.0.1:${port}`)).toBe(
    `Cannot connect to tcp:127.0.0.1:${port}: connection refused`,
  );
});

test.each([
  ["EACCES", "permission denied"],
  ["ENOTFOUND", "unknown host"],
  ["ETIMEDOUT", "timed out"],
  ["EHOSTUNREACH", "host unreachable"],
  ["EMFILE", "EMFILE"],
])("%s is told as '%s'", async (code, reason) => {
  const socket = new net.Socket();
  const spy = vi.spyOn(net, "connect").mockReturnValueOnce(socket);
  const told = trouble("/run/ovpn.sock");
  spy.mockRestore();
  socket.destroy(Object.assign(new Error(code), { code }));
  expect(await told).toBe(`Cannot connect to unix:/run/ovpn.sock: ${reason}`);
});

test("writes of one turn go out together, and an end lets them out first", async () => {
  const { server, accepted } = await listening({ port: 0, host: "127.0.0.1" });
  const { port } = server.address() as net.AddressInfo;
  const connected = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<string | undefined>();
  const transport = dial(
    { kind: "tcp", host: "127.0.0.1", port },
    { connected: connected.resolve, text: () => undefined, closed: closed.resolve },
  );
  await connected.promise;
  transport.write("one ");
  transport.write("two");
  transport.end();
  const peer = await accepted;
  let heard = "";
  for await (const chunk of peer) heard += String(chunk);
  expect(heard).toBe("one two");
  peer.end();
  expect(await closed.promise).toBeUndefined();
  server.close();
});
