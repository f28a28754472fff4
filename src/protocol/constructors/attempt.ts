import type { Command } from "../command.ts";
import { make, type Text } from "./parts.ts";

/** Commands of a client about where it connects to. */
export const attempt = {
  remote: {
    accept: (): Command<"remote"> => make("remote", "ACCEPT"),
    /** The next entry, or (2.6) the n-th from here. */
    skip: (entries?: number): Command<"remote"> => make("remote", "SKIP", entries),
    /** For this attempt only; the protocol stays that of the entry. */
    mod: (host: string, port: number): Command<"remote"> => make("remote", "MOD", host, port),
  },
  remoteEntry: {
    count: (): Command<"remote-entry-count"> => make("remote-entry-count"),
    /** The entry at `from`, or those up to and without `to`. */
    get: (from: number, to?: number): Command<"remote-entry-get"> => make("remote-entry-get", from, to),
    all: (): Command<"remote-entry-get"> => make("remote-entry-get", "all"),
  },
  proxy: {
    /** No other than in the config. */
    none: (): Command<"proxy"> => make("proxy", "NONE"),
    /** `nct`: no passwords in clear. */
    http: (host: string, port: number, flag?: "nct"): Command<"proxy"> =>
      make("proxy", "HTTP", host, port, flag),
    socks: (host: string, port: number): Command<"proxy"> => make("proxy", "SOCKS", host, port),
  },
  /** OpenVPN 2.2 only. */
  httpProxyFallback: (host: string, port: number, flags?: Text): Command<"http-proxy-fallback"> =>
    make("http-proxy-fallback", host, port, flags),
  httpProxyFallbackDisable: (): Command<"http-proxy-fallback-disable"> => make("http-proxy-fallback-disable"),
} as const;
