import { type Actor, createActor } from "xstate";
import type { Clock } from "../util/clock.ts";
import { machineClock } from "../util/machine-clock.ts";
import { Approach } from "./approach.ts";
import { ClientConnection } from "./client-connection.ts";
import { type ClientEffect, type ClientFlags, clientMachine } from "./client.machine.ts";
import type { ClientOptions } from "./client-options.ts";
import { pauseBefore } from "./pause.ts";
import type { Prompts } from "./prompts.ts";
import type { Ending } from "./session.ts";
import { Signals, type SignalName } from "./signals.ts";
import type { Version } from "./version.ts";
import type { Voice } from "./voice.ts";

/** The main loop sees to a signal after this, ms; holds and questions do as soon as the input is read. */
const LOOP = 15;

export interface LifeHost {
  readonly clock: Clock;
  readonly options: ClientOptions;
  readonly version: Version;
  readonly voice: Voice;
  readonly prompts: Prompts;
  readonly settings: { readonly authRetry: string; readonly clientVersion: number };
  readonly pid: number;
  /** The lines of `status`. */
  readonly status: () => readonly string[];
  /** The process has ended. */
  readonly ended: () => void;
}

/** The course of a client from one signal to the next: its phases, its restarts, and what it dies of. */
export class ClientLife {
  readonly approach: Approach;
  readonly flags: ClientFlags & { hold: boolean };
  readonly #host: LifeHost;
  readonly #machine: Actor<typeof clientMachine>;
  readonly #connection: ClientConnection;
  readonly #signals: Signals;
  /** Nothing is set up (again) yet: holds and the first questions come before that. */
  fresh = true;
  /** Nothing was ever set up. */
  first = true;
  /** It has slept between two attempts, or waited for a tick of its controller's: it waits for him to read from then on. */
  waits = false;
  /** The process's exit status once it has ended. */
  exitCode: number | undefined;
  #stay = false;
  /** The pause that the server wants, s. */
  #backoff = 0;

  constructor(host: LifeHost) {
    this.#host = host;
    const { clock, options, version } = host;
    const { hold = true, queryRemote = true, queryProxy = false } = options;
    this.flags = { hold, queryRemote, queryProxy, queryBoth: version.asksRemoteAndProxy };
    this.approach = new Approach({
      ...host,
      send: (event) => this.#machine.send(event),
      die: (text) => this.#die(text),
      failed: (reason) => this.#restart(reason, false),
    });
    this.#connection = new ClientConnection({
      ...host,
      credentials: this.approach.credentials,
      key: this.approach.key,
      up: () => this.#up(),
      ended: (reason, how) => this.#ended(reason, how),
    });
    this.#signals = new Signals(clock, (name, reason) => this.#caught(name, reason));
    this.#machine = createActor(clientMachine, { input: { flags: this.flags }, clock: machineClock(clock) });
    this.#machine.on("*", (effect) => this.#effect(effect));
  }

  start(): void {
    this.approach.reset();
    this.#connection.moved("CONNECTING");
    this.#machine.start();
    this.#machine.send({ type: "start" });
  }

  get held(): boolean {
    return this.#machine.getSnapshot().matches("held");
  }

  get connected(): boolean {
    return this.#machine.getSnapshot().matches({ running: "connected" });
  }

  /** The main loop runs. */
  get busy(): boolean {
    return this.#connection.busy;
  }

  /** Whether a REMOTE question waits for its answer. */
  get asking(): boolean {
    return this.#machine.getSnapshot().matches({ running: "asking" });
  }

  release(): void {
    this.#machine.send({ type: "release" });
  }

  /** ACCEPT, or MOD with a target. */
  accept(target?: { host: string; port: number }): void {
    this.approach.route.name(target);
    this.#machine.send({ type: "accept" });
  }

  skip(count: number): void {
    this.approach.route.forget();
    this.approach.cursor.skip(count);
    this.#machine.send({ type: "skip" });
  }

  /** The controller's answer to a challenge that the server put; false: it is too long. */
  respond(text: string): boolean {
    return this.#connection.respond(text);
  }

  /** Takes effect a little later: what was sent together with it is done before. One with a `reason` is OpenVPN's own. */
  signal(name: SignalName, reason?: string): void {
    if (reason !== undefined) this.#stay = this.connected;
    const inLoop = this.busy && this.#host.prompts.question === undefined;
    this.#signals.throw(name, inLoop ? LOOP : 0, reason);
  }

  /** The process ends; without a `reason`, it does so without a word. */
  exit(code: number, reason?: string): void {
    if (this.exitCode !== undefined) return;
    this.exitCode = code;
    this.#stop();
    this.#signals.forget();
    if (reason !== undefined) this.#connection.moved("EXITING", reason);
    this.#machine.send({ type: "exit" });
    this.#host.ended();
  }

  #caught(name: SignalName, reason: string | undefined): void {
    const { prompts, voice, status } = this.#host;
    const { busy } = this;
    const interrupted = prompts.interrupt(name !== "SIGUSR1" && name !== "SIGUSR2");
    if (this.exitCode !== undefined) return;
    // The main loop only prints statistics.
    if (name === "SIGUSR2" && busy) for (const line of status()) voice.note("I", line);
    else if (name === "SIGUSR2") this.exit(0);
    else if (name === "SIGTERM" || name === "SIGINT")
      this.#terminate(reason ?? (busy ? name : "init_instance"));
    else if (this.held || (interrupted && name === "SIGUSR1")) return;
    else if (reason !== undefined) this.#restart(reason, this.#stay);
    else if (name === "SIGUSR1" && busy) {
      this.approach.route.forget();
      this.#restart("SIGUSR1", this.connected);
    } else if (name === "SIGHUP") this.#reread(busy ? name : "init_instance");
    else this.#reread("close_context usr1 to hup");
  }

  /** Who is connected may have to say goodbye to the server first. */
  #terminate(reason: string): void {
    const { clock, options } = this.#host;
    const { exitNotify = 0 } = options;
    if (this.fresh) this.exit(0);
    else if (exitNotify === 0 || !this.busy) this.exit(0, reason);
    else clock.after(exitNotify * 1000, () => this.exit(0, "exit-with-notification"));
  }

  #die(text: string): void {
    this.#host.voice.fatal(text);
    this.exit(1);
  }

  #ended(reason: string, how: Ending): void {
    this.#backoff = how.backoff ?? 0;
    this.#stay = how.advance !== true;
    if (how.delay > 0) this.#signals.throw(how.exits === true ? "SIGTERM" : "SIGUSR1", how.delay, reason);
    else if (how.exits === true) this.#terminate(reason);
    else this.#restart(reason, this.#stay, how.polled === true ? 0 : this.#pause());
  }

  /** The configuration is read again: the list begins anew, and the pause comes after the hold. */
  #reread(reason: string): void {
    const pause = this.#pause();
    this.approach.reset();
    this.fresh = true;
    this.#restart(reason, true, pause, true);
  }

  /** The attempt or tunnel ends; with `stay` the same entry comes again. `pause` in s. */
  #restart(reason: string, stay: boolean, pause = this.#pause(), reread = false): void {
    const { remapUsr1 } = this.#host.options;
    if (remapUsr1 === "SIGTERM" && !reread) this.exit(0, reason);
    else if (remapUsr1 === "SIGHUP" && !reread) this.#reread(reason);
    else {
      this.#stay = stay;
      this.#stop();
      this.#machine.send({ type: "restart", reason, pause, reread });
    }
  }

  #stop(): void {
    this.approach.stop();
    this.#connection.stop();
  }

  #effect(effect: ClientEffect): void {
    switch (effect.type) {
      case "hold":
        this.approach.hold(effect.seconds);
        break;
      case "released":
        this.#host.prompts.close();
        break;
      case "restarted":
        this.#connection.moved("RECONNECTING", effect.reason);
        this.approach.cursor.begin(this.#stay);
        break;
      case "query":
        this.approach.query();
        break;
      case "pause":
        this.#underWay();
        this.waits = true;
        break;
      case "choose":
        this.#underWay();
        this.approach.choose();
        break;
      case "askRemote":
        this.waits = true;
        this.approach.askRemote();
        break;
      case "askProxy":
        this.waits = true;
        this.approach.askProxy();
        break;
      case "prepare":
        this.approach.prepare();
        break;
      case "dial":
        this.#dial();
    }
  }

  #underWay(): void {
    this.fresh = false;
    this.first = false;
  }

  #dial(): void {
    const { cursor, route } = this.approach;
    const entry = cursor.current;
    if (entry) this.#connection.start(entry, route.take(entry));
  }

  #up(): void {
    this.approach.cursor.unsuccessful = 0;
    this.approach.route.keep();
    this.#machine.send({ type: "up" });
  }

  #pause(): number {
    const { settings, options } = this.#host;
    const wanted = this.#backoff;
    this.#backoff = 0;
    return pauseBefore(this.approach.cursor, options.connectRetry ?? [1, 300], settings.authRetry, wanted);
  }
}
