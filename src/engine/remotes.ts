import type { Event } from "../model/event.ts";
import type { EndReason } from "../model/failure.ts";
import type { Dial } from "../policy/dial.ts";
import type { Failback } from "../policy/failback.ts";
import type { Candidate, GroupEvent, Peek, RemoteGroup } from "../policy/group.ts";
import type { Env } from "../rules/cel/types.ts";
import { type Answer } from "../rules/answer.ts";
import { type GroupSpec, type Rulebook, type Rule } from "../rules/rulebook.ts";
import type { Windows } from "../rules/windows.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import type { Attempt } from "./attempts.ts";
import type { Journal } from "./journal.ts";
import type { StateNotification } from "../protocol/notification.ts";
import { unreachable } from "../policy/reach.ts";
import type { Prober } from "./probes/prober.ts";
import type { DaemonSession } from "./daemon-session.ts";
import { failoverGroup } from "./failover-group.ts";

export interface RemotesHost {
  readonly clock: Clock;
  readonly store: Store;
  readonly random: () => number;
  readonly journal: Journal;
  readonly windows: Windows;
  session(daemon: string): DaemonSession | undefined;
  sessions(): Iterable<DaemonSession>;
  raise(event: Event): void;
  drain(): void;
  /** The environment of a candidate's `when` and `prefer`. */
  env(daemon: string): Env;
}

/** The failover groups at work: what happened to attempts goes in, events and moves come out. */
export class Remotes {
  readonly #host: RemotesHost;
  readonly #rulebook: Rulebook;
  readonly #groups = new Map<string, RemoteGroup>();
  readonly #failbacks = new Map<string, Failback>();
  readonly #probers = new Map<string, Prober>();
  /** The group that last chose for a daemon. */
  readonly #lastUsed = new Map<string, string>();

  constructor(rulebook: Rulebook, host: RemotesHost) {
    this.#rulebook = rulebook;
    this.#host = host;
    for (const spec of rulebook.remotes) this.#add(spec);
  }

  start(): void {
    for (const prober of this.#probers.values()) prober.start();
  }

  stop(): void {
    for (const prober of this.#probers.values()) prober.stop();
    for (const failback of this.#failbacks.values()) failback.stop();
    for (const group of this.#groups.values()) group.stop();
  }

  group(name: string): RemoteGroup | undefined {
    return this.#groups.get(name);
  }

  all(): Iterable<RemoteGroup> {
    return this.#groups.values();
  }

  names(): ReadonlySet<string> {
    return new Set(this.#groups.keys());
  }

  failures(attempt: Attempt): number {
    return this.#groupOf(attempt)?.failures(attempt) ?? 0;
  }

  /** What the group that answers REMOTE for this daemon would try next. */
  peek(daemon: string, dial: Dial): Peek | undefined {
    const name = this.#lastUsed.get(daemon) ?? this.groupsFor(daemon)[0];
    return name === undefined ? undefined : this.#groups.get(name)?.peek(daemon, dial);
  }

  /** The groups that answer REMOTE for a daemon, in the order of their rules. */
  groupsFor(daemon: string): string[] {
    const names = this.#rulebook.rules
      .filter((rule) => rule.enabled && !rule.shadow && concerns(rule, daemon))
      .flatMap((rule) => (rule.answer ? groupsIn(rule.answer) : []));
    return [...new Set([...names, ...groupsIn(this.#rulebook.defaults.REMOTE)])];
  }

  /** A tunnel that was up before we came: whose is it? */
  recognize(
    daemon: string,
    { remoteAddress, remotePort, localAddress }: StateNotification,
  ): { host: string; port: number; proto: "udp" | "tcp"; group: string } | undefined {
    // OpenVPN tells its own end of TCP alone.
    const [likely, other] = localAddress === "" ? (["udp", "tcp"] as const) : (["tcp", "udp"] as const);
    const port = Number(remotePort);
    for (const name of this.groupsFor(daemon)) {
      const group = this.#groups.get(name);
      const candidate = group?.find(remoteAddress, port, likely) ?? group?.find(remoteAddress, port, other);
      if (candidate)
        return {
          ...{ host: candidate.host, port: candidate.port, group: name },
          proto: candidate.proto === "udp" ? "udp" : "tcp",
        };
    }
    return undefined;
  }

  /** Whether the list of remotes must be read before anything is made of this daemon's state. */
  wantsEntries(session: DaemonSession): boolean {
    const { dial } = session.attempts;
    return dial.skipCount && !dial.entries && this.groupsFor(session.spec.name).length > 0;
  }

  /** Tells the groups which remotes the daemon has; a candidate that no entry can reach is said, once at each attach. */
  entriesKnown(session: DaemonSession): void {
    const { dial } = session.attempts;
    for (const name of this.groupsFor(session.spec.name)) {
      const group = this.#groups.get(name);
      group?.learn(session.spec.name, dial);
      this.#probers.get(name)?.look();
      for (const { candidate, why } of (dial.entries && group?.unreachable(dial)) ?? [])
        this.#host.journal.write("error", session.spec.name, {
          group: name,
          error: `Candidate ${candidate.host}:${candidate.port}/${candidate.proto} cannot be reached: ${why}`,
        });
    }
  }

  connected(session: DaemonSession, attempt: Attempt, raise?: "raise"): void {
    const group = this.#groupOf(attempt);
    const candidate = group?.find(attempt.host, attempt.port, attempt.proto);
    const daemon = session.spec.name;
    if (group && candidate && attempt.group !== undefined) {
      this.#lastUsed.set(daemon, attempt.group);
      group.connected(daemon, candidate, attempt.connectedSince);
      this.#failbacks.get(attempt.group)?.connected(daemon, candidate, attempt.connectedSince);
    }
    if (raise)
      this.#raise("remote.connected", daemon, attempt, {
        reason: "connected",
        failures: this.failures(attempt),
      });
  }

  ended(session: DaemonSession, attempt: Attempt, kind: EndReason, reason: string, raise?: "raise"): void {
    const daemon = session.spec.name;
    const group = this.#groupOf(attempt);
    if (attempt.group !== undefined) this.#failbacks.get(attempt.group)?.ended(daemon);
    group?.ended(daemon);
    if (kind === "other") return;
    const candidate = group?.find(attempt.host, attempt.port, attempt.proto);
    // Raised before its consequences (remote.penalized) are.
    const failed = candidate && group?.wouldFail(candidate, kind);
    if (raise) this.#raise("remote.failed", daemon, attempt, { reason, failures: failed ?? 0 });
    const again = attempt.again === true && attempt.connectedSince === undefined;
    if (candidate) group?.failed(daemon, candidate, kind, reason, again);
  }

  /** The daemon's process is gone, and its tunnel with it; whether that failed nobody knows. */
  forget(daemon: string): void {
    for (const group of this.#groups.values()) group.ended(daemon);
    for (const failback of this.#failbacks.values()) failback.ended(daemon);
  }

  windowChanged(): void {
    for (const failback of this.#failbacks.values()) failback.windowChanged();
  }

  /** Returns what is wrong, or undefined. */
  penalize(name: string, host: string | undefined, daemon: string | undefined): string | undefined {
    const group = this.#groups.get(name);
    if (!group) return `Unknown group '${name}'`;
    const attempt = daemon === undefined ? undefined : this.#host.session(daemon)?.attempts.current;
    const target = host ?? (attempt?.group === name ? attempt.host : undefined);
    if (target === undefined) return `No candidate of '${name}' was tried; say which host`;
    if (host === undefined && attempt)
      return group.penalizeOne(attempt) ? undefined : `No candidate ${target} in '${name}'`;
    return group.penalize(target) ? undefined : `No candidate ${target} in '${name}'`;
  }

  forgive(name: string, host: string | undefined): string | undefined {
    const group = this.#groups.get(name);
    if (!group) return `Unknown group '${name}'`;
    if (!group.forgive(host)) return `No candidate ${host ?? ""} in '${name}'`;
    for (const session of this.#host.sessions()) session.reconsider();
    return undefined;
  }

  #groupOf(attempt: Attempt): RemoteGroup | undefined {
    return attempt.group === undefined ? undefined : this.#groups.get(attempt.group);
  }

  #raise(type: string, daemon: string, attempt: Attempt, rest: { reason: string; failures: number }): void {
    const { group = "", host, port, proto } = attempt;
    this.#host.raise({
      type,
      at: this.#host.clock.now(),
      daemon,
      fields: { group, host, port, proto, ...rest },
    });
  }

  #add(spec: GroupSpec): void {
    const { group, failback, prober } = failoverGroup(spec, {
      ...this.#host,
      plugins: this.#rulebook.plugins,
      env: (daemon) => this.#host.env(daemon),
      drain: () => this.#host.drain(),
      changed: (event) => this.#changed(spec.name, event),
      reachable: (of, daemon) => this.#reachable(of, daemon),
      moveBack: (daemon, of, target) => this.#moveBack(daemon, of, target),
    });
    this.#groups.set(spec.name, group);
    if (failback) this.#failbacks.set(spec.name, failback);
    if (prober) this.#probers.set(spec.name, prober);
  }

  #changed(group: string, event: GroupEvent): void {
    const { candidate } = event;
    this.#host.raise({
      type: event.type,
      at: this.#host.clock.now(),
      daemon: event.daemon,
      fields: {
        group,
        host: candidate?.host ?? "",
        port: candidate?.port ?? 0,
        proto: candidate?.proto ?? "",
        reason: event.reason,
        failures: event.failures,
        ...(event.until === undefined ? {} : { until: event.until }),
      },
    });
    if (event.type === "remote.recovered") for (const session of this.#host.sessions()) session.reconsider();
    this.#host.drain();
  }

  #reachable(group: RemoteGroup, daemon: string): readonly Candidate[] {
    const dial = this.#host.session(daemon)?.attempts.dial;
    return group.usable(daemon).filter((candidate) => !dial || unreachable(dial, candidate) === undefined);
  }

  /** A signal while connected and unasked makes OpenVPN ask for a remote again. */
  #moveBack(daemon: string, group: RemoteGroup, target: Candidate): boolean {
    const session = this.#host.session(daemon);
    if (!session?.model.connected || !session.model.attached || session.question !== undefined) return false;
    group.goBack(target);
    const text = `back to ${target.key}`;
    const cause = this.#host.journal.write("action", daemon, { action: "failback", group: group.name, text });
    session.command({ name: "signal", args: ["SIGUSR1"] }, cause, (outcome) => {
      if (!outcome.ok) this.#failbacks.get(group.name)?.refused(daemon);
    });
    return true;
  }
}

/** Whether a rule can be about this daemon: its `where` may name others. */
function concerns(rule: Rule, daemon: string): boolean {
  return rule.where.every(
    (matcher) =>
      matcher.path.join(".") !== "daemon.name" || !matcher.equals || matcher.equals.includes(daemon),
  );
}

function groupsIn(answer: Answer): string[] {
  if (answer.kind === "from") return [answer.group];
  return answer.kind === "exec" || answer.kind === "plugin" ? groupsIn(answer.otherwise) : [];
}
