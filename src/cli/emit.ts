import { defaultStateDirectory, parseAssignments, parseFlags, UsageError } from "./args.ts";
import { request } from "./client.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox emit EVENT [NAME=VALUE…] [--state DIR]

Raises an event of one's own in the running engine; rules on it see the values as event.NAME.

  --state DIR   the engine's state directory

Example: signalbox emit maintenance.begins until=18:00`;

export const verb: Verb = {
  name: "emit",
  summary: "raise an event in the running engine",
  usage: USAGE,
  run,
};

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: { state: { type: "string" } },
  });
  const [event, ...fields] = positionals;
  if (event === undefined) throw new UsageError("emit needs an event");
  const body = { verb: "emit", event, with: parseAssignments(fields) };
  return request(values.state ?? defaultStateDirectory(), body, () => `emitted ${event}`);
}
