import { rmSync, statSync } from "node:fs";
import net from "node:net";
import { type Endpoint, formatAddress } from "../protocol/address.ts";
import { connected, listen } from "./listener.ts";
import type { Slot } from "./slot.ts";

/**
 * Serves the interface. As OpenVPN does, a socket at the path is taken over, be it that another daemon has it. Rejects with
 * what is in the way.
 */
export async function serveAt(slot: Slot, address: Endpoint): Promise<net.Server> {
  if (address.kind === "unix" && statSync(address.path, { throwIfNoEntry: false })?.isSocket() === true)
    rmSync(address.path);
  try {
    return await listen(slot, address);
  } catch (error) {
    throw new Error(`Cannot listen on ${formatAddress(address)}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Dials a controller that listens (--management-client). Rejects with what is in the way. */
export async function attach(slot: Slot, address: Endpoint): Promise<void> {
  const socket = net.createConnection(
    address.kind === "tcp" ? { host: address.host, port: address.port } : address,
  );
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", (error) =>
      reject(new Error(`Cannot connect to ${formatAddress(address)}: ${reasonOf(error)}`, { cause: error })),
    );
  });
  connected(slot, socket);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
