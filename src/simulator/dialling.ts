import type { Clock, Timer } from "../util/clock.ts";
import type { Network, Transport } from "./network.ts";

export interface DiallingHost {
  readonly clock: Clock;
  readonly network: Network;
  /** From the first packet to CONNECTED, ms. */
  readonly handshake: number;
  /** --connect-timeout and --ping-restart, ms */
  readonly connectTimeout: number;
  readonly pingRestart: number;
  phase(name: string, detail?: string): void;
  up(): void;
  /** `polled`: the connect timeout ended it; then no pause is advised. */
  failed(reason: string, polled: boolean): void;
  lost(reason: string): void;
  warn(text: string): void;
}

const TUNNEL = "10.8.0.6";
const LITERAL = /^[\d.]+$|:/;

/** One attempt and the tunnel that it may become. */
export class Dialling {
  readonly #host: DiallingHost;
  #timers: Timer[] = [];
  #watch: () => void = () => undefined;
  /** Set up: the main loop runs, be it that the server answers or not. Until then a signal undoes all. */
  busy = false;
  #place: { host: string; port: number; proto: Transport } | undefined;

  constructor(host: DiallingHost) {
    this.#host = host;
  }

  start(host: string, port: number, proto: Transport): void {
    this.stop();
    this.#place = { host, port, proto };
    const condition = this.#host.network.condition(host, port, proto);
    if (!LITERAL.test(host)) this.#host.phase("RESOLVE");
    if (condition === "unknown") {
      this.#host.phase("RESOLVE");
      this.#host.failed("Could not determine IPv4/IPv6 protocol", false);
      return;
    }
    if (proto === "tcp") {
      this.#host.phase("TCP_CONNECT");
      if (condition === "refused") {
        this.#host.failed("connection-failed", false);
        return;
      }
      if (condition === "unreachable") {
        this.#after(this.#host.connectTimeout, () => this.#host.failed("connection-failed", false));
        return;
      }
    }
    this.busy = true;
    this.#host.phase("WAIT");
    if (condition === "up" || condition === "untrusted")
      this.#after(this.#host.handshake / 2, () => this.#answered());
    else this.#after(this.#host.connectTimeout, () => this.#host.failed("server_poll", true));
  }

  /** Ends the attempt or tunnel without a word. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#watch();
    this.#watch = () => undefined;
    this.#place = undefined;
    this.busy = false;
  }

  /** The fields of a STATE line behind its name. */
  fields(name: string, detail: string): string {
    const { host = "", port = 0, proto = "udp" } = this.#place ?? {};
    if (name === "ASSIGN_IP") return `,${TUNNEL},,,,`;
    if (name !== "CONNECTED") return `${detail},,,,,`;
    const address = LITERAL.test(host) ? host : "192.0.2.1";
    return `${detail},${TUNNEL},${address},${port},${proto === "tcp" ? "192.0.2.99,50000" : ","}`;
  }

  #answered(): void {
    this.#host.phase("AUTH");
    this.#after(this.#host.handshake / 2, () => {
      if (!this.#is("up")) {
        this.#host.warn("TLS Error: TLS handshake failed");
        this.#host.failed("tls-error", false);
        return;
      }
      this.#host.phase("ASSIGN_IP");
      this.#host.phase("CONNECTED", "SUCCESS");
      this.#watch = this.#host.network.watch(() => this.#changed());
      this.#host.up();
    });
  }

  /** A closed TCP port ends the tunnel at once; anything else is noticed when pings stay out. */
  #changed(): void {
    const place = this.#place;
    if (!place || this.#is("up")) return;
    this.#watch();
    const reset = place.proto === "tcp" && this.#is("refused");
    this.#after(reset ? 0 : this.#host.pingRestart, () =>
      this.#host.lost(reset ? "connection-reset" : "ping-restart"),
    );
  }

  #is(condition: string): boolean {
    const place = this.#place;
    return (
      place !== undefined && this.#host.network.condition(place.host, place.port, place.proto) === condition
    );
  }

  #after(delay: number, callback: () => void): void {
    this.#timers.push(this.#host.clock.after(delay, callback));
  }
}
