import { Connection } from "../connection/connection.ts";
import { ListenError, type Listening } from "../connection/listen.ts";
import { builtinCatalogue } from "../engine/actions/catalogue.ts";
import { serveControl } from "../engine/control.ts";
import { Engine } from "../engine/engine.ts";
import { handlers } from "../engine/requests.ts";
import { Journal, type JournalSink } from "../engine/journal.ts";
import { Vault } from "../engine/secrets.ts";
import { openLedger } from "../quota/ledger-file.ts";
import { LockedError, lockStateDirectory } from "../store/lock.ts";
import { memoryStore } from "../store/memory.ts";
import { enduringStore } from "../store/enduring.ts";
import { openStore, reasonOf } from "../store/sqlite.ts";
import { Batch } from "../util/batch.ts";
import { systemClock } from "../util/clock.ts";
import { ulidFactory } from "../util/ulid.ts";
import { UsageError } from "./args.ts";
import { askAtTerminal } from "./ask.ts";
import { bindAll, readPasswords, wayTo, withManagement } from "./daemons.ts";
import { JournalText } from "./journal-text.ts";
import { load } from "./load.ts";
import { masked, maskedStore } from "./masked.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import { Recorder } from "../recording/recorder.ts";
import { runOptions, USAGE } from "./run-options.ts";
import { untilEnd } from "./until-end.ts";
import type { Verb } from "./verb.ts";

export const verb: Verb = { name: "run", summary: "control OpenVPN by rules", usage: USAGE, run };

async function run(argv: readonly string[]): Promise<number> {
  const options = runOptions(argv);
  const loaded = await load(options.files, options.set);
  if (!loaded) return 1;
  const rulebook = withManagement(loaded, options.management);
  if (options.dryRun) checkDryRun(rulebook);

  const directory = options.state;
  const inMemory = directory === ":memory:";
  const vault = new Vault(rulebook.secrets, process.env);
  vault.maskAll();
  const passwords = readPasswords(rulebook.daemons, vault, options.passwordFile);
  const record = (path: string): Recorder =>
    new Recorder(path, {
      clock: systemClock,
      mask: (text) => vault.redactor.mask(text),
      failed: (error) => void journal.write("error", undefined, { error }),
    });
  const lock = inMemory ? undefined : takeLock(directory);
  if (lock === "taken") return 3;
  const recorder = options.record === undefined ? undefined : record(options.record);
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
  const print = printer(options.log, vault, shown);
  const clock = systemClock;
  const journal: Journal = new Journal({
    now: () => clock.now(),
    id: ulidFactory(() => clock.now(), Math.random),
    redactor: vault.redactor,
    sinks: [print, (_, json) => kept.push(json)],
    soon: setImmediate,
  });
  vault.open({ clock, store, ask: askAtTerminal });
  const engine = new Engine({
    rulebook,
    clock,
    store,
    random: Math.random,
    journal,
    actions: builtinCatalogue,
    secrets: vault,
    ...(inMemory ? {} : { ledger: () => openLedger(directory) }),
    dryRun: options.dryRun,
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
  const code = await untilEnd(engine, options.attachTimeout);
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
