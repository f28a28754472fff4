import type { History } from "../history.ts";
import { type Flood, floodOf } from "../flood.ts";
import { Slot, type SlotHost } from "../slot.ts";
import type { Version } from "../version.ts";
import { Voice } from "../voice.ts";
import type { ServerSettings } from "./server-options.ts";

export interface FrontHost {
  readonly settings: ServerSettings;
  readonly version: Version;
  /** It serves clients. */
  readonly running: () => boolean;
  /** Tells the open question to a new controller; the first hears it `later`. */
  readonly repeat: (later: (then: () => void) => void) => void;
  readonly line: (line: string) => void;
  /** The controller has gone; `inside`: it had given the password, if there is one. */
  readonly left: (inside: boolean) => void;
}

/** The side of a server that controllers see: the one slot, the histories, and the log that can drown all else. */
export class Front implements SlotHost {
  readonly slot: Slot;
  readonly voice: Voice;
  readonly password?: string;
  readonly #flood: Flood;
  readonly #host: FrontHost;

  constructor(host: FrontHost) {
    this.#host = host;
    const { clock, password } = host.settings;
    if (password !== undefined) this.password = password;
    this.#flood = floodOf(this, clock);
    this.slot = new Slot(this);
    this.voice = new Voice(clock, (line) => this.slot.say(line));
  }

  get deaf(): boolean {
    return this.#flood.on;
  }

  get verb(): number {
    return this.voice.verb;
  }

  get log(): History {
    return this.voice.log;
  }

  get running(): boolean {
    return this.#host.running();
  }

  note(flags: string, text: string): void {
    this.voice.note(flags, text);
  }

  /** In the main loop replies go out behind all that was read at once. */
  queues(): boolean {
    return this.running;
  }

  /** A new controller hears of the open question; of clients that wait for an answer it does not (protocol notes, 7.9). */
  greeted(): void {
    const { version, repeat, settings } = this.#host;
    this.voice.note("", "MANAGEMENT: Client connected");
    this.slot.say(
      `>INFO:OpenVPN Management Interface Version ${version.management} -- type 'help' for more info`,
    );
    // What comes in one read with the password is done before the wait for a controller ends.
    repeat((then) => (this.password === undefined ? then() : void settings.clock.after(0, then)));
  }

  line(line: string): void {
    this.#host.line(line);
  }

  left(inside: boolean): void {
    this.#flood.stop();
    this.voice.hush();
    this.voice.note("", "MANAGEMENT: Client disconnected");
    this.#host.left(inside);
  }

  written(): void {
    this.#flood.written();
  }

  /** The process ends. */
  close(): void {
    this.#flood.stop();
    this.slot.close();
  }
}
