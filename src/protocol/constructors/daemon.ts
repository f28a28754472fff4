import type { Command } from "../command.ts";
import { make } from "./parts.ts";

export type Signal = "SIGHUP" | "SIGTERM" | "SIGUSR1" | "SIGUSR2" | "SIGINT";
export type AuthRetry = "none" | "nointeract" | "interact";

/** Commands for the daemon itself, client or server. */
export const daemon = {
  /** What it does after a refused login; without a mode: tells it. */
  authRetry: (mode?: AuthRetry): Command<"auth-retry"> => make("auth-retry", mode),
  /** BYTECOUNT or BYTECOUNT_CLI every so many seconds; 0: off. */
  bytecount: (seconds: number): Command<"bytecount"> => make("bytecount", seconds),
  /** How much of the environment CLIENT notifications bring: 0 all, 1 less, 2 little, 3 none. */
  envFilter: (level: 0 | 1 | 2 | 3): Command<"env-filter"> => make("env-filter", level),
  /** Both end the connection. */
  exit: (): Command<"exit"> => make("exit"),
  quit: (): Command<"quit"> => make("quit"),
  /** All but those for an HTTP proxy. */
  forgetPasswords: (): Command<"forget-passwords"> => make("forget-passwords"),
  help: (): Command<"help"> => make("help"),
  hold: {
    /** Tells whether the flag is set. */
    flag: (): Command<"hold"> => make("hold"),
    on: (): Command<"hold"> => make("hold", "on"),
    /** Clears the flag; a hold that is open stays so. */
    off: (): Command<"hold"> => make("hold", "off"),
    release: (): Command<"hold"> => make("hold", "release"),
  },
  loadStats: (): Command<"load-stats"> => make("load-stats"),
  /** So many equal log lines in a row; without a number: tells it. */
  mute: (lines?: number): Command<"mute"> => make("mute", lines),
  /** Windows only. */
  net: (): Command<"net"> => make("net"),
  /** Android builds only. */
  networkChange: (same?: "samenetwork"): Command<"network-change"> => make("network-change", same),
  pid: (): Command<"pid"> => make("pid"),
  /** Both abort OpenVPN in its first hold. */
  pkcs11: {
    count: (): Command<"pkcs11-id-count"> => make("pkcs11-id-count"),
    get: (index: number): Command<"pkcs11-id-get"> => make("pkcs11-id-get", index),
  },
  signal: (name: Signal): Command<"signal"> => make("signal", name),
  /** Only format 3 cannot be forged by a common name. */
  status: (format?: 1 | 2 | 3): Command<"status"> => make("status", format),
  /** So many lines of text and no end. */
  test: (lines: number): Command<"test"> => make("test", lines),
  /** The log level, 0 to 15; without a number: tells it. */
  verb: (level?: number): Command<"verb"> => make("verb", level),
  version: (): Command<"version"> => make("version"),
  /** What we understand: 2 PK_SIGN, 3 with its algorithm, 4 questions for a name alone, 5 passwords in lines. */
  clientVersion: (version: number): Command<"version"> => make("version", version),
} as const;
