import { Commands } from "../commands/dispatch.ts";
import type { Common } from "../commands/needs.ts";
import { Flood } from "../flood.ts";
import type { History } from "../history.ts";
import { Questions } from "../questions.ts";
import { Signals, type SignalName } from "../signals.ts";
import { Slot } from "../slot.ts";
import { Version } from "../version.ts";
import { Voice } from "../voice.ts";
import { Admission } from "./admission.ts";
import { Arrival } from "./arrival.ts";
import { baseEnvironment } from "./base.ts";
import { Blocks } from "./blocks.ts";
import { Farewell } from "./farewell.ts";
import { Meter } from "./meter.ts";
import { Pool } from "./pool.ts";
import { Roster } from "./roster.ts";
import { type Serving, serverCommands } from "./server-commands.ts";
import { ServerLog } from "./server-log.ts";
import { type ServerOptions, type ServerSettings, withDefaults } from "./server-options.ts";
import { Startup } from "./startup.ts";
import { serverStatus } from "./server-status.ts";
import type { Tunnel, Visitor } from "./visitor.ts";

/** How long the main loop takes to see to a signal, ms; holds see to it as soon as the input is read. */
const LOOP = 15;

/**
 * An OpenVPN server as its management interface shows it: its clients come by `knock`, by whoever plays them. Time and
 * chance are handed in.
 */
export class ServerDaemon implements Common, Serving {
  readonly slot: Slot;
  readonly version: Version;
  readonly questions: Questions;
  readonly settings: ServerSettings;
  readonly farewell: Farewell;
  readonly flags: { hold: boolean };
  mute = 0;
  authRetry = "none";
  envFilter = 0;
  clientVersion = 1;
  exitCode: number | undefined;
  readonly #voice: Voice;
  readonly #meter: Meter;
  readonly #blocks: Blocks;
  readonly #text: ServerLog;
  readonly #startup: Startup;
  readonly #signals: Signals;
  readonly #flood: Flood;
  readonly #commands: Commands<ServerDaemon>;
  #roster = new Roster();
  #admission: Admission;
  #started = 0;

  constructor(options: ServerOptions) {
    this.settings = withDefaults(options);
    const { clock, hold, version } = this.settings;
    this.version = new Version(version);
    this.questions = new Questions(clock, this.version);
    this.flags = { hold };
    this.#commands = new Commands<ServerDaemon>(this, serverCommands);
    this.slot = this.#makeSlot();
    this.#voice = new Voice(clock, (line) => this.slot.say(line));
    this.#meter = new Meter(this);
    this.#blocks = new Blocks(this);
    this.#text = new ServerLog(this);
    this.farewell = new Farewell(this, this.#blocks, this.#text);
    this.#admission = this.#opened();
    this.#signals = new Signals(clock, (name, reason) => this.#caught(name, reason ?? name));
    this.#flood = this.#makeFlood();
    this.#startup = new Startup({
      clock,
      flags: this.flags,
      tellsSeconds: this.version.holdTellsSeconds,
      say: (line) => this.say(line),
      begin: () => this.#begin(),
    });
  }

  /** The process starts. */
  start(): void {
    this.#moved("CONNECTING");
    this.#startup.start();
  }

  /** A client has made its handshake. Undefined: it is not let further, or nobody is there. */
  knock(visitor: Visitor): Tunnel | undefined {
    if (!this.running) return undefined;
    return this.#admission.knock(visitor, baseEnvironment(this.settings, this.#started, this.verb));
  }

  get state(): History {
    return this.#voice.state;
  }

  get log(): History {
    return this.#voice.log;
  }

  get echo(): History {
    return this.#voice.echo;
  }

  get verb(): number {
    return this.#voice.verb;
  }

  set verb(level: number) {
    this.#voice.verb = level;
  }

  /** Seconds since the epoch, as OpenVPN writes times. */
  get seconds(): number {
    return this.#voice.seconds;
  }

  get pid(): number {
    return this.settings.pid;
  }

  get roster(): Roster {
    return this.#roster;
  }

  get admission(): Admission {
    return this.#admission;
  }

  get held(): boolean {
    return this.#startup.phase === "held";
  }

  /** It serves clients. */
  get running(): boolean {
    return this.#startup.phase === "running";
  }

  /** There is no server (again) yet, and what belongs to servers is refused: in every hold. */
  get fresh(): boolean {
    return !this.running;
  }

  get question(): string | undefined {
    return this.#startup.question;
  }

  get load(): { clients: number; in: number; out: number } {
    return { clients: this.#roster.established, ...this.#meter.total };
  }

  get usr1(): SignalName {
    return this.settings.remapUsr1 ?? "SIGUSR1";
  }

  status(format: number): readonly string[] {
    return serverStatus(this, format, this.settings.statusVersion);
  }

  bytecount(seconds: number): void {
    this.#meter.tellEvery(seconds);
  }

  say(line: string): void {
    this.slot.say(line);
  }

  note(flags: string, text: string): void {
    this.#voice.note(flags, text);
  }

  forgetPasswords(): void {
    this.questions.drop();
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

  release(): void {
    this.#startup.release();
  }

  signal(name: SignalName): void {
    this.#signals.throw(name, this.running ? LOOP : 0);
  }

  /** The process ends; without a `reason`, it does so without a word. */
  exit(code: number, reason?: string): void {
    if (this.exitCode !== undefined) return;
    this.#dismiss();
    if (reason !== undefined) this.#moved("EXITING", reason);
    this.exitCode = code;
    this.#startup.stop();
    this.#signals.forget();
    this.#meter.tellEvery(0);
    this.#flood.stop();
    this.slot.close();
  }

  #caught(name: SignalName, reason: string): void {
    if (name === "SIGTERM" || name === "SIGINT") this.exit(0, this.running ? reason : undefined);
    else if (name === "SIGUSR2") {
      if (!this.running) this.exit(0);
      else for (const line of serverStatus(this, 1, 1)) this.note("I", line);
    } else if (!this.held) {
      this.#dismiss();
      this.note("I", `${name}[hard,] received, process restarting`);
      this.#moved("RECONNECTING", reason);
      this.#startup.restart(name === "SIGHUP");
    }
  }

  /** All clients go, and each is told of. */
  #dismiss(): void {
    for (const session of this.#roster.shuffled) this.farewell.close(session);
  }

  #begin(): void {
    this.#roster = new Roster();
    this.#admission = this.#opened();
    this.#started = this.seconds;
    this.#moved("ASSIGN_IP");
    this.note("I", "Initialization Sequence Completed");
    this.#moved("CONNECTED", "SUCCESS");
  }

  /** Doors for clients, with all addresses still to give away. */
  #opened(): Admission {
    const pool = new Pool(this.settings.poolSize);
    const parts = { blocks: this.#blocks, log: this.#text, farewell: this.farewell, meter: this.#meter };
    return new Admission(this, { ...parts, arrival: new Arrival(this, { ...parts, pool }) });
  }

  #moved(name: string, detail = ""): void {
    const { address, address6, ipv6 } = this.settings;
    const there = name === "ASSIGN_IP" || name === "CONNECTED";
    const four = `${detail},${there ? address : ""},`;
    const ends = this.version.stateTellsEnds ? ",,," : "";
    const six = there && ipv6 && this.version.stateTellsEnds ? `,${address6}` : "";
    this.state.add(`${this.seconds},${name},${four}${ends}${six}`);
  }

  #makeSlot(): Slot {
    const daemon = this;
    const { password } = this.settings;
    return new Slot({
      ...(password === undefined ? {} : { password }),
      get deaf() {
        return daemon.#flood.on;
      },
      greeted: () => this.#greeted(),
      line: (line) => this.#commands.line(line),
      left: (inside) => this.#left(inside),
      written: () => this.#flood.written(),
    });
  }

  #makeFlood(): Flood {
    const daemon = this;
    return new Flood({
      clock: this.settings.clock,
      note: (flags, text) => this.note(flags, text),
      get verb() {
        return daemon.verb;
      },
      get live() {
        return daemon.log.live;
      },
      get busy() {
        return daemon.running;
      },
      get full() {
        return daemon.slot.full;
      },
    });
  }

  /** A new controller hears of the open question; of clients that wait for an answer it does not (protocol notes, 7.9). */
  #greeted(): void {
    this.note("", "MANAGEMENT: Client connected");
    this.say(
      `>INFO:OpenVPN Management Interface Version ${this.version.management} -- type 'help' for more info`,
    );
    if (this.question !== undefined) this.say(this.question);
  }

  #left(inside: boolean): void {
    const { dialsOut, signalsOnDisconnect } = this.settings;
    this.#commands.forget();
    this.#flood.stop();
    this.#voice.hush();
    this.note("", "MANAGEMENT: Client disconnected");
    this.#meter.tellEvery(0);
    const known = inside || this.version.disconnectActsUnauthenticated;
    if (signalsOnDisconnect && known && !this.held)
      this.#signals.throw(this.usr1, this.running ? LOOP : 0, "management-disconnect");
    if (dialsOut) this.#signals.throw("SIGTERM", this.running ? LOOP : 0, "management-exit");
  }
}
