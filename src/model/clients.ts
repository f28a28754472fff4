import type { Environment } from "../protocol/environment.ts";
import type { ClientNotification } from "../protocol/notification.ts";
import { ownText } from "../util/own-text.ts";
import { Client, type ClientKey, type Companions, envOf } from "./client.ts";
import { ClientTable } from "./client-table.ts";
import { Sessions } from "./sessions.ts";
import type { Happening } from "./event.ts";
import type { Traffic } from "./traffic.ts";

/** Ended clients that are remembered: what comes late for one of them concerns nobody, and its last event still names it. */
const MOST_ENDED = 1_000;

/** Clients that are kept. One OpenVPN serves some thousands; nothing may grow without end. */
const MOST_CLIENTS = 2 ** 17;

/** A row of `status 3`: a client whose tunnel is up. */
export interface ClientRow {
  readonly cid: number;
  readonly commonName: string;
  readonly username: string;
  /** Real address without port. */
  readonly address: string;
  /** IPv4, else IPv6, else "". */
  readonly virtualAddress: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Unix seconds. */
  readonly connectedSince: number;
}

/** What a notification of a client means, and which client it is about. */
export interface ClientHappening extends Happening {
  readonly client: Client;
}

/** The live clients of one server, by CID. No I/O: whoever owns it feeds it. */
export class Clients implements Companions {
  /** Counts the restarts of the daemon; CIDs begin anew with each. */
  epoch = 1;
  readonly #byCid = new ClientTable((...report) => this.#heardOf(...report));
  readonly #sessions = new Sessions();
  readonly #ended = new Map<number, Client>();
  /** Those that a list did not have any more: their ends may yet be told, or another list has them again. */
  readonly #missing = new Set<Client>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock();
  }

  live(commonName: string): number {
    return this.#sessions.of(commonName);
  }

  beside(client: Client): number {
    return this.#sessions.beside(client);
  }

  names(client: Client): readonly string[] {
    return this.#sessions.names(client);
  }

  get size(): number {
    return this.#byCid.size;
  }

  get(cid: number): Client | undefined {
    return this.#byCid.get(cid);
  }

  /** The client that a key names; undefined once it has gone, also when another has its CID now. */
  find(key: ClientKey): Client | undefined {
    return key.epoch === this.epoch ? this.#byCid.get(key.cid) : undefined;
  }

  /** Also one that ended a short while ago. */
  recall(key: ClientKey): Client | undefined {
    return this.find(key) ?? (key.epoch === this.epoch ? this.#ended.get(key.cid) : undefined);
  }

  all(): Iterable<Client> {
    return this.#byCid.values();
  }

  /** The clients whose tunnel is up, as expressions read `clients`. */
  established(): Client[] {
    return [...this.#byCid.values()].filter((client) => client.live);
  }

  /** The daemon restarted: all clients are gone, and their CIDs will be given again. */
  restart(): Client[] {
    const gone = [...this.#byCid.values()];
    this.epoch++;
    this.#byCid.clear();
    this.#sessions.clear();
    this.#ended.clear();
    this.#missing.clear();
    return gone;
  }

  /** Those that asked and have not come in yet: after a lost connection nobody asks for them again. */
  forgetAsking(): void {
    for (const client of this.#byCid.values()) {
      client.asked = false;
      if (client.phase === "asking") this.#drop(client);
    }
  }

  /** It is being killed or denied. */
  ending(client: Client): void {
    client.markEnding();
    if (this.find(client) === client) this.#sessions.count(client);
  }

  /** It is let in, or not after all. */
  admit(client: Client, admitted: boolean): void {
    if (this.find(client) !== client) return;
    client.admitted = admitted;
    this.#sessions.count(client);
  }

  /** Takes a notification in; undefined when it is about a client that has ended. */
  apply(notification: ClientNotification): ClientHappening | undefined {
    const { type, cid } = notification;
    // Looked up first: reports that wait are put down by it, and those of one that has ended are nobody's.
    const known = this.#byCid.get(cid);
    // No CID is given twice in one run: a login under an old one is of a run whose beginning was not told.
    if (type === "CLIENT:CONNECT") this.#ended.delete(cid);
    const left = this.#ended.get(cid);
    if (left && type === "CLIENT:DISCONNECT" && this.#missing.delete(left))
      return this.#disconnected(left, notification);
    if (left) return undefined;
    const client = known ?? this.#add(cid);
    switch (type) {
      case "CLIENT:CONNECT":
      case "CLIENT:REAUTH":
        this.#identify(client, notification);
        client.kid = notification.kid;
        client.asked = true;
        return { type, client, fields: { cid, kid: notification.kid, env: client.env } };
      case "CLIENT:CR_RESPONSE":
        client.kid = notification.kid;
        return {
          type,
          client,
          fields: {
            cid,
            kid: notification.kid,
            response: decoded(notification.response.reveal()),
            env: envOf(notification.env),
          },
        };
      case "CLIENT:ESTABLISHED":
        this.#comeIn(client, notification);
        client.connected_since = this.now();
        return { type, client, fields: { cid, env: client.env } };
      case "CLIENT:ADDRESS": {
        const { address, primary } = notification;
        if (primary && (client.virtual_address === "" || !address.includes(":")))
          client.virtual_address = ownText(address);
        return { type, client, fields: { cid, address, primary } };
      }
      case "CLIENT:DISCONNECT":
        return this.#disconnected(client, notification);
    }
  }

  /** `>BYTECOUNT_CLI:`, where no rule is on it. */
  count(cid: number, bytesIn: number, bytesOut: number, now = this.now()): void {
    this.#byCid.report(cid, bytesIn, bytesOut, now);
  }

  /** The same as rules see it. */
  counted(cid: number, bytesIn: number, bytesOut: number): ClientHappening | undefined {
    const now = this.now();
    const client = this.#byCid.get(cid) ?? this.#heardOf(cid, bytesIn, bytesOut, now);
    if (!client) return undefined;
    const delta = client.traffic.count(bytesIn, bytesOut, now);
    return {
      type: "BYTECOUNT_CLI",
      client,
      fields: {
        cid,
        bytes_in: bytesIn,
        bytes_out: bytesOut,
        delta_in: delta.in,
        delta_out: delta.out,
        rate_in: delta.in / delta.seconds,
        rate_out: delta.out / delta.seconds,
      },
    };
  }

  /**
   * The rows of `status 3`: who is not there any more, and who has come. Rows are clients whose tunnel is up; those that still
   * wait for approval are not given here.
   */
  reconcile(rows: readonly ClientRow[]): { gone: Client[]; found: Client[] } {
    const listed = new Set(rows.map((row) => row.cid));
    const gone = [...this.#byCid.values()].filter(
      (client) => client.phase === "established" && !listed.has(client.cid),
    );
    for (const client of gone) this.#remove(client);
    for (const client of gone) this.#missing.add(client);
    const found: Client[] = [];
    for (const row of rows) {
      const left = this.#ended.get(row.cid);
      if (left && !this.#missing.delete(left)) continue;
      this.#ended.delete(row.cid);
      const known = this.#byCid.get(row.cid);
      const client = known ?? this.#add(row.cid);
      if (!known) found.push(client);
      this.#describe(client, row, known === undefined);
    }
    return { gone, found };
  }

  #describe(client: Client, row: ClientRow, isNew: boolean): void {
    if (row.commonName !== "UNDEF" || client.common_name === "") client.common_name = ownText(row.commonName);
    if (row.username !== "UNDEF") client.username = ownText(row.username);
    client.address ||= ownText(row.address);
    client.virtual_address ||= ownText(row.virtualAddress);
    client.connected_since = row.connectedSince * 1000;
    client.phase = "established";
    this.#sessions.learn(client, { listed: true });
    this.#sessions.count(client);
    if (isNew) client.traffic.recall(row.bytesIn, row.bytesOut, this.now());
    else client.traffic.count(row.bytesIn, row.bytesOut, this.now());
  }

  #disconnected(client: Client, { env }: { readonly env: Environment }): ClientHappening {
    const number = (name: string, known: number): number => {
      const text = env.get(name) ?? "";
      return /^\d{1,15}$/.test(text) ? Number(text) : known;
    };
    // One that came and went while we were not told is known by its block alone.
    const established = client.phase === "established" || env.has("time_duration");
    const bytesIn = number("bytes_received", client.bytes_in);
    const bytesOut = number("bytes_sent", client.bytes_out);
    client.traffic.count(bytesIn, bytesOut, this.now());
    const lasted = established ? Math.floor((this.now() - client.connected_since) / 1000) : 0;
    const duration = number("time_duration", lasted) * 1000;
    this.#remove(client);
    return {
      type: "CLIENT:DISCONNECT",
      client,
      fields: {
        cid: client.cid,
        env: env.size > 0 ? envOf(env) : client.env,
        bytes_in: bytesIn,
        bytes_out: bytesOut,
        duration,
        established,
      },
    };
  }

  #identify(client: Client, { type, env }: ClientNotification & { readonly env: Environment }): void {
    client.identify(env, type === "CLIENT:REAUTH" && client.phase === "established");
    this.#sessions.count(client);
  }

  #comeIn(client: Client, { env }: { readonly env: Environment }): void {
    const { asked, common_name } = client;
    client.identify(env);
    if (asked && env.size > 0 && this.#sessions.learn(client, { certified: common_name }))
      for (const other of this.#byCid.values()) this.#sessions.count(other);
    this.#establish(client);
  }

  #establish(client: Client): void {
    client.phase = "established";
    this.#sessions.count(client);
  }

  /** Traffic of a client that was never heard of: one from before we came; undefined for one that has ended. */
  #heardOf(cid: number, bytesIn: number, bytesOut: number, now: number): Client | undefined {
    if (this.#ended.has(cid)) return undefined;
    const client = this.#byCid.get(cid) ?? this.#add(cid, now);
    this.#establish(client);
    client.traffic.recall(bytesIn, bytesOut, now);
    return client;
  }

  #add(cid: number, now = this.now()): Client {
    if (this.#byCid.size >= MOST_CLIENTS) {
      const [oldest] = this.#byCid.values();
      if (oldest) this.#remove(oldest);
    }
    const make = (traffic: Traffic): Client => new Client({ epoch: this.epoch, cid }, now, this, traffic);
    return this.#byCid.add(cid, now, make);
  }

  #drop(client: Client): void {
    this.#sessions.end(client);
    this.#byCid.delete(client.cid);
  }

  #remove(client: Client): void {
    this.#drop(client);
    this.#ended.set(client.cid, client);
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= MOST_ENDED) break;
      const forgotten = this.#ended.get(oldest);
      if (forgotten) this.#missing.delete(forgotten);
      this.#ended.delete(oldest);
    }
  }
}

/** A response comes as base64; what is none is given as it stands. */
function decoded(response: string): string {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(response) || response.length % 4 !== 0) return response;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(response, "base64"));
  } catch {
    return response;
  }
}
