import type { Clock, Timer } from "../../util/clock.ts";
import { seededRandom } from "../../util/random.ts";
import { ClientPlay } from "./client-play.ts";
import type { EventSpec, Scenario } from "./schema.ts";
import { ServerPlay } from "./server-play.ts";
import { drawn } from "./spans.ts";
import type { Staged, Staging } from "./staging.ts";

/** How often it is looked at whether the daemon has ended, ms. */
const LOOK = 100;

/** A scenario that is played: the daemon and all that happens to it, on the clock that is handed in. */
export class Play {
  readonly daemon: Staged;
  readonly #scenario: Scenario;
  readonly #staging: Staging;
  readonly #over: (why: string) => void;
  readonly #timers = new Set<Timer>();

  /** `over`: its time is up, or the daemon has ended. */
  constructor(scenario: Scenario, clock: Clock, tell: (what: string) => void, over: (why: string) => void) {
    this.#scenario = scenario;
    this.#staging = { clock, tell, random: seededRandom(scenario.seed) };
    this.#over = over;
    const { daemon } = scenario;
    this.daemon =
      daemon.mode === "server"
        ? new ServerPlay(daemon, scenario.clients, this.#staging)
        : new ClientPlay(daemon, scenario.network, this.#staging);
  }

  start(): void {
    this.daemon.start();
    for (const event of this.#scenario.events) this.#schedule(event);
    const { lasts } = this.#scenario;
    if (lasts !== undefined) this.#after(lasts, () => this.stop("The scenario is over"));
    this.#look();
  }

  /** Ends the daemon too, without a word to its controller. */
  stop(why: string): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.daemon.stop();
    this.daemon.exit(0);
    this.#over(why);
  }

  #look(): void {
    this.#after(LOOK, () => {
      const { exitCode } = this.daemon;
      if (exitCode === undefined) this.#look();
      else this.stop(`The daemon has ended with exit code ${exitCode}`);
    });
  }

  #schedule(event: EventSpec): void {
    const { random } = this.#staging;
    const { at, every, times = Number.POSITIVE_INFINITY } = event;
    const again = (delay: number, left: number): void =>
      this.#after(delay, () => {
        this.#happen(event);
        if (every && left > 1) again(drawn(every, random), left - 1);
      });
    const first = at ?? every;
    if (first) again(drawn(first, random), times);
  }

  #happen(event: EventSpec): void {
    if (event.say !== undefined) this.#staging.tell(event.say);
    if (event.signal) {
      this.#staging.tell(`Signal ${event.signal}`);
      this.daemon.signal(event.signal);
    }
    this.daemon.act(event);
  }

  #after(delay: number, then: () => void): void {
    const timer = this.#staging.clock.after(delay, () => {
      this.#timers.delete(timer);
      then();
    });
    this.#timers.add(timer);
  }
}
