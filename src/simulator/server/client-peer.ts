import type { Clock, Timer } from "../../util/clock.ts";
import { certificateOf } from "./certificate.ts";
import { Keepalive, type Rate } from "./keepalive.ts";
import { type Login, peerInfoOf, type Tunnel, type Visitor } from "./visitor.ts";

/** What a client needs of its server. */
export interface Door {
  readonly running: boolean;
  knock(visitor: Visitor): Tunnel | undefined;
}

export interface ClientPeerOptions {
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly door: Door;
  /** Text is one character a byte. */
  readonly commonName: string;
  readonly login?: Login | undefined;
  readonly ip: string;
  /** Of its OpenVPN. */
  readonly version?: string;
  /** Lines as in `UV_PLACE=office`, besides the usual ones (--push-peer-info). */
  readonly info?: readonly string[];
  /** Whether it does as RESTART and HALT say; others wait until the server is gone. */
  readonly obeys?: boolean;
  /** --auth-retry: what it does when its login is refused. */
  readonly authRetry?: "none" | "nointeract";
  /** --connect-retry, ms */
  readonly reconnect?: number;
  /** --explicit-exit-notify: it says so when it goes. */
  readonly exitNotify?: boolean;
  /** --reneg-sec, ms; 0 or nothing: never. */
  readonly renegotiate?: number;
  /** What its user answers to a challenge, after a second. */
  readonly answer?: string | undefined;
  readonly rate?: Rate;
  /** What becomes of it, for people. */
  readonly tell?: (what: string) => void;
}

/** From the first packet to the end of the handshake, ms, at least; and how much longer it may take. */
const HANDSHAKE = [10, 20] as const;
/** A client looks once a second whether it is connected, and asks for its options again after so many ms. */
const [LOOK, ASK] = [1_200, 5_000];
/** Without options, or without an answer to its handshake, it begins anew, ms. */
const PATIENCE = 60_000;
/** How often it tries a server that is not there, ms. */
const KNOCKS = 2_000;

/** A client of a simulated server, as cooperative as its options say. */
export class ClientPeer {
  readonly #options: ClientPeerOptions;
  readonly #keepalive: Keepalive;
  #timers: Timer[] = [];
  #tunnel: Tunnel | undefined;
  #login: Login | undefined;
  /** When it gives up waiting for its options, ms since the epoch. */
  #patient = 0;
  connected = false;

  constructor(options: ClientPeerOptions) {
    this.#options = options;
    this.#login = options.login;
    this.#keepalive = new Keepalive({
      clock: options.clock,
      random: options.random,
      send: (kind, bytesIn, bytesOut) => this.#tunnel?.packet(kind, bytesIn, bytesOut),
      alive: () => this.#tunnel?.alive === true,
      lost: () => this.#restart("ping-restart"),
    });
    if (options.rate) this.#keepalive.rate = options.rate;
  }

  /** Its process starts; nothing happens if it runs. */
  come(): void {
    if (!this.#running) this.#knock(0);
  }

  get #running(): boolean {
    return this.#timers.length > 0 || this.#tunnel !== undefined;
  }

  /** Its process ends. */
  go(): void {
    if (!this.#running) return;
    const tunnel = this.#tunnel;
    this.stop();
    if (this.#options.exitNotify === true) tunnel?.exit();
    else tunnel?.hangUp();
    this.#tell("is gone");
  }

  /** Bytes a second, as the server sees them. */
  set rate(rate: Rate) {
    this.#keepalive.rate = rate;
  }

  /** Shows its login again, which may be another one now. */
  renegotiate(login?: Login): void {
    if (login) this.#login = login;
    if (this.connected) this.#tunnel?.renegotiate(this.#login);
  }

  respond(text: string): void {
    this.#tunnel?.respond(text);
  }

  #knock(delay: number): void {
    const [least, more] = HANDSHAKE;
    this.#after(delay + least + this.#options.random() * more, () => {
      const { door, random, clock } = this.#options;
      if (!door.running) {
        this.#knock(KNOCKS);
        return;
      }
      this.#tunnel = door.knock(this.#visitor());
      if (this.#tunnel) {
        this.#patient = clock.now() + PATIENCE;
        this.#after(20 + random() * (LOOK - 20), () => this.#ask());
      } else {
        this.#tell("is turned away without a word");
        this.#after(PATIENCE, () => this.#restart("tls-error"));
      }
    });
  }

  #visitor(): Visitor {
    const { commonName, ip, version = "2.6.14", info = [], random } = this.#options;
    return {
      certificate: certificateOf(commonName),
      endpoint: { ip, port: 32_768 + Math.floor(random() * 28_000) },
      login: this.#login,
      peerInfo: [...peerInfoOf(version), ...info],
      takesUpdates: /^2\.([7-9]|\d\d)/.test(version),
      hear: (message) => this.#hear(message),
      closed: () => {
        if (this.#tunnel?.alive === false) this.#restart("connection-reset");
      },
    };
  }

  #ask(): void {
    const { clock, random } = this.#options;
    if (this.connected) return;
    if (clock.now() > this.#patient) {
      this.#restart("no-push-reply");
      return;
    }
    this.#tunnel?.requestPush();
    this.#after(ASK + random() * 200, () => this.#ask());
  }

  #hear(message: string): void {
    const [word = ""] = message.split(",", 1);
    const rest = message.slice(word.length + 1);
    if (word === "PUSH_REPLY") this.#up(rest.split(","));
    else if (word === "AUTH_FAILED") this.#refused(rest);
    else if (word === "AUTH_PENDING")
      this.#patient = this.#options.clock.now() + Number(/timeout (\d+)/.exec(rest)?.[1] ?? 0) * 1000;
    else if (word === "INFO_PRE") this.#challenged(rest);
    else if (word === "RESTART" && this.#options.obeys !== false) this.#restart(message);
    else if (word === "HALT" && this.#options.obeys !== false) {
      this.#tell(`goes: ${message}`);
      this.go();
    } else this.#tell(`hears ${message}`);
  }

  #up(options: readonly string[]): void {
    const seconds = (name: string): number =>
      Number(options.find((option) => option.startsWith(`${name} `))?.slice(name.length) ?? 0);
    const token = options.find((option) => option.startsWith("auth-token "))?.slice("auth-token ".length);
    if (token !== undefined && this.#login) this.#login = { ...this.#login, password: token };
    this.connected = true;
    this.#keepalive.start(seconds("ping") * 1000, seconds("ping-restart") * 1000);
    const { renegotiate = 0 } = this.#options;
    if (renegotiate > 0) this.#after(renegotiate, () => this.#again(renegotiate));
    this.#tell("is connected");
  }

  #again(every: number): void {
    this.renegotiate();
    this.#after(every, () => this.#again(every));
  }

  #refused(reason: string): void {
    this.#tell(`is refused${reason === "" ? "" : `: ${reason}`}`);
    const temporary = /^TEMP(?:\[[^\]]*backoff (\d+)[^\]]*\])?/.exec(reason);
    if (temporary) this.#restart("auth-temp-failure", Number(temporary[1] ?? 0) * 1000);
    else if (this.#options.authRetry === "nointeract") this.#restart("auth-failure");
    else this.stop();
  }

  #challenged(text: string): void {
    const { answer } = this.#options;
    this.#tell(`is asked: ${text}`);
    if (answer !== undefined && text.startsWith("CR_TEXT:"))
      this.#after(1_000, () => this.respond(Buffer.from(answer, "utf8").toString("base64")));
  }

  #restart(reason: string, delay = this.#options.reconnect ?? 1_000): void {
    const tunnel = this.#tunnel;
    this.stop();
    this.#tell(`begins anew: ${reason}`);
    // Its socket closes, which the server sees over TCP.
    tunnel?.hangUp();
    this.#knock(delay);
  }

  /** Nothing more is done, and nobody is told. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#keepalive.stop();
    this.#tunnel = undefined;
    this.connected = false;
  }

  #tell(what: string): void {
    this.#options.tell?.(what);
  }

  #after(delay: number, then: () => void): void {
    const timer = this.#options.clock.after(delay, () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
      then();
    });
    this.#timers.push(timer);
  }
}
