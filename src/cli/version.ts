import { parseFlags } from "./args.ts";
import type { Verb } from "./verb.ts";

export const VERSION = "0.1.0";

const USAGE = `Usage: signalbox version

Prints the version.

Example: signalbox version`;

export const verb: Verb = {
  name: "version",
  summary: "print the version",
  usage: USAGE,
  async run(argv) {
    parseFlags({ args: [...argv], options: {} });
    process.stdout.write(`signalbox ${VERSION}\n`);
    return 0;
  },
};
