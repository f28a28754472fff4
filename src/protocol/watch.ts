import type { Command, Outcome } from "./command.ts";
import type { Situation } from "./danger.ts";
import type { Notification } from "./notification.ts";
import { isDaemonQuery } from "./queries.ts";
import type { DaemonVersion } from "./reply-grammar.ts";
import { valueOf } from "./values.ts";

/** The commands that answer a question by themselves. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  remote: ["REMOTE"],
  proxy: ["PROXY"],
  needok: ["NEED-OK"],
  needstr: ["NEED-STR"],
  certificate: ["NEED-CERTIFICATE"],
  "rsa-sig": ["RSA_SIGN", "PK_SIGN"],
  "pk-sig": ["RSA_SIGN", "PK_SIGN"],
};

/** An empty answer by these is taken with SUCCESS, and for none: OpenVPN goes on waiting. */
const NOT_EMPTY: ReadonlySet<string> = new Set(["username", "needstr"]);

/** The client version that OpenVPN takes us for until it is told. */
const UNTOLD = 1;

/** Before it has ever run OpenVPN tells no other state than these. */
const FIRST_STATES: ReadonlySet<string | undefined> = new Set([undefined, "", "INITIAL", "CONNECTING"]);

/** Whether an OpenVPN that holds has never run yet, by its state. */
export function isBeforeFirstRun(state: string | undefined): boolean {
  return FIRST_STATES.has(state);
}

/** What can be known of a daemon by listening to one connection from its greeting on, for `refusal`. */
export class Watch {
  #situation: Situation;
  /** What PASSWORD:NEED still waits for. */
  readonly #wanted = new Set<string>();

  constructor(daemon: DaemonVersion, dialledUs: boolean) {
    // An open question follows the greeting, before any reply. What another manager said of itself is nothing to rely on.
    this.#situation = { ...daemon, dialledUs, question: "none", clientVersion: UNTOLD };
  }

  get situation(): Situation {
    const { question, state } = this.#situation;
    const held = question === "HOLD";
    return {
      ...this.#situation,
      held,
      ...(held && state !== undefined ? { firstHold: isBeforeFirstRun(state) } : {}),
    };
  }

  heard(notification: Notification): void {
    if (isDaemonQuery(notification.type)) {
      const { questionType: _, ...rest } = this.#situation;
      this.#situation = { ...rest, question: notification.type };
      if ("realm" in notification) this.#know({ questionType: notification.realm });
      else if ("name" in notification) this.#know({ questionType: notification.name });
      this.#wanted.clear();
      if (notification.type === "PASSWORD:NEED")
        for (const part of ["username", "password"] as const) if (notification[part]) this.#wanted.add(part);
    } else if (notification.type === "STATE") {
      this.#know({ state: notification.name });
      // A login that is wanted late is asked for in the state AUTH.
      if (this.#situation.question === "HOLD") this.#know({ question: "none" });
    }
  }

  /** A command was answered. */
  replied(command: Command, outcome: Outcome): void {
    if (!outcome.ok) return;
    const { name, args } = command;
    const [first, second] = args.map(String);
    const { question = "none" } = this.#situation;
    if (NOT_EMPTY.has(name) && second === "") {
      if (name === "username" && question === "PASSWORD:NEED") this.#wanted.add(name);
    } else if (ANSWERS[name]?.includes(question) || (name === "hold" && first === "release"))
      this.#know({ question: "none" });
    else if (question === "PASSWORD:NEED" && this.#wanted.delete(name)) {
      if (this.#wanted.size === 0) this.#know({ question: "none" });
    } else if (name === "log") {
      const switched = [second, first].find((word) => word === "on" || word === "off");
      if (switched !== undefined) this.#know({ logOn: switched === "on" });
    } else if (name === "verb") {
      const verb = first === undefined ? valueOf({ name, args }, outcome) : Number(first);
      if (typeof verb === "number") this.#know({ verb });
    } else if (name === "version") this.#version(command, outcome);
    else if (name === "state") {
      const states = valueOf({ name, args }, outcome);
      const last = states.at(-1);
      if (last) this.#know({ state: last.name });
    }
  }

  #version(command: Command, outcome: Extract<Outcome, { ok: true }>): void {
    const version = valueOf({ name: "version", args: command.args }, outcome)?.version;
    if (version !== undefined) this.#know({ version });
    if (command.args.length > 0) this.#know({ clientVersion: Number(command.args[0]) });
  }

  #know(more: Situation): void {
    this.#situation = { ...this.#situation, ...more };
  }
}
