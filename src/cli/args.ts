import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { didYouMean } from "../util/suggest.ts";
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

/** As parseArgs; a flag that the verb does not have is said in one clear line. Throws UsageError. */
export function parseFlags<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    const flag = /'(-[^' ]*)/.exec(message)?.[1];
    if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION" || flag === undefined) throw error;
    const flags = Object.keys(config.options ?? {}).map((name) => `--${name}`);
    throw new UsageError(`Unknown flag '${flag}'${didYouMean(flag, flags)}`, { cause: error });
  }
}
