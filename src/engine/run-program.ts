import { spawn } from "node:child_process";
import { Fifo } from "../util/fifo.ts";

/** More than any answer needs; a program that prints on is cut off. */
const MOST_OUTPUT = 64 * 1024;

/** Programs that run at the same time; logins that come by the hundred must not become processes by the hundred. */
const MOST_AT_ONCE = 32;

let running = 0;
const waiting = new Fifo<() => void>();

/**
 * What a program prints on standard output, given `input` on standard input. Never a shell; killed with its group when `signal` aborts.
 * When very many run it waits for its turn.
 */
export async function runProgram(
  argv: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<string> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    if (signal.aborted) throw new Error(`${argv[0] ?? ""} was not run: it was too late`);
    return await run(argv, input, signal);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

function run(argv: readonly string[], input: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const [program = "", ...args] = argv;
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"], detached: true });
    let output = "";
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    signal.addEventListener("abort", end);
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(`Cannot run ${program}: ${error.code ?? "failed"}`)),
    );
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => {
      output += text;
      if (output.length > MOST_OUTPUT) end();
    });
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ended with status ${code ?? "none"}`));
    });
  });
}
