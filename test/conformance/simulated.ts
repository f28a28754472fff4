import { generateKeyPairSync } from "node:crypto";
import { ClientDaemon } from "../../src/simulator/client-daemon.ts";
import type { ClientOptions } from "../../src/simulator/client-options.ts";
import { Network } from "../../src/simulator/network.ts";
import type { Peer, Session } from "../../src/simulator/peer.ts";
import { chanceOf } from "../../src/simulator/server/chance.ts";
import { ClientPeer } from "../../src/simulator/server/client-peer.ts";
import { ServerDaemon } from "../../src/simulator/server/server-daemon.ts";
import type { Slot, Wire } from "../../src/simulator/slot.ts";
import { LineSplitter, whole } from "../../src/protocol/lines.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import { seededRandom } from "../../src/util/random.ts";
import {
  type Client,
  type ClientSetup,
  type Daemon,
  type Guest,
  type GuestSetup,
  Link,
  type Place,
  type Server,
  type ServerSetup,
  type Subject,
  type Verdict,
} from "./subject.ts";

const START = Date.UTC(2026, 0, 5, 9);
const HOST = "127.0.0.1";
const PORTS: Readonly<Record<Place, number>> = { up: 1194, silent: 1195, refused: 1 };
/** Of the virtual clock, ms. */
const STEP = 5;
/** A controller of the server answers this late, ms. */
const SOON = 3;

/** Simulated daemons on a clock that moves when somebody waits. */
export class SimulatedSubject implements Subject {
  readonly links: Link[] = [];
  readonly #clock = new VirtualClock(START);
  readonly #random = seededRandom(1);

  async client(setup: ClientSetup = {}): Promise<Client> {
    const network = new Network();
    const { meets = "silent", proto = "udp", externalKey, auth, pkcs11, echo, verdicts } = setup;
    for (const place of ["up", "silent", "refused"] as const) network.set(HOST, PORTS[place], proto, place);
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const peer = verdicts && new Judge(this.#clock, verdicts);
    const options: ClientOptions = {
      ...{ clock: this.#clock, network, random: this.#random, connectTimeout: 3_000 },
      remotes: [{ host: HOST, port: PORTS[meets], proto: proto === "udp" ? "udp" : "tcp-client" }],
      ...{ hold: setup.hold ?? false, queryRemote: setup.queryRemote ?? false },
      ...{ queryProxy: setup.queryProxy ?? false, upDown: setup.upDown ?? false },
      ...{ signalsOnDisconnect: setup.signalsOnDisconnect ?? false, authRetry: setup.authRetry ?? "none" },
      ...(auth ? { auth } : {}),
      ...(setup.keyPassword === undefined ? {} : { keyPassword: setup.keyPassword }),
      ...(setup.password === undefined ? {} : { password: setup.password }),
      ...(echo === undefined ? {} : { echo: [echo] }),
      ...(pkcs11 ? { pkcs11: { present: () => false } } : {}),
      ...(externalKey
        ? {
            externalKey: {
              ...{ kind: "EC", publicKey: publicKey.export({ format: "pem", type: "spki" }).toString() },
              ...externalKey,
            },
          }
        : {}),
      ...(peer ? { peer } : {}),
    };
    const daemon = new ClientDaemon(options);
    daemon.start();
    return Promise.resolve({
      ...this.#daemon(daemon),
      key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
      certificate: "-----BEGIN CERTIFICATE-----\nc2ltdWxhdGVk\n-----END CERTIFICATE-----",
      sentAway: async (message: string) => {
        const [word, ...rest] = message.split(",");
        if (word === "HALT") peer?.session?.halt(rest.join(","));
        else peer?.session?.reset(rest.join(","));
        await Promise.resolve();
      },
    });
  }

  async server({ hold = false, clientAuth = true, password }: ServerSetup = {}): Promise<Server> {
    const clock = this.#clock;
    const daemon = new ServerDaemon({
      ...{ clock, chance: chanceOf(this.#random), hold, clientAuth, authUserPassOptional: true },
      ...{ keepalive: [1, 4], duplicateCn: true, authority: "lab-ca", local: HOST },
      ...(password === undefined ? {} : { password }),
    });
    daemon.start();
    return Promise.resolve({
      ...this.#daemon(daemon),
      come: async (setup: GuestSetup) => Promise.resolve(this.#guest(daemon, setup)),
    });
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  #daemon(daemon: { readonly slot: Slot; readonly exitCode: number | undefined }): Daemon {
    const clock = this.#clock;
    return {
      controller: async () => {
        const link = new SimulatedLink(daemon.slot, clock);
        this.links.push(link);
        clock.advance(0);
        return Promise.resolve(link);
      },
      ended: async () => {
        for (let waited = 0; daemon.exitCode === undefined && waited < 20_000; waited += STEP)
          clock.advance(STEP);
        if (daemon.exitCode === undefined) throw new Error("The daemon has not ended");
        return Promise.resolve(daemon.exitCode);
      },
    };
  }

  #guest(door: ServerDaemon, { name, login, renegotiates = 0 }: GuestSetup): Guest {
    const peer = new ClientPeer({
      ...{ clock: this.#clock, random: this.#random, door, commonName: name, login, ip: HOST },
      renegotiate: renegotiates * 1000,
    });
    peer.come();
    return {
      respond: (text) => peer.respond(text),
      go: async () => {
        peer.go();
        await Promise.resolve();
      },
    };
  }
}

/** A server whose controller judges the logins, the last verdict again and again. */
class Judge implements Peer {
  session: Session | undefined;
  readonly #clock: VirtualClock;
  readonly #verdicts: readonly Verdict[];
  #next = 0;

  constructor(clock: VirtualClock, verdicts: readonly Verdict[]) {
    this.#clock = clock;
    this.#verdicts = verdicts;
  }

  login(_: unknown, session: Session): void {
    this.session = session;
    const verdict = this.#verdicts[Math.min(this.#next++, this.#verdicts.length - 1)];
    this.#clock.after(SOON, () => {
      if (verdict && "deny" in verdict) session.deny(verdict.deny);
      else if (verdict && "pending" in verdict) {
        session.pending("timeout 60");
        session.info(verdict.pending);
      } else {
        const { echo, token } = verdict?.allow ?? {};
        session.accept({
          ...(echo === undefined ? {} : { echo: [echo] }),
          ...(token === undefined ? {} : { token }),
        });
      }
    });
  }
}

class SimulatedLink extends Link {
  readonly lines: string[] = [];
  closed = false;
  readonly #wire: Wire;
  readonly #clock: VirtualClock;

  constructor(slot: Slot, clock: VirtualClock) {
    super();
    this.#clock = clock;
    const splitter = new LineSplitter(
      whole((line) => this.lines.push(line)),
      () => undefined,
    );
    const utf8 = new TextDecoder();
    this.#wire = slot.accept({
      text: (bytes) => splitter.push(utf8.decode(Buffer.from(bytes, "latin1"), { stream: true })),
      closed: () => (this.closed = true),
    });
  }

  write(bytes: string): void {
    this.#wire.write(Buffer.from(bytes, "utf8").toString("latin1"));
  }

  leave(): void {
    this.#wire.close();
  }

  async rest(ms: number): Promise<void> {
    this.#clock.advance(ms);
    await Promise.resolve();
  }

  protected async until<T>(what: string, look: () => T | undefined, seconds: number): Promise<T> {
    for (let waited = 0; waited <= seconds * 1000; waited += STEP) {
      const found = look();
      if (found !== undefined) return found;
      await this.rest(waited === 0 ? 0 : STEP);
    }
    throw new Error(`Waited ${seconds} s for ${what}; last seen:\n${this.lines.slice(-20).join("\n")}`);
  }
}
