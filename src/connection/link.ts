import type { Command, Outcome } from "../protocol/command.ts";
import type { Notification } from "../protocol/notification.ts";

export interface Aside {
  /** Told the reply that comes after a timeout. */
  readonly late?: (outcome: Outcome) => void;
  /** The engine's own: no rule asked for it. */
  readonly own?: boolean;
}

/** What the engine needs of a daemon's connection; the real one, the test bench and a replay all fit. */
export interface Link {
  /** Starts connecting; everything that happens is told to the listener. */
  start(listener: LinkListener): void;
  /** Queues a command. `done` is called exactly once, never synchronously within `send`. */
  send(command: Command, done: (outcome: Outcome) => void, aside?: Aside): void;
  /** Writes out what is queued and closes; `done` when closed (bounded by 2 s). */
  stop(done: () => void): void;
}

export interface LinkListener {
  /** The greeting arrived: this connection has the management slot. */
  attached(greeting: { readonly managementVersion: number; readonly text: string }): void;
  /** An attached connection ended, or a connection attempt failed (`attached: false`). */
  lost(reason: string, attached: boolean): void;
  /** Connected, but no greeting: another manager holds the slot. Told once per blockade. */
  blocked(reason: string): void;
  notification(notification: Notification): void;
  /** Bytes that fit no rule of the protocol: journalled, never fatal. */
  oddity(text: string): void;
}
