import { ClientDaemon } from "../../src/simulator/client-daemon.ts";
import type { ClientOptions } from "../../src/simulator/client-options.ts";
import { type Condition, Network } from "../../src/simulator/network.ts";
import type { Slot, Wire } from "../../src/simulator/slot.ts";
import { VirtualClock } from "../../src/util/clock.ts";

export const START = Date.UTC(2026, 0, 5, 9);

/** Two entries, each on a host of its own. */
export const A = { host: "192.0.2.1", port: 1194, proto: "udp" };
export const B = { host: "192.0.2.2", port: 443, proto: "tcp-client" };

/** A controller that keeps what it hears. */
export class Controller {
  closed = false;
  readonly #wire: Wire;
  #heard = "";

  constructor(slot: Slot) {
    this.#wire = slot.accept({
      text: (bytes) => void (this.#heard += bytes),
      closed: () => void (this.closed = true),
    });
  }

  /** Writes the commands at once. */
  send(...commands: readonly string[]): void {
    this.#wire.write(commands.map((command) => `${command}\n`).join(""));
  }

  leave(): void {
    this.#wire.close();
  }

  /** Everything heard since it was asked last, the times taken out. */
  heard(): string[] {
    const lines = this.#heard.split("\r\n");
    this.#heard = lines.pop() ?? "";
    return lines.map((line) => line.replace(/^(>[A-Z]+:)?\d{10},/, "$1"));
  }

  /** As `heard`, but of the states only, as in `RECONNECTING server_poll`. */
  states(): string[] {
    return this.heard().flatMap((line) => {
      const [, name, detail] = /^>STATE:([A-Z_]+),([^,]*),/.exec(line) ?? [];
      return name === undefined ? [] : [`${name} ${detail}`.trimEnd()];
    });
  }

  /** What arrived without an end of line. */
  get rest(): string {
    return this.#heard;
  }
}

interface World {
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly daemon: ClientDaemon;
  readonly controller: Controller;
  /** Sets how a host is met. */
  meet(entry: { host: string; port: number; proto: string }, condition: Condition): void;
}

/** A client that has started, with a controller that hears of its states and has taken note of the greeting. */
export function world(options: Partial<ClientOptions> = {}, conditions: readonly Condition[] = []): World {
  const clock = new VirtualClock(START);
  const network = new Network();
  const remotes = options.remotes ?? [A, B];
  const meet: World["meet"] = ({ host, port, proto }, condition) =>
    network.set(host, port, proto.startsWith("udp") ? "udp" : "tcp", condition);
  for (const [i, condition] of conditions.entries()) meet(remotes[i] ?? A, condition);
  const daemon = new ClientDaemon({ clock, network, connectTimeout: 10_000, ...options, remotes });
  daemon.start();
  const controller = new Controller(daemon.slot);
  if (options.password === undefined) controller.send("state on");
  clock.advance(0);
  if (options.password === undefined) controller.heard();
  return { clock, network, daemon, controller, meet };
}

/** Releases the hold and takes the entry that is asked: the attempt has begun afterwards. */
export function dial({ clock, controller }: World, answer = "remote ACCEPT"): void {
  controller.send("hold release");
  clock.advance(0);
  controller.send(answer);
  clock.advance(1_000);
}
