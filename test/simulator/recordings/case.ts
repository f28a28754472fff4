import type { Setup } from "../replay.ts";

/** A recording of one daemon, and how the same is set up here. */
export interface Case {
  readonly name: string;
  readonly file: string;
  /** The connections to the daemon in question; all of the recording unless said otherwise. */
  readonly who?: readonly string[];
  /** The part of the recording, counted from 1, if it has parts with a daemon each. */
  readonly part?: number;
  /** Lines that differ, and why: they are left out on both sides (docs/simulator.md). */
  readonly except?: { readonly lines: RegExp; readonly why: string };
  /** How far off the recorded moments it may be, ms, where OpenVPN counts in seconds of the clock; usually 250. */
  readonly tolerance?: number;
  readonly setup: Setup;
}

/** The lab's server: UDP and TCP at the ports that a recording has. */
export const at = (port: number, proto = "udp"): { host: string; port: number; proto: string } => ({
  host: "10.77.1.1",
  port,
  proto,
});
