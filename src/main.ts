#!/usr/bin/env bun
import { suggest } from "./util/suggest.ts";
import { UsageError } from "./cli/verb.ts";
import { overview, VERBS } from "./cli/verbs.ts";

/** A reader that has gone (`signalbox … | head`) is no error. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
});

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const text = await overview();
    (name === undefined ? process.stderr : process.stdout).write(`${text}\n`);
    return name === undefined ? 2 : 0;
  }
  const word = name === "--version" ? "version" : name;
  const load = Object.hasOwn(VERBS, word) ? VERBS[word] : undefined;
  if (!load) {
    const near = suggest(name, Object.keys(VERBS));
    throw new UsageError(`Unknown verb '${name}'${near === undefined ? "" : `; did you mean '${near}'?`}`);
  }
  const { verb } = await load();
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`${verb.usage}\n`);
    return 0;
  }
  return verb.run(rest);
}

/** Errors are one line for people, never a stack trace. */
function complain(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  const usage =
    error instanceof UsageError || String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS");
  process.stderr.write(`signalbox: ${message.split("\n")[0] ?? ""}${usage ? " (--help shows how)" : ""}\n`);
  return usage ? 2 : 1;
}

process.on("uncaughtException", (error) => process.exit(complain(error)));

const code = await main(process.argv.slice(2)).catch(complain);
process.exitCode = code;
// What is still open (a socket, a watch) must not keep the process when its verb is done; output is written out first.
process.stdout.end(() => process.exit(code));
