import type { Clock, Timer } from "../util/clock.ts";
import type { Network } from "./network.ts";
import type { Answer } from "./questions.ts";

/** A proxy that a client goes through. */
export interface Proxy {
  readonly kind: "HTTP" | "SOCKS";
  readonly host: string;
  readonly port: number;
  /** `nct`: no password is sent in clear, so Basic is not answered. */
  readonly nct?: boolean;
  /** The configuration names a file for name and password: they are asked for. Only of SOCKS. */
  readonly login?: boolean;
}

export interface ProxyHost {
  readonly clock: Clock;
  readonly network: Network;
  /** ms that are left of the connect timeout. */
  readonly left: () => number;
  /** A connection to the proxy begins. */
  readonly connecting: () => void;
  readonly askProxy: (type: "HTTP Proxy" | "SOCKS Proxy", known: (answer: Answer) => void) => void;
  readonly failed: (reason: string) => void;
}

/** After the proxy's yes OpenVPN waits this long for stray bytes, ms. */
const STRAY = 2_000;
/** Between two tries with the same wrong password, ms: as fast as the proxy answers. */
const HAMMER = 1;

/** The way through a proxy whose port is open: the proxy's questions and what it thinks of the target. */
export class Passage {
  readonly #host: ProxyHost;
  #timers: Timer[] = [];

  constructor(host: ProxyHost) {
    this.#host = host;
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }

  /** `target` is asked of the proxy; UDP goes through SOCKS without being tried. */
  open(
    proxy: Proxy,
    target: { host: string; port: number; proto: "tcp" | "udp" },
    through: () => void,
  ): void {
    if (proxy.kind === "HTTP") this.#http(proxy, target, through);
    else this.#socks(proxy, target, through);
  }

  #http(
    proxy: Proxy,
    target: { host: string; port: number; proto: "tcp" | "udp" },
    through: () => void,
  ): void {
    const { network, failed, connecting, askProxy } = this.#host;
    const broken = (): void => failed("HTTP proxy error");
    const there = network.proxy(proxy.host, proxy.port);
    if (there?.kind !== "HTTP") {
      broken();
      return;
    }
    const go = (): void => {
      if (network.condition(target.host, target.port, "tcp") === "up") this.#after(STRAY, through);
      else broken();
    };
    const { login } = there;
    if (!login) {
      go();
      return;
    }
    if (proxy.nct === true) {
      broken();
      return;
    }
    connecting();
    askProxy("HTTP Proxy", (answer) => {
      if (answer.username === login.username && answer.password === login.password) go();
      else if (login.answers === 407) this.#hammer();
      else broken();
    });
  }

  /** The same wrong password again and again, until the connect timeout. */
  #hammer(): void {
    if (this.#host.left() <= 0) {
      this.#host.failed("HTTP proxy error");
      return;
    }
    this.#host.connecting();
    this.#after(HAMMER, () => this.#hammer());
  }

  #socks(
    proxy: Proxy,
    target: { host: string; port: number; proto: "tcp" | "udp" },
    through: () => void,
  ): void {
    const { network, failed, askProxy } = this.#host;
    const there = network.proxy(proxy.host, proxy.port);
    const reachable = target.proto === "udp" || network.condition(target.host, target.port, "tcp") === "up";
    const decide = (answer?: Answer): void => {
      const login = there?.login;
      const admitted = !login || (answer?.username === login.username && answer.password === login.password);
      if (there?.kind === "SOCKS" && admitted && reachable) through();
      else failed("socks-error");
    };
    if (proxy.login === true) askProxy("SOCKS Proxy", decide);
    else decide();
  }

  #after(delay: number, callback: () => void): void {
    this.#timers.push(this.#host.clock.after(delay, callback));
  }
}
