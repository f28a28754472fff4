import type { Client, ClientKey } from "../../model/client.ts";
import type { ClientRow, Clients } from "../../model/clients.ts";
import type { Command, Outcome } from "../../protocol/command.ts";
import { command } from "../../protocol/constructors.ts";
import { parseStatus, type ServerStatus, type StatusClient } from "../../protocol/status.ts";
import type { Timer } from "../../util/clock.ts";

const TABLE = "epochs";

/** A client that waits for approval at attach still does so after this long, ms: it waits for a manager that has gone. */
const LOST_AFTER = 5_000;

/** An address or a network of IPv4 or IPv6; bridges know MAC addresses, which have six pairs of digits and may name a VLAN. */
const IP_ROUTE = /^(\d+\.\d+\.\d+\.\d+|(?![\da-f]{2}(:[\da-f]{2}){5}(@|$))[\da-f:.]*:[\da-f:.]*)(\/\d+)?$/i;

/** The cipher of a client that has not been approved: nothing was negotiated with it. */
const NOT_NEGOTIATED: ReadonlySet<string | undefined> = new Set(["", "BF-CBC"]);

export interface RosterHost {
  readonly daemon: string;
  readonly clients: Clients;
  after(delay: number, callback: () => void): Timer;
  load(table: string, key: string): unknown;
  save(table: string, key: string, value: unknown): void;
  command(command: Command, cause: string | undefined, done: (outcome: Outcome) => void): void;
  journal(kind: "event" | "error", fields: Record<string, unknown>): string;
  /** It is a server, or a client. */
  isServer(server: boolean): void;
  /** How often the list of clients is read, ms: servers without --management-client-auth tell no end of a session. */
  every(isOffloaded: boolean): number;
  /** The list was read; the kernel may move the packets. */
  listed(rows: readonly ClientRow[], isOffloaded: boolean): void;
  /** CIDs begin anew: all clients have gone. */
  restarted(): void;
  /** A client has gone without a word. */
  gone(client: Client): void;
  /** Only those clients are there for which `stays` holds. */
  forget(stays: (client: ClientKey) => boolean): void;
}

/** Which process and which run of it the epoch is of; times of OpenVPN's own history, s. */
interface SavedEpoch {
  readonly epoch: number;
  readonly pid: number;
  readonly restarted: number;
}

/** A state of OpenVPN's history that begins a new run: CIDs are given anew. */
export interface Restart {
  readonly time: number;
  readonly name: string;
  /** The server's own addresses in the tunnel, "" where it has none. */
  readonly tunIp: string;
  readonly tunIp6: string;
}

/**
 * Who is connected to one server: its epochs, and what `status 3` says where notifications do not. Only format 3 is read: in the
 * others a common name can forge lines (protocol notes, 7.1).
 */
export class Roster {
  readonly #host: RosterHost;
  #saved: SavedEpoch;
  /** Undefined until it has told. */
  #server: boolean | undefined;
  #timer: Timer | undefined;
  #isOffloaded = false;
  /** A list is on its way. */
  #isReading = false;
  /** Numbers the attachments: what was asked on an older connection counts no more. */
  #turn = 0;
  /** The server has an address in the tunnel, as far as it told. */
  #hasAddress = true;

  constructor(host: RosterHost) {
    this.#host = host;
    this.#saved = (host.load(TABLE, host.daemon) as SavedEpoch | undefined) ?? {
      epoch: 1,
      pid: 0,
      restarted: 0,
    };
    host.clients.epoch = this.#saved.epoch;
  }

  /** The interface is ours: `states` is OpenVPN's history. `done` once the list of clients is read. */
  attached(pid: number, states: readonly Restart[], done: () => void): void {
    this.#turn++;
    this.#isReading = false;
    this.#server = undefined;
    // Who asked before the connection broke is not asked about again.
    this.#host.clients.forgetAsking();
    const restarted = lastRestart(states);
    const up = states.findLast(({ name }) => name === "CONNECTED");
    this.#hasAddress = !up || up.tunIp !== "" || up.tunIp6 !== "";
    if (pid !== this.#saved.pid || restarted > this.#saved.restarted) this.#newEpoch(pid, restarted);
    this.#read((status) => {
      if (status) {
        this.#reconcile(status);
        this.#sendBack(status);
      }
      done();
    });
  }

  /** A state was told: a server may have become readable, or begun a new run; true then. */
  moved(state: Restart, pid: number): boolean {
    if (!isRestart(state)) {
      if (this.#server === undefined && state.name === "CONNECTED") this.refresh();
      return false;
    }
    if (this.#server !== false) this.#newEpoch(pid, state.time);
    return true;
  }

  /** Reads the list now, unless it is being read. */
  refresh(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#read((status) => {
      this.#isReading = false;
      if (status) this.#reconcile(status);
    });
  }

  stop(): void {
    this.#turn++;
    this.#timer?.cancel();
  }

  #newEpoch(pid: number, restarted: number): void {
    const { clients } = this.#host;
    this.#host.restarted();
    clients.restart();
    this.#saved = { epoch: clients.epoch, pid, restarted };
    this.#host.save(TABLE, this.#host.daemon, this.#saved);
    this.#host.forget(() => false);
  }

  /** In its first hold OpenVPN does not say; a client says something else. */
  #read(take: (status: ServerStatus | undefined) => void): void {
    const turn = this.#turn;
    this.#host.command(command.status(3), undefined, (outcome) => {
      const status = outcome.ok ? parseStatus(outcome.lines) : undefined;
      if (turn !== this.#turn || !status) {
        const isLate = !outcome.ok && outcome.error === "timeout";
        if (turn === this.#turn && (this.#server === true || isLate)) this.#again();
        take(undefined);
        return;
      }
      this.#server = status.kind === "server";
      this.#isOffloaded = status.kind === "server" && status.global.dcoEnabled === true;
      this.#host.isServer(this.#server);
      take(status.kind === "server" ? status : undefined);
      if (status.kind === "server") this.#again();
    });
  }

  #again(): void {
    const turn = this.#turn;
    this.#timer?.cancel();
    this.#timer = this.#host.after(this.#host.every(this.#isOffloaded), () => {
      if (turn === this.#turn) this.refresh();
    });
  }

  #reconcile(status: ServerStatus): void {
    const { clients } = this.#host;
    // 2.3 has no CIDs in its list: nobody can be told from anybody.
    if (status.clients.some(({ cid }) => cid === undefined)) return;
    const waiting = new Set(this.#waitingIn(status));
    const rows = status.clients.flatMap((row) => rowOf(row, waiting, clients.get(row.cid ?? -1)) ?? []);
    for (const client of clients.reconcile(rows).gone) this.#host.gone(client);
    this.#host.forget((key) => clients.find(key) !== undefined);
    this.#host.listed(rows, this.#isOffloaded);
  }

  /**
   * Clients that asked while nobody listened are asked about no more, and their KID cannot be known: they are told to come again
   * (protocol notes, 7.9).
   */
  #sendBack(status: ServerStatus): void {
    const waiting = this.#waitingIn(status);
    if (waiting.length === 0) return;
    const turn = this.#turn;
    this.#host.after(LOST_AFTER, () => {
      if (turn !== this.#turn) return;
      this.#read((now) => {
        for (const cid of now ? this.#waitingIn(now) : []) if (waiting.includes(cid)) this.#sendBackOne(cid);
      });
    });
  }

  #waitingIn(status: ServerStatus): number[] {
    return waitingIn(status, this.#hasAddress);
  }

  #sendBackOne(cid: number): void {
    // One that has asked since is answered like any other. A response to what somebody else asked is no question.
    const known = this.#host.clients.get(cid);
    if (known && (known.asked || known.phase === "established")) return;
    const cause = this.#host.journal("event", {
      event: { type: "CLIENT", cid },
      reason: "It asked while no manager was attached, and is told to come again",
    });
    this.#host.command(command.clientKill(cid), cause, () => undefined);
  }
}

/**
 * SIGUSR1, SIGHUP, or a restart for another reason: each of them begins with RECONNECTING. CONNECTING comes once, when a process begins: one
 * in a container has the number of the one before.
 */
function isRestart({ name }: Restart): boolean {
  return name === "RECONNECTING" || name === "EXITING" || name === "CONNECTING";
}

function lastRestart(states: readonly Restart[]): number {
  return states.findLast(isRestart)?.time ?? 0;
}

/**
 * The CIDs of those that wait: without an address in the tunnel, and nothing is routed to them. Bridged clients that are silent look
 * the same but for their cipher, and a server with `cipher` in its configuration lists that for who waits. Where IP addresses are
 * routed nobody is bridged; where the server itself has no address everybody may be, with the oldest of ciphers too.
 */
function waitingIn({ clients, routes }: ServerStatus, hasAddress: boolean): number[] {
  const routed = new Set(routes.map((route) => route.realAddress));
  const isRouter = routes.some(({ virtualAddress }) => IP_ROUTE.test(virtualAddress));
  return clients.flatMap(({ cid, virtualAddress, virtualAddress6, cipher, realAddress }) => {
    const isUnknown = virtualAddress === "" && virtualAddress6 === "" && !routed.has(realAddress);
    return isUnknown && (isRouter || (hasAddress && NOT_NEGOTIATED.has(cipher))) && cid !== undefined
      ? [cid]
      : [];
  });
}

function rowOf(
  row: StatusClient,
  waiting: ReadonlySet<number>,
  known: Client | undefined,
): ClientRow | undefined {
  const { cid } = row;
  if (cid === undefined || (waiting.has(cid) && known?.phase !== "established")) return undefined;
  return {
    cid,
    commonName: row.commonName,
    username: row.username ?? "UNDEF",
    address: row.address,
    virtualAddress: row.virtualAddress === "" ? row.virtualAddress6 : row.virtualAddress,
    bytesIn: row.bytesIn,
    bytesOut: row.bytesOut,
    connectedSince: row.connectedSince ?? 0,
  };
}
