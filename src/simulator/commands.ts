import type { Cursor } from "./cursor.ts";
import type { History } from "./history.ts";
import { lex } from "./lexer.ts";
import { type SignalName, SIGNALS } from "./signals.ts";
import type { Slot } from "./slot.ts";
import type { Traffic } from "./traffic.ts";

/** What commands look at and change: a client. */
export interface Commanded {
  readonly pid: number;
  readonly seconds: number;
  readonly slot: Pick<Slot, "say" | "dismiss">;
  readonly state: History;
  readonly log: History;
  readonly echo: History;
  readonly cursor: Pick<Cursor, "entries">;
  readonly traffic: Traffic;
  readonly flags: { hold: boolean };
  verb: number;
  mute: number;
  authRetry: string;
  /** Nothing is set up (again) yet. */
  readonly fresh: boolean;
  readonly held: boolean;
  readonly asking: boolean;
  readonly question: string | undefined;
  release(): void;
  accept(target?: { host: string; port: number }): void;
  skip(count: number): void;
  signal(name: SignalName): void;
}

type Handler = (daemon: Commanded, args: readonly string[]) => readonly string[];

interface Spec {
  /** Arguments it cannot do without. */
  readonly needs?: number;
  /** Refused until the first hold is over; `never` for what only a server has. */
  readonly from?: "first-release" | "never";
  readonly run: Handler;
}

const VERSION =
  "OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)] [LZO] [LZ4] [EPOLL] [PKCS11] [MH/PKTINFO] [AEAD] [DCO]";
/** The longest host that `remote MOD` takes. */
const LONGEST_HOST = 79;
const LONGEST_PORT = 19;
/** A level above this is refused. */
const LOUDEST = 15;

const never: Spec = { from: "never", run: () => [] };

const COMMANDS: Readonly<Record<string, Spec>> = {
  "auth-retry": { run: authRetry },
  bytecount: {
    needs: 1,
    run: (daemon, [interval]) => {
      daemon.traffic.tellEvery(integer(interval));
      return ["SUCCESS: bytecount interval changed"];
    },
  },
  "client-auth": never,
  "client-auth-nt": never,
  "client-deny": never,
  "client-kill": never,
  "client-pending-auth": never,
  echo: { needs: 1, run: (daemon, args) => daemon.echo.command("echo", args) },
  "env-filter": { run: (_, [level]) => [`SUCCESS: env_filter_level=${integer(level)}`] },
  exit: { run: leave },
  "forget-passwords": { run: () => ["SUCCESS: Passwords were forgotten"] },
  help: { run: () => [`Management Interface for ${VERSION}`, "Commands:", ...Object.keys(COMMANDS), "END"] },
  hold: { run: hold },
  kill: { ...never, needs: 1 },
  "load-stats": {
    run: ({ traffic }) => [`SUCCESS: nclients=0,bytesin=${traffic.in},bytesout=${traffic.out}`],
  },
  log: { needs: 1, run: (daemon, args) => daemon.log.command("log", args) },
  mute: {
    run: (daemon, [level]) => {
      if (level === undefined) return [`SUCCESS: mute=${daemon.mute}`];
      if (integer(level) < 0) return ["ERROR: mute level is out of range"];
      daemon.mute = integer(level);
      return ["SUCCESS: mute level changed"];
    },
  },
  nclients: never,
  pid: { run: ({ pid }) => [`SUCCESS: pid=${pid}`] },
  quit: { run: leave },
  remote: { needs: 1, from: "first-release", run: remote },
  "remote-entry-count": {
    from: "first-release",
    run: ({ cursor }) => [String(cursor.entries.length), "END"],
  },
  "remote-entry-get": { needs: 1, from: "first-release", run: entries },
  signal: { needs: 1, run: signal },
  state: { run: (daemon, args) => daemon.state.command("state", args.length === 0 ? ["1"] : args) },
  status: { from: "first-release", run: status },
  verb: { run: verb },
  version: {
    run: (_, [number]) =>
      number === undefined ? [`OpenVPN Version: ${VERSION}`, "Management Version: 5", "END"] : [],
  },
};

/** What OpenVPN answers to a line; nothing to an empty line or a comment. */
export function commandReplies(daemon: Commanded, line: string): readonly string[] {
  const lexed = lex(line);
  // Said before the line is logged.
  if ("error" in lexed) daemon.slot.say(`ERROR: ${lexed.error}`);
  const [name, ...args] = "error" in lexed ? [] : lexed.words;
  if (line !== "load-stats") daemon.log.add(`${daemon.seconds},D,MANAGEMENT: CMD '${logged(line)}'`);
  if (name === undefined) return [];
  const spec = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!spec) return ["ERROR: unknown command, enter 'help' for more options"];
  const { needs = 0 } = spec;
  if (args.length < needs) {
    const atLeast = name === "kill" || name === "bytecount" || name === "signal" ? "" : "at least ";
    return [`ERROR: the '${name}' command requires ${atLeast}${needs} parameter${needs > 1 ? "s" : ""}`];
  }
  if (spec.from === "never" || (spec.from === "first-release" && daemon.fresh))
    return [
      `ERROR: The '${name === "client-auth-nt" ? "client-auth" : name}' command is not supported by the current daemon mode`,
    ];
  return spec.run(daemon, args);
}

/** The log shows no password. */
function logged(line: string): string {
  return /^ *(["']?)password\1( |$)/.test(line) ? "password [...]" : line;
}

function hold(daemon: Commanded, [what]: readonly string[]): readonly string[] {
  if (what === undefined) return [`SUCCESS: hold=${daemon.flags.hold ? 1 : 0}`];
  if (what === "release") {
    daemon.release();
    return ["SUCCESS: hold release succeeded"];
  }
  if (what !== "on" && what !== "off") return ["ERROR: bad hold command parameter"];
  daemon.flags.hold = what === "on";
  return [`SUCCESS: hold flag set to ${what.toUpperCase()}`];
}

function remote(daemon: Commanded, [how, host, port]: readonly string[]): readonly string[] {
  const succeeded = ["SUCCESS: remote command succeeded"];
  const failed = ["ERROR: remote command failed"];
  if (!daemon.asking) return failed;
  if (how === "ACCEPT") daemon.accept();
  else if (how === "SKIP") daemon.skip(host === undefined ? 1 : integer(host));
  else if (
    how === "MOD" &&
    host !== undefined &&
    port !== undefined &&
    host.length <= LONGEST_HOST &&
    port.length <= LONGEST_PORT
  )
    daemon.accept({ host, port: integer(port) });
  else return failed;
  return succeeded;
}

function entries(daemon: Commanded, [from = "", to]: readonly string[]): readonly string[] {
  const all = daemon.cursor.entries.map(
    ({ host, port, proto, disabled }, i) =>
      `${i},${host},${port},${proto},${disabled ? "disabled" : "enabled"}`,
  );
  if (from === "all") return [...all, "END"];
  const first = unsigned(from);
  return [...all.slice(first, to === undefined ? first + 1 : unsigned(to)), "END"];
}

function signal(daemon: Commanded, [name = ""]: readonly string[]): readonly string[] {
  const known = SIGNALS.find((one) => one === name);
  if (known === undefined) return [`ERROR: signal '${name}' is not a known signal type`];
  if ((known === "SIGUSR1" || known === "SIGHUP") && daemon.held)
    return [
      `ERROR: signal '${name}' is currently ignored`,
      ...(daemon.question === undefined ? [] : [daemon.question]),
    ];
  daemon.signal(known);
  return [`SUCCESS: signal ${name} thrown`];
}

function authRetry(daemon: Commanded, [mode]: readonly string[]): readonly string[] {
  if (mode === undefined) return [`SUCCESS: auth-retry=${daemon.authRetry}`];
  if (!["none", "nointeract", "interact"].includes(mode))
    return [
      "--auth-retry method must be 'interact', 'nointeract', or 'none'",
      "ERROR: bad auth-retry parameter",
    ];
  daemon.authRetry = mode;
  return ["SUCCESS: auth-retry parameter changed"];
}

function verb(daemon: Commanded, [level]: readonly string[]): readonly string[] {
  if (level === undefined) return [`SUCCESS: verb=${daemon.verb}`];
  const wanted = integer(level);
  if (wanted < 0 || wanted > LOUDEST) return ["ERROR: verb level is out of range"];
  daemon.verb = wanted;
  return ["SUCCESS: verb level changed"];
}

function status(daemon: Commanded): readonly string[] {
  const { traffic } = daemon;
  const time = new Date(daemon.seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
  const counts = ["TUN/TAP read", "TUN/TAP write", "TCP/UDP read", "TCP/UDP write", "Auth read"];
  const bytes = [0, 0, traffic.in, traffic.out, 0];
  return [
    "OpenVPN STATISTICS",
    `Updated,${time}`,
    ...counts.map((name, i) => `${name} bytes,${bytes[i]}`),
    "END",
  ];
}

function leave(daemon: Commanded): readonly string[] {
  daemon.slot.dismiss();
  return [];
}

/** What is below 0 becomes a very large number. */
function unsigned(text: string): number {
  const value = integer(text);
  return value < 0 ? Number.MAX_SAFE_INTEGER : value;
}

/** As C's atoi: what is no number is 0. */
function integer(text: string | undefined): number {
  const value = Number.parseInt(text ?? "", 10);
  return Number.isNaN(value) ? 0 : value;
}
