import type { Clock } from "../util/clock.ts";
import type { AuthOptions } from "./credentials.ts";
import type { RemoteEntry } from "./cursor.ts";
import type { ExternalKeyOptions } from "./external-key.ts";
import type { Network } from "./network.ts";
import type { Peer } from "./peer.ts";
import type { Pkcs11Options } from "./pkcs11.ts";

export interface ClientOptions {
  readonly clock: Clock;
  readonly network: Network;
  readonly remotes: readonly RemoteEntry[];
  /** Of OpenVPN, as in 2.6.14, which it is unless said otherwise. */
  readonly version?: string;
  /** --management-hold; on unless said otherwise. */
  readonly hold?: boolean;
  /** --management-query-remote; on unless said otherwise. */
  readonly queryRemote?: boolean;
  /** --management-query-proxy */
  readonly queryProxy?: boolean;
  /** --management-signal: a controller that leaves makes it reconnect. */
  readonly signalsOnDisconnect?: boolean;
  /** --management-forget-disconnect: a controller that leaves makes it forget passwords. */
  readonly forgetsOnDisconnect?: boolean;
  /** --management-client: the daemon dials the controller, and ends when it leaves. */
  readonly dialsController?: boolean;
  /** --management-up-down */
  readonly upDown?: boolean;
  /** --remap-usr1 */
  readonly remapUsr1?: "SIGHUP" | "SIGTERM";
  /** --explicit-exit-notify, s; 0 is off. */
  readonly exitNotify?: number;
  /** --connect-timeout, ms; OpenVPN's own default is 120 s. */
  readonly connectTimeout?: number;
  /** --ping-restart, ms. */
  readonly pingRestart?: number;
  /** --connect-retry, s: the first pause, and the longest. */
  readonly connectRetry?: readonly [number, number];
  /** --auth-retry; `none` unless said otherwise. */
  readonly authRetry?: "none" | "nointeract" | "interact";
  /** --auth-user-pass, asked of the controller. */
  readonly auth?: AuthOptions;
  /** The key is encrypted; its right password. */
  readonly keyPassword?: string;
  /** --management-external-key */
  readonly externalKey?: ExternalKeyOptions;
  readonly pkcs11?: Pkcs11Options;
  /** Who decides about logins; unless said otherwise all are let in. */
  readonly peer?: Peer;
  /** The password of the management interface. */
  readonly password?: string;
  /** --echo */
  readonly echo?: readonly string[];
  readonly pid?: number;
  /** From the first packet to the end of the handshake, ms; 50 unless said otherwise: a server nearby. */
  readonly handshake?: number;
  /** From 0 to below 1; the same numbers make the same run. */
  readonly random?: () => number;
}
