import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { type AccountView, answerQuota, type QuotaRequest } from "../quota/desk.ts";
import { ledgerPath, openLedger } from "../quota/ledger-file.ts";
import { offlineAccounts } from "../quota/offline.ts";
import { LockedError, lockStateDirectory } from "../store/lock.ts";
import { formatSize, parseSize } from "../util/size.ts";
import { defaultStateDirectory, parseFlags, UsageError } from "./args.ts";
import { callEngine, NoEngineError } from "./client.ts";
import { accountRows, columns } from "./table.ts";
import type { Verb } from "./verb.ts";

const USAGE = `Usage: signalbox quota list [QUOTA] [options]
       signalbox quota show [QUOTA] SUBJECT [options]
       signalbox quota grant [QUOTA] SUBJECT SIZE [options]
       signalbox quota reset [QUOTA] SUBJECT [options]

Accounts and what they have used, in the running engine or in the state that it left. What is corrected is noted, with who did it.

  list    all accounts, those with the largest part of their limit first
  show    the accounts of one subject, and what was corrected of them
  grant   more for the present period; a size below zero, behind --, takes it back
  reset   nothing is used any more

  --quota NAME    the quota, where there are several; the same as QUOTA
  --daemon NAME   whose account, where each daemon has its own
  --json          as JSON
  --state DIR     the engine's state directory

Example: signalbox quota grant alice 10GiB`;

export const verb: Verb = { name: "quota", summary: "show accounts and correct them", usage: USAGE, run };

/** For whoever has the state directory at the moment, ms. */
const PATIENCE = 2_000;

/** How many words each takes, a QUOTA in front left out. */
const WORDS = { list: 0, show: 1, grant: 2, reset: 1 } as const;

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    options: {
      quota: { type: "string" },
      daemon: { type: "string" },
      json: { type: "boolean" },
      state: { type: "string" },
    },
  });
  const request = requestOf(positionals, values.quota, values.daemon);
  const directory = values.state ?? defaultStateDirectory();
  let found: readonly AccountView[];
  try {
    found = (await ask(directory, request)) as readonly AccountView[];
  } catch (error) {
    if (!(error instanceof NoEngineError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 3;
  }
  process.stdout.write(`${values.json ? JSON.stringify(found, undefined, 2) : render(found)}\n`);
  return 0;
}

function requestOf(
  words: readonly string[],
  flag: string | undefined,
  daemon: string | undefined,
): QuotaRequest {
  const [what = "", ...rest] = words;
  if (!isWhat(what)) throw new UsageError(`quota takes list, show, grant or reset, not '${what}'`);
  const more = rest.length - WORDS[what];
  if (more < 0 || more > 1 || (more === 1 && flag !== undefined))
    throw new UsageError(`'quota ${words.join(" ")}' is not as quota --help shows it`);
  const quota = more === 1 ? rest[0] : flag;
  const [subject = "", size = ""] = rest.slice(more);
  const of = { ...(quota === undefined ? {} : { quota }), ...(daemon === undefined ? {} : { daemon }) };
  if (what === "list") return { what, ...of };
  if (what === "show") return { what, subject, ...of };
  const from = { by: whoAmI(), ...of };
  if (subject === "") throw new UsageError("The name of an account was expected, not nothing");
  if (what === "reset") return { what, subject, bytes: 0, ...from };
  const bytes = size.startsWith("-") ? negative(parseSize(size.slice(1))) : parseSize(size);
  if (bytes === undefined) throw new UsageError(`'${size}' is not a size such as 10GiB`);
  return { what, subject, bytes, ...from };
}

function isWhat(word: string): word is keyof typeof WORDS {
  return Object.hasOwn(WORDS, word);
}

function negative(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : -bytes;
}

/** The person behind sudo, where there is one. */
function whoAmI(): string {
  const { username: found, uid } = userInfo();
  // Bun knows the name by the environment alone.
  const username = found === "unknown" ? `uid ${uid}` : found;
  const behind = process.env["SUDO_USER"];
  return behind && behind !== username ? `${behind} (as ${username})` : username;
}

/** The engine answers; where none runs, the ledger does. */
async function ask(directory: string, request: QuotaRequest): Promise<unknown> {
  try {
    return await callEngine(directory, { verb: "quota", ...request });
  } catch (error) {
    if (!(error instanceof NoEngineError)) throw error;
    return offline(directory, request, error);
  }
}

/** Another one of these takes no time; an engine that has the directory and does not answer stays. */
async function lockFor(directory: string, none: NoEngineError): Promise<{ release(): void }> {
  for (const deadline = Date.now() + PATIENCE; ;) {
    try {
      return lockStateDirectory(directory);
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      if (Date.now() > deadline) throw none;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function offline(directory: string, request: QuotaRequest, none: NoEngineError): Promise<unknown> {
  if (!existsSync(ledgerPath(directory)))
    throw new Error(`No accounts are kept in the state directory ${directory}`);
  const lock = await lockFor(directory, none);
  try {
    const accounts = offlineAccounts(openLedger(directory));
    try {
      return answerQuota(accounts, request);
    } finally {
      accounts.close();
    }
  } finally {
    lock.release();
  }
}

function render(accounts: readonly AccountView[]): string {
  if (accounts.length === 0) return "No accounts";
  const lines = columns(accountRows(accounts, Date.now()));
  const corrections = accounts.flatMap(({ corrections: all = [] }) => all);
  if (corrections.length === 0) return lines.join("\n");
  const rows = corrections.map(({ at, by, what, quota, bytes }) => [
    new Date(at).toISOString(),
    what,
    quota,
    formatSize(bytes),
    `by ${by}`,
  ]);
  return [...lines, "", "corrections", ...columns(rows)].join("\n");
}
