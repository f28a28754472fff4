import { chanceOf } from "../../../src/simulator/server/chance.ts";
import { ClientPeer, type ClientPeerOptions } from "../../../src/simulator/server/client-peer.ts";
import { ServerDaemon } from "../../../src/simulator/server/server-daemon.ts";
import type { ServerOptions } from "../../../src/simulator/server/server-options.ts";
import { VirtualClock } from "../../../src/util/clock.ts";
import { seededRandom } from "../../../src/util/random.ts";
import { Controller, START } from "../support.ts";

export type PeerSetup = Partial<Omit<ClientPeerOptions, "clock" | "random" | "door">>;

export interface ServerWorld {
  readonly clock: VirtualClock;
  readonly daemon: ServerDaemon;
  readonly controller: Controller;
  /** A client named alice that logs in as bob, unless said otherwise; it has not come yet. */
  readonly peer: (setup?: PeerSetup) => ClientPeer;
  /** What clients said became of them, in order. */
  readonly told: string[];
  /** Lets the seconds pass, and gives what the controller heard, environments left out. */
  readonly pass: (seconds: number) => string[];
}

/** A server that has started, with a controller that has taken note of the greeting. */
export function serverWorld(options: Partial<ServerOptions> = {}): ServerWorld {
  const clock = new VirtualClock(START);
  const random = seededRandom(1);
  const daemon = new ServerDaemon({ clock, chance: chanceOf(random), ...options });
  daemon.start();
  const controller = new Controller(daemon.slot);
  if (options.password === undefined) controller.heard();
  const told: string[] = [];
  return {
    clock,
    daemon,
    controller,
    told,
    peer: (setup = {}) => {
      const commonName = setup.commonName ?? "alice";
      return new ClientPeer({
        clock,
        random,
        door: daemon,
        login: { username: "bob", password: "pw" },
        ip: "192.0.2.7",
        tell: (what) => void told.push(`${commonName} ${what}`),
        ...setup,
        commonName,
      });
    },
    pass: (seconds) => {
      clock.advance(seconds * 1000);
      return withoutEnvironment(controller.heard());
    },
  };
}

export function withoutEnvironment(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith(">CLIENT:ENV,"));
}
