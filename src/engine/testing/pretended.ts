import type { Command, Outcome } from "../../protocol/command.ts";
import type { Notification } from "../../protocol/notification.ts";
import { PretendedServer } from "./server.ts";

export interface Pretended {
  readonly version: string;
  readonly role: "client" | "server";
  /** `host,port,proto`, with or without `,enabled` or `,disabled`. */
  readonly entries: readonly string[];
}

/** OpenVPN keeps this many states. */
const LONGEST_HISTORY = 100;

/** What an OpenVPN replies to who only asks, by what it has said so far. */
export class PretendedDaemon {
  pid = 1;
  readonly #pretended: Pretended;
  readonly #now: () => number;
  #server = new PretendedServer();
  #history: string[] = [];

  /** `now`: the time that OpenVPN sees, ms. */
  constructor(pretended: Pretended, now: () => number) {
    this.#pretended = pretended;
    this.#now = now;
  }

  /** It said something. */
  heard(notification: Notification): void {
    this.#server.heard(notification, Math.floor(this.#now() / 1000));
  }

  /** A state, as a line of the history. */
  state(line: string): void {
    if (this.#history.includes(line)) return;
    this.#history.push(line);
    if (this.#history.length > LONGEST_HISTORY) this.#history.shift();
  }

  /** Another process is in its place. */
  replaced(): void {
    this.pid++;
    this.#history = [];
    this.#server = new PretendedServer();
  }

  reply(command: Command): Outcome {
    const lines = (text: readonly string[]): Outcome => ({ ok: true, text: "", lines: text });
    const { version, role, entries } = this.#pretended;
    switch (command.name) {
      case "version":
        return lines(command.args.length > 0 ? [] : [`OpenVPN Version: OpenVPN ${version} test`]);
      case "pid":
        return { ok: true, text: `pid=${this.pid}`, lines: [] };
      case "verb":
        return { ok: true, text: "verb=3", lines: [] };
      case "state":
        return lines(this.#history);
      case "status":
        return lines(role === "server" ? this.#server.status(this.#now(), version) : ["OpenVPN STATISTICS"]);
      case "remote-entry-get":
        return lines(entries.map(entryLine));
      default:
        return lines([]);
    }
  }
}

/** `vpn1.example.net,1194,udp` of a test, as OpenVPN lists it: `0,vpn1.example.net,1194,udp,enabled`. */
function entryLine(entry: string, index: number): string {
  const disabled = entry.endsWith(",disabled");
  const bare = entry.replace(/,(disabled|enabled)$/, "");
  return `${index},${bare},${disabled ? "disabled" : "enabled"}`;
}
