import type { Version } from "../version.ts";

/** A client's side of its connection. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

/** What the server listens on, by OpenVPN's names; those with a 6 take IPv4 clients too. */
export const PROTOCOLS = ["udp", "udp4", "udp6", "tcp-server", "tcp4-server", "tcp6-server"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export function isTcp(protocol: Protocol): boolean {
  return protocol.startsWith("tcp");
}

export function isDualStack(protocol: Protocol): boolean {
  return protocol.includes("6");
}

/**
 * A client's address as `status` and the log show it. Up to 2.6 an IPv6 address has no port, so that two clients of one
 * host look alike; 2.7 puts the protocol in front.
 */
export function realAddress({ ip, port }: Endpoint, protocol: Protocol, version: Version): string {
  const sixth = ip.includes(":");
  if (!version.atLeast("2.7.0")) return sixth ? ip : `${ip}:${port}`;
  const family = sixth || isDualStack(protocol) ? 6 : 4;
  const name = isTcp(protocol) ? `tcp${family}-server` : `udp${family}`;
  return `${name}:${sixth ? `[${ip}]` : ip}:${port}`;
}

/** The address as the log shows sockets. */
export function socketAddress({ ip, port }: Endpoint, protocol: Protocol): string {
  if (ip.includes(":")) return `[AF_INET6]${ip}:${port}`;
  return isDualStack(protocol) ? `[AF_INET6]::ffff:${ip}:${port}` : `[AF_INET]${ip}:${port}`;
}
