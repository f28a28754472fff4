import { make, type Text } from "./parts.ts";

/** Commands of a client about where it connects to. */
export const attempt = {
  remote: {
    accept: () => make("remote", "ACCEPT"),
    /** The next entry, or (2.6) the n-th from here. */
    skip: (entries?: number) => make("remote", "SKIP", entries),
    /** For this attempt only; the protocol stays that of the entry. */
    mod: (host: string, port: number) => make("remote", "MOD", host, port),
  },
  remoteEntry: {
    count: () => make("remote-entry-count"),
    /** The entry at `from`, or those up to and without `to`. */
    get: (from: number, to?: number) => make("remote-entry-get", from, to),
    all: () => make("remote-entry-get", "all"),
  },
  proxy: {
    /** No other than in the config. */
    none: () => make("proxy", "NONE"),
    /** `nct`: no passwords in clear. */
    http: (host: string, port: number, flag?: "nct") => make("proxy", "HTTP", host, port, flag),
    socks: (host: string, port: number) => make("proxy", "SOCKS", host, port),
  },
  /** OpenVPN 2.2 only. */
  httpProxyFallback: (host: string, port: number, flags?: Text) =>
    make("http-proxy-fallback", host, port, flags),
  httpProxyFallbackDisable: () => make("http-proxy-fallback-disable"),
} as const;
