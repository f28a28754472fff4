import type { Event } from "../model/event.ts";
import { keyOf } from "../policy/candidate.ts";
import type { Candidate, GroupEvent } from "../policy/group.ts";
import { ProxyGroup } from "../policy/proxy-group.ts";
import { parseAddress } from "../protocol/address.ts";
import type { StateNotification } from "../protocol/notification.ts";
import type { Answer } from "../rules/answer.ts";
import type { Env } from "../rules/cel/types.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import type { Windows } from "../rules/windows.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import type { DaemonSession } from "./daemon-session.ts";
import { failoverGroup } from "./failover-group.ts";
import type { Journal } from "./journal.ts";
import { endListener } from "./own-process.ts";
import type { Proxied } from "./moves/context.ts";
import type { Prober } from "./probes/prober.ts";

const TABLE = "proxied";

/** A proxy that answers 407 is dialled thousands of times a second: so many attempts within so many ms are no other thing. */
const STORM = 10;
const STORM_WITHIN = 1_000;

/** Ends that are the proxy's doing whatever went before. */
const BY_PROXY: ReadonlySet<string> = new Set(["HTTP proxy error", "socks-error"]);

/** Ends that are the proxy's doing as long as the server was not reached through it. */
const BEFORE_SERVER: ReadonlySet<string> = new Set([
  "connection-failed",
  "server_poll",
  "tcp-connect-failed",
]);

/** States in which the server answers through the proxy. */
const AT_SERVER: ReadonlySet<string> = new Set(["WAIT", "AUTH", "AUTH_PENDING", "GET_CONFIG", "CONNECTED"]);

export interface ProxiesHost {
  readonly clock: Clock;
  readonly store: Store;
  readonly random: () => number;
  readonly journal: Journal;
  readonly windows: Windows;
  /** A test on a virtual clock, or a dry run: nothing outside is touched. */
  readonly offline: boolean;
  readonly dryRun: boolean;
  session(daemon: string): DaemonSession | undefined;
  sessions(): Iterable<DaemonSession>;
  raise(event: Event): void;
  drain(): void;
  env(daemon: string): Env;
}

/** What is known of an attempt by a proxy. */
interface Attempt extends Proxied {
  /** The server was reached through it. */
  readonly reached?: true;
}

/** The groups of proxies at work: which proxy an attempt took, what became of it, and whose fault that was. */
export class Proxies {
  readonly #host: ProxiesHost;
  readonly #groups = new Map<string, ProxyGroup>();
  readonly #probers: Prober[] = [];
  /** When OpenVPN dialled last, by daemon; oldest first. */
  readonly #dials = new Map<string, number[]>();
  readonly #exhausted = new Set<string>();

  constructor(rulebook: Rulebook, host: ProxiesHost) {
    this.#host = host;
    for (const spec of rulebook.proxies) {
      const built = failoverGroup(
        { ...spec, name: spec.name },
        {
          ...host,
          plugins: rulebook.plugins,
          changed: (event) => this.#changed(spec.name, event),
          reachable: () => [],
          moveBack: () => false,
        },
        (of, deps) => {
          const group = new ProxyGroup(spec, deps);
          this.#groups.set(of.name, group);
          return group.group;
        },
      );
      if (built.prober) this.#probers.push(built.prober);
    }
  }

  start(): void {
    for (const prober of this.#probers) prober.start();
  }

  stop(): void {
    for (const prober of this.#probers) prober.stop();
    for (const group of this.#groups.values()) group.stop();
  }

  group(name: string): ProxyGroup | undefined {
    return this.#groups.get(name);
  }

  names(): ReadonlySet<string> {
    return new Set(this.#groups.keys());
  }

  /** Whether an answer says that OpenVPN must not go direct. */
  forbidsDirect(answer: Answer | undefined): boolean {
    if (answer?.kind === "proxies") return this.#groups.get(answer.group)?.required === true;
    if (answer?.kind === "exec" || answer?.kind === "plugin") return this.forbidsDirect(answer.otherwise);
    return false;
  }

  /** The attempt that OpenVPN makes now goes by this proxy; undefined: by none. */
  took(daemon: string, proxy: Proxied | undefined): void {
    this.#dials.delete(daemon);
    if (proxy) this.#host.store.put(TABLE, daemon, proxy satisfies Attempt);
    else this.#host.store.delete(TABLE, daemon);
    if (proxy?.group !== undefined) this.#exhausted.delete(proxy.group);
  }

  /** No proxy of the group may be used: said once, until one is. */
  exhausted(daemon: string, name: string, reason: string): void {
    if (this.#exhausted.has(name)) return;
    this.#exhausted.add(name);
    this.#raise("proxy.exhausted", daemon, name, undefined, { reason, failures: 0 });
  }

  /** A state: how far the attempt has come. */
  moved(session: DaemonSession, { name }: StateNotification): void {
    const daemon = session.spec.name;
    const attempt = this.#attempt(daemon);
    if (!attempt) return;
    if (name === "TCP_CONNECT") this.#dialled(session, attempt);
    if (AT_SERVER.has(name) && !attempt.reached)
      this.#host.store.put(TABLE, daemon, { ...attempt, reached: true } satisfies Attempt);
    if (name !== "CONNECTED") return;
    const found = this.#find(attempt);
    if (found) found.group.connected(daemon, found.candidate);
    this.#raise("proxy.connected", daemon, attempt.group, attempt, { reason: "connected", failures: 0 });
  }

  /** The attempt or connection is over; true when that is the proxy's fault, and not the remote's. */
  ended(daemon: string, reason: string): boolean {
    const attempt = this.#attempt(daemon);
    this.#host.store.delete(TABLE, daemon);
    for (const group of this.#groups.values()) group.ended(daemon);
    if (!attempt) return false;
    const isProxys = BY_PROXY.has(reason) || (BEFORE_SERVER.has(reason) && !attempt.reached);
    if (isProxys) this.#failed(daemon, attempt, reason);
    return isProxys;
  }

  /** OpenVPN did not take a proxy and goes direct now, which is forbidden: only its end stops that in time. */
  leaking(session: DaemonSession, why: string): void {
    this.#end(session, `OpenVPN would go direct, which is forbidden: ${why}`);
  }

  #failed(daemon: string, attempt: Attempt, reason: string): void {
    const found = this.#find(attempt);
    const failures = found?.group.wouldFail(found.candidate) ?? 0;
    this.#raise("proxy.failed", daemon, attempt.group, attempt, { reason, failures });
    if (found) found.group.failed(daemon, found.candidate, reason);
  }

  /** A proxy that refuses the password is dialled in a loop without a pause; OpenVPN never asks for another one. */
  #dialled(session: DaemonSession, attempt: Attempt): void {
    const daemon = session.spec.name;
    const now = this.#host.clock.now();
    const dials = [...(this.#dials.get(daemon) ?? []), now].filter((at) => now - at < STORM_WITHIN);
    this.#dials.set(daemon, dials);
    if (dials.length < STORM || attempt.proto !== "http") return;
    this.#dials.delete(daemon);
    this.#host.store.delete(TABLE, daemon);
    this.#end(session, `The proxy ${attempt.host}:${attempt.port} refuses the password again and again`);
    this.#failed(daemon, attempt, "credentials");
  }

  /** Restarting it is the service manager's work. In a loop it reads no command, and would go on for seconds. */
  #end(session: DaemonSession, error: string): void {
    const { spec, model } = session;
    const cause = this.#host.journal.write("error", spec.name, { error: `${error}; it is ended` });
    if (!this.#host.offline && !this.#host.dryRun && endListener(parseAddress(spec.management), model.pid))
      return;
    session.command({ name: "signal", args: ["SIGTERM"] }, cause, () => undefined);
  }

  #attempt(daemon: string): Attempt | undefined {
    return this.#host.store.get(TABLE, daemon) as Attempt | undefined;
  }

  #find(attempt: Attempt): { group: ProxyGroup; candidate: Candidate } | undefined {
    const group = attempt.group === undefined ? undefined : this.#groups.get(attempt.group);
    const candidate = group?.find(keyOf(attempt));
    return group && candidate && { group, candidate };
  }

  #changed(name: string, { type, daemon, candidate, reason, failures, until }: GroupEvent): void {
    const proxy = candidate && { host: candidate.host, port: candidate.port, proto: candidate.proto };
    const word = type.slice(type.indexOf("."));
    this.#raise(`proxy${word}`, daemon, name, proxy, {
      reason,
      failures,
      ...(until === undefined ? {} : { until }),
    });
    if (word === ".exhausted") this.#exhausted.add(name);
    if (word === ".recovered") for (const session of this.#host.sessions()) session.reconsider();
    this.#host.drain();
  }

  #raise(
    type: string,
    daemon: string | undefined,
    group: string | undefined,
    proxy: { host: string; port: number; proto: string } | undefined,
    rest: { reason: string; failures: number; until?: number },
  ): void {
    const { host = "", port = 0, proto = "" } = proxy ?? {};
    const fields = { group: group ?? "", host, port, proto, ...rest };
    this.#host.raise({ type, at: this.#host.clock.now(), daemon, fields });
  }
}
