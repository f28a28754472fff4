import { once } from "node:events";
import { existsSync, linkSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { Connection } from "../../src/connection/connection.ts";
import { listen, ListenError, type Listening } from "../../src/connection/listen.ts";
import { type Endpoint, endpointOf } from "../../src/protocol/address.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import { GREETING } from "./support.ts";

const directory = mkdtempSync(join(tmpdir(), "signalbox-listen-"));
afterAll(() => rmSync(directory, { recursive: true }));

const open: { close(): unknown }[] = [];
afterEach(() => open.splice(0).forEach((server) => server.close()));

async function listening(at: Endpoint): Promise<Listening> {
  const bound = await listen(at);
  open.push(bound);
  return bound;
}

const unix = (name: string): Endpoint & { kind: "unix" } => ({ kind: "unix", path: join(directory, name) });

/** The line that says why an address cannot be listened on. */
async function trouble(at: Endpoint): Promise<string> {
  const error: unknown = await listening(at).catch((thrown: unknown) => thrown);
  if (!(error instanceof ListenError)) throw new Error(`It listens, or: ${String(error)}`);
  return error.message;
}

/** As OpenVPN does it. */
async function dial({ address }: Listening): Promise<net.Socket> {
  const at = endpointOf(address);
  const socket = net.connect(at.kind === "unix" ? { path: at.path } : { host: at.host, port: at.port });
  socket.setEncoding("utf8").on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

function connect(bound: Listening): { connection: Connection; next: () => Promise<string> } {
  const told: string[] = [];
  let wake: (() => void) | undefined;
  const push = (text: string): void => {
    told.push(text);
    wake?.();
  };
  const connection = new Connection({ listening: bound, clock: new VirtualClock(0), random: () => 1 });
  connection.start({
    attached: ({ managementVersion }) => push(`attached ${managementVersion}`),
    lost: push,
    blocked: push,
    notification: ({ type }) => push(type),
    oddity: push,
  });
  const next = async (): Promise<string> => {
    while (told.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return told.shift() ?? "";
  };
  return { connection, next };
}

test.each([
  ["a unix socket", unix("talk.sock")],
  ["TCP", { kind: "tcp", host: "127.0.0.1", port: 0 }],
  ["TCP over IPv6", { kind: "tcp", host: "::1", port: 0 }],
] as [string, Endpoint][])("OpenVPN dials over %s, leaves, and dials again", async (_, at) => {
  const bound = await listening(at);
  const { connection, next } = connect(bound);
  for (let i = 0; i < 3; i++) {
    const peer = await dial(bound);
    peer.write(GREETING);
    expect(await next()).toBe("attached 5");
    connection.send({ name: "pid", args: [] }, () => undefined);
    expect(await once(peer, "data")).toEqual(["pid\n"]);
    peer.destroy();
    expect(await next()).toMatch(/^(closed by OpenVPN|connection reset)$/);
  }
  const last = await dial(bound);
  last.write(GREETING);
  expect(await next()).toBe("attached 5");
  const second = await dial(bound);
  const heard = once(second, "close");
  const [asked] = (await once(last, "data")) as [string];
  expect(asked).toBe("pid\n");
  last.write("SUCCESS: pid=7\r\n");
  await heard;
  connection.send({ name: "hold", args: ["release"] }, () => undefined);
  const [rest] = (await Promise.all([
    once(last, "data"),
    new Promise<void>((done) => connection.stop(done)),
  ])) as [[string], void];
  expect(rest).toEqual(["hold release\n"]);
  await expect(dial(bound)).rejects.toThrow(/ECONNREFUSED|ENOENT/);
});

test("the file of a unix socket is for our user alone, from its beginning to its end", async () => {
  const at = unix("mode.sock");
  const before = process.umask();
  const bound = await listening(at);
  expect(process.umask()).toBe(before);
  expect(statSync(at.path).mode & 0o777).toBe(0o600);
  bound.close();
  expect(existsSync(at.path)).toBe(false);
});

test("a path of the greatest length serves", async () => {
  const at = unix("x".repeat(107 - directory.length - 1));
  expect(Buffer.byteLength(at.path)).toBe(107);
  (await dial(await listening(at))).destroy();
});

test("the socket of an engine that was killed is replaced", async () => {
  const at = unix("stale.sock");
  const first = await listening(unix("first.sock"));
  linkSync(join(directory, "first.sock"), at.path);
  first.close();
  (await dial(await listening(at))).destroy();
});

test("a socket on which somebody listens is not taken from them", async () => {
  const at = unix("live.sock");
  const bound = await listening(at);
  const { next } = connect(bound);
  expect(await trouble(at)).toBe(`Cannot listen on unix:${at.path}: it is in use`);
  (await dial(bound)).write(GREETING);
  while ((await next()) !== "attached 5");
});

test("what is no socket stays", async () => {
  const at = unix("file");
  writeFileSync(at.path, "precious");
  expect(await trouble(at)).toBe(`Cannot listen on unix:${at.path}: a file that is no socket is there`);
  expect(statSync(at.path).size).toBe(8);
  symlinkSync("/nowhere/at/all", unix("link").path);
  expect(await trouble(unix("link"))).toBe(`Cannot listen on unix:${unix("link").path}: it is in use`);
});

test("a directory that is missing, or is none, is called so", async () => {
  expect(await trouble(unix("none/x.sock"))).toBe(
    `Cannot listen on unix:${directory}/none/x.sock: no such directory`,
  );
  writeFileSync(join(directory, "plain"), "");
  expect(await trouble(unix("plain/x.sock"))).toBe(
    `Cannot listen on unix:${directory}/plain/x.sock: no such directory`,
  );
});

test("a port in use, an address of another machine", async () => {
  const bound = await listening({ kind: "tcp", host: "127.0.0.1", port: 0 });
  const { port } =
    bound.address.kind === "listen" && bound.address.at.kind === "tcp" ? bound.address.at : { port: 0 };
  expect(await trouble({ kind: "tcp", host: "127.0.0.1", port })).toBe(
    `Cannot listen on tcp:127.0.0.1:${port}: it is in use`,
  );
  expect(await trouble({ kind: "tcp", host: "192.0.2.1", port })).toBe(
    `Cannot listen on tcp:192.0.2.1:${port}: no such address on this machine`,
  );
});
