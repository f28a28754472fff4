import { defaultStateDirectory, parseFlags, UsageError } from "./args.ts";
import { request } from "./client.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox forgive GROUP [HOST] [--state DIR]

Forgets what is held against the candidates of a group, or against those of one host.

  --state DIR   the engine's state directory

Example: signalbox forgive office vpn1.example.net`;

export const verb: Verb = { name: "forgive", summary: "end the penalties of a group", usage: USAGE, run };

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: { state: { type: "string" } },
  });
  const [group, host, more] = positionals;
  if (group === undefined || more !== undefined)
    throw new UsageError("forgive needs a group, and maybe a host");
  const body = { verb: "forgive", group, ...(host === undefined ? {} : { host }) };
  return request(values.state ?? defaultStateDirectory(), body, () => `forgiven ${host ?? group}`);
}
