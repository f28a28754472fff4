import type { Environment } from "../protocol/environment.ts";
import { ownText } from "../util/own-text.ts";
import type { Traffic } from "./traffic.ts";

/** A client instance by name: CIDs begin anew with each restart of the server. */
export interface ClientKey {
  /** Counts the restarts of the daemon that the engine knows of. */
  readonly epoch: number;
  readonly cid: number;
}

/** An environment as rules read it: a missing name is not there; the password is a Secret. */
export type ClientEnv = Readonly<Record<string, unknown>>;

/** What `sessions` of a client counts; kept by the table. */
export interface Companions {
  /** Other sessions of its common name, those that are being ended not counted. */
  beside(client: Client): number;
  /** The names that its session may have: before the tunnel is up a server may not have told yet. */
  names(client: Client): readonly string[];
  now(): number;
}

/** One client of a server. Fields in snake_case are what expressions read as `client`; times are ms since the epoch. */
export class Client implements ClientKey {
  readonly epoch: number;
  readonly cid: number;
  /** The key of the last question about it; opaque. */
  kid: number | undefined;
  /** `asking`: CONNECT waits for an answer, or for what follows it · `established`: its tunnel is up. */
  phase: "asking" | "established" = "asking";
  common_name = "";
  username = "";
  /** Its real address, without a port. */
  address = "";
  virtual_address = "";
  env: ClientEnv = {};
  connected_since: number;
  /** Whether it was asked about on this connection: whoever is not asked about again waits for nobody. */
  asked = false;
  /** It is let in: it has a session, be its tunnel up or not. */
  admitted = false;
  readonly #companions: Companions;
  readonly traffic: Traffic;
  #ending = false;

  constructor(key: ClientKey, now: number, companions: Companions, traffic: Traffic) {
    this.epoch = key.epoch;
    this.cid = key.cid;
    this.connected_since = now;
    this.#companions = companions;
    this.traffic = traffic;
  }

  get bytes_in(): number {
    return this.traffic.bytesIn;
  }

  get bytes_out(): number {
    return this.traffic.bytesOut;
  }

  /** How long it has sent nothing but pings, ms. */
  get idle_for(): number {
    return Math.max(0, this.#companions.now() - this.traffic.active);
  }

  /** Other live sessions of the same common name. */
  get sessions(): number {
    return this.#companions.beside(this);
  }

  /** The names that its session may have, the likeliest first. */
  get names(): readonly string[] {
    return this.#companions.names(this);
  }

  /** As expressions read it, with another common name. */
  as(common_name: string): Readonly<Record<string, unknown>> {
    const { cid, username, address, virtual_address, env, bytes_in, bytes_out, connected_since } = this;
    const { idle_for, sessions } = this;
    return {
      ...{ cid, common_name, username, address, virtual_address, env, bytes_in, bytes_out },
      ...{ connected_since, idle_for, sessions },
    };
  }

  /** It is killed or denied: the instance lives on for some seconds. */
  get ending(): boolean {
    return this.#ending;
  }

  get live(): boolean {
    return this.phase === "established" && !this.#ending;
  }

  /** It is one of the sessions of its name: also between its approval and its tunnel, which a client can put off. */
  get counts(): boolean {
    return (this.phase === "established" || this.admitted) && !this.#ending;
  }

  /** For the table, which counts the sessions. */
  markEnding(): void {
    this.#ending = true;
  }

  /** Who it is, by the environment of a block. Empty environments (env-filter 3) change nothing. */
  identify(env: Environment, isRenewal = false): void {
    if (env.size === 0) return;
    this.env = envOf(env);
    const { env: own } = this;
    const first = (...names: readonly string[]): string | undefined =>
      names.map((name) => own[name]).find((value) => typeof value === "string");
    // Said of a renewal it is the certificate's; the name of the session stays, which may be the username.
    if (!isRenewal) this.common_name = first("common_name", "X509_0_CN") ?? this.common_name;
    this.username = first("username") ?? this.username;
    this.address = first("trusted_ip", "untrusted_ip", "trusted_ip6", "untrusted_ip6") ?? this.address;
    this.virtual_address =
      first("ifconfig_pool_remote_ip", "ifconfig_pool_remote_ip6") ?? this.virtual_address;
  }
}

/** As rules read an environment; of a name that repeats, the newest. */
export function envOf(env: Environment): ClientEnv {
  const found: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [text, value] of env) {
    const name = ownText(text);
    if (!(name in found)) found[name] = typeof value === "string" ? ownText(value) : value;
  }
  return found;
}
