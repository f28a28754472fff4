import { chmodSync, rmSync } from "node:fs";
import net from "node:net";
import { LineSplitter, whole } from "../protocol/lines.ts";

/** Requests are small; a longer line is no request. */
const LONGEST_REQUEST = 64 * 1024;

/** A client that says nothing is let go, ms. */
const IDLE = 10_000;

/** The kernel's bound on the path of a unix socket, bytes. */
const LONGEST_PATH = 107;

/** What is returned is the answer, also as a promise; what is thrown is told as an error. */
export type Handlers = Readonly<Record<string, (request: unknown) => unknown>>;

/** Answers the verbs that speak to a running engine: one JSON object a line each way, on a socket for its owner alone. */
export async function serveControl(
  path: string,
  handlers: Handlers,
  mask: (reply: unknown) => unknown = (reply) => reply,
): Promise<{ close(): void }> {
  if (new TextEncoder().encode(path).length > LONGEST_PATH)
    throw new Error(
      `Cannot listen on ${path}: the path of a unix socket has at most ${LONGEST_PATH} bytes; choose a shorter --state`,
    );
  // We hold the lock of the directory: whatever lies here was left behind.
  rmSync(path, { force: true });
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    serve(socket, handlers, mask);
  });
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } catch (error) {
    throw new Error(`Cannot listen on ${path}: ${(error as NodeJS.ErrnoException).code ?? "failed"}`, {
      cause: error,
    });
  } finally {
    process.umask(umask);
  }
  chmodSync(path, 0o600);
  return {
    close() {
      server.close();
      for (const socket of open) socket.destroy();
      rmSync(path, { force: true });
    },
  };
}

function serve(socket: net.Socket, handlers: Handlers, mask: (reply: unknown) => unknown): void {
  socket.setEncoding("utf8");
  socket.setTimeout(IDLE, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  // Answers go out in the order of their requests.
  let last = Promise.resolve();
  const reply = async (line: string, before: Promise<void>): Promise<void> => {
    // OpenVPN may take its time.
    socket.setTimeout(0);
    const given = await answer(line, handlers);
    await before;
    if (socket.destroyed) return;
    socket.write(`${JSON.stringify(mask(given))}\n`);
    socket.setTimeout(IDLE);
  };
  const splitter = new LineSplitter(
    whole((line) => void (last = reply(line, last))),
    () => socket.destroy(),
  );
  let size = 0;
  socket.on("data", (chunk) => {
    size = String(chunk).includes("\n") ? 0 : size + chunk.length;
    if (size > LONGEST_REQUEST) socket.destroy();
    else splitter.push(String(chunk));
  });
}

async function answer(line: string, handlers: Handlers): Promise<unknown> {
  try {
    const request = JSON.parse(line) as { verb?: unknown };
    const verb = String(request.verb);
    const handler = Object.hasOwn(handlers, verb) ? handlers[verb] : undefined;
    return handler ? { result: await handler(request) } : { error: `Unknown request '${verb}'` };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
