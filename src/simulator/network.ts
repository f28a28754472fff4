/**
 * What a client meets at an address. `up`: a server · `refused`: the port is closed · `silent`: it takes packets and never
 * answers · `unreachable`: packets vanish · `unknown`: the name does not resolve · `untrusted`: TLS fails · `stuck`: TLS
 * begins and never ends.
 */
export type Condition = "up" | "refused" | "silent" | "unreachable" | "unknown" | "untrusted" | "stuck";

export type Transport = "udp" | "tcp";

export function placeKey(host: string, port: number, proto: Transport): string {
  return `${host}:${port}/${proto}`;
}

/** A proxy that listens somewhere. */
export interface ProxyServer {
  readonly kind: "HTTP" | "SOCKS";
  /** Whom it serves, and what an HTTP proxy says to others: 407 makes OpenVPN try again at once, 401 makes it give up. */
  readonly login?: { readonly username: string; readonly password: string; readonly answers: 401 | 407 };
}

/** The servers of a simulated world; whoever looks can be told of changes. */
export class Network {
  readonly #conditions = new Map<string, Condition>();
  readonly #proxies = new Map<string, ProxyServer>();
  readonly #watchers = new Set<() => void>();

  /** Where nothing was set, the port is closed. */
  condition(host: string, port: number, proto: Transport): Condition {
    return this.#conditions.get(placeKey(host, port, proto)) ?? "refused";
  }

  set(host: string, port: number, proto: Transport, condition: Condition): void {
    this.#conditions.set(placeKey(host, port, proto), condition);
    for (const watcher of this.#watchers) watcher();
  }

  /** A proxy whose port is open. */
  setProxy(host: string, port: number, proxy: ProxyServer): void {
    this.#proxies.set(placeKey(host, port, "tcp"), proxy);
    this.set(host, port, "tcp", "up");
  }

  proxy(host: string, port: number): ProxyServer | undefined {
    return this.#proxies.get(placeKey(host, port, "tcp"));
  }

  /** Returns a function that ends the watching. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
