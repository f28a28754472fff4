import type { Clock } from "../util/clock.ts";
import type { RemoteEntry } from "./cursor.ts";
import type { Network } from "./network.ts";

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
  /** --connect-timeout, ms; OpenVPN's own default is 120 s. */
  readonly connectTimeout?: number;
  /** --ping-restart, ms. */
  readonly pingRestart?: number;
  /** --connect-retry, s: the first pause, and the longest. */
  readonly connectRetry?: readonly [number, number];
  /** The password of the management interface. */
  readonly password?: string;
  /** What --echo and pushed options say once connected. */
  readonly echo?: readonly string[];
  readonly pid?: number;
  /** From the first packet to CONNECTED, ms; 50 unless said otherwise: a server nearby. */
  readonly handshake?: number;
}
