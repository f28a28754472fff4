/**
 * How OpenVPN answers a command.
 * `single`: one SUCCESS/ERROR line · `multi`: lines, then END (or one ERROR) · `multi-after-success`: SUCCESS, then lines and
 * END · `none`: nothing · `line`: one line of any form · `count`: as many lines as its number says, nothing else ·
 * `push-update`: SUCCESS/ERROR lines about clients, then the one about the command itself.
 */
export type ReplyKind =
  "single" | "multi" | "multi-after-success" | "none" | "line" | "count" | "push-update";

/** What an argument may be: these words, a whole number, a host, a port, or free text (always quoted on the wire). */
export type ArgumentKind = readonly string[] | "number" | "host" | "port" | "text" | "number-or-all";

export interface CommandSpec {
  readonly name: string;
  readonly args: readonly ArgumentKind[];
  /** How many of `args` must be there. */
  readonly required: number;
  /** Lines up to END follow. */
  readonly body?: true;
  readonly reply: ReplyKind | ((args: readonly string[]) => ReplyKind);
  /** First and last version that has it. */
  readonly since: string;
  readonly until?: string;
  /** Answers a question of OpenVPN. */
  readonly answersQuery?: true;
  /** Turns notifications on or off: the engine's own. */
  readonly subscription?: true;
  /** Why it is not sent by rules. */
  readonly dangerous?: string;
}

const ON_OFF_ALL = ["on", "off", "all"] as const;

/** `on all`: SUCCESS, then history and END · `on`, `off`: SUCCESS · `all`, `n`: history and END. */
const realtime = (args: readonly string[]): ReplyKind => {
  if (args[0] === "on" || args[0] === "off") return args.length > 1 ? "multi-after-success" : "single";
  return "multi";
};

const spec = (
  name: string,
  args: readonly ArgumentKind[],
  required: number,
  reply: CommandSpec["reply"],
  rest: Partial<CommandSpec> = {},
): CommandSpec => ({ name, args, required, reply, since: "2.1", ...rest });

const query = { answersQuery: true } as const;
const subscription = { subscription: true } as const;
const PKCS11 = { dangerous: "it aborts OpenVPN in its first hold" } as const;

/** Every command of OpenVPN 2.1 to 2.7 (protocol notes, section 2). */
export const COMMANDS: readonly CommandSpec[] = [
  spec("auth-retry", [["none", "nointeract", "interact"]], 0, "single"),
  spec("bytecount", ["number"], 1, "single", subscription),
  spec("certificate", [], 0, "single", { ...query, body: true, since: "2.4" }),
  spec("client-auth", ["number", "number"], 2, "single", { ...query, body: true }),
  spec("client-auth-nt", ["number", "number"], 2, "single", query),
  spec("client-deny", ["number", "number", "text", "text"], 3, "single", query),
  spec("client-kill", ["number", "text"], 1, "single"),
  spec("client-pending-auth", ["number", "text", "text", "number"], 2, "single", { ...query, since: "2.5" }),
  spec("client-pf", ["number"], 1, "single", { body: true, until: "2.5" }),
  spec("cr-response", ["text"], 1, "single", { ...query, since: "2.5" }),
  spec("echo", [[...ON_OFF_ALL], "number-or-all"], 1, realtime, subscription),
  spec("env-filter", ["number"], 0, "single", { ...subscription, since: "2.2" }),
  spec("exit", [], 0, "none", { dangerous: "it ends the connection" }),
  spec("quit", [], 0, "none", { dangerous: "it ends the connection" }),
  spec("forget-passwords", [], 0, "single"),
  spec("help", [], 0, "multi"),
  spec("hold", [["on", "off", "release"]], 0, "single"),
  spec("http-proxy-fallback", ["host", "port", "text"], 2, "single", {
    ...query,
    since: "2.2",
    until: "2.2",
  }),
  spec("http-proxy-fallback-disable", [], 0, "single", { ...query, since: "2.2", until: "2.2" }),
  spec("kill", ["text"], 1, "single"),
  spec("load-stats", [], 0, "single"),
  spec("log", [[...ON_OFF_ALL], "number-or-all"], 1, realtime, subscription),
  spec("mute", ["number"], 0, "single"),
  spec("nclients", [], 0, "single"),
  spec("needok", ["text", ["ok", "cancel"]], 2, "single", query),
  spec("needstr", ["text", "text"], 2, "single", query),
  spec("net", [], 0, "multi"),
  spec("network-change", [["samenetwork"]], 0, "line", { since: "2.4" }),
  spec("password", ["text", "text"], 2, "single", query),
  spec("pid", [], 0, "single"),
  spec("pk-sig", [], 0, "single", { ...query, body: true, since: "2.5" }),
  spec("rsa-sig", [], 0, "single", { ...query, body: true, since: "2.3" }),
  spec("pkcs11-id-count", [], 0, "line", PKCS11),
  spec("pkcs11-id-get", ["number"], 1, "line", PKCS11),
  spec("proxy", [["NONE", "HTTP", "SOCKS"], "host", "port", ["nct"]], 1, "single", {
    ...query,
    since: "2.3",
  }),
  spec("push-update-broad", ["text"], 1, "push-update", { since: "2.7" }),
  spec("push-update-cid", ["number", "text"], 2, "push-update", { since: "2.7" }),
  spec("remote", [["ACCEPT", "SKIP", "MOD"], "host", "port"], 1, "single", { ...query, since: "2.3" }),
  spec("remote-entry-count", [], 0, "multi", { since: "2.6" }),
  spec("remote-entry-get", ["number-or-all", "number"], 1, "multi", { since: "2.6" }),
  spec("signal", [["SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGINT"]], 1, "single"),
  spec("state", [[...ON_OFF_ALL], "number-or-all"], 0, realtime, subscription),
  spec("status", ["number"], 0, "multi"),
  spec("test", ["number"], 1, "count", { dangerous: "its reply has no end" }),
  spec("username", ["text", "text"], 2, "single", query),
  spec("verb", ["number"], 0, "single"),
  spec("version", ["number"], 0, (args) => (args.length > 0 ? "none" : "multi"), subscription),
];

const BY_NAME = new Map(COMMANDS.map((command) => [command.name, command]));

export function lookup(name: string): CommandSpec | undefined {
  return BY_NAME.get(name);
}

/** The reply to expect for these arguments. */
export function replyKind(command: CommandSpec, args: readonly string[]): ReplyKind {
  return typeof command.reply === "function" ? command.reply(args) : command.reply;
}
