import net from "node:net";
import { StringDecoder } from "node:string_decoder";
import type { Endpoint } from "../protocol/address.ts";

export interface TransportListener {
  connected(): void;
  text(chunk: string): void;
  /** Told once, also when no connection came about; `reason` is undefined for an orderly end. */
  closed(reason: string | undefined): void;
}

export interface Transport {
  /** Writes of one turn of the event loop go out together. */
  write(text: string): void;
  /** What was written goes out first. */
  end(): void;
  destroy(): void;
}

/** Hears every byte of one connection. */
export interface Tap {
  received(bytes: Uint8Array): void;
  sent(text: string): void;
  /** Told once, when the connection ends. */
  closed(by: "daemon" | "controller"): void;
}

export type Dialler = (endpoint: Endpoint, listener: TransportListener) => Transport;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ECONNREFUSED: "connection refused",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOTSOCK: "not a socket",
  ENOTFOUND: "unknown host",
  EAI_AGAIN: "unknown host",
  ETIMEDOUT: "timed out",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ECONNRESET: "connection reset",
  EPIPE: "connection closed",
};

/** Connects to the endpoint. */
export const dial: Dialler = (endpoint, listener) => connectTo(endpoint, listener);

/** Connects to endpoints; each connection is heard by a tap of its own. */
export function tappedDial(tap: () => Tap): Dialler {
  return (endpoint, listener) => connectTo(endpoint, listener, tap);
}

function connectTo(endpoint: Endpoint, listener: TransportListener, tap?: () => Tap): Transport {
  const socket = net.connect(
    endpoint.kind === "unix" ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port },
  );
  socket.on("connect", () => listener.connected());
  return overSocket(socket, listener, tap);
}

/** A socket of the runtime. Nothing here ever pauses it: OpenVPN blocks while we do not read. `tap` is made at the first byte. */
export function overSocket(
  socket: net.Socket,
  listener: Omit<TransportListener, "connected">,
  tap?: () => Tap,
): Transport {
  const utf8 = new StringDecoder("utf8");
  let tapped: Tap | undefined;
  let pending = "";
  let gathering = false;
  let leaving = false;
  let reason: string | undefined;
  socket.on("data", (chunk: Buffer) => {
    if (tap) (tapped ??= tap()).received(chunk);
    const text = utf8.write(chunk);
    if (text !== "") listener.text(text);
  });
  socket.on(
    "error",
    (error: NodeJS.ErrnoException) => (reason = REASONS[error.code ?? ""] ?? error.code ?? "failed"),
  );
  socket.on("close", () => {
    tapped?.closed(leaving ? "controller" : "daemon");
    listener.closed(reason);
  });
  const flush = (): void => {
    gathering = false;
    if (pending !== "" && !socket.destroyed) socket.write(pending);
    pending = "";
  };
  return {
    // The first goes out at once, for somebody waits for it; what follows within the turn goes out together.
    write(text) {
      if (tap) (tapped ??= tap()).sent(text);
      if (gathering) {
        pending += text;
        return;
      }
      gathering = true;
      queueMicrotask(flush);
      if (!socket.destroyed) socket.write(text);
    },
    end() {
      leaving = true;
      flush();
      socket.end();
    },
    destroy() {
      leaving = true;
      socket.destroy();
    },
  };
}
