import type { Notification, StateNotification } from "../protocol/notification.ts";
import { Clients } from "./clients.ts";
import type { DaemonView, Event, Happening } from "./event.ts";
import { happeningOf } from "./happenings.ts";
import { type Challenge, Realms } from "./realms.ts";

/** A report of a client's counters. */
export type ClientTraffic = Extract<Notification, { type: "BYTECOUNT_CLI" }>;

/** What we believe of one daemon, from its notifications. No I/O: whoever owns it feeds it. */
export class DaemonModel {
  readonly name: string;
  attached = false;
  version = "";
  pid = 0;
  role: "client" | "server" = "client";
  readonly clients: Clients;
  #state: StateNotification | undefined;
  #since: number;
  #bytes: { in: number; out: number; at: number } | undefined;
  #session: { in: number; out: number } | undefined;
  #rate = 0;
  readonly #realms = new Realms();

  constructor(name: string, clock: { now(): number }) {
    this.name = name;
    this.#since = clock.now();
    this.clients = new Clients(() => clock.now());
  }

  get state(): StateNotification | undefined {
    return this.#state;
  }

  get connected(): boolean {
    return this.#state?.name === "CONNECTED";
  }

  view(): Omit<DaemonView, "attempts"> {
    return {
      name: this.name,
      state: this.attached ? (this.#state?.name ?? "") : "LOST",
      since: this.#since,
      version: this.version,
      pid: this.pid,
      role: this.role,
      rate: this.#rate,
    };
  }

  /** Another process, or a long absence: nothing that was known of the running session holds. */
  forget(now: number): void {
    this.#state = undefined;
    this.#since = now;
    this.#bytes = undefined;
    this.#session = undefined;
    this.#rate = 0;
    this.#realms.forget();
  }

  /** The challenge that a realm's next answer is for. */
  challenge(realm: string, now: number): Challenge | undefined {
    return this.#realms.challenge(realm, now);
  }

  /** A realm's question was answered, and with it its challenge. */
  answered(realm: string): void {
    this.#realms.answered(realm);
  }

  /** The newest line of the history read at attach: moves the model, raises nothing. */
  recall(state: StateNotification): void {
    this.#state = state;
    this.#since = state.time * 1000;
  }

  /**
   * Takes a notification in; returns it as rules see it, or undefined when it raises nothing. `repeated`: a question that
   * OpenVPN tells a new controller again.
   */
  apply(notification: Notification, now: number, repeated = false): Happening | undefined {
    switch (notification.type) {
      case "STATE":
        return this.#moved(notification, now);
      case "BYTECOUNT":
        return this.#counted(notification.bytesIn, notification.bytesOut, now);
      case "BYTECOUNT_CLI":
        this.role = "server";
        return this.clients.counted(notification.cid, notification.bytesIn, notification.bytesOut);
      case "CLIENT:CONNECT":
      case "CLIENT:REAUTH":
      case "CLIENT:CR_RESPONSE":
      case "CLIENT:ESTABLISHED":
      case "CLIENT:DISCONNECT":
      case "CLIENT:ADDRESS":
        this.role = "server";
        return this.clients.apply(notification);
      case "PASSWORD:NEED":
        return this.#realms.needed(notification, repeated, now);
      case "PASSWORD:FAILED":
        return this.#realms.failed(notification, now);
      case "REMOTE":
        return undefined;
      default:
        return happeningOf(notification);
    }
  }

  /** Takes the traffic of a client in, where no rule is on it: no event is made. */
  count({ cid, bytesIn, bytesOut }: ClientTraffic, now: number): void {
    this.role = "server";
    this.clients.count(cid, bytesIn, bytesOut, now);
  }

  #moved(state: StateNotification, now: number): Happening {
    const fields = stateFields(state, this.#state?.name ?? "");
    this.#state = state;
    this.#since = now;
    if (state.name === "CONNECTED") {
      this.#realms.forget();
      this.#session = this.#bytes && { in: this.#bytes.in, out: this.#bytes.out };
    } else if (state.name === "RECONNECTING" || state.name === "EXITING") this.#rate = 0;
    return { type: "STATE", fields };
  }

  /** `>BYTECOUNT:` is cumulative for the process; rules want this session, the difference and the rate. */
  #counted(bytesIn: number, bytesOut: number, now: number): Happening {
    const last = this.#bytes;
    // A counter that went back belongs to another process: nothing can be said of the difference.
    const known = last && bytesIn >= last.in && bytesOut >= last.out ? last : undefined;
    const start = known ? (this.#session ?? { in: 0, out: 0 }) : { in: 0, out: 0 };
    if (!known) this.#session = undefined;
    const deltaIn = known ? bytesIn - known.in : 0;
    const deltaOut = known ? bytesOut - known.out : 0;
    const seconds = known ? Math.max((now - known.at) / 1000, 0.001) : 1;
    this.#bytes = { in: bytesIn, out: bytesOut, at: now };
    this.#rate = (deltaIn + deltaOut) / seconds;
    return {
      type: "BYTECOUNT",
      fields: {
        bytes_in: bytesIn - start.in,
        bytes_out: bytesOut - start.out,
        delta_in: deltaIn,
        delta_out: deltaOut,
        rate_in: deltaIn / seconds,
        rate_out: deltaOut / seconds,
      },
    };
  }
}

/** A state as rules see it. */
export function stateFields(state: StateNotification, previous: string): Record<string, unknown> {
  return {
    name: state.name,
    detail: state.detail,
    tun_ip: state.tunIp,
    tun_ip6: state.tunIp6,
    remote_address: state.remoteAddress,
    remote_port: Number(state.remotePort) || 0,
    local_address: state.localAddress,
    local_port: Number(state.localPort) || 0,
    previous,
  };
}

/** An event of a daemon. */
export function eventOf({ type, fields, client }: Happening, daemon: string | undefined, at: number): Event {
  if (!client) return { type, at, daemon, fields };
  return { type, at, daemon, fields, client: { epoch: client.epoch, cid: client.cid } };
}
