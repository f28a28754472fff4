import type { Clock, Timer } from "../util/clock.ts";
import type { Network, Transport } from "./network.ts";
import { Passage, type Proxy, type ProxyHost } from "./proxies.ts";
import { type Step, Steps } from "./steps.ts";

export interface DiallingHost extends Pick<ProxyHost, "askProxy"> {
  readonly clock: Clock;
  readonly network: Network;
  /** From the first packet to the end of the handshake, ms. */
  readonly handshake: number;
  /** --connect-timeout and --ping-restart, ms */
  readonly connectTimeout: number;
  readonly pingRestart: number;
  readonly phase: (name: string, detail?: string) => void;
  /** What the keys are exchanged with; `wrong` ends the attempt. */
  readonly sign: (signed: () => void, wrong: () => void) => void;
  readonly askLogin: (next: () => void) => void;
  /** The keys are exchanged; `began`: when the first packet went out, ms. */
  readonly exchanged: (began: number) => void;
  /** `polled`: the connect timeout ended it; then no pause is advised. */
  readonly failed: (reason: string, polled: boolean) => void;
  readonly lost: (reason: string) => void;
  readonly warn: (text: string) => void;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly proto: Transport;
  readonly proxy?: Proxy | undefined;
}

/** A first packet that nobody answers is sent again after these times, ms. */
const RESENT = [2_250, 6_250, 14_250, 30_250];
/** --hand-window, ms. */
const HAND_WINDOW = 60_000;
const LITERAL = /^[\d.]+$|:/;

/** One attempt and the tunnel that it may become. */
export class Dialling {
  readonly #host: DiallingHost;
  readonly #passage: Passage;
  readonly #steps = new Steps();
  #timers: Timer[] = [];
  #watch: () => void = () => undefined;
  #began = 0;
  /** Set up: the main loop runs, be it that the server answers or not. Until then a signal undoes all. */
  busy = false;
  #target: Target | undefined;

  constructor(host: DiallingHost) {
    this.#host = host;
    const { clock, network, askProxy } = host;
    this.#passage = new Passage({
      clock,
      network,
      askProxy,
      left: () => this.#left(),
      connecting: () => host.phase("TCP_CONNECT"),
      failed: (reason) => host.failed(reason, false),
    });
  }

  start(target: Target): void {
    this.stop();
    this.#target = target;
    this.#began = this.#host.clock.now();
    const hop = target.proxy ? { ...target.proxy, proto: "tcp" as const } : target;
    const steps: Step[] = [(next) => this.#resolve(hop, next)];
    if (hop.proto === "tcp") steps.push((next) => this.#connect(hop, next));
    const { proxy } = target;
    if (proxy) steps.push((next) => this.#passage.open(proxy, target, next));
    steps.push(
      (next) => this.#greet(next),
      (next) => this.#exchange(next),
    );
    this.#steps.start(steps, () => this.#host.exchanged(this.#began));
  }

  /** The tunnel is up: whether it lasts is looked at from now on. */
  up(): void {
    this.#cancel();
    this.#watch = this.#host.network.watch(() => this.#changed());
    this.#changed();
  }

  /** Ends the attempt or tunnel without a word. */
  stop(): void {
    this.#steps.stop();
    this.#passage.stop();
    this.#cancel();
    this.#watch();
    this.#watch = () => undefined;
    this.#target = undefined;
    this.busy = false;
  }

  /** Both ends as STATE tells them: the other end, which is the proxy if there is one, and of TCP our own. */
  ends(): { remote: string; local: string } {
    const { host, port, proto } = { host: "", port: 0, proto: "udp", ...this.#target };
    const proxy = proto === "tcp" ? this.#target?.proxy : undefined;
    const far = proxy ?? { host, port };
    const address = LITERAL.test(far.host) ? far.host : "192.0.2.1";
    return { remote: `${address},${far.port}`, local: proto === "tcp" ? "192.0.2.99,50000" : "," };
  }

  #resolve({ host, port, proto }: Target, next: () => void): void {
    if (!LITERAL.test(host)) this.#host.phase("RESOLVE");
    if (this.#host.network.condition(host, port, proto) !== "unknown") {
      next();
      return;
    }
    this.#host.phase("RESOLVE");
    this.#host.failed("Could not determine IPv4/IPv6 protocol", false);
  }

  #connect({ host, port, proto }: Target, next: () => void): void {
    const condition = this.#host.network.condition(host, port, proto);
    const failed = (): void => this.#host.failed("connection-failed", false);
    this.#host.phase("TCP_CONNECT");
    if (condition === "refused") failed();
    else if (condition === "unreachable") this.#after(this.#host.connectTimeout, failed);
    else next();
  }

  /** The first packet goes out. */
  #greet(next: () => void): void {
    // Who waited for an answer of his proxy or controller still has all the time there is.
    this.#began = this.#host.clock.now();
    this.busy = true;
    this.#host.phase("WAIT");
    const answered = (): void => {
      this.#cancel();
      this.#after(this.#host.handshake / 2, next);
    };
    if (this.#answers()) {
      answered();
      return;
    }
    this.#after(this.#host.connectTimeout, () => this.#host.failed("server_poll", true));
    for (const delay of RESENT)
      this.#after(delay, () => {
        if (this.#answers()) answered();
      });
  }

  #answers(): boolean {
    return this.#is("up") || this.#is("untrusted") || this.#is("stuck");
  }

  #exchange(next: () => void): void {
    const { handshake, phase, sign, askLogin } = this.#host;
    phase("AUTH");
    this.#after(handshake / 2, () => {
      const wrong = (): void => this.#untrusted();
      if (this.#is("stuck")) this.#after(HAND_WINDOW, wrong);
      else if (!this.#is("up")) wrong();
      else
        sign(
          () =>
            askLogin(() => {
              // The keys must be there in time, however long the answer took.
              if (this.#host.clock.now() < this.#began + HAND_WINDOW) next();
              else wrong();
            }),
          wrong,
        );
    });
  }

  #untrusted(): void {
    this.#host.warn("TLS Error: TLS handshake failed");
    this.#host.failed("tls-error", false);
  }

  /** What is left of the connect timeout, ms. */
  #left(): number {
    return this.#began + this.#host.connectTimeout - this.#host.clock.now();
  }

  /** A closed TCP port ends the tunnel at once; anything else is noticed when pings stay out. */
  #changed(): void {
    const target = this.#target;
    if (!target || this.#is("up")) return;
    this.#watch();
    const reset = target.proto === "tcp" && this.#is("refused");
    this.#after(reset ? 0 : this.#host.pingRestart, () =>
      this.#host.lost(reset ? "connection-reset" : "ping-restart"),
    );
  }

  #is(condition: string): boolean {
    const target = this.#target;
    return (
      target !== undefined &&
      this.#host.network.condition(target.host, target.port, target.proto) === condition
    );
  }

  #cancel(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }

  #after(delay: number, callback: () => void): void {
    this.#timers.push(this.#host.clock.after(delay, callback));
  }
}
