import { defaultStateDirectory, parseAssignments, parseFlags, UsageError } from "./args.ts";
import { request } from "./client.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox set NAME=VALUE… [--state DIR]

Sets variables of the running engine.

  --state DIR   the engine's state directory

Example: signalbox set draining=true`;

export const verb: Verb = { name: "set", summary: "set variables of the running engine", usage: USAGE, run };

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: { state: { type: "string" } },
  });
  if (positionals.length === 0) throw new UsageError("set needs NAME=VALUE");
  const assigned = parseAssignments(positionals);
  const body = { verb: "set", values: assigned };
  return request(
    values.state ?? defaultStateDirectory(),
    body,
    () => `set ${Object.keys(assigned).join(" ")}`,
  );
}
