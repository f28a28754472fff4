import type { Clock, Timer } from "../../util/clock.ts";
import type { PacketKind } from "./visitor.ts";

/** Bytes a second, as the server sees them. */
export interface Rate {
  readonly in: number;
  readonly out: number;
}

/** The bytes of a ping on the wire, and the time of one piece of payload, ms. */
const PING = 40;
const BEAT = 500;
/** How often it looks around without pings, ms. */
const IDLE = 10_000;

export interface KeepaliveHost {
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly send: (kind: PacketKind, bytesIn: number, bytesOut: number) => void;
  /** The server still answers. */
  alive(): boolean;
  /** Nothing was heard for too long. */
  lost(): void;
}

/** What passes through a client's tunnel: its payload, or pings where there is none; and when it is given up. */
export class Keepalive {
  readonly #host: KeepaliveHost;
  #timer: Timer | undefined;
  #rate: Rate = { in: 0, out: 0 };
  /** --ping and --ping-restart, ms; 0 is off. */
  #ping = 0;
  #patience = 0;
  #heardAt = 0;

  constructor(host: KeepaliveHost) {
    this.#host = host;
  }

  set rate(rate: Rate) {
    this.#rate = rate;
    if (this.#timer) this.#next();
  }

  start(ping: number, patience: number): void {
    this.#ping = ping;
    this.#patience = patience;
    this.#heardAt = this.#host.clock.now();
    this.#next();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  get #busy(): boolean {
    return this.#rate.in > 0 || this.#rate.out > 0;
  }

  #next(): void {
    this.#timer?.cancel();
    const { clock, random } = this.#host;
    const pace = this.#busy ? BEAT : Math.min(this.#ping || IDLE, this.#patience || IDLE);
    // Pings of clients do not fall together.
    const delay = this.#busy ? pace : pace * (0.9 + random() * 0.2);
    this.#timer = clock.after(delay, () => this.#beat(pace));
  }

  #beat(pace: number): void {
    const now = this.#host.clock.now();
    if (this.#host.alive()) {
      this.#heardAt = now;
      this.#pass(pace);
    } else if (this.#patience > 0 && now - this.#heardAt >= this.#patience) {
      this.stop();
      this.#host.lost();
      return;
    }
    this.#next();
  }

  #pass(pace: number): void {
    const { random, send } = this.#host;
    if (!this.#busy) {
      if (this.#ping > 0) send("ping", PING, PING);
      return;
    }
    const share = (rate: number): number => Math.round(((rate * pace) / 1000) * (0.9 + random() * 0.2));
    send("payload", share(this.#rate.in), share(this.#rate.out));
  }
}
