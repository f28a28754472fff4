import { spawn } from "node:child_process";

/** A program that ends with status 0 when the candidate is well. No shell; killed with its group at the deadline. */
export function probeExec(
  argv: readonly string[],
  candidate: { readonly host: string; readonly port: number; readonly proto: string },
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const [program = "", ...args] = argv;
    const child = spawn(program, args, {
      stdio: "ignore",
      detached: true,
      env: {
        ...process.env,
        SIGNALBOX_HOST: candidate.host,
        SIGNALBOX_PORT: String(candidate.port),
        SIGNALBOX_PROTO: candidate.proto,
      },
    });
    const late = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
      reject(new Error("not ended in time"));
    };
    signal.addEventListener("abort", late);
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(`cannot run ${program}: ${error.code ?? ""}`)),
    );
    child.once("close", (code) => {
      signal.removeEventListener("abort", late);
      if (code === 0) resolve(performance.now() - started);
      else reject(new Error(`status ${code ?? "none"}`));
    });
  });
}
