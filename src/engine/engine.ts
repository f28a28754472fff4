import type { Link } from "../connection/link.ts";
import type { Event } from "../model/event.ts";
import type { ActionDefinition } from "../plugin/contract.ts";
import type { Env } from "../rules/cel/types.ts";
import { Decider, type Decision, type Firing } from "../rules/decide.ts";
import { Lists } from "../rules/lists.ts";
import { Windows } from "../rules/windows.ts";
import { Schedules } from "../rules/schedule.ts";
import { FileEvents } from "../rules/files.ts";
import type { DaemonQuery } from "../protocol/queries.ts";
import type { Answer, ClientQuery } from "../rules/answer.ts";
import type { DaemonSpec, Rulebook } from "../rules/rulebook.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import { ActionBench } from "./action-bench.ts";
import { consult } from "./consult.ts";
import { Counters } from "./counters.ts";
import { eventRecord, type Journal } from "./journal.ts";
import type { Inquiry } from "./question.ts";
import { memoryLedger } from "../quota/ledger-file.ts";
import type { Ledger } from "../quota/ledger.ts";
import { Logins } from "./logins.ts";
import { givenSecrets, type Secrets } from "./secrets.ts";
import { Quotas } from "./quotas.ts";
import { Proxies } from "./proxies.ts";
import { Remotes } from "./remotes.ts";
import { type Needs, needsOf } from "./needs.ts";
import type { SessionHost } from "./session-host.ts";
import { Session } from "./session.ts";
import { signature } from "./signing/signature.ts";
import { Variables } from "./variables.ts";

export interface EngineOptions {
  readonly rulebook: Rulebook;
  readonly clock: Clock;
  readonly store: Store;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly journal: Journal;
  readonly link: (daemon: DaemonSpec) => Link;
  readonly actions: Readonly<Record<string, ActionDefinition>>;
  /** What logins are given. */
  readonly secrets?: Secrets;
  /** Decide and journal only: queries get their default, nothing else is sent. */
  readonly dryRun?: boolean;
  /** Opens the ledger of quotas; without it they are kept in memory. Throws an Error whose message is for people. */
  readonly ledger?: () => Ledger;
  /** Tests on a virtual clock: no probes, no watching of files. */
  readonly offline?: boolean;
}

/** Events that come by the second, and are journalled only when a rule matched. */
const TRAFFIC: ReadonlySet<string> = new Set(["BYTECOUNT", "BYTECOUNT_CLI"]);

/** Own events may raise own events this deep. */
const DEEPEST = 8;

/**
 * The loop: notifications become events, events are decided, decisions are journalled and carried out. One event after the
 * other, synchronously; nothing that takes time is awaited.
 */
export class Engine implements SessionHost {
  readonly clock: Clock;
  readonly store: Store;
  readonly random: () => number;
  readonly journal: Journal;
  readonly dryRun: boolean;
  readonly offline: boolean;
  readonly rulebook: Rulebook;
  readonly windows: Windows;
  readonly remotes: Remotes;
  readonly proxies: Proxies;
  readonly decisions: Decider;
  readonly variables: Variables;
  readonly counters: Counters;
  readonly needs: Needs;
  readonly secrets: Secrets;
  readonly logins: Logins;
  readonly proxyRules: boolean;
  readonly quotas: Quotas | undefined;
  readonly #sessions = new Map<string, Session>();
  readonly #lists: Lists;
  readonly #schedules: Schedules;
  readonly #files: FileEvents;
  readonly #bench: ActionBench;
  readonly #queue: Event[] = [];
  readonly #thinking = new Set<Promise<unknown>>();
  #draining = false;
  #stopped = false;
  #stopWindows: () => void = () => undefined;

  constructor(options: EngineOptions) {
    const { rulebook, clock, store } = options;
    this.rulebook = rulebook;
    this.clock = clock;
    this.store = store;
    this.random = options.random;
    this.journal = options.journal;
    this.dryRun = options.dryRun ?? false;
    this.offline = options.offline ?? false;
    this.needs = needsOf(rulebook);
    this.proxyRules = rulebook.rules.some(answersProxy);
    this.secrets = options.secrets ?? givenSecrets({});
    this.logins = new Logins({ store, secrets: this.secrets });
    this.windows = new Windows(rulebook.windows, clock);
    this.variables = new Variables(rulebook.variables, store);
    this.counters = new Counters(rulebook.counters, store, () => clock.now());
    this.#lists = new Lists(rulebook.lists, (problem) =>
      this.journal.write("error", undefined, { error: problem }),
    );
    this.remotes = new Remotes(rulebook, {
      clock,
      store,
      random: options.random,
      journal: options.journal,
      windows: this.windows,
      session: (name) => this.#sessions.get(name),
      sessions: () => this.#sessions.values(),
      raise: (event) => this.raise(event),
      drain: () => this.drain(),
      env: (daemon) => this.env({ type: "", at: clock.now(), daemon, fields: {} }),
    });
    this.proxies = new Proxies(rulebook, {
      ...{ clock, store, random: options.random, journal: options.journal, windows: this.windows },
      ...{ offline: this.offline, dryRun: this.dryRun },
      session: (name) => this.#sessions.get(name),
      sessions: () => this.#sessions.values(),
      raise: (event) => this.raise(event),
      drain: () => this.drain(),
      env: (daemon) => this.env({ type: "", at: clock.now(), daemon, fields: {} }),
    });
    this.decisions = new Decider(rulebook, {
      store,
      clock,
      windows: this.windows,
      lists: () => this.#lists.current(),
      attached: (daemon) => this.#sessions.get(daemon)?.settled === true,
      env: (event) => this.env(event),
      fire: (firing) => {
        this.fire(firing, this.journal.write("event", firing.event.daemon, firedRecord(firing)));
        this.drain();
      },
      wouldFire: ({ rule, event }) =>
        void this.journal.write("event", event.daemon, {
          event: eventRecord(event),
          shadow: [{ rule: rule.id, would: "fire" }],
          timer: true,
        }),
    });
    this.#schedules = new Schedules(rulebook.rules, store, clock, (rule, perDaemon) =>
      this.#eachDaemon(perDaemon, { type: "schedule", fields: {} }, rule.id),
    );
    this.#files = new FileEvents(rulebook.rules, (rule, path) =>
      this.#eachDaemon(false, { type: "file.changed", fields: { path } }, rule.id),
    );
    const [only, another] = rulebook.daemons;
    this.quotas = Quotas.of(rulebook, {
      clock,
      journal: options.journal,
      ledger: options.ledger ?? memoryLedger,
      env: (event) => this.env(event),
      raise: (event) => this.raise(event),
      drain: () => this.drain(),
      only: another ? undefined : only?.name,
    });
    this.#bench = new ActionBench(this, options.actions);
    for (const spec of rulebook.daemons)
      this.#sessions.set(spec.name, new Session(spec, options.link(spec), this));
  }

  start(): void {
    this.#stopWindows = this.windows.watch((window, opened) => {
      this.raise(this.globalEvent(opened ? "window.opened" : "window.closed", { window }));
      this.remotes.windowChanged();
      this.drain();
    });
    this.#schedules.start();
    this.quotas?.start();
    if (!this.offline) {
      this.#lists.start();
      this.#files.start();
      this.remotes.start();
      this.proxies.start();
    }
    for (const session of this.#sessions.values()) session.start();
    this.drain();
  }

  /** Lets go of the daemons; they run on. Resolves when the connections are closed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopWindows();
    this.#lists.stop();
    this.#schedules.stop();
    this.#files.stop();
    this.remotes.stop();
    this.proxies.stop();
    this.decisions.stop();
    this.#bench.stop();
    await Promise.all(
      [...this.#sessions.values()].map((session) => new Promise<void>((done) => session.stop(done))),
    );
    this.quotas?.stop();
  }

  session(name: string): Session | undefined {
    return this.#sessions.get(name);
  }

  sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** True while programs or actions run that were started by a decision. */
  get busy(): boolean {
    return this.#bench.busy || this.#thinking.size > 0;
  }

  raise(event: Event): void {
    if ((event.depth ?? 0) > DEEPEST) {
      this.journal.write("error", event.daemon, {
        event: event.type,
        error: `Events nest deeper than ${DEEPEST}`,
      });
      return;
    }
    this.#queue.push(event);
  }

  drain(): void {
    if (this.#draining || this.#stopped) return;
    this.#draining = true;
    try {
      for (let event = this.#queue.shift(); event; event = this.#queue.shift()) this.#handle(event);
    } finally {
      this.#draining = false;
    }
  }

  ask(event: Event): Decision {
    const decision = this.decisions.decide(event, this.env(event));
    this.#journalErrors(event, decision);
    return decision;
  }

  env(event: Event): Env {
    const session = event.daemon === undefined ? undefined : this.#sessions.get(event.daemon);
    const remote = session?.remote();
    const clients = session?.model.clients;
    const client = event.client && clients?.recall(event.client);
    const env: Record<string, unknown> = {
      event: { type: event.type, at: event.at, ...event.fields },
      ...(session ? { daemon: session.view() } : {}),
      ...(remote ? { remote } : {}),
      ...(client ? { client } : {}),
      // A list of thousands, made only for whoever reads it.
      get clients() {
        return clients?.established();
      },
      vars: this.variables.values,
      now: this.clock.now(),
      params: this.rulebook.params,
      lists: this.#lists.current(),
      window: (name: string) => this.windows.isOpen(name),
    };
    env["quota"] = (name: string) => this.quotas?.value(name, event, env);
    env["counter"] = (name: string) => this.counters.value(name, env);
    return env;
  }

  rule(id: string): Rulebook["rules"][number] | undefined {
    return this.rulebook.rules.find((rule) => rule.id === id);
  }

  fallback(query: DaemonQuery): Answer {
    return this.rulebook.defaults[query];
  }

  clientFallback(query: ClientQuery): Answer | undefined {
    return this.rulebook.defaults[query];
  }

  consult(inquiry: Inquiry): Promise<Answer> {
    const work = inquiry.answer.kind === "sign" ? signature(inquiry, this.clock) : consult(inquiry, this);
    const done = (): void => void this.#thinking.delete(work);
    this.#thinking.add(work);
    work.then(done, done);
    return work;
  }

  fire(firing: Firing, cause: string): void {
    if (this.dryRun) return;
    this.#bench.start(firing, cause);
  }

  #handle(event: Event): void {
    if (TRAFFIC.has(event.type) && !this.decisions.hears(event.type)) return;
    const decision = this.decisions.decide(event, this.env(event));
    const fired = decision.firings.map((firing) => firing.rule.id);
    const noisy = TRAFFIC.has(event.type) && fired.length === 0 && decision.shadow.length === 0;
    this.#journalErrors(event, decision);
    if (noisy) return;
    const cause = this.journal.write("event", event.daemon, {
      event: eventRecord(event),
      ...(fired.length > 0 ? { fired } : {}),
      ...(decision.heldBack.length > 0 ? { "held-back": decision.heldBack } : {}),
      ...(decision.shadow.length > 0 ? { shadow: decision.shadow } : {}),
    });
    for (const firing of decision.firings) this.fire(firing, cause);
  }

  #journalErrors(event: Event, decision: Decision): void {
    for (const { rule, message } of decision.errors)
      this.journal.write("error", event.daemon, { rule, event: event.type, error: message });
  }

  #eachDaemon(
    perDaemon: boolean,
    happening: { type: string; fields: Record<string, unknown> },
    rule: string,
  ): void {
    const names = perDaemon ? [...this.#sessions.keys()] : [undefined];
    for (const daemon of names) {
      const event =
        daemon === undefined
          ? this.globalEvent(happening.type, happening.fields)
          : { ...happening, at: this.clock.now(), daemon };
      this.raise({ ...event, rule });
    }
    this.drain();
  }

  /** An event of the whole engine; where there is just one daemon, it is that daemon's. */
  globalEvent(type: string, fields: Record<string, unknown>): Event {
    const [only, another] = this.#sessions.keys();
    return { type, at: this.clock.now(), daemon: another === undefined ? only : undefined, fields };
  }
}

function answersProxy({ enabled, on, answer, shadow }: Rulebook["rules"][number]): boolean {
  const isOnIt = on.some((selector) => "event" in selector && selector.event === "PROXY");
  return enabled && !shadow && answer !== undefined && isOnIt;
}

function firedRecord(firing: Firing): Record<string, unknown> {
  return { event: eventRecord(firing.event), fired: [firing.rule.id], timer: true };
}
