import { Callers } from "../../src/connection/callers.ts";
import { Connection } from "../../src/connection/connection.ts";
import type { Outcome } from "../../src/protocol/command.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import type { Secret } from "../../src/util/secret.ts";
import { GREETING, Peer, settle } from "./support.ts";

/** A started connection that waits to be dialled; `events` is what its listener was told, in order. */
export class ListeningBench {
  readonly clock = new VirtualClock(0);
  readonly events: string[] = [];
  readonly connection: Connection;
  readonly #callers = new Callers();
  /** Whether the address was let go of. */
  closed = false;

  constructor(password?: () => Secret | undefined) {
    this.connection = new Connection({
      listening: {
        address: { kind: "listen", at: { kind: "unix", path: "/run/ovpn.sock" } },
        callers: this.#callers,
        close: () => {
          this.closed = true;
          this.#callers.refuse();
        },
      },
      clock: this.clock,
      random: () => 1,
      ...(password ? { password } : {}),
    });
    this.connection.start({
      attached: ({ managementVersion }) => this.events.push(`attached ${managementVersion}`),
      lost: (reason, attached) => this.events.push(`${attached ? "lost" : "failed"}: ${reason}`),
      blocked: (reason) => this.events.push(`blocked: ${reason}`),
      notification: ({ type }) => this.events.push(type),
      oddity: (text) => this.events.push(`oddity: ${text}`),
    });
  }

  /** Somebody dials, and may say something. */
  async dial(text = ""): Promise<Peer> {
    let peer: Peer | undefined;
    this.#callers.arrived((listener) => (peer = new Peer({ connected: () => undefined, ...listener })));
    if (!peer) throw new Error("No transport was made");
    await settle();
    if (text !== "") peer.say(text);
    await settle();
    return peer;
  }

  greet(): Promise<Peer> {
    return this.dial(GREETING);
  }

  send(name: string, ...args: string[]): Outcome[] {
    const outcomes: Outcome[] = [];
    this.connection.send({ name, args }, (outcome) => outcomes.push(outcome));
    return outcomes;
  }
}
