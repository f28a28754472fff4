import type { Clock } from "../../util/clock.ts";
import type { Chance } from "./chance.ts";
import type { Protocol } from "./endpoint.ts";

export interface ServerOptions {
  readonly clock: Clock;
  /** The moments that OpenVPN leaves to chance. */
  readonly chance: Chance;
  /** As in 2.6.14. */
  readonly version?: string;
  /** --management-client-auth; on unless said otherwise. */
  readonly clientAuth?: boolean;
  /** --auth-user-pass-optional; off unless said otherwise: clients without a user name are dropped. */
  readonly authUserPassOptional?: boolean;
  /** --duplicate-cn */
  readonly duplicateCn?: boolean;
  /** --management-hold; off unless said otherwise. */
  readonly hold?: boolean;
  /** The password of the management interface. */
  readonly password?: string;
  /** --management-signal: a controller that leaves makes it restart. */
  readonly signalsOnDisconnect?: boolean;
  /** --management-client: it dials the controller, and ends with it. */
  readonly dialsOut?: boolean;
  readonly pid?: number;
  /** --proto; udp unless said otherwise. */
  readonly protocol?: Protocol;
  readonly port?: number;
  /** --local */
  readonly local?: string;
  /** --server-ipv6 as well. */
  readonly ipv6?: boolean;
  /** The own virtual address, and the first one to be given away. */
  readonly address?: string;
  readonly pool?: string;
  readonly address6?: string;
  readonly pool6?: string;
  /** How many addresses there are to give away. */
  readonly poolSize?: number;
  /** Common name of the authority that signs clients' certificates. */
  readonly authority?: string;
  /** What every client is pushed. */
  readonly push?: readonly string[];
  /** --keepalive, s: pings, and when the tunnel is given up; the server itself takes twice as long. */
  readonly keepalive?: readonly [number, number];
  /** --hand-window, s */
  readonly handWindow?: number;
  /** --reneg-sec, s; half of it bounds the time for a controller's answer. */
  readonly renegSec?: number;
  /** Data channel offload: the daemon does not see the packets of the tunnel. */
  readonly dco?: boolean;
  /** --status-version */
  readonly statusVersion?: number;
  /** What SIGUSR1 stands for (--remap-usr1). */
  readonly remapUsr1?: "SIGHUP" | "SIGTERM";
}

/** All of them, with OpenVPN's usual values and those of the recordings. */
export type ServerSettings = Required<Omit<ServerOptions, Unset>> & Pick<ServerOptions, Unset>;
type Unset = "password" | "local" | "remapUsr1";

const ADDRESS = "10.8.0.1";

export function withDefaults(options: ServerOptions): ServerSettings {
  return {
    version: "2.6.14",
    clientAuth: true,
    authUserPassOptional: false,
    duplicateCn: false,
    hold: false,
    dialsOut: false,
    signalsOnDisconnect: false,
    pid: 4711,
    protocol: "udp",
    port: 1194,
    ipv6: false,
    address: ADDRESS,
    pool: "10.8.0.2",
    address6: "fd00:8::1",
    pool6: "fd00:8::1000",
    poolSize: 252,
    authority: "CA",
    push: [`route-gateway ${options.address ?? ADDRESS}`, "topology subnet"],
    keepalive: [10, 60],
    handWindow: 60,
    renegSec: 3600,
    dco: false,
    statusVersion: 1,
    ...options,
  };
}
