import type { RemoteEntry } from "./cursor.ts";
import type { Proxy } from "./proxies.ts";

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Where an attempt goes: to the entry, to what MOD named, or to where the last good session was; and through which proxy. */
export class Route {
  #named: Place | undefined;
  #dialled: Place | undefined;
  #kept: Place | undefined;
  #http: Proxy | undefined;
  #socks: Proxy | undefined;
  /** An HTTP proxy of the configuration is changed in place: the change lasts until the configuration is read again. */
  readonly #changed = new Map<RemoteEntry, Proxy>();

  /** Each answer names anew: MOD counts for one attempt. */
  name(place: Place | undefined): void {
    this.#named = place;
  }

  /** The attempt became a tunnel: its address is dialled again next time, whatever MOD says. */
  keep(): void {
    this.#kept = this.#dialled;
  }

  forget(): void {
    this.#kept = undefined;
  }

  /** The configuration was read again. */
  reset(): void {
    this.forget();
    this.#changed.clear();
  }

  /** An entry is in question: what its proxy was before counts no more. */
  choose(): void {
    this.#http = undefined;
    this.#socks = undefined;
  }

  /** `proxy` of the controller; false: it cannot be had. `NONE` changes nothing. */
  through(entry: RemoteEntry | undefined, kind: string, [host, port, flag]: readonly string[]): boolean {
    if (kind === "NONE") return true;
    if (host === undefined || port === undefined) return false;
    if (kind !== "SOCKS" && kind !== "HTTP") return false;
    const proxy: Proxy = {
      kind,
      host,
      port: Number.parseInt(port, 10) || 0,
      ...(flag === "nct" ? { nct: true } : {}),
    };
    if (kind === "HTTP" && entry?.proxy?.kind === "HTTP") this.#changed.set(entry, proxy);
    else if (kind === "HTTP") this.#http = proxy;
    else this.#socks = proxy;
    return true;
  }

  /** An attempt begins. */
  take(entry: RemoteEntry): Place & { proxy: Proxy | undefined } {
    const { host, port } = this.#kept ?? this.#named ?? entry;
    this.#dialled = { host, port };
    this.#kept = undefined;
    return { host, port, proxy: this.#through(entry) };
  }

  /** One for HTTP comes before one for SOCKS, whichever was named last. */
  #through(entry: RemoteEntry): Proxy | undefined {
    const configured = (kind: Proxy["kind"]): Proxy | undefined =>
      entry.proxy?.kind === kind ? entry.proxy : undefined;
    const http = this.#http ?? this.#changed.get(entry) ?? configured("HTTP");
    return http ?? this.#socks ?? configured("SOCKS");
  }
}
