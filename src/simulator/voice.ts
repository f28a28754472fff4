import type { Clock } from "../util/clock.ts";
import { History } from "./history.ts";

/** Below this level the log has no lines about the management interface. */
const TALKATIVE = 3;

/** All that a daemon says besides its replies, and what it keeps of it. */
export class Voice {
  readonly state: History;
  readonly log: History;
  readonly echo: History;
  readonly say: (line: string) => void;
  /** Level of the log. */
  verb = 3;
  readonly #clock: Clock;

  constructor(clock: Clock, say: (line: string) => void) {
    this.#clock = clock;
    this.say = say;
    // What is told of states and echoes as they come is logged before.
    const logged = (line: string): void => {
      this.note("", `MANAGEMENT: ${line}`);
      say(line);
    };
    this.state = new History(">STATE:", 100, logged);
    this.log = new History(">LOG:", 250, say);
    this.echo = new History(">ECHO:", 100, logged);
  }

  /** Seconds since the epoch, as OpenVPN writes times. */
  get seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  /** A line for the log, with its flags. */
  note(flags: string, text: string): void {
    const always = /[FNW]/.test(flags);
    if (always || this.verb >= TALKATIVE) this.log.add(`${this.seconds},${flags},${text}`);
  }

  /** The process will end of it. */
  fatal(text: string): void {
    this.note("F", text);
    this.say(`>FATAL:${text}`);
  }

  /** A new controller hears only what it asks for. */
  hush(): void {
    for (const history of [this.state, this.log, this.echo]) history.live = false;
  }
}
