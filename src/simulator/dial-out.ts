import net from "node:net";
import type { ClientDaemon } from "./client-daemon.ts";
import { connected } from "./listener.ts";

/** OpenVPN tries this long to reach its controller, ms. */
const PATIENCE = 5_000;

/**
 * Connects a daemon that was started with `dialsController` to its controller; resolves when it is connected. When nobody
 * listens the daemon ends, with status 0, and this resolves to undefined.
 */
export async function connectTo(
  daemon: ClientDaemon,
  address: { path: string } | { port: number; host: string },
): Promise<net.Socket | undefined> {
  const socket = net.connect({ ...address, timeout: PATIENCE });
  const reached = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    for (const failure of ["error", "timeout"]) socket.once(failure, () => resolve(false));
  });
  if (!reached) {
    socket.destroy();
    daemon.exit(0);
    return undefined;
  }
  socket.setTimeout(0);
  connected(daemon.slot, socket);
  return socket;
}
