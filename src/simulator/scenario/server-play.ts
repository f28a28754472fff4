import type { Timer } from "../../util/clock.ts";
import { chanceOf } from "../server/chance.ts";
import { ClientPeer } from "../server/client-peer.ts";
import { ServerDaemon } from "../server/server-daemon.ts";
import type { ServerOptions } from "../server/server-options.ts";
import type { Slot } from "../slot.ts";
import type { SignalName } from "../signals.ts";
import type { ServerSpec } from "./daemons.ts";
import { defined } from "./defined.ts";
import { isRates } from "./load.ts";
import type { Staged, Staging } from "./staging.ts";
import type { EventSpec, VisitorSpec } from "./schema.ts";
import { drawn } from "./spans.ts";

/** A server, with clients that come and go. */
export class ServerPlay implements Staged {
  readonly #daemon: ServerDaemon;
  readonly #staging: Staging;
  /** By their name in the scenario; a crowd has several. */
  readonly #peers = new Map<string, ClientPeer[]>();
  readonly #specs: Readonly<Record<string, VisitorSpec>>;
  readonly #timers = new Set<Timer>();

  constructor(spec: ServerSpec, clients: Readonly<Record<string, VisitorSpec>>, staging: Staging) {
    this.#staging = staging;
    this.#specs = clients;
    const { clock, random } = staging;
    this.#daemon = new ServerDaemon({ clock, chance: chanceOf(random), ...optionsOf(spec) });
    let hosts = 0;
    for (const [name, client] of Object.entries(clients)) {
      const peers = Array.from({ length: client.count ?? 1 }, (_, i) => {
        const number = client.count === undefined ? "" : String(i + 1);
        return this.#peer(`${name}${number}`, client, number, ++hosts);
      });
      this.#peers.set(name, peers);
    }
  }

  get slot(): Slot {
    return this.#daemon.slot;
  }

  get exitCode(): number | undefined {
    return this.#daemon.exitCode;
  }

  start(): void {
    this.#daemon.start();
    const { random } = this.#staging;
    for (const [name, peers] of this.#peers) {
      const spec = this.#specs[name];
      if (spec?.at)
        for (const peer of peers) this.#after(drawn(spec.at, random), () => this.#come(peer, spec));
    }
  }

  signal(name: SignalName): void {
    this.#daemon.signal(name);
  }

  exit(code: number): void {
    this.#daemon.exit(code);
  }

  act({ come = [], go = [], renegotiate = [], login = {}, respond = {}, traffic }: EventSpec): void {
    for (const name of come) this.#each(name, (peer, spec) => this.#come(peer, spec));
    for (const name of go) this.#each(name, (peer) => peer.go());
    for (const name of renegotiate) this.#each(name, (peer) => peer.renegotiate());
    for (const [name, shown] of Object.entries(login)) this.#each(name, (peer) => peer.renegotiate(shown));
    for (const [name, text] of Object.entries(respond)) this.#each(name, (peer) => peer.respond(text));
    if (!traffic) return;
    if (isRates(traffic))
      for (const name of this.#peers.keys()) this.#each(name, (peer) => (peer.rate = traffic));
    else for (const [name, rate] of Object.entries(traffic)) this.#each(name, (peer) => (peer.rate = rate));
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    for (const peers of this.#peers.values()) for (const peer of peers) peer.stop();
  }

  #peer(name: string, spec: VisitorSpec, number: string, host: number): ClientPeer {
    const { clock, random, tell } = this.#staging;
    const filled = (text: string): string => text.replaceAll("{n}", number);
    const { username, password } = spec;
    return new ClientPeer({
      clock,
      random,
      door: this.#daemon,
      commonName: filled(spec["common-name"] ?? name),
      login: username === undefined ? undefined : { username: filled(username), password: filled(password) },
      ip: spec.ip ?? `198.51.${100 + Math.floor(host / 250)}.${1 + (host % 250)}`,
      version: spec.version,
      info: spec.info,
      obeys: spec.obeys,
      authRetry: spec["auth-retry"],
      reconnect: spec.reconnect,
      exitNotify: spec["exit-notify"],
      renegotiate: spec.renegotiate,
      answer: spec.answer,
      rate: spec.traffic,
      tell: (what) => tell(`${name} ${what}`),
    });
  }

  #come(peer: ClientPeer, spec: VisitorSpec): void {
    peer.come();
    const { stays, away } = spec;
    if (!stays) return;
    const { random } = this.#staging;
    this.#after(drawn(stays, random), () => {
      peer.go();
      if (away) this.#after(drawn(away, random), () => this.#come(peer, spec));
    });
  }

  #each(name: string, act: (peer: ClientPeer, spec: VisitorSpec) => void): void {
    const spec = this.#specs[name];
    if (spec) for (const peer of this.#peers.get(name) ?? []) act(peer, spec);
  }

  #after(delay: number, then: () => void): void {
    const timer = this.#staging.clock.after(delay, () => {
      this.#timers.delete(timer);
      then();
    });
    this.#timers.add(timer);
  }
}

function optionsOf(spec: ServerSpec): Omit<ServerOptions, "clock" | "chance"> {
  return defined({
    version: spec.version,
    clientAuth: spec["client-auth"],
    authUserPassOptional: spec["auth-user-pass-optional"],
    duplicateCn: spec["duplicate-cn"],
    hold: spec.hold ?? false,
    dialsOut: spec.dials !== undefined,
    signalsOnDisconnect: spec["management-signal"],
    protocol: spec.proto,
    port: spec.port,
    ipv6: spec.ipv6,
    address: spec.address,
    pool: spec.pool,
    poolSize: spec["pool-size"],
    push: spec.push,
    keepalive: spec.keepalive,
    handWindow: spec["hand-window"],
    renegSec: spec["reneg-sec"],
    dco: spec.dco,
    statusVersion: spec["status-version"],
    password: spec["management-password"],
    remapUsr1: spec["remap-usr1"],
    pid: spec.pid,
  });
}
