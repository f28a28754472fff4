import { randomBytes } from "node:crypto";
import dgram from "node:dgram";
import net from "node:net";

/** Opcodes stand in the upper five bits of the first byte, the key id (0) below. */
const HARD_RESET_CLIENT_V2 = 7 << 3;
const HARD_RESET_SERVER_V2 = 8;

/**
 * The first packet of OpenVPN's handshake and its answer: proves that an OpenVPN server listens, not only a socket. A server with
 * tls-auth or tls-crypt is silent to it. Resolves with the ms of the round trip.
 */
export function probeOpenvpn(
  candidate: { readonly host: string; readonly port: number; readonly proto: string },
  signal: AbortSignal,
): Promise<number> {
  const packet = hardReset();
  return candidate.proto === "tcp"
    ? overTcp(candidate.host, candidate.port, packet, signal)
    : overUdp(candidate.host, candidate.port, packet, signal);
}

/** opcode and key id, session id (8), length of the acknowledgements (0), packet id (0) */
function hardReset(): Buffer {
  return Buffer.concat([Buffer.from([HARD_RESET_CLIENT_V2]), randomBytes(8), Buffer.alloc(5)]);
}

function isServerReset(packet: Buffer): boolean {
  return (packet[0] ?? 0) >> 3 === HARD_RESET_SERVER_V2;
}

function overUdp(host: string, port: number, packet: Buffer, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const socket = dgram.createSocket(host.includes(":") ? "udp6" : "udp4");
    let ended = false;
    const end = (settle: () => void): void => {
      if (ended) return;
      ended = true;
      signal.removeEventListener("abort", late);
      socket.close();
      settle();
    };
    const late = (): void => end(() => reject(new Error("no answer in time")));
    signal.addEventListener("abort", late);
    socket.on("message", (answer) => {
      if (isServerReset(answer)) end(() => resolve(performance.now() - started));
    });
    const failed = (error: NodeJS.ErrnoException): void =>
      end(() => reject(new Error(error.code ?? "failed")));
    socket.on("error", failed);
    // Connected, a refusing host is told at once. A name that does not resolve comes here as well, maybe when we have given up.
    socket.connect(port, host, (error?: Error) => {
      if (error) failed(error);
      else if (!ended) socket.send(packet);
    });
  });
}

/** Over TCP each packet has its length, two bytes, in front. */
function overTcp(host: string, port: number, packet: Buffer, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const socket = net.connect({ host, port });
    let received = Buffer.alloc(0);
    const end = (settle: () => void): void => {
      signal.removeEventListener("abort", late);
      socket.destroy();
      settle();
    };
    const late = (): void => end(() => reject(new Error("no answer in time")));
    signal.addEventListener("abort", late);
    socket.once("connect", () =>
      socket.write(Buffer.concat([Buffer.from([packet.length >> 8, packet.length & 255]), packet])),
    );
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 3 && isServerReset(received.subarray(2)))
        end(() => resolve(performance.now() - started));
      else if (received.length > 1500) end(() => reject(new Error("not an OpenVPN server")));
    });
    socket.once("close", () => end(() => reject(new Error("closed without an answer"))));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end(() => reject(new Error(error.code ?? "failed"))),
    );
  });
}
