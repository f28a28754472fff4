import { Fifo } from "../util/fifo.ts";
import { Secret } from "../util/secret.ts";
import type { Command, Outcome } from "./command.ts";
import { type DaemonVersion, expectationOf, type Reader } from "./reply-grammar.ts";
import { withinVersions } from "./versions.ts";

interface Waiting {
  readonly command: Command;
  read: Reader;
  readonly done: (outcome: Outcome) => void;
  /** Told the reply that comes after the caller has given up. */
  late?: ((outcome: Outcome) => void) | undefined;
  /** Replies whose caller has given up, or was told already, keep their place. */
  abandoned: boolean;
  /** The reply is complete, or its connection is gone. */
  over: boolean;
  /** How a reply begins that may come or not; a line that does not begin so belongs to the next command. */
  begins?: RegExp;
}

/** OpenVPN refuses the first line of such a command at once, and takes the lines behind it for commands. */
const BODY_NOT_READ =
  /^(unknown command|cannot parse |the '.+' command requires |no password is currently needed|password of type )|is not currently available$/;

/** More than OpenVPN ever says to one command: lines, and characters of them. */
const MOST_LINES = 100_000;
const MOST_TEXT = 16 * 1024 * 1024;

/** Replies carry no tag: each line belongs to the oldest command that waits. */
export class ReplyQueue {
  readonly #waiting = new Fifo<Waiting>();
  readonly #oddity: (text: string) => void;
  #daemon: DaemonVersion = {};
  /** How many places are for replies that may not come. */
  #maybe = 0;
  readonly #endless: (text: string) => void;
  /** Lines and characters of the reply that has begun. */
  #lines = 0;
  #text = 0;

  /** `endless` is told of a reply that does not end; it is kept no longer, and fails when it ends after all. */
  constructor(oddity: (text: string) => void, endless = oddity) {
    this.#oddity = oddity;
    this.#endless = endless;
  }

  /** What became known of OpenVPN's version: commands that are sent from now on are read by it. */
  know(daemon: DaemonVersion): void {
    this.#daemon = { ...this.#daemon, ...daemon };
  }

  /** How many replies are still to come, as far as one can know. */
  get size(): number {
    return this.#waiting.length - this.#maybe;
  }

  /** A command was written. Returns a function that gives up waiting: its place is kept, its caller told. */
  expect(command: Command, done: Waiting["done"], late?: Waiting["late"]): () => void {
    const place = placeOf(command, this.#daemon, done, late);
    if (place) this.#waiting.push(place);
    if (place?.begins) this.#maybe++;
    if (!place || place.begins) done({ ok: true, text: "", lines: [] });
    return () => {
      if (!place || place.abandoned || place.over) return;
      place.abandoned = true;
      done({ ok: false, error: "timeout", text: `No reply to ${command.name}` });
    };
  }

  /** A reply line arrived. */
  take(line: string): void {
    let waiting = this.#waiting.first;
    while (waiting?.begins) {
      const taken = this.#isFor(waiting, line);
      this.#maybe--;
      delete waiting.begins;
      if (taken) break;
      this.#waiting.shift();
      waiting = this.#waiting.first;
    }
    if (!waiting) {
      this.#oddity(`A reply that nobody waits for: ${line.slice(0, 100)}`);
      return;
    }
    const outcome = waiting.read(line);
    if (!outcome) {
      this.#grows(waiting, line);
      return;
    }
    this.#lines = this.#text = 0;
    waiting.over = true;
    this.#waiting.shift();
    if (waiting.command.body && !outcome.ok && BODY_NOT_READ.test(outcome.text)) {
      const places = bodyAsCommands(waiting.command.body, this.#daemon);
      this.#waiting.unshift(...places);
      this.#maybe += places.filter(({ begins }) => begins).length;
    }
    if (waiting.abandoned) waiting.late?.(outcome);
    else waiting.done(outcome);
  }

  /**
   * OpenVPN said its question (again). Before 2.5.8 that is all it answers to a signal that it ignores: when that is the reply that is
   * due, its command has failed.
   */
  asked(): void {
    const waiting = this.#waiting.first;
    if (waiting?.command.name !== "signal" || waiting.begins || !this.#answersByQuestion()) return;
    const text = `signal '${String(waiting.command.args[0])}' is currently ignored`;
    if (!waiting.abandoned) waiting.done({ ok: false, error: "refused", text });
    // The question may also have come for itself, just before.
    waiting.abandoned = true;
    waiting.late = undefined;
    waiting.begins = /^(SUCCESS|ERROR): signal /;
    this.#maybe++;
  }

  /** The connection ended: nobody will answer any more. */
  fail(reason: string): void {
    this.#maybe = 0;
    this.#lines = this.#text = 0;
    for (const waiting of this.#waiting.drain()) {
      waiting.over = true;
      if (!waiting.abandoned) waiting.done({ ok: false, error: "lost", text: reason });
    }
  }

  #grows(waiting: Waiting, line: string): void {
    this.#lines++;
    this.#text += line.length;
    if (this.#lines <= MOST_LINES && this.#text <= MOST_TEXT) return;
    this.#lines = this.#text = -Infinity;
    const text = `The reply to ${waiting.command.name} does not end`;
    waiting.read = (rest) =>
      /^(END$|SUCCESS:|ERROR:)/.test(rest) ? { ok: false, error: "refused", text } : undefined;
    this.#endless(text);
  }

  #answersByQuestion(): boolean {
    const { version, managementVersion = Infinity } = this.#daemon;
    return version === undefined ? managementVersion <= 3 : withinVersions(version, { until: "2.5.7" });
  }

  /** `version` asks for the very lines that `version 3` brought before 2.5: they are taken for those that were asked for. */
  #isFor({ begins }: Waiting, line: string): boolean {
    const next = this.#waiting.find((each) => each.begins === undefined);
    const asked = next?.command.name === "version" && line.startsWith("OpenVPN Version: ");
    return begins?.test(line) === true && !asked;
  }
}

/** Its place in the queue; undefined for a command without a reply. */
function placeOf(
  command: Command,
  daemon: DaemonVersion,
  done: Waiting["done"],
  late?: Waiting["late"],
): Waiting | undefined {
  const expected = expectationOf(command, daemon);
  if (expected.kind === "none") return undefined;
  const { read } = expected;
  if (expected.kind === "wait") return { command, read, done, late, abandoned: false, over: false };
  return { command, read, done: () => undefined, abandoned: true, over: false, begins: expected.begins };
}

/** The replies that the lines of a body bring when they are run as commands; nobody waits for them. */
function bodyAsCommands(body: readonly (string | Secret)[], daemon: DaemonVersion): Waiting[] {
  return [...body, "END"].flatMap((entry) => {
    const [name, ...args] = (entry instanceof Secret ? entry.reveal() : entry)
      .split(" ")
      .filter((word) => word !== "");
    if (name === undefined || /^[#;]/.test(name)) return [];
    const place = placeOf({ name, args }, daemon, () => undefined);
    return place ? [{ ...place, abandoned: true }] : [];
  });
}
