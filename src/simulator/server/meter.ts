import type { Timer } from "../../util/clock.ts";
import type { ServerHost } from "./server-host.ts";
import type { Session } from "./session.ts";

/**
 * `>BYTECOUNT_CLI`. Up to 2.6 a client's bytes are told when a packet of it passes and its time has come, so that idle
 * clients are told of at the pace of their pings; 2.7 tells of all clients by a timer.
 */
export class Meter {
  readonly #host: ServerHost;
  #interval = 0;
  #timer: Timer | undefined;
  /** Bytes of all clients since the process began. */
  readonly total = { in: 0, out: 0 };

  constructor(host: ServerHost) {
    this.#host = host;
  }

  /** Seconds; 0 turns it off. */
  tellEvery(interval: number): void {
    this.#interval = Math.max(0, interval);
    this.#timer?.cancel();
    if (this.#interval > 0 && this.#host.version.atLeast("2.7.0")) this.#tick();
  }

  /** A client came: what its handshake took counts for the whole. */
  shaken({ seen }: Session): void {
    this.total.in += seen.in;
    this.total.out += seen.out;
  }

  /** `data`: what the kernel keeps to itself where the tunnel is offloaded. */
  passed(session: Session, bytesIn: number, bytesOut: number, data: boolean): void {
    const hidden = data && this.#host.settings.dco;
    const counter = hidden ? session.offloaded : session.seen;
    counter.in += bytesIn;
    counter.out += bytesOut;
    this.total.in += bytesIn;
    this.total.out += bytesOut;
    const { seconds, version } = this.#host;
    if (hidden || this.#interval === 0 || !session.established || version.atLeast("2.7.0")) return;
    if (seconds < session.toldAt + this.#interval) return;
    session.toldAt = seconds;
    this.#tell(session, session.seen);
  }

  #tick(): void {
    this.#timer = this.#host.settings.clock.after(this.#interval * 1000, () => {
      for (const session of this.#host.roster.shuffled)
        if (session.established) this.#tell(session, session.bytes);
      this.#tick();
    });
  }

  #tell({ cid }: Session, bytes: { readonly in: number; readonly out: number }): void {
    this.#host.say(`>BYTECOUNT_CLI:${cid},${bytes.in},${bytes.out}`);
  }
}
