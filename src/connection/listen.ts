import { lookup } from "node:dns/promises";
import { rmSync, statSync } from "node:fs";
import net from "node:net";
import { dirname } from "node:path";
import { type Address, type Endpoint, formatAddress } from "../protocol/address.ts";
import { Callers } from "./callers.ts";
import { overSocket, type Tap } from "./transport.ts";

/** An address of ours that OpenVPN dials (`--management-client`). */
export interface Listening {
  /** With the port that was bound. */
  readonly address: Address;
  readonly callers: Callers;
  /** Takes no more calls, turns away who waits, and removes the file of a unix socket; who is served is left alone. */
  close(): void;
}

/** An address cannot be listened on. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is in use",
  EADDRNOTAVAIL: "no such address on this machine",
  ENOENT: "no such directory",
  ENOTDIR: "no such directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOTSOCK: "a file that is no socket is there",
  ENOTFOUND: "unknown host",
  EAI_AGAIN: "unknown host",
};

/** Binds the address, all of its addresses where a host has several; each caller is heard by a tap of its own. Throws ListenError. */
export async function listen(at: Endpoint, tap?: () => Tap): Promise<Listening> {
  const callers = new Callers();
  const servers: net.Server[] = [];
  const called = (socket: net.Socket): void =>
    callers.arrived((listener) => overSocket(socket, listener, tap));
  try {
    if (at.kind === "unix") servers.push(await bindFile(at.path, called));
    else servers.push(...(await bindHost(at.host, at.port, called)));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
    throw new ListenError(
      `Cannot listen on ${formatAddress(at)}: ${REASONS[code] ?? (code || "it cannot be bound")}`,
      { cause: error },
    );
  }
  const bound = servers[0]?.address();
  const address: Endpoint =
    at.kind === "tcp" && bound && typeof bound === "object" ? { ...at, port: bound.port } : at;
  return {
    address: { kind: "listen", at: address },
    callers,
    close() {
      // First, while it is surely ours.
      if (at.kind === "unix") rmSync(at.path, { force: true });
      for (const server of servers) server.close();
      callers.refuse();
    },
  };
}

/** A name may have addresses of a family that this machine lacks: one that can be bound is enough, one in use is not passed over. */
async function bindHost(
  host: string,
  port: number,
  called: (socket: net.Socket) => void,
): Promise<net.Server[]> {
  const found = await lookup(host, { all: true });
  const addresses = [...new Set(found.map(({ address }) => address))];
  const bound = await Promise.allSettled(addresses.map((address) => bind({ host: address, port }, called)));
  const servers = bound.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const errors = bound.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  const taken = errors.find((error) => (error as NodeJS.ErrnoException).code === "EADDRINUSE");
  if (servers.length > 0 && !taken) return servers;
  for (const server of servers) server.close();
  throw taken ?? errors[0];
}

async function bind(options: net.ListenOptions, called: (socket: net.Socket) => void): Promise<net.Server> {
  const server = net.createServer(called);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // The file of a unix socket appears within the call. Whoever may connect passes for OpenVPN and is sent the management
    // password: it is for our user and root.
    const umask = process.umask(0o177);
    try {
      server.listen(options, resolve);
    } finally {
      process.umask(umask);
    }
  });
  // An accept that fails (no file descriptor left) is tried again with the next caller.
  server.removeAllListeners("error").on("error", () => undefined);
  return server;
}

async function bindFile(path: string, called: (socket: net.Socket) => void): Promise<net.Server> {
  // Node calls a directory that is missing "permission denied".
  statSync(dirname(path));
  const file = statSync(path, { throwIfNoEntry: false });
  if (file && !file.isSocket()) throw Object.assign(new Error(path), { code: "ENOTSOCK" });
  if (file && (await isLeftBehind(path))) rmSync(path, { force: true });
  return bind({ path }, called);
}

/** A socket on which nobody listens: whoever made it was killed. */
function isLeftBehind(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ path });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
  });
}
