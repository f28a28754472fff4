import { Connection, type ConnectionOptions } from "../../src/connection/connection.ts";
import type { TransportListener } from "../../src/connection/transport.ts";
import type { Outcome } from "../../src/protocol/command.ts";
import type { Notification } from "../../src/protocol/notification.ts";
import { VirtualClock } from "../../src/util/clock.ts";

export const GREETING = ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n";

/** The other end of a connection: what was written to it, and what it lets the connection see. */
export class Peer {
  readonly #listener: TransportListener;
  readonly written: string[] = [];
  ended = false;
  destroyed = false;
  #closed = false;

  constructor(listener: TransportListener) {
    this.#listener = listener;
  }

  connect(): void {
    this.#listener.connected();
  }

  say(text: string): void {
    this.#listener.text(text);
  }

  greet(greeting = GREETING): void {
    this.connect();
    this.say(greeting);
  }

  /** Tells the end of the connection, once, as a socket does. */
  close(reason?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.closed(reason);
  }

  write(text: string): void {
    this.written.push(text);
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
    queueMicrotask(() => this.close());
  }
}

/** A started connection over peers in memory; `events` is what its listener was told, in order. */
export class Bench {
  readonly clock = new VirtualClock(0);
  readonly peers: Peer[] = [];
  readonly events: string[] = [];
  readonly notifications: Notification[] = [];
  readonly connection: Connection;

  constructor(options: Partial<ConnectionOptions> = {}) {
    this.connection = new Connection({
      address: { kind: "unix", path: "/run/ovpn.sock" },
      clock: this.clock,
      random: () => 1,
      dial: (_, listener) => {
        const peer = new Peer(listener);
        this.peers.push(peer);
        return peer;
      },
      ...options,
    });
    this.connection.start({
      attached: ({ managementVersion }) => this.events.push(`attached ${managementVersion}`),
      lost: (reason, attached) => this.events.push(`${attached ? "lost" : "failed"}: ${reason}`),
      blocked: (reason) => this.events.push(`blocked: ${reason}`),
      notification: (notification) => {
        this.notifications.push(notification);
        this.events.push(notification.type);
      },
      oddity: (text) => this.events.push(`oddity: ${text}`),
    });
  }

  /** The peer of the newest attempt. */
  get peer(): Peer {
    const peer = this.peers.at(-1);
    if (!peer) throw new Error("Nothing was dialled");
    return peer;
  }

  /** Sends a command; the outcome appears in the list when it is known. */
  send(name: string, ...args: string[]): Outcome[] {
    const outcomes: Outcome[] = [];
    this.connection.send({ name, args }, (outcome) => outcomes.push(outcome));
    return outcomes;
  }
}

/** A connection whose greeting has been heard. */
export function attached(options: Partial<ConnectionOptions> = {}, greeting?: string): Bench {
  const bench = new Bench(options);
  bench.peer.greet(greeting);
  bench.events.length = 0;
  return bench;
}

/** Lets what was queued as microtasks run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}
