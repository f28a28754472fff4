import type { Aside, Link, LinkListener } from "../../connection/link.ts";
import type { Command, Outcome } from "../../protocol/command.ts";
import { lookup } from "../../protocol/commands.ts";
import { display, encode, EncodeError } from "../../protocol/encoder.ts";
import { Secret } from "../../util/secret.ts";
import { NotificationDecoder } from "./decode.ts";
import { type Pretended, PretendedDaemon } from "./pretended.ts";

/** What OpenVPN has open one at a time, and tells a new controller again. */
const QUESTION = /^>(HOLD|REMOTE|PROXY|NEED-OK|NEED-STR|NEED-CERTIFICATE|RSA_SIGN|PK_SIGN|PASSWORD:Need)\b/;

/** An OpenVPN that says the lines of a test and takes every command. */
export class ScriptedLink implements Link {
  /** Commands since they were last looked at, as `expect` writes them. */
  sent: string[] = [];
  /** The same with their secrets: those of a test are none. */
  clear: string[] = [];
  /** How many of the next commands wait for a `reply:` step. */
  hold = 0;
  readonly #pretended: Pretended;
  readonly #unanswered: ((outcome: Outcome) => void)[] = [];
  readonly #decoder = new NotificationDecoder();
  readonly #daemon: PretendedDaemon;
  #listener: LinkListener | undefined;
  /** The question that OpenVPN repeats to a new controller. */
  #open: string | undefined;

  /** `now`: the time that OpenVPN sees, ms. */
  constructor(pretended: Pretended, now: () => number) {
    this.#pretended = pretended;
    this.#daemon = new PretendedDaemon(pretended, now);
  }

  start(listener: LinkListener): void {
    this.#listener = listener;
    listener.attached({ managementVersion: managementVersion(this.#pretended.version), text: "" });
    if (this.#open !== undefined) this.#tell(this.#open);
  }

  stop(done: () => void): void {
    this.#listener = undefined;
    done();
  }

  receive(line: string): void {
    if (line.startsWith(">STATE:")) {
      this.#daemon.state(line.slice(">STATE:".length));
      this.#open = undefined;
    }
    if (QUESTION.test(line)) this.#open = line;
    this.#tell(line);
  }

  /** What the engine sends on its own a test's `expect` does not name. */
  send(command: Command, done: (outcome: Outcome) => void, { own = false }: Aside = {}): void {
    if (own) {
      queueMicrotask(() => done(this.#daemon.reply(command)));
      return;
    }
    const problem = unsafe(command);
    if (problem !== undefined) {
      queueMicrotask(() => done({ ok: false, error: "invalid", text: problem }));
      return;
    }
    this.sent.push(display(command));
    this.clear.push(display(revealed(command)));
    const answer = (outcome: Outcome): void => {
      if (outcome.ok && answers(command)) this.#open = undefined;
      done(outcome);
    };
    if (this.hold > 0) {
      this.hold--;
      this.#unanswered.push(answer);
    } else queueMicrotask(() => answer({ ok: true, text: `${command.name} command succeeded`, lines: [] }));
  }

  /** Answers the oldest command that waits; false when none does. */
  reply(text: string): boolean {
    const done = this.#unanswered.shift();
    if (!done) return false;
    const [, kind, rest] = /^(SUCCESS|ERROR): ?(.*)$/s.exec(text) ?? [];
    done(
      kind === "SUCCESS"
        ? { ok: true, text: rest ?? "", lines: [] }
        : { ok: false, error: "refused", text: rest ?? text },
    );
    return true;
  }

  #tell(line: string): void {
    for (const notification of this.#decoder.decode(line)) {
      this.#daemon.heard(notification);
      this.#listener?.notification(notification);
    }
  }
}

function revealed({ name, args, body }: Command): Command {
  const clear = (text: string | Secret): string => (text instanceof Secret ? text.reveal() : text);
  return { name, args: args.map(clear), ...(body ? { body: body.map(clear) } : {}) };
}

function answers({ name }: Command): boolean {
  return name === "hold" || lookup(name)?.answersQuery === true;
}

/** Why a command would not be written. */
export function unsafe(command: Command): string | undefined {
  try {
    encode(command);
    return undefined;
  } catch (error) {
    if (error instanceof EncodeError) return error.message;
    throw error;
  }
}

/** The number of the greeting by OpenVPN's version (protocol notes, section 1.2). */
function managementVersion(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split(/[._]/).map(Number);
  if (major > 2 || minor > 7 || (minor === 7 && patch >= 2)) return 6;
  if (minor === 7 || (minor === 6 && patch >= 2)) return 5;
  if (minor === 6) return 4;
  return minor === 5 ? 3 : 1;
}
