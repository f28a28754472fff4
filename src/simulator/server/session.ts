import type { Clock, Timer } from "../../util/clock.ts";
import { type Certificate, setCertificate } from "./certificate.ts";
import { type ClientConfig, NO_CONFIG } from "./client-config.ts";
import { Environment } from "./environment.ts";
import { infoLines, isValidInfo } from "./peer-info.ts";
import type { Login, Visitor } from "./visitor.ts";

/** Bytes of the control channel until the keys are there; the recordings vary by the length of certificates. */
const HANDSHAKE = { in: 1_886, out: 1_786 };

/** A route to a client: an address of its own, or a subnet behind it. */
export interface Route {
  readonly virtual: string;
  /** Seconds since the epoch. */
  lastRef: number;
}

/** One client instance, by its CID. */
export class Session {
  readonly cid: number;
  readonly peerId: number;
  readonly visitor: Visitor;
  readonly environment: Environment;
  /** Seconds since the epoch. */
  readonly since: number;
  /** The newest key; a CONNECT has 1, key 2 is prepared for a client that knocks again. */
  kid = 1;
  #older = 0;
  #login: Login | undefined;
  /** The newest key waits for an answer. */
  waiting = false;
  /** The log calls it by its common name. */
  named = false;
  /** May have its options. */
  allowed = false;
  established = false;
  /** Let in by a block that says `disable`: it stays until it asks again. */
  rejected = false;
  /** On its way out: told so, or refused. */
  leaving = false;
  closed = false;
  /** CONNECT was said; without it there is no DISCONNECT. */
  announced = false;
  config: ClientConfig = NO_CONFIG;
  /** Gives back what it had. */
  release: () => void = () => undefined;
  address = "";
  address6 = "";
  routes: Route[] = [];
  /** Of the data channel, as `status` shows it. */
  get cipher(): string {
    return this.established ? "AES-256-GCM" : "BF-CBC";
  }

  /** Bytes that the daemon saw, and those that only the kernel did. */
  seen = { ...HANDSHAKE };
  offloaded = { in: 0, out: 0 };
  /** When its bytes were told last, in seconds since the epoch. */
  toldAt = 0;
  /** When a packet came last, ms since the epoch. */
  heardAt: number;
  readonly #timers = new Map<string, Timer>();

  constructor(cid: number, peerId: number, visitor: Visitor, base: Environment, now: number) {
    this.cid = cid;
    this.peerId = peerId;
    this.visitor = visitor;
    this.environment = new Environment(base);
    this.since = Math.floor(now / 1000);
    this.heardAt = now;
    this.#login = visitor.login;
  }

  /** Arms the timer of this name, which has one deadline at a time; `delay` in ms. */
  arm(
    name: "answer" | "told" | "gone" | "silent" | "running",
    clock: Clock,
    delay: number,
    due: () => void,
  ): void {
    this.disarm(name);
    this.#timers.set(name, clock.after(delay, due));
  }

  disarm(name: string): void {
    this.#timers.get(name)?.cancel();
  }

  /** Nothing comes of it any more. */
  end(): void {
    this.closed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.release();
  }

  get commonName(): string {
    return this.visitor.certificate.commonName;
  }

  get username(): string {
    return this.#login?.username ?? "";
  }

  get bytes(): { readonly in: number; readonly out: number } {
    return { in: this.seen.in + this.offloaded.in, out: this.seen.out + this.offloaded.out };
  }

  /** Keys of which an answer is taken: key 0 is one that is not in use, and an answer to it does nothing. */
  knows(kid: number): boolean {
    return kid === this.kid || kid === this.#older || kid === 0;
  }

  renegotiate(login: Login | undefined): void {
    this.#older = this.kid;
    this.kid = this.kid === 1 ? 3 : this.kid + 1;
    this.#login = login ?? this.#login;
  }

  /** What a handshake sets; the password stays only until the controller was told of it. */
  shake(authority: Certificate, asks: boolean): void {
    const { environment, visitor } = this;
    setCertificate(environment, 1, authority);
    setCertificate(environment, 0, visitor.certificate);
    for (const line of infoLines(visitor.peerInfo).filter(isValidInfo)) {
      const [name = ""] = line.split("=", 1);
      environment.set(name, line.slice(name.length + 1));
    }
    if (this.#login || asks) environment.set("username", this.username);
    environment.set("common_name", this.commonName);
    this.#setEndpoint("untrusted");
    if (this.#login || asks) environment.set("password", this.#login?.password ?? "");
  }

  /** What the beginning of the tunnel sets. `local6` is the server's own address. */
  establish(netmask: string, local6: string, time: string): void {
    const { environment } = this;
    environment.set("common_name", this.commonName);
    this.#setEndpoint("trusted");
    environment.set("time_ascii", time);
    environment.set("time_unix", this.since);
    environment.set("ifconfig_pool_remote_ip", this.address);
    environment.set("ifconfig_pool_netmask", netmask);
    if (this.address6 === "") return;
    environment.set("ifconfig_pool_remote_ip6", this.address6);
    environment.set("ifconfig_pool_local_ip6", local6);
    environment.set("ifconfig_pool_ip6_netbits", 64);
  }

  /** What its end sets. */
  total(seconds: number): void {
    const { environment, bytes } = this;
    this.#setEndpoint("trusted");
    environment.set("bytes_received", bytes.in);
    environment.set("bytes_sent", bytes.out);
    environment.set("time_duration", seconds - this.since);
  }

  #setEndpoint(kind: string): void {
    const { ip, port } = this.visitor.endpoint;
    this.environment.set(`${kind}_ip${ip.includes(":") ? "6" : ""}`, ip);
    this.environment.set(`${kind}_port`, port);
  }
}
