import { parseDuration } from "../util/duration.ts";
import { defaultStateDirectory, parseAssignments, parseFlags, UsageError } from "./args.ts";

export const USAGE = `Usage: signalbox run [RULEBOOK…] [options]

Controls OpenVPN by the rules until SIGTERM or SIGINT; OpenVPN runs on.

  --management ADDRESS         unix:PATH or tcp:HOST:PORT of one daemon, named "default"; where OpenVPN
                               dials (--management-client): listen:unix:PATH or listen:tcp:HOST:PORT
  --management-password FILE   its first line answers ENTER PASSWORD:
  --set NAME=VALUE             a parameter of the rulebooks; may be repeated
  --state DIR                  where state is kept ($STATE_DIRECTORY, else $XDG_STATE_HOME/signalbox);
                               :memory: keeps nothing
  --dry-run                    decide and journal; queries get their default, nothing else is sent
  --log text|json              how the journal is printed (text)
  --record FILE                keep every byte of the connections in a new file, secrets masked
  --attach-timeout DURATION    exit 3 when OpenVPN is not reached in time (wait for ever)

Example: signalbox run rules/failover.yaml --management unix:/run/openvpn/client.sock`;

/** What `run` is told to do; times in ms. */
export interface RunOptions {
  readonly files: readonly string[];
  readonly set: Readonly<Record<string, string>>;
  readonly management: string | undefined;
  readonly passwordFile: string | undefined;
  /** A directory, or `:memory:`. */
  readonly state: string;
  readonly dryRun: boolean;
  readonly log: "text" | "json";
  readonly record: string | undefined;
  readonly attachTimeout: number | undefined;
}

/** Throws UsageError. */
export function runOptions(argv: readonly string[]): RunOptions {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: {
      management: { type: "string" },
      "management-password": { type: "string" },
      set: { type: "string", multiple: true },
      state: { type: "string" },
      "dry-run": { type: "boolean" },
      log: { type: "string", default: "text" },
      record: { type: "string" },
      "attach-timeout": { type: "string" },
    },
  });
  if (values.log !== "text" && values.log !== "json")
    throw new UsageError(`--log takes text or json, not '${values.log}'`);
  const attachTimeout =
    values["attach-timeout"] === undefined ? undefined : parseDuration(values["attach-timeout"]);
  if (values["attach-timeout"] !== undefined && attachTimeout === undefined)
    throw new UsageError(`--attach-timeout takes a duration such as 30s, not '${values["attach-timeout"]}'`);
  return {
    files: positionals,
    set: parseAssignments(values.set ?? []),
    management: values.management,
    passwordFile: values["management-password"],
    state: values.state ?? defaultStateDirectory(),
    dryRun: values["dry-run"] ?? false,
    log: values.log,
    record: values.record,
    attachTimeout,
  };
}
