import { parseArgs } from "node:util";
import { defaultStateDirectory, parseAssignments, UsageError } from "./args.ts";
import { request } from "./client.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox set NAME=VALUE… [--state DIR]

Sets variables of the running engine.

  --state DIR   the engine's state directory

Example: signalbox set draining=true`;

export const verb: Verb = { name: "set", summary: "set variables of the running engine", usage: USAGE, run };

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { state: { type: "string" } },
  });
  if (positionals.length === 0) throw new UsageError("set needs NAME=VALUE");
  const body = { verb: "set", values: parseAssignments(positionals) };
  return request(values.state ?? defaultStateDirectory(), body, () => `set ${positionals.join(" ")}`);
}
