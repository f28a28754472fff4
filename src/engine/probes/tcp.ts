import net from "node:net";

/** Resolves with the ms until a TCP connection was open; rejects when it is refused or `signal` ends it. */
export function probeTcp(host: string, port: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const socket = net.connect({ host, port });
    const end = (settle: () => void): void => {
      signal.removeEventListener("abort", late);
      socket.destroy();
      settle();
    };
    const late = (): void => end(() => reject(new Error("no connection in time")));
    signal.addEventListener("abort", late);
    socket.once("connect", () => end(() => resolve(performance.now() - started)));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end(() => reject(new Error(error.code ?? "failed"))),
    );
  });
}
