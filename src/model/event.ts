import type { ClientKey } from "./client.ts";

/** Something that happened: a notification as rules see it, or what the engine derived. */
export interface Event {
  /** `REMOTE`, `STATE`, `remote.failed`, `daemon.attached`, an own event … */
  readonly type: string;
  /** Milliseconds since the epoch, by the engine's clock. */
  readonly at: number;
  /** The daemon it belongs to; undefined for events of the whole engine (windows, some schedules). */
  readonly daemon: string | undefined;
  /** The client that it is about. */
  readonly client?: ClientKey;
  /** The account that it is about. */
  readonly account?: AccountKey;
  /** Fields as rules name them (snake_case); a field that is absent is not there. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** How many emits led here: own events may nest 8 deep. */
  readonly depth?: number;
  /** Schedules and watched files belong to one rule: only that rule hears the event. */
  readonly rule?: string;
}

/** An account under a quota. */
export interface AccountKey {
  readonly quota: string;
  /** "" where the quota is over all daemons. */
  readonly daemon: string;
  readonly subject: string;
}

/** A notification as rules see it, before daemon and time are added. */
export interface Happening {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly client?: ClientKey;
}

/** What expressions read as `daemon`. */
export interface DaemonView {
  readonly name: string;
  /** The last STATE name; "" before the first, "LOST" while not attached. */
  readonly state: string;
  /** Since when, ms since the epoch. */
  readonly since: number;
  readonly version: string;
  readonly pid: number;
  readonly role: "client" | "server";
  /** Attempts since the last CONNECTED. */
  readonly attempts: number;
  /** Bytes a second, both directions. */
  readonly rate: number;
}

/** What expressions read as `remote`: the last answered attempt. */
export interface RemoteView {
  readonly host: string;
  readonly port: number;
  readonly proto: string;
  /** Absent when proxied or not yet known. */
  readonly address?: string;
  readonly failures: number;
  /** Absent while not connected. */
  readonly connected_since?: number;
}
