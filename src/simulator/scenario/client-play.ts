import type { Timer } from "../../util/clock.ts";
import { ClientDaemon } from "../client-daemon.ts";
import type { ClientOptions } from "../client-options.ts";
import { type Condition, Network } from "../network.ts";
import { type Demands, demanding, type Peer, type Session } from "../peer.ts";
import type { Slot } from "../slot.ts";
import type { SignalName } from "../signals.ts";
import type { ClientSpec } from "./daemons.ts";
import { isRates } from "./load.ts";
import type { Staged, Staging } from "./staging.ts";
import type { EventSpec } from "./schema.ts";
import { defined } from "./defined.ts";
import { parsePlace } from "./values.ts";

/** How often bytes pass, ms. */
const BEAT = 500;

/** A client, with the network that it meets and the server that it logs in to. */
export class ClientPlay implements Staged {
  readonly #daemon: ClientDaemon;
  readonly #network = new Network();
  readonly #staging: Staging;
  /** Its sessions with the server; the last one is the one that counts. */
  #session: Session | undefined;
  #rates: { in: number; out: number };
  #beat: Timer | undefined;

  constructor(spec: ClientSpec, network: Readonly<Record<string, Condition>>, staging: Staging) {
    this.#staging = staging;
    this.#rates = spec.traffic;
    this.#set(network);
    const server = demanding(demandsOf(spec), staging.clock);
    const peer: Peer = {
      login: (login, session) => {
        this.#session = session;
        server.login(login, session);
      },
    };
    this.#daemon = new ClientDaemon({
      clock: staging.clock,
      random: staging.random,
      network: this.#network,
      peer,
      ...optionsOf(spec),
    });
  }

  get slot(): Slot {
    return this.#daemon.slot;
  }

  get exitCode(): number | undefined {
    return this.#daemon.exitCode;
  }

  start(): void {
    this.#daemon.start();
    this.#pass();
  }

  signal(name: SignalName): void {
    this.#daemon.signal(name);
  }

  exit(code: number): void {
    this.#daemon.exit(code);
  }

  act({ network, traffic, reset, halt, deny }: EventSpec): void {
    const { tell } = this.#staging;
    for (const [place, condition] of Object.entries(network ?? {})) tell(`${place} is ${condition}`);
    this.#set(network ?? {});
    if (traffic && isRates(traffic)) this.#rates = traffic;
    if (reset !== undefined) this.#session?.reset(reset);
    if (halt !== undefined) this.#session?.halt(halt);
    if (deny !== undefined) this.#session?.deny(deny);
  }

  stop(): void {
    this.#beat?.cancel();
  }

  #set(network: Readonly<Record<string, Condition>>): void {
    for (const [key, condition] of Object.entries(network)) {
      const place = parsePlace(key);
      if (place) this.#network.set(place.host, place.port, place.proto, condition);
    }
  }

  #pass(): void {
    this.#beat = this.#staging.clock.after(BEAT, () => {
      if (this.#daemon.connected) {
        this.#daemon.traffic.in += Math.round((this.#rates.in * BEAT) / 1000);
        this.#daemon.traffic.out += Math.round((this.#rates.out * BEAT) / 1000);
      }
      this.#pass();
    });
  }
}

function demandsOf({ server }: ClientSpec): Demands {
  const { "static-answer": staticAnswer, challenge, pending, push, users, reason, delay } = server;
  return defined({
    users,
    staticAnswer,
    challenge,
    pending: pending && defined(pending),
    reason,
    delay,
    pushed: push && defined(push),
  });
}

function optionsOf(spec: ClientSpec): Omit<ClientOptions, "clock" | "network"> {
  const { auth } = spec;
  return defined({
    version: spec.version,
    remotes: spec.remotes,
    hold: spec.hold ?? true,
    queryRemote: spec["query-remote"],
    queryProxy: spec["query-proxy"],
    signalsOnDisconnect: spec["management-signal"],
    forgetsOnDisconnect: spec["management-forget-disconnect"],
    dialsController: spec.dials !== undefined,
    upDown: spec["up-down"],
    remapUsr1: spec["remap-usr1"],
    exitNotify: spec["exit-notify"],
    connectTimeout: spec["connect-timeout"],
    pingRestart: spec["ping-restart"],
    connectRetry: spec["connect-retry"],
    authRetry: spec["auth-retry"],
    auth: auth && defined({ challenge: auth.challenge, nocache: auth.nocache, nameOnly: auth["name-only"] }),
    keyPassword: spec["key-password"],
    password: spec["management-password"],
    echo: spec.echo,
    pid: spec.pid,
    handshake: spec.handshake,
  });
}
