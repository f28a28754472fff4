import { ClientLife } from "./client-life.ts";
import type { ClientOptions } from "./client-options.ts";
import { type Challenged, type Choosing, clientCommands, type Proxied } from "./commands/client.ts";
import { type Block, Commands } from "./commands/dispatch.ts";
import type { Common } from "./commands/needs.ts";
import type { Cursor } from "./cursor.ts";
import { type Flood, floodOf } from "./flood.ts";
import type { History } from "./history.ts";
import { Prompts } from "./prompts.ts";
import { Questions } from "./questions.ts";
import type { SignalName } from "./signals.ts";
import { Slot } from "./slot.ts";
import { StallingClock } from "./stalling.ts";
import { clientStatus, Traffic } from "./traffic.ts";
import { Version } from "./version.ts";
import { Voice } from "./voice.ts";

/** The exit status of a process that an assertion ended. */
const ABORTED = 134;
/**
 * An OpenVPN client as its management interface shows it: what it says, asks, refuses and dies of (protocol notes, sections 1
 * to 4, 7 and 8). Time is the clock's that is handed in, the servers are those of the network.
 */
export class ClientDaemon implements Common, Choosing, Proxied, Challenged {
  readonly slot: Slot;
  readonly traffic: Traffic;
  readonly pid: number;
  readonly version: Version;
  readonly questions: Questions;
  readonly flags: { hold: boolean };
  readonly #options: ClientOptions;
  readonly #clock: StallingClock;
  readonly #voice: Voice;
  readonly #prompts: Prompts;
  readonly #life: ClientLife;
  readonly #flood: Flood;
  readonly #commands: Commands<ClientDaemon>;
  mute = 0;
  authRetry: string;
  envFilter = 0;
  clientVersion = 1;

  constructor(options: ClientOptions) {
    const clock = new StallingClock(options.clock);
    this.#options = options;
    this.#clock = clock;
    this.pid = options.pid ?? 4711;
    this.authRetry = options.authRetry ?? "none";
    this.version = new Version(options.version);
    this.#flood = floodOf(this, clock);
    this.slot = this.#makeSlot();
    const voice = new Voice(clock, (line) => this.slot.say(line));
    this.#voice = voice;
    this.questions = new Questions(clock, this.version);
    this.#prompts = new Prompts(
      this.questions,
      this.version,
      (line) => voice.say(line),
      () => this.slot.attended,
    );
    this.#life = new ClientLife({
      ...{ clock, options, voice, version: this.version, prompts: this.#prompts, pid: this.pid },
      settings: this,
      status: () => this.status(),
      ended: () => {
        this.traffic.tellEvery(0);
        this.#flood.stop();
        this.slot.close();
      },
    });
    this.flags = this.#life.flags;
    // Holds and questions keep it waiting.
    this.traffic = new Traffic(clock, (line) => {
      if (this.connected) voice.say(line);
    });
    this.#commands = new Commands<ClientDaemon>(this, clientCommands);
  }

  /** The process starts. */
  start(): void {
    this.#life.start();
  }

  /** The process ends; without a `reason`, it does so without a word. */
  exit(code: number, reason?: string): void {
    this.#life.exit(code, reason);
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

  get cursor(): Cursor {
    return this.#life.approach.cursor;
  }

  get verb(): number {
    return this.#voice.verb;
  }

  set verb(level: number) {
    this.#voice.verb = level;
  }

  get fresh(): boolean {
    return this.#life.fresh;
  }

  get held(): boolean {
    return this.#life.held;
  }

  get connected(): boolean {
    return this.#life.connected;
  }

  /** The main loop runs. */
  get running(): boolean {
    return this.#life.busy;
  }

  get asking(): boolean {
    return this.#life.asking;
  }

  /** The question that is open, as it is told to every new controller. */
  get question(): string | undefined {
    return this.#prompts.question;
  }

  /** The process's exit status once it has ended. */
  get exitCode(): number | undefined {
    return this.#life.exitCode;
  }

  /** It hangs in a write, because the controller does not read: the tunnel is dead (protocol notes, 7.11). */
  get stalled(): boolean {
    return this.#clock.stalled;
  }

  get load(): { clients: number; in: number; out: number } {
    return { clients: 0, in: this.traffic.in, out: this.traffic.out };
  }

  get usr1(): SignalName {
    return this.#options.remapUsr1 ?? "SIGUSR1";
  }

  status(): readonly string[] {
    return clientStatus(this.traffic, this.#voice.seconds);
  }

  bytecount(seconds: number): void {
    this.traffic.tellEvery(seconds);
  }

  note(flags: string, text: string): void {
    this.#voice.note(flags, text);
  }

  release(): void {
    this.#life.release();
  }

  accept(target?: { host: string; port: number }): void {
    this.#life.accept(target);
  }

  skip(count: number): void {
    this.#life.skip(count);
  }

  proxy(kind: string, ...more: readonly string[]): boolean {
    return this.#life.approach.proxy(kind, more);
  }

  respond(text: string): boolean {
    return this.#life.respond(text);
  }

  signal(name: SignalName): void {
    this.#life.signal(name);
  }

  /** While a token is asked for it hangs for ever: what asks has a lock that forgetting wants as well. */
  forgetPasswords(): void {
    if (this.question?.startsWith(">NEED-OK:") === true) this.#clock.hang();
    else this.#life.approach.forgetPasswords();
  }

  signature(): Block | undefined {
    return this.#life.approach.key?.signature.begin();
  }

  certificate(): Block | undefined {
    return this.#life.approach.key?.certificate.begin();
  }

  /** Too early, it is the end: an assertion fails. */
  identities(): readonly { readonly id: string; readonly blob: string }[] | undefined {
    if (!this.#life.first) return this.#options.pkcs11?.identities ?? [];
    this.#life.exit(ABORTED);
    return undefined;
  }

  #makeSlot(): Slot {
    const flood = this.#flood;
    const clock = this.#clock;
    return new Slot({
      ...(this.#options.password === undefined ? {} : { password: this.#options.password }),
      get deaf() {
        return flood.on;
      },
      get hung() {
        return clock.hung;
      },
      queues: () => this.running && this.question === undefined,
      greeted: () => this.#greeted(),
      line: (line) => this.#commands.line(line),
      left: (inside) => this.#left(inside),
      written: () => this.#written(),
      drained: () => clock.resume(),
    });
  }

  #greeted(): void {
    this.note("", "MANAGEMENT: Client connected");
    this.slot.say(
      `>INFO:OpenVPN Management Interface Version ${this.version.management} -- type 'help' for more info`,
    );
    const asks = this.#options.password !== undefined;
    // What comes in one read with the password is done before the wait for a controller ends.
    this.#prompts.repeat((then) => (asks ? void this.#clock.after(0, then) : then()));
  }

  #written(): void {
    this.#flood.written();
    if (this.slot.full && (this.#life.waits || this.question !== undefined)) this.#clock.stall();
  }

  #left(inside: boolean): void {
    if (this.#clock.hung) return;
    const { dialsController, forgetsOnDisconnect, signalsOnDisconnect } = this.#options;
    this.#commands.forget();
    this.#flood.stop();
    this.#voice.hush();
    this.note("", "MANAGEMENT: Client disconnected");
    this.#clock.resume();
    if (!this.version.bytecountOutlivesController) this.bytecount(0);
    if (inside || this.version.disconnectActsUnauthenticated) {
      if (forgetsOnDisconnect === true) this.forgetPasswords();
      if (signalsOnDisconnect === true && !this.held) this.#life.signal(this.usr1, "management-disconnect");
    }
    if (dialsController === true) this.#life.signal("SIGTERM", "management-exit");
  }
}
