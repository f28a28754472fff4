import net from "node:net";
import type { Slot } from "./slot.ts";

/** Serves a simulated daemon's management interface on a unix socket or a TCP port; resolves when it listens. */
export async function listen(
  slot: Slot,
  address: { path: string } | { port: number; host: string },
): Promise<net.Server> {
  const server = net.createServer((socket) => connected(slot, socket));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(address, resolve));
  return server;
}

/** A controller at the other end of the socket. */
export function connected(slot: Slot, socket: net.Socket): void {
  socket.setEncoding("latin1");
  socket.on("error", () => undefined);
  const wire = slot.accept({
    text: (bytes) => void socket.write(bytes, "latin1"),
    closed: () => socket.end(),
    full: () => socket.writableNeedDrain,
  });
  socket.on("data", (chunk) => wire.write(String(chunk)));
  socket.on("drain", () => wire.drained());
  socket.on("close", () => wire.close());
}
