import { Admission } from "./admission.ts";
import { Arrival } from "./arrival.ts";
import { baseEnvironment } from "./base.ts";
import { Blocks } from "./blocks.ts";
import { Farewell } from "./farewell.ts";
import { Meter } from "./meter.ts";
import { Pool } from "./pool.ts";
import { Roster } from "./roster.ts";
import type { ServerHost } from "./server-host.ts";
import { ServerLog } from "./server-log.ts";
import type { Tunnel, Visitor } from "./visitor.ts";

/** What serves clients, from one start of the server to the next. */
export class Service {
  readonly farewell: Farewell;
  readonly meter: Meter;
  roster = new Roster();
  admission: Admission;
  /** When it began, in seconds since the epoch; 0: not yet. */
  started = 0;
  readonly #host: ServerHost;
  readonly #blocks: Blocks;
  readonly #log: ServerLog;

  constructor(host: ServerHost) {
    this.#host = host;
    this.#blocks = new Blocks(host);
    this.#log = new ServerLog(host);
    this.meter = new Meter(host);
    this.farewell = new Farewell(host, this.#blocks, this.#log);
    this.admission = this.#opened();
  }

  /** Begins anew: nobody is there, and all addresses are still to give away. */
  begin(): void {
    this.roster = new Roster();
    this.admission = this.#opened();
    this.started = this.#host.seconds;
  }

  /** All clients go, and each is told of. */
  dismiss(): void {
    for (const session of this.roster.shuffled) this.farewell.close(session);
  }

  /** A client has made its handshake; `verb` is the level of the log. */
  knock(visitor: Visitor, verb: number): Tunnel | undefined {
    return this.admission.knock(visitor, baseEnvironment(this.#host.settings, this.started, verb));
  }

  #opened(): Admission {
    const host = this.#host;
    const parts = { blocks: this.#blocks, log: this.#log, farewell: this.farewell, meter: this.meter };
    const pool = new Pool(host.settings.poolSize);
    return new Admission(host, { ...parts, arrival: new Arrival(host, { ...parts, pool }) });
  }
}
