import type { Client, ClientEnv } from "../../model/client.ts";
import type { ClientRow } from "../../model/clients.ts";
import type { Command, Outcome } from "../../protocol/command.ts";
import { command } from "../../protocol/constructors.ts";
import { Environment } from "../../protocol/environment.ts";
import type { DaemonBook, Listed, Load } from "../../quota/daemon-book.ts";
import type { Meter } from "../../quota/meter.ts";

export interface AccountingHost {
  now(): number;
  pid(): number;
  find(cid: number): Client | undefined;
  /** Reads the list of clients soon. */
  refresh(): void;
  command(command: Command, cause: string | undefined, done: (outcome: Outcome) => void): void;
  journal(fields: Record<string, unknown>): void;
  drain(): void;
}

/** Books what one server tells of its clients' traffic, and says what it could not see. */
export class Accounting {
  readonly #book: DaemonBook;
  readonly #host: AccountingHost;
  /** Sessions that have ended unseen and are to be told. */
  #unseen: Meter[] = [];
  #asked = false;

  constructor(book: DaemonBook, host: AccountingHost) {
    this.#book = book;
    this.#host = host;
  }

  /** `>BYTECOUNT_CLI:`. `early`: it may be older than the list of clients. */
  report(cid: number, bytesIn: number, bytesOut: number, now: number, early: boolean): void {
    if (this.#book.report(cid, bytesIn, bytesOut, now, early)) return;
    // One whose beginning was not told: the list says who it is.
    if (!early && this.#host.find(cid)?.phase === "established") this.#host.refresh();
  }

  opened(client: Client): void {
    this.#book.opened(client, beganAt(client));
  }

  /** `fields`: of CLIENT:DISCONNECT. */
  ended(client: Client, { established, bytes_in, bytes_out, env }: Readonly<Record<string, unknown>>): void {
    // One that ended before the list was read: who it was only the block of its end tells.
    if (client.common_name === "") client.identify(environmentOf(env as ClientEnv));
    const totals = established === true ? { in: Number(bytes_in), out: Number(bytes_out) } : undefined;
    this.#book.ended(client, totals, this.#host.now());
  }

  /** The list of clients was read. */
  listed(rows: readonly ClientRow[], isOffloaded: boolean): void {
    const listed = rows.flatMap(({ cid, bytesIn, bytesOut, connectedSince }): Listed[] => {
      const client = this.#host.find(cid);
      return client ? [{ client, bytesIn, bytesOut, since: connectedSince }] : [];
    });
    this.#unseen.push(...this.#book.listed(listed, isOffloaded, this.#host.now()));
    this.#weigh();
    this.#host.drain();
  }

  /** The server has begun a new run. */
  restarted(): void {
    this.#unseen.push(...this.#book.restarted());
    if (this.#unseen.length > 0) this.#weigh();
  }

  /** The interface is not ours any more. */
  lost(): void {
    this.#asked = false;
    this.#tell(undefined);
  }

  /** What the daemon counted in all bounds what nobody saw. */
  #weigh(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#host.command(command.loadStats(), undefined, (outcome) => {
      this.#asked = false;
      this.#tell(outcome.ok ? loadOf(outcome.text, this.#host.pid()) : undefined);
    });
  }

  #tell(load: Load | undefined): void {
    const missed = load && this.#book.weigh(load);
    const unseen = this.#unseen;
    this.#unseen = [];
    for (const { cid, name, bytesIn, bytesOut } of unseen)
      this.#host.journal({
        event: { type: "unseen-end", cid, common_name: name, bytes_in: bytesIn, bytes_out: bytesOut },
        ...(missed
          ? { "missed-at-most": { bytes_in: missed.in, bytes_out: missed.out } }
          : { "missed-at-most": "unknown" }),
        ...(missed && unseen.length > 1 ? { "in-all": unseen.length } : {}),
      });
  }
}

function environmentOf(env: ClientEnv): Environment {
  return new Environment(
    Object.entries(env).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as const] : [],
    ),
  );
}

/** When the client instance was made, as its environment says; s since the epoch, 0 where it does not. */
function beganAt({ env }: Client): number {
  const { time_unix: time } = env;
  return typeof time === "string" && /^\d{1,12}$/.test(time) ? Number(time) : 0;
}

/** `nclients=0,bytesin=1992,bytesout=1997` */
function loadOf(text: string, pid: number): Load | undefined {
  const [, bytesIn, bytesOut] = /bytesin=(\d+),bytesout=(\d+)/.exec(text) ?? [];
  return bytesIn === undefined ? undefined : { pid, in: Number(bytesIn), out: Number(bytesOut) };
}
