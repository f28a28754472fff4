import { Connection } from "../connection/connection.ts";
import { ListenError, type Listening } from "../connection/listen.ts";
import { builtinCatalogue } from "../engine/actions/catalogue.ts";
import { serveControl } from "../engine/control.ts";
import { Engine } from "../engine/engine.ts";
import { handlers } from "../engine/requests.ts";
import { Journal, type JournalSink } from "../engine/journal.ts";
import { Vault } from "../engine/secrets.ts";
import { LockedError, lockStateDirectory } from "../store/lock.ts";
import { memoryStore } from "../store/memory.ts";
import { enduringStore } from "../store/enduring.ts";
import { openStore, reasonOf } from "../store/sqlite.ts";
import { Batch } from "../util/batch.ts";
import { systemClock } from "../util/clock.ts";
import { parseDuration } from "../util/duration.ts";
import { ulidFactory } from "../util/ulid.ts";
import { defaultStateDirectory, parseAssignments, parseFlags, UsageError } from "./args.ts";
import { bindAll, readPasswords, wayTo, withManagement } from "./daemons.ts";
import { JournalText } from "./journal-text.ts";
import { load } from "./load.ts";
import { masked, maskedStore } from "./masked.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import { Recorder } from "../recording/recorder.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox run [RULEBOOK…] [options]

Controls OpenVPN by the rules until SIGTERM or SIGINT; OpenVPN runs on.

  --management ADDRESS         unix:PATH or tcp:HOST:PORT of one daemon, named "default"; where OpenVPN
                               dials (--management-client): listen:unix:PATH or listen:tcp:HOST:PORT
  --management-password FILE   its first line answers ENTER PASSWORD:
  --set NAME=VALUE             a parameter of the rulebooks; may be repeated
  --state DIR                  where state is kept ($STATE_DIRECTORY, else $XDG_STATE_HOME/signalbox);
                               :memory: keeps nothing
  --dry-run                    decide and journal; queries get their default, nothing else is sent
  --log text|json              how the journal is printed (text)
  --record FILE                keep every byte of the connections in a new file, secrets masked
  --attach-timeout DURATION    exit 3 when OpenVPN is not reached in time (wait for ever)

Example: signalbox run rules/failover.yaml --management unix:/run/openvpn/client.sock`;

export const verb: Verb = { name: "run", summary: "control OpenVPN by rules", usage: USAGE, run };

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: {
      management: { type: "string" },
      "management-password": { type: "string" },
      set: { type: "string", multiple: true },
      state: { type: "string" },
      "dry-run": { type: "boolean" },
      log: { type: "string", default: "text" },
      record: { type: "string" },
      "attach-timeout": { type: "string" },
    },
  });
  if (values.log !== "text" && values.log !== "json")
    throw new UsageError(`--log takes text or json, not '${values.log}'`);
  const attachTimeout =
    values["attach-timeout"] === undefined ? undefined : parseDuration(values["attach-timeout"]);
  if (values["attach-timeout"] !== undefined && attachTimeout === undefined)
    throw new UsageError(`--attach-timeout takes a duration such as 30s, not '${values["attach-timeout"]}'`);

  const loaded = await load(positionals, parseAssignments(values.set ?? []));
  if (!loaded) return 1;
  const rulebook = withManagement(loaded, values.management);
  if (values["dry-run"]) checkDryRun(rulebook);

  const directory = values.state ?? defaultStateDirectory();
  const inMemory = directory === ":memory:";
  const vault = new Vault(rulebook.secrets, process.env);
  vault.maskAll();
  const passwords = readPasswords(rulebook.daemons, vault, values["management-password"]);
  const record = (path: string): Recorder =>
    new Recorder(path, {
      clock: systemClock,
      mask: (text) => vault.redactor.mask(text),
      failed: (error) => void journal.write("error", undefined, { error }),
    });
  const lock = inMemory ? undefined : takeLock(directory);
  if (lock === "taken") return 3;
  const recorder = values.record === undefined ? undefined : record(values.record);
  const bound = await bind(rulebook, recorder?.tap);
  if (!bound) {
    recorder?.close();
    lock?.release();
    return 3;
  }
  const file = enduringStore(inMemory ? memoryStore() : openStore(directory), {
    failed: (error) =>
      void journal.write("error", undefined, {
        error: `The state cannot be written, and is kept in memory: ${reasonOf(error)}`,
      }),
    again: () => void journal.write("error", undefined, { error: "The state is written again" }),
  });
  const store = maskedStore(file, vault.redactor);

  const shown = new Batch((lines) => void process.stdout.write(`${lines.join("\n")}\n`));
  const kept = new Batch((lines) =>
    store.transaction(() => lines.forEach((line) => store.appendJournal(line))),
  );
  const print = printer(values.log, vault, shown);
  const clock = systemClock;
  const journal: Journal = new Journal({
    now: () => clock.now(),
    id: ulidFactory(() => clock.now(), Math.random),
    redactor: vault.redactor,
    sinks: [print, (_, json) => kept.push(json)],
    soon: setImmediate,
  });
  const engine = new Engine({
    rulebook,
    clock,
    store,
    random: Math.random,
    journal,
    actions: builtinCatalogue,
    dryRun: values["dry-run"] ?? false,
    link: (daemon) => {
      const password = passwords.get(daemon.name);
      return new Connection({
        ...wayTo(daemon, bound, recorder?.tap),
        clock,
        random: Math.random,
        ...(password ? { password: () => password } : {}),
      });
    },
  });
  const control = inMemory
    ? undefined
    : await serveControl(`${directory}/control.sock`, handlers(engine), (reply) =>
        masked(reply, vault.redactor),
      );
  engine.start();
  const code = await untilEnd(engine, attachTimeout);
  control?.close();
  await engine.stop();
  journal.flush();
  shown.flush();
  kept.flush();
  recorder?.close();
  store.close();
  lock?.release();
  return code;
}

/** A dry run answers by the defaults alone: without one it would deny every client. */
function checkDryRun({ rules, defaults }: Rulebook): void {
  for (const query of ["CLIENT:CONNECT", "CLIENT:REAUTH"] as const) {
    const ruled = rules.some(
      (rule) => rule.enabled && rule.on.some((selector) => "event" in selector && selector.event === query),
    );
    if (ruled && !defaults[query])
      throw new UsageError(`--dry-run answers by defaults:, and the rulebook gives none for ${query}`);
  }
}

function takeLock(directory: string): { release(): void } | "taken" {
  try {
    return lockStateDirectory(directory);
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return "taken";
  }
}

/** Where OpenVPN dials us, we listen before anything else; undefined when that cannot be, which is said. */
async function bind(
  { daemons }: Rulebook,
  tap: Recorder["tap"] | undefined,
): Promise<ReadonlyMap<string, Listening> | undefined> {
  try {
    const bound = await bindAll(daemons, tap);
    for (const { name, management } of daemons)
      if (bound.has(name))
        process.stderr.write(`${name}: OpenVPN dials ${management} and exits when this engine ends\n`);
    return bound;
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return undefined;
  }
}

function printer(format: "text" | "json", vault: Vault, out: Batch): JournalSink {
  if (format === "json") return (_, json) => out.push(json);
  const text = new JournalText({ colour: process.stdout.isTTY === true && !process.env["NO_COLOR"] });
  return (record) => {
    const line = text.line(record);
    if (line !== undefined) out.push(vault.redactor.mask(line));
  };
}

/** Resolves with the exit code: at a signal 0, when a daemon is not reached in time 3. */
function untilEnd(engine: Engine, attachTimeout: number | undefined): Promise<number> {
  return new Promise((resolve) => {
    const end = (): void => resolve(0);
    process.on("SIGTERM", end);
    process.on("SIGINT", end);
    // A hang-up must not end what keeps a tunnel up.
    process.on("SIGHUP", () => undefined);
    if (attachTimeout !== undefined)
      engine.clock.after(attachTimeout, () => {
        const missing = [...engine.sessions()].filter((session) => !session.everAttached);
        for (const session of missing)
          process.stderr.write(
            `${session.trouble ?? silent(session.spec.management)} (within ${attachTimeout} ms)\n`,
          );
        if (missing.length > 0) resolve(3);
      });
  });
}

function silent(management: string): string {
  return management.startsWith("listen:")
    ? `OpenVPN did not dial ${management}`
    : `Cannot reach ${management}: no answer`;
}
