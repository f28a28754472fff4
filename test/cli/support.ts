import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type net from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ClientDaemon } from "../../src/simulator/client-daemon.ts";
import type { ClientOptions } from "../../src/simulator/client-options.ts";
import { listen } from "../../src/simulator/listener.ts";
import { Network } from "../../src/simulator/network.ts";
import { systemClock } from "../../src/util/clock.ts";

export const ROOT = resolve(import.meta.dirname, "../..");
const MAIN = join(ROOT, "src/main.ts");
const FLAGS = process.versions["bun"] ? ["--no-install"] : [];

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder that is gone after the test; `state` is a directory in it that no engine has. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "signalbox-cli-"));
  readonly state = join(this.path, "state");

  write(name: string, text: string): string {
    const file = join(this.path, name);
    writeFileSync(file, text);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function start(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  input: string | undefined,
): ChildProcess {
  const child = spawn(process.execPath, [...FLAGS, MAIN, ...argv], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  child.stdin?.end(input);
  return child;
}

/** Runs a verb to its end. */
export async function signalbox(...argv: string[]): Promise<Ended> {
  return new Run(argv).ended;
}

/** A process and what it has said. */
export class Run {
  out = "";
  err = "";
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #heard: () => void = () => undefined;

  /** `input`: what it reads on its standard input. */
  constructor(argv: readonly string[], env: Readonly<Record<string, string>> = {}, input?: string) {
    this.#child = start(argv, env, input);
    const hear = (add: (text: string) => void) => (chunk: unknown) => {
      add(String(chunk));
      this.#heard();
    };
    this.#child.stdout?.on(
      "data",
      hear((text) => (this.out += text)),
    );
    this.#child.stderr?.on(
      "data",
      hear((text) => (this.err += text)),
    );
    this.ended = new Promise((done) =>
      this.#child.on("close", (code) => {
        done({ code, out: this.out, err: this.err });
        this.#heard();
      }),
    );
  }

  /** Until its standard output says so; rejects when it ends without. */
  says(what: string | RegExp): Promise<void> {
    return this.#until(() => (typeof what === "string" ? this.out.includes(what) : what.test(this.out)));
  }

  /** Until its standard error says so. */
  saysOnError(what: string): Promise<void> {
    return this.#until(() => this.err.includes(what));
  }

  async #until(said: () => boolean): Promise<void> {
    for (;;) {
      if (said()) return;
      if (this.#child.exitCode !== null) throw new Error(`It ended: ${this.out}${this.err}`);
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  [Symbol.dispose](): void {
    if (this.#child.exitCode === null) this.#child.kill("SIGKILL");
  }

  /** Asks it to end, and waits. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    this.#child.kill(signal);
    return this.ended;
  }
}

/** A simulated client whose management interface is a unix socket; its servers answer at once. */
export class Openvpn {
  readonly daemon: ClientDaemon;
  readonly address: string;
  readonly #server: net.Server;

  private constructor(daemon: ClientDaemon, server: net.Server, path: string) {
    this.daemon = daemon;
    this.#server = server;
    this.address = `unix:${path}`;
  }

  static async listen(folder: Folder, options: Partial<ClientOptions> = {}): Promise<Openvpn> {
    const network = new Network();
    const remotes = [
      { host: "vpn1.example.net", port: 1194, proto: "udp" },
      { host: "vpn2.example.net", port: 1194, proto: "udp" },
    ];
    for (const { host, port } of remotes) network.set(host, port, "udp", "up");
    const daemon = new ClientDaemon({ clock: systemClock, network, remotes, ...options });
    daemon.start();
    const path = join(folder.path, "mgmt.sock");
    return new Openvpn(daemon, await listen(daemon.slot, { path }), path);
  }

  [Symbol.dispose](): void {
    this.daemon.exit(0);
    this.#server.close();
  }
}
