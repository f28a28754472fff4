import type { Event } from "../../model/event.ts";
import type { Command, Outcome } from "../../protocol/command.ts";
import type { ClientTraffic } from "../../model/daemon.ts";
import type { ClientQuery } from "../../rules/answer.ts";
import type { DaemonSession } from "../daemon-session.ts";
import type { SessionHost } from "../session-host.ts";
import { Accounting } from "./accounting.ts";
import { ClientDesk } from "./client-desk.ts";
import { type Restart, Roster } from "./roster.ts";

/** Events about a client that are questions; a response is one only while a challenge is open. */
const QUESTIONS: ReadonlySet<string> = new Set<ClientQuery>(["CLIENT:CONNECT", "CLIENT:REAUTH"]);

/** How often the list of clients is read, ms: usually, where they are charged, and where the kernel moves their packets. */
const EVERY = 60_000;
const EVERY_CHARGED = 15_000;
const EVERY_OFFLOADED = 5_000;

/** Reading a list takes its time, during which nothing else is done: at most this part of all. */
const PART_READING = 1 / 2_000;
/** What one client in it takes, ms. */
const READING_ONE = 0.01;

/** What a daemon has when it is a server: who is connected, and who asks to be. */
export class ServerSide {
  readonly desk: ClientDesk;
  readonly #roster: Roster;
  /** Where the rulebook has quotas. */
  readonly #accounting: Accounting | undefined;
  readonly #session: DaemonSession;
  readonly #host: SessionHost;

  constructor(
    session: DaemonSession,
    host: SessionHost,
    send: (command: Command, cause: string | undefined, done: (outcome: Outcome) => void) => void,
  ) {
    this.#session = session;
    this.#host = host;
    const daemon = session.spec.name;
    const { clients } = session.model;
    this.desk = new ClientDesk({
      daemon,
      dryRun: host.dryRun,
      version: () => session.model.version,
      now: () => host.clock.now(),
      after: (delay, callback) => host.clock.after(delay, callback),
      env: (event) => host.env(event),
      decide: (event) => host.ask(event),
      fallback: (query) => host.clientFallback(query),
      consult: (inquiry) => host.consult(inquiry),
      send,
      fire: (firing, cause) => host.fire(firing, cause),
      journal: (kind, fields) => host.journal.write(kind, daemon, fields),
      admitted: (client, admitted) => clients.admit(client, admitted),
      ending: (client) => clients.ending(client),
    });
    const book = host.quotas?.daemon(daemon);
    this.#accounting =
      book &&
      new Accounting(book, {
        now: () => host.clock.now(),
        pid: () => session.model.pid,
        find: (cid) => clients.get(cid),
        refresh: () => this.#roster.refresh(),
        command: (command, cause, done) => session.command(command, cause, done),
        journal: (fields) => void host.journal.write("event", daemon, fields),
        drain: () => host.drain(),
      });
    this.#roster = new Roster({
      daemon,
      clients,
      after: (delay, callback) => host.clock.after(delay, callback),
      load: (table, key) => host.store.get(table, key),
      save: (table, key, value) => host.store.put(table, key, value),
      command: (command, cause, done) => session.command(command, cause, done),
      journal: (kind, fields) => host.journal.write(kind, daemon, fields),
      isServer: (server) => void (session.model.role = server ? "server" : "client"),
      every: (isOffloaded) => {
        const usual = book ? (isOffloaded ? EVERY_OFFLOADED : EVERY_CHARGED) : EVERY;
        return Math.max(usual, (clients.size * READING_ONE) / PART_READING);
      },
      listed: (rows, isOffloaded) => this.#accounting?.listed(rows, isOffloaded),
      restarted: () => this.#accounting?.restarted(),
      gone: (client) => this.desk.gone(client.cid),
      forget: (stays) => host.decisions.endClients(daemon, stays),
    });
  }

  /** The interface is ours. `done` once the list of clients is read. */
  attached(states: readonly Restart[], done: () => void): void {
    this.#roster.attached(this.#session.model.pid, states, done);
  }

  moved(state: Restart): void {
    if (this.#roster.moved(state, this.#session.model.pid)) this.desk.drop();
  }

  /** The connection ended, or the engine stops. */
  stop(): void {
    this.desk.drop();
    this.#roster.stop();
    this.#accounting?.lost();
  }

  /** `>BYTECOUNT_CLI:`. `early`: it came before the list of clients was read. */
  traffic({ cid, bytesIn, bytesOut }: ClientTraffic, now: number, early: boolean): void {
    this.#accounting?.report(cid, bytesIn, bytesOut, now, early);
  }

  /** Takes an event about a client; false when it is to be raised like any other. */
  takes(event: Event): boolean {
    const client = event.client && this.#session.model.clients.recall(event.client);
    if (!client) return false;
    const { type } = event;
    if (type === "CLIENT:ESTABLISHED") this.#accounting?.opened(client);
    if (type === "CLIENT:DISCONNECT") {
      this.#accounting?.ended(client, event.fields);
      this.#host.raise(event);
      this.#host.drain();
      this.desk.gone(client.cid);
      this.#host.decisions.endClient(this.#session.spec.name, client);
      return true;
    }
    const asks = QUESTIONS.has(type) || (type === "CLIENT:CR_RESPONSE" && this.desk.isPending(client.cid));
    if (asks) this.desk.asked(type as ClientQuery, event, client);
    return asks;
  }
}
