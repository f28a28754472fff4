import type { Cursor } from "../cursor.ts";
import type { Version } from "../version.ts";
import { common } from "./common.ts";
import type { Handlers, Replies } from "./dispatch.ts";
import type { Common } from "./needs.ts";
import { integer, unsigned } from "./numbers.ts";

export interface Choosing {
  readonly version: Version;
  readonly cursor: Pick<Cursor, "entries">;
  /** Whether a REMOTE question waits for its answer. */
  readonly asking: boolean;
  accept(target?: { host: string; port: number }): void;
  skip(count: number): void;
}

export interface Proxied {
  /** Takes a proxy for this attempt; false: it cannot be had. */
  proxy(kind: string, host?: string, port?: string, flag?: string): boolean;
}

export interface Challenged {
  /** Sends the text to the server; false: it is too long. */
  respond(text: string): boolean;
}

/** The longest host that `remote MOD` takes. */
const LONGEST_HOST = 79;
const LONGEST_PORT = 19;

/** The commands of a client. */
export const clientCommands: Handlers<Common & Choosing & Proxied & Challenged> = {
  ...common,
  "cr-response": (daemon, [text = ""]) => [
    daemon.respond(text) ? "SUCCESS: command succeeded" : "ERROR: command failed",
  ],
  proxy: (daemon, [kind = "", ...more]) => [
    daemon.proxy(kind, ...more) ? "SUCCESS: proxy command succeeded" : "ERROR: proxy command failed",
  ],
  remote,
  "remote-entry-count": ({ cursor }) => [String(cursor.entries.length), "END"],
  "remote-entry-get": entries,
};

function remote(daemon: Choosing, [how, host, port]: Replies): Replies {
  const succeeded = ["SUCCESS: remote command succeeded"];
  const failed = ["ERROR: remote command failed"];
  if (!daemon.asking) return failed;
  if (how === "ACCEPT") daemon.accept();
  else if (how === "SKIP") daemon.skip(host === undefined || !daemon.version.skipsMany ? 1 : integer(host));
  else if (
    how === "MOD" &&
    host !== undefined &&
    port !== undefined &&
    host.length <= LONGEST_HOST &&
    port.length <= LONGEST_PORT
  )
    daemon.accept({ host, port: integer(port) });
  else return failed;
  return succeeded;
}

function entries(daemon: Choosing, [from = "", to]: Replies): Replies {
  const all = daemon.cursor.entries.map(
    ({ host, port, proto, disabled }, i) =>
      `${i},${host},${port},${proto},${disabled ? "disabled" : "enabled"}`,
  );
  if (from === "all") return [...all, "END"];
  const first = unsigned(from);
  return [...all.slice(first, to === undefined ? first + 1 : unsigned(to)), "END"];
}
