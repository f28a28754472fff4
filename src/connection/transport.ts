import net from "node:net";
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
export const dial: Dialler = (endpoint, listener) => {
  const socket = net.connect(
    endpoint.kind === "unix" ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port },
  );
  socket.on("connect", () => listener.connected());
  return overSocket(socket, listener);
};

/** A socket of the runtime. Nothing here ever pauses it: OpenVPN blocks while we do not read. */
export function overSocket(socket: net.Socket, listener: Omit<TransportListener, "connected">): Transport {
  let pending = "";
  let gathering = false;
  let reason: string | undefined;
  socket.setEncoding("utf8");
  socket.on("data", (chunk) => listener.text(String(chunk)));
  socket.on(
    "error",
    (error: NodeJS.ErrnoException) => (reason = REASONS[error.code ?? ""] ?? error.code ?? "failed"),
  );
  socket.on("close", () => listener.closed(reason));
  const flush = (): void => {
    gathering = false;
    if (pending !== "" && !socket.destroyed) socket.write(pending);
    pending = "";
  };
  return {
    // The first goes out at once, for somebody waits for it; what follows within the turn goes out together.
    write(text) {
      if (gathering) {
        pending += text;
        return;
      }
      gathering = true;
      queueMicrotask(flush);
      if (!socket.destroyed) socket.write(text);
    },
    end() {
      flush();
      socket.end();
    },
    destroy: () => void socket.destroy(),
  };
}
