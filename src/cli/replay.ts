import { readFileSync } from "node:fs";
import { builtinCatalogue } from "../engine/actions/catalogue.ts";
import type { JournalRecord } from "../engine/journal.ts";
import {
  decisionsIn,
  type Difference,
  differences,
  type ReplayedDecision,
} from "../engine/replay/decisions.ts";
import { replay } from "../engine/replay/replay.ts";
import { readRecording, type Recording } from "../recording/read.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import { parseAssignments, parseFlags, UsageError } from "./args.ts";
import { JournalText } from "./journal-text.ts";
import { load } from "./load.ts";
import type { Verb } from "./verb.ts";
import { whyUnreadable } from "../util/file-error.ts";

const USAGE = `Usage: signalbox replay RECORDING RULEBOOK… [--against OLD…] [options]

Plays a recording to the rules on a virtual clock, and prints what they decide. What OpenVPN does next is what it did then, whatever it is
told now. Nothing is sent, saved or probed, and actions of plugins do nothing; programs and plugins that answer are asked.

  --against OLD…     print only the decisions that these rules take otherwise
  --set NAME=VALUE   a parameter of the rulebooks, of the old ones where they have it; may be repeated
  --json             one object a decision, as in the journal; with --against {"old":…,"new":…}

RECORDING comes from signalbox record, run --record, or is of the form of test/transcripts. With --against the exit code is 1
when anything differs.

Example: signalbox replay monday.jsonl new.yaml --against old.yaml`;

export const verb: Verb = {
  name: "replay",
  summary: "what rules would decide in a recording",
  usage: USAGE,
  run,
};

async function run(argv: readonly string[]): Promise<number> {
  const { values, tokens } = parseFlags({
    args: [...argv],
    allowPositionals: true,
    tokens: true,
    options: {
      against: { type: "string", multiple: true },
      set: { type: "string", multiple: true },
      json: { type: "boolean" },
    },
  });
  const { words, against } = sorted(tokens);
  const [file, ...rulebooks] = words;
  if (file === undefined || rulebooks.length === 0)
    throw new UsageError("replay needs a recording and at least one rulebook");
  const set = parseAssignments(values.set ?? []);
  const rulebook = await load(rulebooks, set);
  // The old rules may be from before a parameter was there.
  const old = against.length > 0 ? await load(against, set, true) : undefined;
  if (!rulebook || (against.length > 0 && !old)) return 1;
  const recording = readRecording(textOf(file), file);
  if (recording.began === undefined)
    process.stderr.write(`${file} does not say when it began: it is played as of 2026-01-01 00:00 UTC\n`);
  const out = new Printer(values.json ?? false);
  const decisions = await decided(recording, rulebook, out);
  if (!old) {
    for (const decision of decisions) out.decision(decision);
    process.stderr.write(`${decisions.length} decisions\n`);
    return 0;
  }
  const found = differences(await decided(recording, old, out), decisions);
  for (const difference of found) out.difference(difference);
  process.stderr.write(`${found.length} of ${decisions.length} decisions differ\n`);
  return found.length > 0 ? 1 : 0;
}

type Token =
  | { readonly kind: "option"; readonly name: string; readonly value?: string | undefined }
  | { readonly kind: "positional"; readonly value: string }
  | { readonly kind: "option-terminator" };

/** Files behind --against are old ones, up to the next flag. */
function sorted(tokens: readonly Token[]): { words: string[]; against: string[] } {
  const found = { words: [] as string[], against: [] as string[] };
  let behind = false;
  for (const token of tokens) {
    if (token.kind === "option") {
      behind = token.name === "against";
      if (behind) found.against.push(token.value ?? "");
    } else if (token.kind === "positional") (behind ? found.against : found.words).push(token.value);
    else behind = false;
  }
  return found;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${whyUnreadable(error)}`, { cause: error });
  }
}

/** What went wrong in rules is said on standard error. */
async function decided(recording: Recording, rulebook: Rulebook, out: Printer): Promise<ReplayedDecision[]> {
  const records = await replay(recording, rulebook, builtinCatalogue);
  for (const record of records) if (record.kind === "error") out.trouble(record);
  return decisionsIn(records);
}

class Printer {
  readonly #json: boolean;
  readonly #text = new JournalText({ colour: process.stdout.isTTY === true && !process.env["NO_COLOR"] });
  readonly #said = new Set<string>();

  constructor(json: boolean) {
    this.#json = json;
  }

  decision(decision: ReplayedDecision): void {
    process.stdout.write(`${this.#json ? JSON.stringify(decision) : this.#line(decision)}\n`);
  }

  difference({ old, new: now }: Difference): void {
    if (this.#json) {
      process.stdout.write(`${JSON.stringify({ old: old ?? null, new: now ?? null })}\n`);
      return;
    }
    if (old) process.stdout.write(`- ${this.#line(old)}\n`);
    if (now) process.stdout.write(`+ ${this.#line(now)}\n`);
  }

  /** The same trouble at another time, or with the other rules, is said once. */
  trouble(record: JournalRecord): void {
    const { at: _, id: __, ...rest } = record;
    const key = JSON.stringify(rest);
    if (!this.#said.has(key)) process.stderr.write(`${this.#text.line(record) ?? ""}\n`);
    this.#said.add(key);
  }

  #line(decision: ReplayedDecision): string {
    const actions = (decision.actions ?? []).map(({ action, params, error, text }) => {
      const what = text ?? params;
      const shown = what === undefined ? "" : ` ${typeof what === "string" ? what : JSON.stringify(what)}`;
      return ` · ${action}${shown}${typeof error === "string" ? ` (${error})` : ""}`;
    });
    return `${this.#text.line(brief(decision)) ?? ""}${visible(actions.join(""))}`;
  }
}

/** Of a client's environment a reader wants to know who it is; the rest is in the JSON. */
function brief(decision: ReplayedDecision): ReplayedDecision {
  const { env, ...event } = decision["event"] as Readonly<Record<string, unknown>>;
  if (typeof env !== "object" || env === null) return decision;
  const { common_name, X509_0_CN, username } = env as Readonly<Record<string, unknown>>;
  const cn = common_name ?? X509_0_CN;
  const who = { ...(cn === undefined ? {} : { cn }), ...(username === undefined ? {} : { username }) };
  return { ...decision, event: { ...event, ...who } };
}

/** What a server or a rule wrote must not command the terminal. */
function visible(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
