import net from "node:net";
import { join } from "node:path";

/** No engine answers; exit code 3. */
export class NoEngineError extends Error {
  override readonly name = "NoEngineError";
}

const DEADLINE = 5_000;

/** Asks the engine of a state directory; rejects with NoEngineError, or with the engine's own refusal. `patience`: ms beyond the usual. */
export function callEngine(
  directory: string,
  request: Readonly<Record<string, unknown>>,
  patience = 0,
): Promise<unknown> {
  const path = join(directory, "control.sock");
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path });
    let text = "";
    const timer = setTimeout(() => fail("no answer"), DEADLINE + patience);
    const fail = (reason: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new NoEngineError(`No engine runs on the state directory ${directory}: ${reason}`));
    };
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      fail(
        error.code === "ENOENT"
          ? "no control socket"
          : error.code === "EACCES"
            ? "permission denied"
            : "connection refused",
      ),
    );
    socket.on("close", () => fail("connection closed"));
    socket.on("data", (chunk) => {
      text += String(chunk);
      const end = text.indexOf("\n");
      if (end < 0) return;
      clearTimeout(timer);
      socket.removeAllListeners("close");
      socket.destroy();
      const reply = JSON.parse(text.slice(0, end)) as { result?: unknown; error?: string };
      if (reply.error === undefined) resolve(reply.result);
      else reject(new Error(reply.error));
    });
  });
}

/** Runs a request for a verb: prints what `show` makes of the result, or why there is none. */
export async function request(
  directory: string,
  body: Readonly<Record<string, unknown>>,
  show: (result: unknown) => string,
): Promise<number> {
  try {
    const result = await callEngine(directory, body);
    process.stdout.write(`${show(result)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof NoEngineError ? 3 : 1;
  }
}
