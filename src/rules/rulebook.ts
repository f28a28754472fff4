import type { PluginDefinition } from "../plugin/contract.ts";
import type { Secret } from "../util/secret.ts";
import type { Expression } from "./cel/types.ts";
import type { DaemonQuery } from "../protocol/queries.ts";
import type { Answer, ClientQuery, Template } from "./answer.ts";

/** A place in a file; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A loaded, checked and compiled rulebook (or several, merged). Durations are ms, sizes bytes. */
export interface Rulebook {
  readonly files: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly daemons: readonly DaemonSpec[];
  readonly secrets: Readonly<Record<string, SecretSource>>;
  readonly lists: Readonly<Record<string, ListSpec>>;
  readonly windows: Readonly<Record<string, WindowSpec>>;
  readonly variables: Readonly<Record<string, VariableSpec>>;
  readonly remotes: readonly GroupSpec[];
  readonly proxies: readonly ProxySpec[];
  readonly counters: Readonly<Record<string, CounterSpec>>;
  readonly quotas: readonly QuotaSpec[];
  /** The answers when no rule wins, built-in ones included; those of clients only where the rulebook gives them. */
  readonly defaults: Readonly<Record<DaemonQuery, Answer>> & Readonly<Partial<Record<ClientQuery, Answer>>>;
  readonly plugins: readonly LoadedPlugin[];
  readonly rules: readonly Rule[];
  readonly tests: readonly TestCase[];
}

export interface DaemonSpec {
  readonly name: string;
  /** As written; parsed by connection/address. */
  readonly management: string;
  readonly password?: SecretRef;
  /** Interval of BYTECOUNT in ms; undefined: 5 s when something needs it; 0: off. */
  readonly bytecount?: number;
  readonly authRetry?: "none" | "nointeract" | "interact";
}

export interface SecretRef {
  readonly secret: string;
}

export type SecretSource =
  /** The first line of a file. */
  | { readonly file: string }
  | { readonly env: string }
  /** The first line that a program prints; `cache` and `timeout` in ms. */
  | { readonly exec: readonly string[]; readonly cache: number; readonly timeout: number }
  /** One-time codes by a shared key (RFC 6238). */
  | { readonly totp: TotpSpec }
  /** Typed at the terminal; `cache` in ms, 0: asked each time. */
  | { readonly ask: string; readonly cache: number };

export interface TotpSpec {
  /** The key in base32, or an otpauth:// address. */
  readonly file: string;
  readonly digits: number;
  /** Of a step, s. */
  readonly period: number;
  readonly algorithm: "SHA1" | "SHA256" | "SHA512";
}

/** A fixed list, or a file with one entry a line (blank lines and `#` comments left out). Paths are absolute. */
export type ListSpec = { readonly items: readonly string[] } | { readonly file: string };

export type WindowSpec =
  | {
      /** 0 = Sunday … 6 = Saturday; the day it starts. */
      readonly days: readonly number[];
      /** Minutes since midnight; `to` at or below `from` spans midnight. */
      readonly from: number;
      readonly to: number;
      readonly tz: string | undefined;
    }
  | { readonly cron: string; readonly for: number; readonly tz: string | undefined };

export interface VariableSpec {
  readonly type: "text" | "number" | "bool" | "size" | "duration" | "list";
  readonly default: unknown;
}

export interface CounterSpec {
  /** For whom it counts; one count for all when left out. */
  readonly key?: Expression;
  /** Sliding window in ms; undefined: counts for ever. */
  readonly window?: number;
  readonly maxKeys: number;
}

/** A budget of traffic for each account; sizes in bytes. */
export interface QuotaSpec {
  readonly name: string;
  /** The account that is charged: a text over `client`. */
  readonly subject: Expression;
  /** Over `client` where it is not the same for all. */
  readonly limit: number | Expression;
  readonly per: Per;
  /** The zone of calendar periods; undefined: the machine's. */
  readonly tz: string | undefined;
  /** `in` is what the daemon received from the client. */
  readonly counts: "in" | "out" | "both";
  /** Ascending. */
  readonly warnAt: readonly WarnLevel[];
  readonly exempt?: Expression;
  /** What is taken for true of people whose use cannot be known. */
  readonly onUnknown: "deny" | "allow";
  /** Accounts over all daemons, or of each daemon its own. */
  readonly scope: "all" | "daemon";
  readonly position: Position;
}

/** How long a budget lasts. A month that has no such day starts on its last one; sliding windows are in ms. */
export type Per =
  "hour" | "day" | "week" | "lifetime" | { readonly month: number } | { readonly last: number };

export interface WarnLevel {
  /** As written, such as `80%`. */
  readonly text: string;
  /** Of the limit, above 0 and up to 1. */
  readonly fraction: number;
}

/** Of remotes udp and tcp, of proxies the rest. */
export type Proto = "udp" | "tcp" | "http" | "socks" | "direct";

export interface CandidateSpec {
  readonly host: string;
  readonly port: number;
  readonly proto: Proto;
  /** Of an HTTP proxy: no passwords in clear. */
  readonly nct?: boolean;
  readonly tier: number;
  readonly weight: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Usable only while this holds. */
  readonly when?: Expression;
  readonly position: Position;
}

export type FailureKind = "connect" | "tls" | "timeout" | "ping" | "auth";

export interface GroupSpec {
  readonly name: string;
  readonly candidates: readonly CandidateSpec[] | "from-daemon";
  /** With `from-daemon` and `tiers: entries`: each entry is a tier of its own, in the order of OpenVPN's list. */
  readonly entryTiers: boolean;
  readonly order:
    "listed" | "round-robin" | "weighted" | "random" | "fastest" | "sticky" | { readonly plugin: string };
  readonly stickyScope: "tier" | "group";
  readonly failAfter: number;
  readonly failOn: readonly FailureKind[];
  readonly penalty: { readonly base: number; readonly factor: number; readonly max: number };
  readonly stableAfter: number;
  readonly onExhausted: "least-bad" | "wait";
  readonly probe?: ProbeSpec;
  readonly failback?: FailbackSpec;
  /** Candidates for which this holds come first within their tier. */
  readonly prefer?: Expression;
  readonly position: Position;
}

/** A group of proxies: the same machinery. */
export interface ProxySpec extends GroupSpec {
  /** Never direct: with no proxy that is well OpenVPN waits. */
  readonly required: boolean;
}

export interface ProbeSpec {
  readonly kind:
    | { readonly tcp: { readonly port: number | undefined } }
    | { readonly openvpn: true }
    /** Exit status 0 means well; SIGNALBOX_HOST, _PORT and _PROTO are in its environment. */
    | { readonly exec: readonly string[] }
    | { readonly plugin: string; readonly params: unknown };
  readonly every: number;
  readonly timeout: number;
}

export interface FailbackSpec {
  /** Connected elsewhere at least this long; undefined: 10m without a probe, 0 with one. */
  readonly after?: number;
  /** Passes of the probe in a row. */
  readonly times: number;
  readonly during?: During;
  readonly when?: Expression;
}

/** Inside any of the windows; with `not`, outside all of them. */
export interface During {
  readonly windows: readonly string[];
  readonly not: boolean;
}

/** What a rule listens to. `schedule` and `file` events are one per rule. */
export type EventSelector =
  | { readonly event: string }
  | {
      readonly schedule: string;
      readonly tz: string | undefined;
      readonly missed: "skip" | "run";
      /** true: once; false: once per daemon. */
      readonly once: boolean;
    }
  | { readonly file: string };

export interface Rule {
  readonly id: string;
  /** Place in file order over all rulebooks; lower wins. */
  readonly index: number;
  readonly position: Position;
  readonly on: readonly EventSelector[];
  readonly where: readonly FieldMatcher[];
  readonly when?: Expression;
  readonly during?: During;
  readonly for?: number;
  readonly count?: { readonly atLeast: number; readonly within: number };
  readonly throttle?: { readonly times: number; readonly per: number; readonly then: "drop" | "digest" };
  readonly key?: Expression;
  readonly answer?: Answer;
  readonly do: readonly Step[];
  readonly onError: "no-match" | "default";
  readonly observe: boolean;
  readonly enabled: boolean;
  readonly shadow: boolean;
  readonly about?: string;
}

/** One line of `where`. `path` starts at an event field, or at `daemon`, `remote`, `vars`. */
export interface FieldMatcher {
  readonly path: readonly string[];
  /** For the index: the values of which the field must equal one; undefined when it is no equality. */
  readonly equals?: readonly string[];
  /** It asks for nothing but one of `equals`. */
  readonly exact: boolean;
  readonly position: Position;
  /** Given the field's value (undefined when missing). `lists` are the current lists. */
  readonly test: (value: unknown, lists: Readonly<Record<string, readonly string[]>>) => boolean;
}

/** One entry of `do:`. */
export type Step = ActionCall | ForEach | ForAccount;

/** Actions for each client that is chosen when the step begins. */
export interface ForEach {
  readonly name: "for-each";
  /** A condition with `client` bound to each live client. */
  readonly clients: Expression;
  readonly daemons: "this" | "all";
  /** Another daemon than the event's. */
  readonly daemon?: string;
  readonly orderBy?: Expression;
  readonly descending: boolean;
  readonly limit?: number;
  /** From the begin of one client's actions to the next one's, ms. */
  readonly pace?: number;
  readonly do: readonly ActionCall[];
  readonly onError?: "continue" | "stop";
  readonly position: Position;
}

/** An action for a client on an event about an account: for each of its live sessions, all at once. */
export interface ForAccount {
  /** The action's. */
  readonly name: string;
  readonly action: ActionCall;
  readonly onError?: "continue" | "stop";
  readonly position: Position;
}

/** One action, checked against the action's schema as far as its templates allow. */
export interface ActionCall {
  /** `signal`, `notify`, `acme.shout` … */
  readonly name: string;
  readonly params: Template;
  /** Another daemon than the event's. */
  readonly daemon?: string;
  readonly timeout?: number;
  readonly onError?: "continue" | "stop";
  readonly position: Position;
}

export interface LoadedPlugin {
  /** The name under `plugins:`. */
  readonly name: string;
  readonly definition: PluginDefinition;
  readonly config: unknown;
}

export interface TestCase {
  readonly name: string;
  readonly position: Position;
  /** Start of the virtual clock, ms since the epoch. */
  readonly at: number;
  readonly daemon: {
    readonly version: string;
    readonly role: "client" | "server";
    /** `host,port,proto` lines, optionally `,disabled`. */
    readonly entries: readonly string[];
    readonly secrets: Readonly<Record<string, Secret>>;
  };
  readonly steps: readonly TestStep[];
}

export type TestStep = { readonly position: Position } & (
  | { readonly receive: readonly string[] }
  | { readonly expect: readonly string[] }
  | { readonly reply: string }
  | { readonly advance: number }
  | { readonly restart: "engine" }
  | { readonly expectFired: readonly string[] }
  | { readonly expectNotFired: { readonly rule: string; readonly because?: string } }
);

/** A mistake in a rulebook, or something doubtful. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly position: Position;
  readonly message: string;
}
