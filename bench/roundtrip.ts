import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { percentile } from "./measure.ts";
import { table, verdict } from "./report.ts";

const WANTED = 3;
const ROUNDS = 2_000;
const WARM_UP = 300;

const RULEBOOK = `version: 1
remotes:
  all:
    candidates:
      - { host: vpn1.example.net, port: 1194, proto: udp }
      - { host: vpn2.example.net, port: 1194, proto: udp }
rules:
  - id: failover
    on: REMOTE
    answer: { from: all }
`;

interface Times {
  readonly engine: readonly number[];
  readonly echo: readonly number[];
}

function run(file: string, args: readonly string[], stdout: "pipe" | "ignore"): ChildProcess {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const runtime = process.versions["bun"] === undefined ? [] : ["--no-install"];
  return spawn(process.execPath, [...process.execArgv, ...runtime, script, ...args], {
    stdio: ["ignore", stdout, "inherit"],
  });
}

/** The daemon listens first; then its two peers are started, and its times awaited. */
async function measure(directory: string): Promise<Times> {
  const management = join(directory, "management.sock");
  const echo = join(directory, "echo.sock");
  const rulebook = join(directory, "rulebook.yaml");
  writeFileSync(rulebook, RULEBOOK);
  const daemon = run("./fake-daemon.ts", [management, echo, String(ROUNDS), String(WARM_UP)], "pipe");
  const peers: ChildProcess[] = [];
  let listening = 0;
  try {
    if (!daemon.stdout) throw new Error("The fake daemon has no output");
    for await (const line of createInterface({ input: daemon.stdout })) {
      if (line.startsWith("times ")) return JSON.parse(line.slice("times ".length)) as Times;
      if (!line.startsWith("listening ") || ++listening < 2) continue;
      const state = join(directory, "state");
      peers.push(
        run(
          "../src/main.ts",
          ["run", rulebook, "--management", `unix:${management}`, "--state", state],
          "ignore",
        ),
        run("./echo-peer.ts", [echo], "ignore"),
      );
      // Without its peers the daemon would wait for ever; its output ends with it.
      for (const peer of peers) peer.once("exit", () => daemon.kill());
    }
    throw new Error("The engine, the echo or the fake daemon ended too early");
  } finally {
    daemon.kill();
    const running = peers.filter((peer) => peer.exitCode === null && peer.signalCode === null);
    const ended = running.map((peer) => new Promise((done) => peer.once("exit", done)));
    for (const peer of running) peer.kill();
    await Promise.all(ended);
  }
}

const directory = mkdtempSync(join(tmpdir(), "signalbox-roundtrip-"));
try {
  const { engine, echo } = await measure(directory);
  const row = (name: string, times: readonly number[]): string[] => [
    name,
    ...[50, 90, 99].map((percent) => `${percentile(times, percent).toFixed(0)} µs`),
    String(times.length),
  ];
  console.log("from a REMOTE question on a unix socket to the command that answers it");
  console.log(
    table(["", "p50", "p90", "p99", "rounds"], [row("signalbox run", engine), row("echo process", echo)]),
  );
  verdict(percentile(engine, 50) / percentile(echo, 50), WANTED, "at-most");
} finally {
  rmSync(directory, { recursive: true, force: true });
}
