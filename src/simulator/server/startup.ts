import type { Clock, Timer } from "../../util/clock.ts";

/** How long a restart takes, ms, if no hold takes its place. */
const PAUSE = 1_000;

export interface StartupHost {
  readonly clock: Clock;
  readonly flags: { readonly hold: boolean };
  /** Whether `>HOLD` says how long it would have paused. */
  readonly tellsSeconds: boolean;
  say(line: string): void;
  /** Somebody is there to be told. */
  attended(): boolean;
  /** Clients may come. */
  begin(): void;
}

/** The way of a server into its main loop, through a hold or a pause. */
export class Startup {
  readonly #host: StartupHost;
  #timer: Timer | undefined;
  /** The configuration was read again: the pause is still to come, behind the hold. */
  #rests = false;
  /** The configuration was just read, be it for the first time. */
  reread = true;
  phase: "new" | "held" | "pausing" | "running" | "exited" = "new";
  /** The open question, as it is told to every new controller. */
  question: string | undefined;
  /** Nobody was there yet to hear it. */
  #waits = false;

  constructor(host: StartupHost) {
    this.#host = host;
  }

  start(): void {
    if (this.#host.flags.hold) this.#hold(0);
    else this.#begin();
  }

  restart(reread: boolean): void {
    this.#timer?.cancel();
    this.#rests = reread;
    this.reread = reread;
    if (this.#host.flags.hold) this.#hold(reread ? 0 : 1);
    else this.#pause();
  }

  /** Somebody is there: the question is told, and for the first time `later`. */
  repeat(later: (then: () => void) => void): void {
    const { question } = this;
    if (question === undefined) return;
    const tell = (): void => {
      this.#waits = false;
      if (this.question === question) this.#host.say(question);
    };
    if (this.#waits) later(tell);
    else tell();
  }

  /** What was sent together with the release is still done in the hold. */
  release(): void {
    if (this.phase !== "held" || this.question === undefined) return;
    this.question = undefined;
    this.#after(0, () => (this.#rests ? this.#pause() : this.#begin()));
  }

  stop(): void {
    this.#timer?.cancel();
    this.question = undefined;
    this.phase = "exited";
  }

  #hold(seconds: number): void {
    this.phase = "held";
    this.question = `>HOLD:Waiting for hold release${this.#host.tellsSeconds ? `:${seconds}` : ""}`;
    this.#waits = !this.#host.attended();
    this.#host.say(this.question);
  }

  #pause(): void {
    this.phase = "pausing";
    this.#after(PAUSE, () => this.#begin());
  }

  #begin(): void {
    this.#rests = false;
    this.phase = "running";
    this.#host.begin();
  }

  #after(delay: number, then: () => void): void {
    this.#timer = this.#host.clock.after(delay, then);
  }
}
