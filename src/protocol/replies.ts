import { Secret } from "../util/secret.ts";
import type { Command, Outcome } from "./command.ts";
import { lookup, replyKind, type ReplyKind } from "./commands.ts";

interface Waiting {
  readonly command: Command;
  readonly kind: ReplyKind;
  readonly done: (outcome: Outcome) => void;
  /** Lines so far. */
  lines: string[];
  /** The SUCCESS or ERROR line that came first, of replies with more behind it. */
  first: Outcome | undefined;
  /** Replies whose caller has given up keep their place. */
  abandoned: boolean;
}

/** OpenVPN refuses the first line of such a command at once, and takes the lines behind it for commands. */
const BODY_NOT_READ =
  /^(unknown command|cannot parse |the '.+' command requires )|is not currently available$/;

/** What push-update says of clients; the line about the command itself is still to come. */
const PUSH_UPDATE_PROGRESS = /^\w+: (\d+ client\(s\) updated|no client updated|Peer ID: .*)$/;

/** Replies carry no tag: each line belongs to the oldest command that waits. */
export class ReplyQueue {
  readonly #waiting: Waiting[] = [];
  readonly #oddity: (text: string) => void;

  constructor(oddity: (text: string) => void) {
    this.#oddity = oddity;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** A command was written. Returns a function that gives up waiting: its place is kept, its caller told. */
  expect(command: Command, done: (outcome: Outcome) => void): () => void {
    const spec = lookup(command.name);
    const args = command.args.map(String);
    const kind = spec ? replyKind(spec, args) : "single";
    if (kind === "none" || (kind === "count" && Number(args[0]) <= 0)) {
      done({ ok: true, text: "", lines: [] });
      return () => undefined;
    }
    const waiting = fresh(command, kind, done);
    this.#waiting.push(waiting);
    return () => {
      if (waiting.abandoned || !this.#waiting.includes(waiting)) return;
      waiting.abandoned = true;
      done({ ok: false, error: "timeout", text: `No reply to ${command.name}` });
    };
  }

  /** A reply line arrived. */
  take(line: string): void {
    const waiting = this.#waiting[0];
    if (!waiting) {
      this.#oddity(`A reply that nobody waits for: ${line.slice(0, 100)}`);
      return;
    }
    const outcome = digest(waiting, line);
    if (!outcome) return;
    this.#waiting.shift();
    if (waiting.command.body && !outcome.ok && BODY_NOT_READ.test(outcome.text))
      this.#waiting.unshift(...bodyAsCommands(waiting.command.body));
    if (!waiting.abandoned) waiting.done(outcome);
  }

  /** The connection ended: nobody will answer any more. */
  fail(reason: string): void {
    for (const waiting of this.#waiting.splice(0))
      if (!waiting.abandoned) waiting.done({ ok: false, error: "lost", text: reason });
  }
}

function fresh(command: Command, kind: ReplyKind, done: Waiting["done"]): Waiting {
  return { command, kind, done, lines: [], first: undefined, abandoned: false };
}

/** The replies that the lines of a body bring when they are run as commands; nobody waits for them. */
function bodyAsCommands(body: readonly (string | Secret)[]): Waiting[] {
  const places: Waiting[] = [];
  for (const entry of [...body, "END"]) {
    const [name, ...args] = (entry instanceof Secret ? entry.reveal() : entry)
      .split(" ")
      .filter((word) => word !== "");
    if (name === undefined || /^[#;]/.test(name)) continue;
    const spec = lookup(name);
    const kind = spec ? replyKind(spec, args) : "single";
    if (kind !== "none") places.push({ ...fresh({ name, args }, kind, () => undefined), abandoned: true });
  }
  return places;
}

/** Takes one line in; gives the outcome when it was the last. */
function digest(waiting: Waiting, line: string): Outcome | undefined {
  const status = statusOf(line);
  switch (waiting.kind) {
    case "single":
      // `auth-retry x` says two lines, the first one bare.
      if (!status) waiting.lines.push(line);
      return status && withLines(status, waiting.lines);
    case "multi":
      if (line === "END") return { ok: true, text: "", lines: waiting.lines };
      if (status && !status.ok && waiting.lines.length === 0) return status;
      waiting.lines.push(line);
      return undefined;
    case "multi-after-success":
      if (!waiting.first) {
        waiting.first = status ?? { ok: true, text: line, lines: [] };
        return waiting.first.ok ? undefined : waiting.first;
      }
      // `state on 0`: on, and an error about the 0.
      if (status && !status.ok && waiting.lines.length === 0) return status;
      if (line === "END") return withLines(waiting.first, waiting.lines);
      waiting.lines.push(line);
      return undefined;
    case "push-update":
      if (status && !PUSH_UPDATE_PROGRESS.test(line)) return withLines(status, waiting.lines);
      waiting.lines.push(line);
      return undefined;
    case "count":
      waiting.lines.push(line);
      return waiting.lines.length < Number(waiting.command.args[0])
        ? undefined
        : { ok: true, text: "", lines: waiting.lines };
    case "line":
      return status ?? { ok: true, text: line, lines: [] };
    case "none":
      return { ok: true, text: "", lines: [] };
  }
}

function withLines(outcome: Outcome, lines: readonly string[]): Outcome {
  return outcome.ok ? { ...outcome, lines } : outcome;
}

function statusOf(line: string): Outcome | undefined {
  if (line.startsWith("SUCCESS:")) return { ok: true, text: line.slice(8).trimStart(), lines: [] };
  if (line.startsWith("ERROR:")) return { ok: false, error: "refused", text: line.slice(6).trimStart() };
  return undefined;
}
