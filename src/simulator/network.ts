/**
 * What a client meets at an address. `up`: a server · `refused`: the port is closed · `silent`: it takes packets and never
 * answers · `unreachable`: packets vanish · `unknown`: the name does not resolve · `untrusted`: TLS fails.
 */
export type Condition = "up" | "refused" | "silent" | "unreachable" | "unknown" | "untrusted";

export type Transport = "udp" | "tcp";

export function placeKey(host: string, port: number, proto: Transport): string {
  return `${host}:${port}/${proto}`;
}

/** The servers of a simulated world; whoever looks can be told of changes. */
export class Network {
  readonly #conditions = new Map<string, Condition>();
  readonly #watchers = new Set<() => void>();

  /** Where nothing was set, the port is closed. */
  condition(host: string, port: number, proto: Transport): Condition {
    return this.#conditions.get(placeKey(host, port, proto)) ?? "refused";
  }

  set(host: string, port: number, proto: Transport, condition: Condition): void {
    this.#conditions.set(placeKey(host, port, proto), condition);
    for (const watcher of this.#watchers) watcher();
  }

  /** Returns a function that ends the watching. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
