import { Connection } from "../connection/connection.ts";
import { ListenError } from "../connection/listen.ts";
import { readSecretFile } from "../engine/secrets.ts";
import { formatAddress, parseAddress } from "../protocol/address.ts";
import type { Outcome } from "../protocol/command.ts";
import { Recorder } from "../recording/recorder.ts";
import { systemClock } from "../util/clock.ts";
import { parseDuration } from "../util/duration.ts";
import { Redactor } from "../util/secret.ts";
import { parseFlags, UsageError } from "./args.ts";
import { bindAll, wayTo } from "./daemons.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox record ADDRESS FILE [options]

Keeps all that OpenVPN says in a new file, secrets masked, until SIGINT or SIGTERM. It is a manager that answers nothing: a question
stays open. What is recorded can be replayed (signalbox replay). To record what an engine does, use signalbox run --record.

  --events LIST         what to ask for, of state,echo,log,bytecount (all)
  --bytecount DURATION  how often OpenVPN counts (5s)
  --password FILE       its first line answers ENTER PASSWORD:

Exit code 3 when OpenVPN is not reached at the start.

Example: signalbox record unix:/run/openvpn/server.sock monday.jsonl --events state,echo,bytecount`;

export const verb: Verb = {
  name: "record",
  summary: "keep what OpenVPN says, secrets masked",
  usage: USAGE,
  run,
};

const EVENTS = ["state", "echo", "log", "bytecount"] as const;

type Kind = (typeof EVENTS)[number];

/** With the log on and this level, OpenVPN logs each of its writes to us, and answers nothing any more. */
const FLOOD_VERB = 8;

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: {
      events: { type: "string", default: EVENTS.join(",") },
      bytecount: { type: "string", default: "5s" },
      password: { type: "string" },
    },
  });
  const [address, file, ...more] = positionals;
  if (address === undefined || file === undefined || more.length > 0)
    throw new UsageError("record needs an address and a file");
  const events = kindsIn(values.events);
  const bytecount = parseDuration(values.bytecount);
  if (bytecount === undefined)
    throw new UsageError(`--bytecount takes a duration such as 5s, not '${values.bytecount}'`);
  const password =
    values.password === undefined ? undefined : readSecretFile(values.password, "the management password");
  const redactor = new Redactor();
  if (password) redactor.add(password);

  const daemon = { name: "default", management: canonical(address) };
  const recorder = new Recorder(file, {
    clock: systemClock,
    mask: (text) => redactor.mask(text),
    failed: (reason) => process.stderr.write(`${reason}\n`),
  });
  try {
    const bound = await bindAll([daemon], recorder.tap);
    if (bound.size > 0)
      process.stderr.write(`OpenVPN dials ${daemon.management} and exits when this recording ends\n`);
    const connection = new Connection({
      ...wayTo(daemon, bound, recorder.tap),
      clock: systemClock,
      random: Math.random,
      ...(password ? { password: () => password } : {}),
    });
    const code = await recorded(connection, events, bytecount);
    process.stdout.write(`${recorder.bytes} bytes in ${file}\n`);
    return code;
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 3;
  } finally {
    recorder.close();
  }
}

function kindsIn(list: string): ReadonlySet<Kind> {
  const names = list.split(",").filter((name) => name !== "");
  const wrong = names.find((name) => !EVENTS.some((each) => each === name));
  if (wrong !== undefined) throw new UsageError(`--events takes of ${EVENTS.join(", ")}, not '${wrong}'`);
  return new Set(EVENTS.filter((each) => names.includes(each)));
}

function canonical(address: string): string {
  try {
    return formatAddress(parseAddress(address));
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** Resolves with the exit code: at a signal 0, when OpenVPN is not reached at the start 3. */
function recorded(connection: Connection, events: ReadonlySet<Kind>, bytecount: number): Promise<number> {
  return new Promise((resolve) => {
    let reached = false;
    let last: string | undefined;
    const say = (text: string): void => {
      if (text !== last) process.stderr.write(`${text}\n`);
      last = text;
    };
    const end = (code: number): void => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      connection.stop(() => resolve(code));
    };
    const stop = (): void => {
      // An old OpenVPN counts on for the next manager.
      if (reached && events.has("bytecount"))
        connection.send({ name: "bytecount", args: ["0"] }, () => undefined);
      end(0);
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
    connection.start({
      attached: ({ text }) => {
        reached = true;
        say(`Attached: ${text}`);
        subscribe(connection, events, bytecount, say);
      },
      lost: (reason, attached) => {
        say(attached ? `Lost: ${reason}` : reason);
        if (!reached) end(3);
      },
      blocked: (reason) => {
        say(reason);
        if (!reached) end(3);
      },
      notification: () => undefined,
      oddity: say,
    });
  });
}

function subscribe(
  connection: Connection,
  events: ReadonlySet<Kind>,
  bytecount: number,
  say: (text: string) => void,
): void {
  const send = (name: string, args: string[], done: (outcome: Outcome) => void = () => undefined): void =>
    connection.send({ name, args }, done);
  send("version", []);
  send("pid", []);
  if (events.has("state")) send("state", ["on", "all"]);
  if (events.has("echo")) send("echo", ["on", "all"]);
  if (events.has("bytecount")) send("bytecount", [String(Math.ceil(bytecount / 1000))]);
  // Where it is a server: the clients that came before us.
  send("status", ["3"]);
  send("verb", [], ({ text }) => {
    if (!events.has("log")) return;
    const level = Number(/verb=(\d+)/.exec(text)?.[1] ?? 0);
    if (level < FLOOD_VERB) send("log", ["on"]);
    else
      say(
        `OpenVPN runs with verb ${level}: its log is left out, for with it nothing would be answered any more`,
      );
  });
}
