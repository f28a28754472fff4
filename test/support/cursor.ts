import type { Family } from "../../src/policy/dial.ts";

/** One `remote` of OpenVPN's configuration. */
export interface Remote {
  readonly host: string;
  readonly port: number;
  readonly proto: "udp" | "tcp";
  readonly family?: Family;
  readonly enabled?: boolean;
}

export interface Place {
  readonly host: string;
  readonly port: number;
  readonly proto: "udp" | "tcp";
}

/** What a controller answers: `remote ACCEPT`, `remote SKIP [n]`, `remote MOD host port`. */
export interface Answer {
  readonly kind: string;
  readonly count?: number | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

/**
 * The loop by which OpenVPN finds its next remote, after `next_connection_entry` of its init.c, written without a look at the
 * product's own idea of it. Names have one address each, unless `addresses` says more.
 */
export class Cursor {
  readonly remotes: readonly Remote[];
  /** The entry that is asked; undefined while no question is open. */
  asked: Remote | undefined;
  /** Where OpenVPN dials. */
  dialled: Place | undefined;
  fatal: string | undefined;
  /** Questions in this chain, the open one included. */
  questions = 0;
  readonly #skipCount: boolean;
  readonly #addresses: (host: string) => number;
  #current = -1;
  #cycles = 0;
  #advance = 1;
  /** Set by a good session: the next chain begins where this one ended. */
  #noAdvance = false;
  /** Resolved addresses of the last host dialled that are left, and where they lead. */
  #cache: { readonly place: Place; left: number } | undefined;

  constructor(
    remotes: readonly Remote[],
    {
      skipCount = true,
      addresses = (): number => 1,
    }: { skipCount?: boolean; addresses?: (host: string) => number } = {},
  ) {
    this.remotes = remotes;
    this.#skipCount = skipCount;
    this.#addresses = addresses;
  }

  /** A new chain: at start, after a failed attempt, after a session. */
  ask(): Remote | undefined {
    this.#cycles = 0;
    this.questions = 0;
    return this.#next();
  }

  answer(answer: Answer): void {
    const asked = this.asked;
    if (!asked) throw new Error("remote command failed: no question is open");
    this.asked = undefined;
    if (answer.kind === "skip") {
      this.#advance = this.#skipCount ? (answer.count ?? 1) : 1;
      this.#next();
      return;
    }
    const { host, port, proto } = asked;
    let place: Place = { host, port, proto };
    if (answer.kind === "mod") {
      place = { host: answer.host ?? "", port: answer.port ?? 0, proto };
      if (place.host.length >= 80) throw new Error("remote command failed: the host is too long");
      if (asked.family === (place.host.includes(":") ? "4" : /^[\d.]+$/.test(place.host) ? "6" : "none"))
        throw new Error(`${place.host} has no address of family ${asked.family}`);
    } else if (answer.kind !== "accept") throw new Error(`remote ${answer.kind}: no such command`);
    this.#cache ??= { place, left: this.#addresses(place.host) - 1 };
    // Addresses that are left over from the last attempt are dialled, whatever the answer says.
    this.dialled = this.#cache.place;
  }

  failed(): void {
    this.dialled = undefined;
    if (this.#cache?.left === 0) this.#cache = undefined;
  }

  connected(): void {
    this.#noAdvance = true;
  }

  /** The session ended by itself (`ping-restart`): its address is dialled again. `SIGUSR1` forgets it. */
  lost(by: "ping-restart" | "SIGUSR1" = "ping-restart"): void {
    this.dialled = undefined;
    if (by === "SIGUSR1") this.#cache = undefined;
  }

  /** The configuration is read again. */
  reread(): void {
    this.dialled = undefined;
    this.asked = undefined;
    this.#cache = undefined;
    this.#current = -1;
    this.#noAdvance = false;
    this.#advance = 1;
  }

  #next(): Remote | undefined {
    for (;;) {
      if (this.#noAdvance && this.#current >= 0) this.#noAdvance = false;
      else if (this.#cache && this.#cache.left > 0) this.#cache.left--;
      else {
        this.#cache = undefined;
        this.#current += this.#advance;
        if (this.#current >= this.remotes.length) {
          this.#current %= this.remotes.length;
          this.#cycles++;
        }
      }
      this.#advance = 1;
      if (this.#cycles >= 2) {
        this.fatal = "No usable connection profiles are present";
        return undefined;
      }
      const remote = this.remotes[this.#current];
      if (remote && remote.enabled !== false) {
        this.questions++;
        this.asked = remote;
        return remote;
      }
    }
  }
}
