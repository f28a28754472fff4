import { readFileSync } from "node:fs";
import net from "node:net";
import type { Endpoint } from "../protocol/address.ts";
import { formatAddress, parseEndpoint } from "../protocol/address.ts";
import { loadScenario } from "../simulator/scenario/load.ts";
import { Play } from "../simulator/scenario/play.ts";
import type { Scenario } from "../simulator/scenario/schema.ts";
import { attach, serveAt } from "../simulator/sockets.ts";
import { systemClock } from "../util/clock.ts";
import { parseFlags, UsageError } from "./args.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox simulate SCENARIO [--management ADDRESS] [--json]

A simulated OpenVPN daemon, client or server, on a real socket and a real clock; no OpenVPN is needed.
It ends with SIGINT or SIGTERM, when the daemon ends, or when the scenario is over.

  --management ADDRESS   where the daemon listens, instead of what the scenario says: unix:PATH or tcp:HOST:PORT
  --json                 one object for all that happens

Example: signalbox simulate docs/scenarios/office.yaml --management unix:/tmp/office.sock`;

export const verb: Verb = {
  name: "simulate",
  summary: "a simulated daemon on a socket, by a scenario",
  usage: USAGE,
  run,
};

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: { management: { type: "string" }, json: { type: "boolean" } },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError("simulate needs one scenario");
  const scenario = read(file);
  if (!scenario) return 1;
  const place = placeOf(scenario, values.management);
  const started = Date.now();
  const tell = (text: string): void => {
    const at = Date.now() - started;
    process.stdout.write(
      values.json === true
        ? `${JSON.stringify({ at, text })}\n`
        : `${(at / 1000).toFixed(1).padStart(7)} s  ${text}\n`,
    );
  };
  return await played(scenario, place, tell);
}

function read(file: string): Scenario | undefined {
  const loaded = loadScenario(readFileSync(file, "utf8"));
  if ("scenario" in loaded) return loaded.scenario;
  for (const { line, column, message } of loaded.problems)
    process.stderr.write(`${file}:${line}:${column}: error: ${message}\n`);
  return undefined;
}

interface Where {
  readonly address: Endpoint;
  /** The daemon dials a controller that listens. */
  readonly dials: boolean;
}

function placeOf({ daemon: { management, dials } }: Scenario, flag: string | undefined): Where {
  if (flag !== undefined) return { address: parseEndpoint(flag), dials: false };
  if (dials) return { address: dials, dials: true };
  if (management) return { address: management, dials: false };
  throw new UsageError("The scenario has no management: address; give one with --management");
}

/** Resolves with the exit code when it is over. */
async function played(scenario: Scenario, where: Where, tell: (text: string) => void): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const play = new Play(scenario, systemClock, tell, resolve);
  const { slot } = play.daemon;
  const stop = (): void => play.stop("Stopped");
  process.once("SIGINT", stop).once("SIGTERM", stop);
  let server: net.Server | undefined;
  try {
    const name = formatAddress(where.address);
    if (where.dials) {
      await attach(slot, where.address);
      tell(`A ${scenario.daemon.mode} has dialled ${name}`);
    } else {
      server = await serveAt(slot, where.address);
      tell(`A ${scenario.daemon.mode} listens on ${name}`);
    }
    play.start();
    tell(await promise);
  } finally {
    server?.close();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
  return 0;
}
