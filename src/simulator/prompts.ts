import type { Answer, Asks, Questions } from "./questions.ts";
import type { Version } from "./version.ts";

/** A question for something that the user has or knows is cut here, without a mark. */
const LONGEST = 127;

const WORDING: Readonly<Record<Asks, readonly [prefix: string, what: string]>> = {
  password: ["PASSWORD", "password"],
  "username/password": ["PASSWORD", "username/password"],
  username: ["PASSWORD", "username"],
  "needok-confirmation": ["NEED-OK", "confirmation"],
  "needstr-string": ["NEED-STR", "string"],
};

/** What is done when a signal comes instead of an answer; one that is `stronger` than SIGUSR1 is acted upon besides. */
type Interrupted = ((stronger: boolean) => void) | undefined;

/** The one question that is open, as it is told to every new controller. */
export class Prompts {
  readonly #questions: Questions;
  readonly #version: Version;
  readonly say: (line: string) => void;
  readonly #attended: () => boolean;
  /** Nobody was there yet to be asked. */
  #waits = false;
  #question: string | undefined;
  #interrupted: Interrupted;

  /** `attended` tells whether somebody is there. */
  constructor(questions: Questions, version: Version, say: (line: string) => void, attended: () => boolean) {
    this.#questions = questions;
    this.#version = version;
    this.say = say;
    this.#attended = attended;
  }

  get question(): string | undefined {
    return this.#question;
  }

  /** Not for the user: a hold, a remote, a signature. */
  tell(question: string, interrupted?: Interrupted): void {
    this.#question = question;
    this.#interrupted = interrupted;
    this.#waits = !this.#attended();
    this.say(question);
  }

  /** For the user; `more` stands behind it, as in ` SC:1,…`. */
  ask(
    asks: Asks,
    type: string,
    more: string,
    answered: (answer: Answer) => void,
    interrupted: () => void,
  ): void {
    const [prefix, what] = WORDING[asks];
    this.#questions.ask(asks, type, (answer) => {
      this.close();
      answered(answer);
    });
    this.tell(`>${prefix}:Need '${type}' ${what}${more}`.slice(0, LONGEST), interrupted);
  }

  /** A name and a password, or what of it a controller of this client version is asked for. */
  login(
    type: string,
    { more = "", nameOnly = false, clientVersion = 1 },
    answered: (answer: Answer) => void,
    interrupted: () => void,
  ): void {
    const from = this.#version.asksUsernameFrom ?? Number.POSITIVE_INFINITY;
    const asks = nameOnly && clientVersion >= from ? "username" : "username/password";
    this.ask(asks, type, more, answered, interrupted);
  }

  /** Somebody is there: the open question is told, and for the first time `later`. */
  repeat(later: (then: () => void) => void): void {
    const question = this.#question;
    if (question === undefined) return;
    const tell = (): void => {
      this.#waits = false;
      if (this.#question === question) this.say(question);
    };
    if (this.#waits) later(tell);
    else tell();
  }

  /** Whether a signal is the end of what waits for the answer; it has been told then. */
  interrupt(stronger: boolean): boolean {
    const interrupted = this.#interrupted;
    if (!interrupted) return false;
    this.close();
    interrupted(stronger);
    return true;
  }

  close(): void {
    this.#question = undefined;
    this.#interrupted = undefined;
    this.#questions.drop();
  }
}
