import type { RemoteView } from "../model/event.ts";
import { Dial } from "../policy/dial.ts";
import type { StateNotification } from "../protocol/notification.ts";
import type { Store } from "../store/store.ts";

const TABLE = "attempts";

/** An attempt that OpenVPN was told to make: the last answered REMOTE. Times in ms since the epoch. */
export interface Attempt {
  readonly host: string;
  readonly port: number;
  readonly proto: "udp" | "tcp";
  /** The remotes group that chose it. */
  readonly group?: string;
  /** At a further address of the name that had failed just before. */
  readonly again?: boolean;
  readonly since: number;
  readonly connectedSince?: number;
  /** The same by OpenVPN's own clock, in seconds, as its history has it. */
  readonly connectedAt?: number;
  /** The server's address as OpenVPN told it. */
  readonly address?: string;
}

interface Saved {
  readonly pid: number;
  readonly tries?: number;
  readonly holds?: number;
  readonly attempt?: Attempt;
  readonly dial?: unknown;
}

/** The attempt under way and what is known of one daemon's dialling; kept, so that a killed engine goes on where it was. */
export class Attempts {
  current: Attempt | undefined;
  dial: Dial;
  /** Since the last CONNECTED. */
  tries: number;
  holds: number;
  readonly #daemon: string;
  readonly #store: Store;
  #pid = 0;

  constructor(daemon: string, store: Store) {
    this.#daemon = daemon;
    this.#store = store;
    const saved = store.get(TABLE, daemon) as Saved | undefined;
    this.tries = saved?.tries ?? 0;
    this.holds = saved?.holds ?? 0;
    this.current = saved?.attempt;
    this.dial = new Dial(saved?.dial);
    this.#pid = saved?.pid ?? 0;
  }

  /** Tells which process answers; what was kept of another one is dropped. False when it is another one. */
  attachedTo(pid: number): boolean {
    const same = pid === this.#pid;
    if (!same) {
      const { skipCount } = this.dial;
      this.tries = 0;
      this.holds = 0;
      this.current = undefined;
      this.dial = new Dial();
      this.dial.skipCount = skipCount;
    }
    this.#pid = pid;
    this.save();
    return same;
  }

  save(): void {
    this.#store.put(TABLE, this.#daemon, {
      pid: this.#pid,
      tries: this.tries,
      holds: this.holds,
      ...(this.current ? { attempt: this.current } : {}),
      dial: this.dial.toJSON(),
    });
  }

  /** OpenVPN begins a new one. */
  start(attempt: Attempt): void {
    this.tries++;
    this.current = attempt;
    this.save();
  }

  /** CONNECTED, since `now`. Returns the attempt when it is news that it connected. */
  connected(now: number, state: StateNotification): Attempt | undefined {
    const { remoteAddress: address, remotePort, detail, time } = state;
    const attempt = this.current;
    if (attempt?.connectedSince !== undefined) return undefined;
    this.dial.connected(detail);
    this.tries = 0;
    this.holds = 0;
    this.save();
    if (!attempt) return undefined;
    // Behind a proxy OpenVPN tells the proxy's address: then the port differs and nothing is known of the server's.
    const direct = address !== "" && Number(remotePort) === attempt.port;
    this.current = { ...attempt, connectedSince: now, connectedAt: time, ...(direct ? { address } : {}) };
    this.save();
    return this.current;
  }

  /** The attempt or connection ended; returns it. */
  end(detail: string): Attempt | undefined {
    const attempt = this.current;
    this.current = undefined;
    this.dial.restarted(detail);
    this.save();
    return attempt;
  }

  view(failures: number): RemoteView | undefined {
    const attempt = this.current;
    if (!attempt) return undefined;
    return {
      host: attempt.host,
      port: attempt.port,
      proto: attempt.proto,
      failures,
      ...(attempt.address === undefined ? {} : { address: attempt.address }),
      ...(attempt.connectedSince === undefined ? {} : { connected_since: attempt.connectedSince }),
    };
  }
}
