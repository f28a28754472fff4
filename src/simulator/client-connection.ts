import type { Clock } from "../util/clock.ts";
import type { ClientOptions } from "./client-options.ts";
import type { Credentials } from "./credentials.ts";
import type { RemoteEntry } from "./cursor.ts";
import { Dialling } from "./dialling.ts";
import type { ExternalKey } from "./external-key.ts";
import type { Peer, Pushed } from "./peer.ts";
import type { Proxy } from "./proxies.ts";
import { ClientSession, type Ending } from "./session.ts";
import { upDown } from "./updown.ts";
import type { Version } from "./version.ts";
import type { Voice } from "./voice.ts";

export interface ConnectionHost {
  readonly clock: Clock;
  readonly options: ClientOptions;
  readonly version: Version;
  readonly voice: Voice;
  readonly credentials: Credentials;
  readonly key: ExternalKey | undefined;
  readonly pid: number;
  readonly settings: { readonly authRetry: string };
  readonly up: () => void;
  readonly ended: (reason: string, how: Ending) => void;
}

const OPEN: Peer = { login: (_, session) => session.accept() };
const TUNNEL = "10.8.0.6";
const NEARBY = 50;
/** What goes to the server in one piece, without the words before it. */
const LONGEST_RESPONSE = 1024 - "CR_RESPONSE,".length - 1;

/** An attempt, the login that it leads to, and the tunnel: what is said of them, and how they end. */
export class ClientConnection {
  readonly #host: ConnectionHost;
  readonly #dialling: Dialling;
  #session: ClientSession | undefined;
  #entry: RemoteEntry | undefined;
  /** What the server pushed to the tunnel that is up. */
  #tunnel: Pushed | undefined;

  constructor(host: ConnectionHost) {
    this.#host = host;
    const { clock, options, voice, credentials } = host;
    const failed = (reason: string, polled: boolean): void =>
      host.ended(reason, { delay: 0, polled, advance: true });
    this.#dialling = new Dialling({
      clock,
      network: options.network,
      handshake: options.handshake ?? NEARBY,
      connectTimeout: options.connectTimeout ?? 120_000,
      pingRestart: options.pingRestart ?? 60_000,
      phase: (name, detail) => this.moved(name, detail),
      sign: (signed, wrong) => {
        if (host.key) host.key.sign((good) => (good ? signed() : wrong()));
        else signed();
      },
      askLogin: (next) => credentials.askLogin(next),
      askProxy: (type, known) => credentials.askProxy(type, known),
      exchanged: (began) => this.#exchanged(began),
      failed,
      lost: (reason) => host.ended(reason, { delay: 0 }),
      warn: (text) => voice.note("N", text),
    });
  }

  /** The main loop runs. */
  get busy(): boolean {
    return this.#dialling.busy;
  }

  start(entry: RemoteEntry, to: { host: string; port: number; proxy: Proxy | undefined }): void {
    this.#entry = entry;
    this.#dialling.start({ ...to, proto: entry.proto.startsWith("udp") ? "udp" : "tcp" });
  }

  /** Ends it; of a tunnel that was up this is told. */
  stop(): void {
    if (this.#tunnel) this.#tellUpDown("DOWN");
    this.#tunnel = undefined;
    this.#session?.stop();
    this.#session = undefined;
    this.#dialling.stop();
  }

  /** The controller's answer to a challenge that the server put; false: it is too long. Without a server it is lost. */
  respond(text: string): boolean {
    if (text.length > LONGEST_RESPONSE) return false;
    this.#session?.respond(text);
    return true;
  }

  moved(name: string, detail = ""): void {
    const { voice, version } = this.#host;
    const { address = TUNNEL, address6 } = this.#tunnel ?? {};
    const addressed = name === "ASSIGN_IP" || name === "CONNECTED";
    const { remote, local } = name === "CONNECTED" ? this.#dialling.ends() : { remote: ",", local: "," };
    const own = addressed ? address : "";
    const six = addressed && address6 !== undefined ? `,${address6}` : "";
    const fields = version.stateTellsEnds
      ? `${detail},${own},${remote},${local}${six}`
      : `${detail},${own},${remote.replace(/,.*/, "")}`;
    voice.state.add(`${voice.seconds},${name},${fields}`);
  }

  #exchanged(began: number): void {
    const { clock, version, options, credentials, settings, voice, ended } = this.#host;
    this.#session = new ClientSession(
      {
        clock,
        version,
        credentials,
        peer: options.peer ?? OPEN,
        get authRetry() {
          return settings.authRetry;
        },
        say: (line) => voice.say(line),
        phase: (name, detail) => this.moved(name, detail),
        up: (pushed) => this.#up(pushed),
        ended,
      },
      began,
    );
    this.#session.start();
  }

  #up(pushed: Pushed): void {
    const { voice, credentials, up } = this.#host;
    for (const text of pushed.echo ?? []) voice.echo.add(`${voice.seconds},${text}`);
    if (pushed.token !== undefined) {
      credentials.token = pushed.token;
      voice.say(`>PASSWORD:Auth-Token:${pushed.token}`);
    }
    this.#tunnel = pushed;
    this.moved("ASSIGN_IP");
    if (pushed.routes === true) this.moved("ADD_ROUTES");
    this.#tellUpDown("UP");
    this.moved("CONNECTED", "SUCCESS");
    this.#dialling.up();
    up();
  }

  #tellUpDown(name: "UP" | "DOWN"): void {
    const { options, voice, pid, clock } = this.#host;
    const entry = this.#entry;
    if (options.upDown !== true || !entry) return;
    const { address = TUNNEL, address6, routes = false } = this.#tunnel ?? {};
    const lines = upDown(name, {
      address,
      ...(address6 === undefined ? {} : { address6 }),
      remote: entry,
      verb: voice.verb,
      pid,
      started: Math.floor(clock.now() / 1000),
      routes,
    });
    for (const line of lines) voice.say(line);
  }
}
