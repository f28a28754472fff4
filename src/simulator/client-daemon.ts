import { type Actor, createActor } from "xstate";
import { machineClock } from "../util/machine-clock.ts";
import { type ClientEffect, clientMachine } from "./client.machine.ts";
import type { ClientOptions } from "./client-options.ts";
import { type Challenged, type Choosing, clientCommands, type Proxied } from "./commands/client.ts";
import { Commands } from "./commands/dispatch.ts";
import type { Common } from "./commands/needs.ts";
import { Cursor } from "./cursor.ts";
import { Dialling } from "./dialling.ts";
import { History } from "./history.ts";
import { Questions } from "./questions.ts";
import { Signals, type SignalName } from "./signals.ts";
import { Slot } from "./slot.ts";
import { Target } from "./target.ts";
import { clientStatus, Traffic } from "./traffic.ts";
import { Version } from "./version.ts";

/** Once this many rounds of the list have failed, the pause doubles with each further one. */
const PATIENCE = 4;

/**
 * An OpenVPN 2.6.14 client as its management interface shows it: what it says, asks, refuses and dies of (protocol notes,
 * sections 1 to 4, 7 and 8.1). Time is the clock's that is handed in, the servers are those of the network.
 */
export class ClientDaemon implements Common, Choosing, Proxied, Challenged {
  readonly slot: Slot;
  readonly state: History;
  readonly log: History;
  readonly echo: History;
  readonly cursor: Cursor;
  readonly traffic: Traffic;
  readonly pid: number;
  readonly version: Version;
  readonly questions: Questions;
  readonly #options: ClientOptions;
  readonly #machine: Actor<typeof clientMachine>;
  readonly #dialling: Dialling;
  readonly #signals: Signals;
  readonly #target = new Target();
  readonly flags: { hold: boolean; queryRemote: boolean };
  /** Level of the log, and what is done when a login fails: kept for whoever asks. */
  verb = 3;
  mute = 0;
  authRetry = "none";
  envFilter = 0;
  clientVersion = 1;
  /** Nothing is set up (again) yet: a hold comes before that. */
  fresh = true;
  /** The process's exit status once it has ended. */
  exitCode: number | undefined;
  /** The question that is open, as it is told to every new controller. */
  question: string | undefined;
  #stay = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.pid = options.pid ?? 4711;
    this.version = new Version(options.version);
    this.questions = new Questions(options.clock, this.version);
    this.flags = { hold: options.hold ?? true, queryRemote: options.queryRemote ?? true };
    const commands = new Commands<ClientDaemon>(this, clientCommands);
    this.slot = new Slot({
      ...(options.password === undefined ? {} : { password: options.password }),
      greeted: () => {
        commands.forget();
        this.#greeted();
      },
      line: (line) => commands.line(line),
    });
    const say = (line: string): void => this.slot.say(line);
    this.state = new History(">STATE:", 100, say);
    this.log = new History(">LOG:", 250, say);
    this.echo = new History(">ECHO:", 100, say);
    // Holds and questions keep it waiting.
    this.traffic = new Traffic(options.clock, (line) => {
      if (this.connected) say(line);
    });
    this.cursor = new Cursor(options.remotes);
    this.#dialling = new Dialling({
      clock: options.clock,
      network: options.network,
      handshake: options.handshake ?? 50,
      connectTimeout: options.connectTimeout ?? 120_000,
      pingRestart: options.pingRestart ?? 60_000,
      phase: (name, more) => this.#moved(name, more),
      up: () => this.#up(),
      failed: (reason, polled) => this.#restart(reason, polled ? 0 : this.#pause(), false),
      // The same entry is asked again after a good session.
      lost: (reason) => this.#restart(reason, this.#pause(), true),
      warn: (text) => this.note("N", text),
    });
    this.#signals = new Signals(options.clock, (name) => this.#caught(name));
    this.#machine = createActor(clientMachine, {
      input: { flags: this.flags },
      clock: machineClock(options.clock),
    });
    this.#machine.on("*", (effect) => this.#effect(effect));
  }

  /** The process starts. */
  start(): void {
    this.#moved("CONNECTING");
    this.#machine.start();
    this.#machine.send({ type: "start" });
  }

  /** Seconds since the epoch, as OpenVPN writes times. */
  get seconds(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }

  get held(): boolean {
    return this.#machine.getSnapshot().matches("held");
  }

  get connected(): boolean {
    return this.#machine.getSnapshot().matches({ running: "connected" });
  }

  /** Whether a REMOTE question waits for its answer. */
  get asking(): boolean {
    return this.#machine.getSnapshot().matches({ running: "asking" });
  }

  get load(): { clients: number; in: number; out: number } {
    return { clients: 0, in: this.traffic.in, out: this.traffic.out };
  }

  status(): readonly string[] {
    return clientStatus(this.traffic, this.seconds);
  }

  bytecount(seconds: number): void {
    this.traffic.tellEvery(seconds);
  }

  note(flags: string, text: string): void {
    this.log.add(`${this.seconds},${flags},${text}`);
  }

  forgetPasswords(): void {
    this.questions.drop();
  }

  respond(text: string): boolean {
    return text.length <= 1010;
  }

  proxy(kind: string, host?: string, port?: string): boolean {
    if (kind === "NONE") return true;
    if (host === undefined || port === undefined) return false;
    return kind === "SOCKS" || (kind === "HTTP" && this.cursor.current?.proto.startsWith("tcp") === true);
  }

  signature(): undefined {
    return undefined;
  }

  certificate(): undefined {
    return undefined;
  }

  identities(): readonly [] {
    return [];
  }

  get usr1(): SignalName {
    return "SIGUSR1";
  }

  release(): void {
    this.#machine.send({ type: "release" });
  }

  /** ACCEPT, or MOD with a target. */
  accept(target?: { host: string; port: number }): void {
    this.#target.name(target);
    this.#machine.send({ type: "accept" });
  }

  skip(count: number): void {
    this.#target.forget();
    this.cursor.skip(count);
    this.#machine.send({ type: "skip" });
  }

  /** Takes effect a little later: what was sent together with it is done before. */
  signal(name: SignalName): void {
    this.#signals.throw(name, this.#dialling.busy);
  }

  /** The process ends; without a `reason`, it does so without a word. */
  exit(code: number, reason?: string): void {
    if (this.exitCode !== undefined) return;
    if (reason !== undefined) this.#moved("EXITING", reason);
    this.exitCode = code;
    this.#dialling.stop();
    this.#signals.forget();
    this.traffic.tellEvery(0);
    this.#machine.send({ type: "exit" });
    this.slot.close();
  }

  #caught(name: SignalName): void {
    const { busy } = this.#dialling;
    if (name === "SIGTERM" || name === "SIGINT")
      this.exit(0, this.fresh ? undefined : busy ? name : "init_instance");
    else if (name === "SIGUSR2") {
      // The main loop only prints statistics into the log.
      if (!busy) this.exit(0);
    } else if (this.held) return;
    else if (name === "SIGUSR1" && busy) {
      this.#target.forget();
      this.#restart("SIGUSR1", this.#pause(), this.connected);
    } else this.#reread(name === "SIGHUP" ? "SIGHUP" : "close_context usr1 to hup");
  }

  /** The configuration is read again: the list begins anew, and the pause comes after the hold. */
  #reread(reason: string): void {
    this.cursor.reset();
    this.#target.forget();
    this.fresh = this.flags.hold;
    this.#restart(reason, this.#pause(), true, true);
  }

  /** The attempt or tunnel ends; with `stay` the same entry comes again. `pause` in s. */
  #restart(reason: string, pause: number, stay: boolean, reread = false): void {
    this.question = undefined;
    this.#stay = stay;
    this.#dialling.stop();
    this.#machine.send({ type: "restart", reason, pause, reread });
  }

  #effect(effect: ClientEffect): void {
    switch (effect.type) {
      case "hold":
        this.#ask(
          `>HOLD:Waiting for hold release${this.version.holdTellsSeconds ? `:${effect.seconds}` : ""}`,
        );
        break;
      case "released":
        this.question = undefined;
        this.fresh = false;
        break;
      case "restarted":
        this.#moved("RECONNECTING", effect.reason);
        this.cursor.begin(this.#stay);
        break;
      case "choose":
        this.#choose();
        break;
      case "ask": {
        const entry = this.cursor.current;
        if (entry) this.#ask(`>REMOTE:${entry.host},${entry.port},${entry.proto}`);
        break;
      }
      case "dial":
        this.#dial();
    }
  }

  #choose(): void {
    this.question = undefined;
    this.fresh = false;
    if (this.cursor.next()) {
      this.#machine.send({ type: "chosen" });
      return;
    }
    this.note("F", "No usable connection profiles are present");
    this.slot.say(">FATAL:No usable connection profiles are present");
    this.exit(1);
  }

  #dial(): void {
    this.question = undefined;
    const entry = this.cursor.current;
    if (!entry) return;
    const { host, port } = this.#target.take(entry);
    this.#dialling.start(host, port, entry.proto.startsWith("udp") ? "udp" : "tcp");
  }

  #up(): void {
    this.cursor.unsuccessful = 0;
    this.#target.keep();
    this.#machine.send({ type: "up" });
    for (const text of this.#options.echo ?? []) this.echo.add(`${this.seconds},${text}`);
  }

  /** The pause before the next attempt, s: it doubles once every entry has failed often. */
  #pause(): number {
    const [first, longest] = this.#options.connectRetry ?? [1, 300];
    const rounds = Math.floor(this.cursor.unsuccessful / Math.max(1, this.cursor.entries.length)) - PATIENCE;
    return Math.min(longest, rounds <= 0 ? first : Math.max(first, 1) * 2 ** rounds);
  }

  #moved(name: string, detail = ""): void {
    this.state.add(`${this.seconds},${name},${this.#dialling.fields(name, detail)}`);
  }

  #ask(question: string): void {
    this.question = question;
    this.slot.say(question);
  }

  #greeted(): void {
    for (const history of [this.state, this.log, this.echo]) history.live = false;
    this.slot.say(
      `>INFO:OpenVPN Management Interface Version ${this.version.management} -- type 'help' for more info`,
    );
    if (this.question !== undefined) this.slot.say(this.question);
  }
}
