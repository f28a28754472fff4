import { styleText } from "node:util";
import { parseArgs } from "node:util";
import { suggest } from "../util/suggest.ts";
import { failover, type Moment } from "./demo-failover.ts";
import { UsageError, type Verb } from "./verb.ts";

const USAGE = `Usage: signalbox demo [failover] [--json]

Shows the main job on simulated OpenVPN clients; no OpenVPN is needed.

  --json   one object a moment, as fast as it goes

Example: signalbox demo`;

export const verb: Verb = {
  name: "demo",
  summary: "see failover at work on simulated clients",
  usage: USAGE,
  run,
};

/** How much faster than the clock on the wall. */
const SPEED = 10;

const NAMES = { "": "world", alone: "OpenVPN alone", ruled: "with Signalbox" } as const;

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const [name = "failover"] = positionals;
  if (name !== "failover") {
    const near = suggest(name, ["failover"]);
    throw new UsageError(
      `Unknown demo '${name}'${near === undefined ? "; there is: failover" : `; did you mean '${near}'?`}`,
    );
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const print = values.json
    ? (moment: Moment) => say(JSON.stringify(moment))
    : (moment: Moment) => say(line(moment));
  if (!values.json) say(INTRODUCTION);
  const started = Date.now();
  let shown = 0;
  const outcome = await failover(print, async (ms) => {
    shown += ms / SPEED;
    const early = values.json ? 0 : started + shown - Date.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  });
  const { alone, ruled } = outcome;
  const well = outcome.connected && alone !== undefined && ruled !== undefined && ruled < alone;
  if (values.json) say(JSON.stringify({ ...outcome, well }));
  else if (well)
    say(
      `\nThe second outage: ${seconds(alone)} until OpenVPN alone was CONNECTED again, ${seconds(ruled)} with Signalbox, which is back on vpn1 now.`,
    );
  else say("\nThis did not end as it should.");
  return well ? 0 : 1;
}

const INTRODUCTION = `Two simulated OpenVPN clients with the same five remotes, vpn1 to vpn5. One is left to itself;
the other is led by Signalbox with this rulebook:

  remotes: { office: { candidates: from-daemon, fail-after: 1, penalty: { base: 10m }, failback: { after: 10s } } }
  rules:   [ { id: failover, on: REMOTE, answer: { from: office } } ]

Time runs ${SPEED} times faster.
`;

function line({ at, who, text }: Moment): string {
  const colour = process.stdout.isTTY === true && !process.env["NO_COLOR"];
  const style =
    who === "" ? "yellow" : text.startsWith("CONNECTED") ? "green" : who === "alone" ? "dim" : undefined;
  const plain = `${seconds(at).padStart(7)}  ${NAMES[who].padEnd(14)}  ${text}`;
  return colour && style ? styleText(style, plain, { validateStream: false }) : plain;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
