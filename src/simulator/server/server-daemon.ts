import { Commands } from "../commands/dispatch.ts";
import type { Common } from "../commands/needs.ts";
import type { History } from "../history.ts";
import { Questions } from "../questions.ts";
import { Signals, type SignalName } from "../signals.ts";
import type { Slot } from "../slot.ts";
import { Version } from "../version.ts";
import type { Admission } from "./admission.ts";
import type { Farewell } from "./farewell.ts";
import { Front } from "./front.ts";
import type { Roster } from "./roster.ts";
import { type Serving, serverCommands } from "./server-commands.ts";
import { type ServerOptions, type ServerSettings, withDefaults } from "./server-options.ts";
import { Service } from "./service.ts";
import { Startup } from "./startup.ts";
import { serverStatus } from "./server-status.ts";
import type { Tunnel, Visitor } from "./visitor.ts";

/** The exit status of a process that an assertion ended. */
const ABORTED = 134;
/** How long the main loop takes to see to a signal, ms; holds see to it as soon as the input is read. */
const LOOP = 15;

/**
 * An OpenVPN server as its management interface shows it: its clients come by `knock`, by whoever plays them. Time and
 * chance are handed in.
 */
export class ServerDaemon implements Common, Serving {
  readonly version: Version;
  readonly questions: Questions;
  readonly settings: ServerSettings;
  readonly flags: { hold: boolean };
  mute = 0;
  authRetry = "none";
  envFilter = 0;
  clientVersion = 1;
  exitCode: number | undefined;
  readonly #front: Front;
  readonly #service: Service;
  readonly #startup: Startup;
  readonly #signals: Signals;
  readonly #commands: Commands<ServerDaemon>;

  constructor(options: ServerOptions) {
    this.settings = withDefaults(options);
    const { clock, hold, version } = this.settings;
    this.version = new Version(version);
    this.questions = new Questions(clock, this.version);
    this.flags = { hold };
    this.#commands = new Commands<ServerDaemon>(this, serverCommands);
    this.#front = new Front({
      settings: this.settings,
      version: this.version,
      running: () => this.running,
      repeat: (later) => this.#startup.repeat(later),
      line: (line) => this.#commands.line(line),
      left: (inside) => this.#left(inside),
    });
    this.#service = new Service(this);
    this.#signals = new Signals(clock, (name, reason) => this.#caught(name, reason ?? name));
    this.#startup = new Startup({
      clock,
      flags: this.flags,
      tellsSeconds: this.version.holdTellsSeconds,
      say: (line) => this.say(line),
      attended: () => this.slot.attended,
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
    return this.running ? this.#service.knock(visitor, this.verb) : undefined;
  }

  get slot(): Slot {
    return this.#front.slot;
  }

  get state(): History {
    return this.#front.voice.state;
  }

  get log(): History {
    return this.#front.voice.log;
  }

  get echo(): History {
    return this.#front.voice.echo;
  }

  get verb(): number {
    return this.#front.voice.verb;
  }

  set verb(level: number) {
    this.#front.voice.verb = level;
  }

  /** Seconds since the epoch, as OpenVPN writes times. */
  get seconds(): number {
    return this.#front.voice.seconds;
  }

  get pid(): number {
    return this.settings.pid;
  }

  get roster(): Roster {
    return this.#service.roster;
  }

  get admission(): Admission {
    return this.#service.admission;
  }

  get farewell(): Farewell {
    return this.#service.farewell;
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
    return { clients: this.roster.established, ...this.#service.meter.total };
  }

  get usr1(): SignalName {
    return this.settings.remapUsr1 ?? "SIGUSR1";
  }

  status(format: number): readonly string[] {
    return serverStatus(this, format, this.settings.statusVersion);
  }

  bytecount(seconds: number): void {
    this.#service.meter.tellEvery(seconds);
  }

  say(line: string): void {
    this.slot.say(line);
  }

  note(flags: string, text: string): void {
    this.#front.voice.note(flags, text);
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

  /** Too early, it is the end: an assertion fails. */
  identities(): readonly [] | undefined {
    if (this.#service.started > 0) return [];
    this.exit(ABORTED);
    return undefined;
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
    this.#service.dismiss();
    if (reason !== undefined) this.#moved("EXITING", reason);
    this.exitCode = code;
    this.#startup.stop();
    this.#signals.forget();
    this.#service.meter.tellEvery(0);
    this.#front.close();
  }

  #caught(name: SignalName, reason: string): void {
    if (name === "SIGTERM" || name === "SIGINT") this.#terminate(reason);
    else if (name === "SIGUSR2") {
      if (!this.running) this.exit(0);
      else for (const line of serverStatus(this, 1, 1)) this.note("I", line);
    } else if (!this.held) {
      this.#service.dismiss();
      this.note("I", `${name}[hard,] received, process restarting`);
      this.#moved("RECONNECTING", reason);
      this.#startup.restart(name === "SIGHUP");
    }
  }

  /** Between two rounds it tells a reason of its own, and none while its configuration was only read. */
  #terminate(reason: string): void {
    if (this.running) this.exit(0, reason);
    else this.exit(0, this.#startup.reread ? undefined : "init_instance");
  }

  #begin(): void {
    this.#service.begin();
    this.#moved("ASSIGN_IP");
    this.note("I", "Initialization Sequence Completed");
    this.#moved("CONNECTED", "SUCCESS");
  }

  #moved(name: string, detail = ""): void {
    const { address, address6, ipv6, local, port } = this.settings;
    const there = name === "ASSIGN_IP" || name === "CONNECTED";
    const four = `${detail},${there ? address : ""},`;
    // Where it listens is told when one address was named.
    const named = local !== undefined && local !== "::" && local !== "0.0.0.0";
    const own = name === "CONNECTED" && named ? `${local},${port}` : ",";
    const ends = this.version.stateTellsEnds ? `,,${own}` : "";
    const six = there && ipv6 && this.version.stateTellsEnds ? `,${address6}` : "";
    this.state.add(`${this.seconds},${name},${four}${ends}${six}`);
  }

  #left(inside: boolean): void {
    const { dialsOut, signalsOnDisconnect } = this.settings;
    this.#commands.forget();
    this.#service.meter.tellEvery(0);
    const known = inside || this.version.disconnectActsUnauthenticated;
    if (signalsOnDisconnect && known && !this.held)
      this.#signals.throw(this.usr1, this.running ? LOOP : 0, "management-disconnect");
    if (dialsOut) this.#signals.throw("SIGTERM", this.running ? LOOP : 0, "management-exit");
  }
}
