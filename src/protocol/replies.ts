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
    const waiting: Waiting = { command, kind, done, lines: [], first: undefined, abandoned: false };
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
    if (!waiting.abandoned) waiting.done(outcome);
  }

  /** The connection ended: nobody will answer any more. */
  fail(reason: string): void {
    for (const waiting of this.#waiting.splice(0))
      if (!waiting.abandoned) waiting.done({ ok: false, error: "lost", text: reason });
  }
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
      if (line === "END") return withLines(waiting.first, waiting.lines);
      waiting.lines.push(line);
      return undefined;
    case "double":
      if (!status) {
        waiting.lines.push(line);
        return undefined;
      }
      if (waiting.first) return withLines(waiting.first.ok ? status : waiting.first, waiting.lines);
      waiting.first = status;
      return undefined;
    case "count":
      waiting.lines.push(line);
      return waiting.lines.length < Number(waiting.command.args[0]) ? undefined : { ok: true, text: "", lines: waiting.lines };
    case "pkcs11":
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
