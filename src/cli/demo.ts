import { styleText } from "node:util";
import { suggest } from "../util/suggest.ts";
import { parseFlags } from "./args.ts";
import { failoverDemo } from "./demo-failover.ts";
import { type Demo, type Moment, seconds } from "./demo-moment.ts";
import { quotaDemo } from "./demo-quota.ts";
import { UsageError, type Verb } from "./verb.ts";

const USAGE = `Usage: signalbox demo [NAME] [--json]

Shows a job on simulated daemons; no OpenVPN is needed.

  failover   clients with five remotes, with and without rules (the usual one)
  quota      two servers that share their users' accounts

  --json   one object a moment, as fast as it goes

Example: signalbox demo quota`;

export const verb: Verb = {
  name: "demo",
  summary: "see failover or quotas at work on simulated daemons",
  usage: USAGE,
  run,
};

/** How much faster than the clock on the wall. */
const SPEED = 10;

// oxlint-disable-next-line typescript/no-explicit-any -- each has an outcome of its own
const DEMOS: Readonly<Record<string, Demo<any>>> = { failover: failoverDemo, quota: quotaDemo };

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const [name = "failover"] = positionals;
  const demo = Object.hasOwn(DEMOS, name) ? DEMOS[name] : undefined;
  if (!demo) {
    const near = suggest(name, Object.keys(DEMOS));
    throw new UsageError(
      `Unknown demo '${name}'${near === undefined ? `; there are: ${Object.keys(DEMOS).join(", ")}` : `; did you mean '${near}'?`}`,
    );
  }
  return show(demo, values.json);
}

async function show<Outcome extends object>(demo: Demo<Outcome>, json: boolean): Promise<number> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const width = Math.max(...Object.values(demo.names).map((who) => who.length));
  const tell = json
    ? (moment: Moment) => say(JSON.stringify(moment))
    : (moment: Moment) => say(line(moment, (demo.names[moment.who] ?? moment.who).padEnd(width)));
  if (!json) say(`${demo.introduction}\nTime runs ${SPEED} times faster.\n`);
  const started = Date.now();
  let shown = 0;
  const outcome = await demo.play(tell, async (ms) => {
    shown += ms / SPEED;
    const early = json ? 0 : started + shown - Date.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  });
  const well = demo.isWell(outcome);
  if (json) say(JSON.stringify({ ...outcome, well }));
  else say(well ? `\n${demo.closing(outcome)}` : "\nThis did not end as it should.");
  return well ? 0 : 1;
}

function line({ at, who, text }: Moment, name: string): string {
  const colour = process.stdout.isTTY === true && !process.env["NO_COLOR"];
  const isUp = text.startsWith("CONNECTED") || text.endsWith("is connected");
  const style = who === "" ? "yellow" : isUp ? "green" : who === "alone" ? "dim" : undefined;
  const plain = `${seconds(at).padStart(7)}  ${name}  ${text}`;
  return colour && style ? styleText(style, plain, { validateStream: false }) : plain;
}
