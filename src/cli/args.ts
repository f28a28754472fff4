import { homedir } from "node:os";
import { join } from "node:path";
import { UsageError } from "./verb.ts";

export { UsageError } from "./verb.ts";

/** `$STATE_DIRECTORY` (systemd), else `$XDG_STATE_HOME/signalbox`, else `~/.local/state/signalbox`. */
export function defaultStateDirectory(): string {
  // systemd may name several, separated by colons; the first is ours.
  const systemd = process.env["STATE_DIRECTORY"]?.split(":")[0];
  if (systemd) return systemd;
  const xdg = process.env["XDG_STATE_HOME"];
  return join(xdg ? xdg : join(homedir(), ".local", "state"), "signalbox");
}

/** `NAME=VALUE` words as a record. Throws UsageError. */
export function parseAssignments(words: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const word of words) {
    const equals = word.indexOf("=");
    if (equals < 1) throw new UsageError(`'${word}' is not NAME=VALUE`);
    found[word.slice(0, equals)] = word.slice(equals + 1);
  }
  return found;
}
