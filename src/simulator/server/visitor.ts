import type { Certificate } from "./certificate.ts";
import type { Endpoint } from "./endpoint.ts";

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What a client shows of itself when it knocks. Text is one character a byte. */
export interface Visitor {
  readonly certificate: Certificate;
  readonly endpoint: Endpoint;
  readonly login?: Login | undefined;
  /** Lines as in `IV_VER=2.6.14`. */
  readonly peerInfo: readonly string[];
  /** It can be told new options while it is connected (2.7). */
  readonly takesUpdates?: boolean;
  /** A message on the control channel: `PUSH_REPLY,…`, `AUTH_FAILED,…`, `RESTART,…`, `INFO_PRE,…` … */
  hear(message: string): void;
  /** Its connection was closed, where that can be seen: over TCP. */
  closed?(): void;
}

/**
 * `payload`: of the tunnel · `ping`: of its keepalive · `control`: what the daemon sees even where the tunnel is offloaded.
 */
export type PacketKind = "payload" | "ping" | "control";

/** A client's end of its connection with a server. */
export interface Tunnel {
  /** The server still answers. */
  readonly alive: boolean;
  /** It wants its options: if it is let in by now it gets them. */
  requestPush(): void;
  /** Bytes pass, counted as the server sees them. */
  packet(kind: PacketKind, bytesIn: number, bytesOut: number): void;
  /** New keys; the login is shown again. */
  renegotiate(login?: Login): void;
  /** The answer to a challenge, which nobody checks. */
  respond(text: string): void;
  /** Says goodbye (--explicit-exit-notify). */
  exit(): void;
  /** Goes without a word. Over TCP the server sees it at once. */
  hangUp(): void;
}

/** What a 2.6 client says of itself. */
export function peerInfoOf(version: string): string[] {
  return [
    `IV_VER=${version}`,
    "IV_PLAT=linux",
    "IV_TCPNL=1",
    "IV_MTU=1600",
    "IV_NCP=2",
    "IV_CIPHERS=AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305",
    "IV_PROTO=990",
    "IV_LZO_STUB=1",
    "IV_COMP_STUB=1",
    "IV_COMP_STUBv2=1",
  ];
}
