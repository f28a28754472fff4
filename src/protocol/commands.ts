import { withinVersions } from "./versions.ts";

/**
 * How OpenVPN answers a command.
 * `single`: one SUCCESS/ERROR line · `multi`: lines, then END (or one ERROR) · `each`: as `single` for each argument that is
 * `on` or `off`, as `multi` for one that is `all` or a number, in their order · `none`: nothing · `line`: one line of any form ·
 * `count`: as many lines as its number says, nothing else · `push-update`: SUCCESS/ERROR lines about clients, then the one about
 * the command itself · `client-version`: nothing, one line or three, by OpenVPN's version.
 */
export type ReplyKind =
  "single" | "multi" | "each" | "none" | "line" | "count" | "push-update" | "client-version";

/**
 * What an argument may be: one of these words, a whole number, the id of a client or of its key, seconds, a host, a port, a
 * history (`on`, `off`, `all` or a number of lines), a name or an address of a client, or free text (quoted on the wire).
 */
export type ArgumentKind =
  | readonly string[]
  | "number"
  | "cid"
  | "kid"
  | "seconds"
  | "host"
  | "port"
  | "text"
  | "history"
  | "common-name"
  | "ip:port"
  | "proto:ip:port";

/** One way to give a command. */
export interface Form {
  readonly args: readonly ArgumentKind[];
  /** How many of `args` must be there. */
  readonly required: number;
  readonly reply: ReplyKind;
  /** Lines up to END follow. */
  readonly body?: true;
  /** First and last version that has this form, when it is not the command's. */
  readonly since?: string;
  readonly until?: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly forms: readonly Form[];
  /** Lines up to END follow in every form. */
  readonly body: boolean;
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

type Rest = Partial<Omit<CommandSpec, "name" | "forms" | "body">>;

/** A form with a reply of one line; `required` is all that is not in `optional`. */
function form(
  args: readonly ArgumentKind[],
  optional: readonly ArgumentKind[] = [],
  rest: Partial<Form> = {},
): Form {
  return { args: [...args, ...optional], required: args.length, reply: "single", ...rest };
}

function spec(name: string, forms: Form | readonly Form[], rest: Rest = {}): CommandSpec {
  const all = "args" in forms ? [forms] : forms;
  return { name, forms: all, body: all.every(({ body }) => body), since: "2.1", ...rest };
}

const multi = { reply: "multi" } as const;
const body = { body: true } as const;
const query = { answersQuery: true } as const;
const subscription = { subscription: true } as const;
const PKCS11 = { dangerous: "it aborts OpenVPN in its first hold" } as const;
const ENDS = { dangerous: "it ends the connection" } as const;
const only22 = { since: "2.2", until: "2.2" } as const;
const ids = ["cid", "kid"] as const;

/** Every command of OpenVPN 2.1 to 2.7 (protocol notes, section 2). Of several forms the first that fits is meant. */
export const COMMANDS: readonly CommandSpec[] = [
  spec("auth-retry", form([], [["none", "nointeract", "interact"]])),
  spec("bytecount", form(["number"]), subscription),
  spec("certificate", form([], [], body), { ...query, since: "2.4" }),
  spec("client-auth", form(ids, [], body), query),
  spec("client-auth-nt", form(ids), query),
  spec("client-deny", form([...ids, "text"], ["text"]), query),
  spec("client-kill", [form(["cid"]), form(["cid", "text"], [], { since: "2.3" })]),
  spec(
    "client-pending-auth",
    [
      form(["cid", "text"], [], { until: "2.5" }),
      form(["cid", "text", "seconds"], [], { since: "2.6", until: "2.6.1" }),
      form([...ids, "text", "seconds"], [], { since: "2.6.2" }),
    ],
    { ...query, since: "2.5" },
  ),
  spec("client-pf", form(["cid"], [], body), { until: "2.5" }),
  spec("cr-response", form(["text"]), { ...query, since: "2.5" }),
  spec("echo", form(["history"], ["history"], { reply: "each" }), subscription),
  spec("env-filter", form([], ["number"]), { ...subscription, since: "2.2" }),
  spec("exit", form([], [], { reply: "none" }), ENDS),
  spec("quit", form([], [], { reply: "none" }), ENDS),
  spec("forget-passwords", form([])),
  spec("help", form([], [], multi)),
  spec("hold", form([], [["on", "off", "release"]])),
  spec("http-proxy-fallback", form(["host", "port"], ["text"]), { ...query, ...only22 }),
  spec("http-proxy-fallback-disable", form([]), { ...query, ...only22 }),
  spec("kill", [
    form(["proto:ip:port"], [], { since: "2.7" }),
    form(["ip:port"], [], { until: "2.6" }),
    form(["common-name"]),
  ]),
  spec("load-stats", form([])),
  spec("log", form(["history"], ["history"], { reply: "each" }), subscription),
  spec("mute", form([], ["number"])),
  spec("nclients", form([])),
  spec("needok", form(["text", ["ok", "cancel"]]), query),
  spec("needstr", form(["text", "text"]), query),
  spec("net", form([], [], multi)),
  spec("network-change", form([], [["samenetwork"]], { reply: "line" }), { since: "2.4" }),
  spec("password", [form(["text", "text"]), form(["text"], [], { ...body, since: "2.7.2" })], query),
  spec("pid", form([])),
  spec("pk-sig", form([], [], body), { ...query, since: "2.5" }),
  spec("rsa-sig", form([], [], body), { ...query, since: "2.3" }),
  spec("pkcs11-id-count", form([], [], { reply: "line" }), PKCS11),
  spec("pkcs11-id-get", form(["number"], [], { reply: "line" }), PKCS11),
  spec(
    "proxy",
    [form([["NONE"]]), form([["HTTP"], "host", "port"], [["nct"]]), form([["SOCKS"], "host", "port"])],
    { ...query, since: "2.3" },
  ),
  spec("push-update-broad", form(["text"], [], { reply: "push-update" }), { since: "2.7" }),
  spec("push-update-cid", form(["cid", "text"], [], { reply: "push-update" }), { since: "2.7" }),
  spec(
    "remote",
    [
      form([["ACCEPT"]]),
      form([["SKIP"]]),
      form([["SKIP"], "number"], [], { since: "2.6" }),
      form([["MOD"], "host", "port"]),
    ],
    { ...query, since: "2.3" },
  ),
  spec("remote-entry-count", form([], [], multi), { since: "2.6" }),
  spec("remote-entry-get", [form([["all"]], [], multi), form(["number"], ["number"], multi)], {
    since: "2.6",
  }),
  spec("signal", form([["SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGINT"]])),
  spec("state", [form([], [], multi), form(["history"], ["history"], { reply: "each" })], subscription),
  spec("status", form([], [["1", "2", "3"]], multi)),
  spec("test", form(["number"], [], { reply: "count" }), { dangerous: "its reply has no end" }),
  spec("username", form(["text", "text"]), query),
  spec("verb", form([], ["number"])),
  spec(
    "version",
    [form([], [], multi), form(["number"], [], { reply: "client-version", since: "2.5" })],
    subscription,
  ),
];

const BY_NAME = new Map(COMMANDS.map((command) => [command.name, command]));

export function lookup(name: string): CommandSpec | undefined {
  return BY_NAME.get(name);
}

export const COMMAND_NAMES: readonly string[] = [...BY_NAME.keys()];

/** A form as it is written: words as they are, what is to be put in their place in small letters. */
export function usage({ name }: CommandSpec, { args, required, body: lines }: Form): string {
  const shown = args.map((kind, i) => {
    const word = typeof kind === "string" ? kind : kind.join("|");
    return i < required ? word : `[${word}]`;
  });
  return [name, ...shown, ...(lines ? ["… END"] : [])].join(" ");
}

/** `2.5+`, or `2.1–2.5`: the versions that have a form. */
export function versionsText(command: CommandSpec, one?: Form): string {
  const { since = command.since, until = command.until } = one ?? command;
  if (until === undefined) return `${since}+`;
  return since === until ? since : `${since}–${until}`;
}

/** Whether OpenVPN of this version (such as `2.6.14`) has this form of the command. */
export function inVersion(command: CommandSpec, one: Form, version: string): boolean {
  return withinVersions(version, command) && withinVersions(version, one);
}
