import { type ChildProcess, spawn } from "node:child_process";
import dgram from "node:dgram";
import { appendFileSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issue, type KeyKind, makePki, type Pki } from "./pki.ts";

/** Where the engine under test comes from: the compiled binary, or the sources on Bun. */
const ENGINE = process.env["SIGNALBOX"]
  ? [process.env["SIGNALBOX"]]
  : [process.env["BUN"] ?? "bun", "--no-install", join(import.meta.dirname, "../../src/main.ts")];

const UP = /Initialization Sequence Completed/;
/** For clients that need no packets. */
const NO_TUNNEL = [
  ...["--dev", "null"],
  ...["ifconfig", "route", "topology"].flatMap((word) => ["--pull-filter", "ignore", word]),
];

/** Made once a run, by the global set-up; runs side by side have one each. */
export const PKI = process.env["LAB_PKI"] ?? join(tmpdir(), "signalbox-lab-pki");

/** Real OpenVPN servers and clients on loopback, inside the namespaces that test/e2e/run makes. Everything ends with `close`. */
export class Lab {
  readonly directory = mkdtempSync(join(tmpdir(), "lab-"));
  readonly #pki: Pki;
  readonly #processes = new Set<Process>();
  readonly #certificates = new Map<string, Pki["client"]>();
  readonly #sockets = new Set<{ close(): unknown }>();

  private constructor(pki: Pki) {
    this.#pki = pki;
  }

  static create(): Lab {
    if (process.env["LAB"] !== "1") throw new Error("The lab runs inside test/e2e/run");
    return new Lab(makePki(PKI));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** A server that is ready when this resolves. */
  async server(options: {
    port: number;
    proto: "udp" | "tcp";
    address?: string;
    extra?: string[];
    /** The path of its management socket. */
    management?: string;
    /** What it says when it is ready; a server that holds says something else. */
    ready?: RegExp;
  }): Promise<Process> {
    const { port, proto, address = "127.0.0.1", extra = [], management, ready = UP } = options;
    const six = address.includes(":") ? "6" : "";
    // Labs run side by side in one namespace: device and network go by the port.
    const network = `10.${port >> 8}.${port & 255}.0`;
    const server = this.start(`server-${port}`, "openvpn", [
      ...[
        "--mode",
        "server",
        "--tls-server",
        "--dev",
        `tun${port}`,
        "--dev-type",
        "tun",
        "--topology",
        "subnet",
      ],
      ...["--server", network, "255.255.255.0", "--dh", "none", "--keepalive", "1", "4"],
      ...[
        "--proto",
        proto === "tcp" ? `tcp${six}-server` : `udp${six}`,
        "--local",
        address,
        "--port",
        String(port),
      ],
      ...["--ca", this.#pki.ca, "--cert", this.#pki.server.cert, "--key", this.#pki.server.key],
      ...["--duplicate-cn", "--verb", "3", ...extra],
      ...(management === undefined ? [] : ["--management", management, "unix"]),
    ]);
    await server.says(ready);
    return server;
  }

  /** A client's certificate and key of this kind, for `signalbox` to give. */
  newClient(kind: KeyKind): Pki["client"] {
    return issue(PKI, this.directory, kind, "clientAuth", kind);
  }

  /** A client that holds and asks for its remotes; each remote as OpenVPN takes it: `127.0.0.1 1194 udp`. */
  client(options: {
    remotes: readonly string[];
    extra?: readonly string[];
    asks?: boolean;
    management?: string;
    /** It dials its controller; as --management takes it. */
    dials?: readonly string[];
    /** The common name of its certificate. */
    name?: string;
    /** Who it is, instead of --cert and --key. */
    identity?: readonly string[];
    env?: Readonly<Record<string, string>>;
    /** It has a device and an address in the tunnel. */
    tun?: boolean;
    /** A command that runs it. */
    before?: readonly string[];
  }): Client {
    const {
      remotes,
      extra = [],
      asks = true,
      management = this.path(`management-${this.#processes.size}.sock`),
      dials,
      name,
      identity = this.#identity(name),
      env = {},
      tun = false,
      before = [],
    } = options;
    const args = [
      ...["--client", "--nobind", "--connect-timeout", "3", "--verb", "3"],
      ...(tun ? ["--dev", "tun"] : NO_TUNNEL),
      ...["--ca", this.#pki.ca, ...identity],
      ...["--remote-cert-tls", "server", "--management"],
      ...(dials ? [...dials, "--management-client"] : [management, "unix"]),
      ...(asks ? ["--management-query-remote", "--management-hold"] : []),
      ...remotes.flatMap((remote) => ["--remote", ...remote.split(" ")]),
      ...extra,
    ];
    const [program, ...first] = [...before, "openvpn"];
    return Object.assign(this.start(name ?? "client", program, [...first, ...args], env), { management });
  }

  #identity(name: string | undefined): string[] {
    const { cert, key } = this.#certificate(name);
    return ["--cert", cert, "--key", key];
  }

  /** One for each name. */
  #certificate(name: string | undefined): Pki["client"] {
    if (name === undefined) return this.#pki.client;
    let made = this.#certificates.get(name);
    if (!made) this.#certificates.set(name, (made = issue(PKI, this.directory, name, "clientAuth")));
    return made;
  }

  /** `signalbox run`; the journal as JSON. */
  engine(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    before: readonly string[] = [],
  ): Engine {
    return new Engine(
      this.run("engine", ["run", "--state", this.path("state"), "--log", "json", ...args], env, before),
    );
  }

  /** Any verb of signalbox. `before`: a command that runs it. */
  run(
    name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    before: readonly string[] = [],
  ): Process {
    const [program = "", ...first] = [...before, ...ENGINE];
    return this.start(name, program, [...first, ...args], env);
  }

  /** A verb that must end well; resolves with its output. */
  async verb(...args: string[]): Promise<string> {
    const process = this.run(args[0] ?? "", args);
    const code = await process.ended;
    if (code !== 0) throw new Error(`signalbox ${args.join(" ")} ended with ${code}: ${process.output}`);
    return process.output;
  }

  /** Accepts connections and says nothing. */
  async silentTcp(port: number): Promise<void> {
    const open: net.Socket[] = [];
    const server = net.createServer((socket) => void open.push(socket.on("error", () => undefined)));
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    this.#sockets.add({ close: () => [server.close(), ...open.map((socket) => socket.destroy())] });
  }

  /** Takes datagrams and answers none. */
  async blackHole(port: number): Promise<void> {
    const socket = dgram.createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(port, "127.0.0.1", resolve));
    this.#sockets.add(socket);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await Promise.all([...this.#processes].map((process) => process.stop("SIGKILL")));
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Any program, which ends with the lab. */
  start(
    name: string,
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Process {
    const log = this.path(`${name}-${this.#processes.size}.log`);
    const process = new Process(name, program, args, log, env);
    this.#processes.add(process);
    return process;
  }
}

export type Client = Process & { readonly management: string };

/** A child process with its output in a file. */
export class Process {
  readonly name: string;
  readonly log: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  code: number | null | undefined;

  constructor(
    name: string,
    program: string,
    args: readonly string[],
    log: string,
    env: Readonly<Record<string, string>>,
  ) {
    this.name = name;
    this.log = log;
    const out = openSync(log, "a");
    this.child = spawn(program, [...args], { stdio: ["ignore", out, out], env: { ...process.env, ...env } });
    this.ended = new Promise((resolve) => {
      this.child.on("exit", (code) => resolve((this.code = code)));
      this.child.on("error", (error) => {
        appendFileSync(log, `${error.message}\n`);
        resolve((this.code = -1));
      });
    });
  }

  get output(): string {
    return readFileSync(this.log, "utf8");
  }

  /** Resolves when its output holds the pattern, `times` times; rejects with the end of the output at the deadline. */
  async says(
    pattern: RegExp,
    { within = 20_000, times = 1 }: { within?: number; times?: number } = {},
  ): Promise<string> {
    const all = new RegExp(pattern.source, `${pattern.flags.replace("g", "")}g`);
    const look = (): string | undefined => {
      const found = this.output.match(all)?.[times - 1];
      if (found === undefined && this.code !== undefined)
        throw new Error(`${this.name} ended with ${this.code}:\n${this.output.slice(-2000)}`);
      return found;
    };
    return until(`${this.name} to say ${pattern}`, within, look, () => this.output);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    if (this.code === undefined) this.child.kill(signal);
    return this.ended;
  }
}

export interface Line {
  readonly at: string;
  readonly kind: string;
  readonly daemon?: string;
  readonly event?: { readonly type: string; readonly [field: string]: unknown };
  readonly [key: string]: unknown;
}

/** A running engine, by its journal. */
export class Engine {
  readonly process: Process;

  constructor(process: Process) {
    this.process = process;
  }

  journal(): Line[] {
    return this.process.output
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as Line);
  }

  /** The events of a type so far. */
  events(type: string, fields: Readonly<Record<string, unknown>> = {}): Line[] {
    return this.journal().filter(
      ({ event }) =>
        event?.type === type && Object.entries(fields).every(([key, value]) => event[key] === value),
    );
  }

  /** The commands sent so far. */
  commands(pattern = /./): string[] {
    return this.journal().flatMap((line) =>
      line.kind === "command" && pattern.test(String(line["command"])) ? [String(line["command"])] : [],
    );
  }

  /** Resolves with the journal line of the n-th event of this type and these fields. */
  async sees(
    type: string,
    fields: Readonly<Record<string, unknown>> = {},
    { within = 30_000, times = 1 }: { within?: number; times?: number } = {},
  ): Promise<Line> {
    const what = `${type} ${JSON.stringify(fields)}`;
    return until(
      what,
      within,
      () => this.events(type, fields)[times - 1],
      () => this.process.output,
    );
  }

  connected(port: number, options: { within?: number; times?: number } = {}): Promise<Line> {
    return this.sees("STATE", { name: "CONNECTED", remote_port: port }, options);
  }
}

/** Looks until there is something; rejects at the deadline with what was seen last. */
export async function until<T>(
  what: string,
  within: number,
  look: () => T | undefined,
  seen: () => string = () => "",
): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > deadline)
      throw new Error(`Waited ${within} ms for ${what}; last seen:\n${seen().slice(-3000)}`);
    await pause(20);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** ms between two lines of a journal. */
export function between(first: Line, second: Line): number {
  return Date.parse(second.at) - Date.parse(first.at);
}
