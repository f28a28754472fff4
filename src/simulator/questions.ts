import type { Clock, Timer } from "../util/clock.ts";
import type { Version } from "./version.ts";

/** What is asked, and so what may be answered: a password, with or without a name, a yes, a text. */
export type Asks = "password" | "username/password" | "username" | "needok-confirmation" | "needstr-string";

export type Field = "username" | "password" | "needok-confirmation" | "needstr-string";

export interface Answer {
  readonly username: string;
  /** Of `needok` and `needstr` too. */
  readonly password: string;
}

interface Question {
  readonly asks: Asks;
  readonly type: string;
  readonly answered: (answer: Answer) => void;
  username: string;
  password: string;
}

const FIELDS: Readonly<Record<Asks, readonly Field[]>> = {
  password: ["password"],
  "username/password": ["username", "password"],
  username: ["username"],
  "needok-confirmation": ["needok-confirmation"],
  "needstr-string": ["needstr-string"],
};
/** Stands for an empty password. */
const BLANK = "[[BLANK]]";

/** The one question for something that the user has or knows; its text is told by whoever asks. */
export class Questions {
  readonly #clock: Clock;
  readonly #version: Version;
  #open: Question | undefined;
  #complete: Timer | undefined;

  constructor(clock: Clock, version: Version) {
    this.#clock = clock;
    this.#version = version;
  }

  /** `answered` is called once all of the answer is there and what was sent together with it is done. */
  ask(asks: Asks, type: string, answered: (answer: Answer) => void): void {
    this.drop();
    this.#open = { asks, type, answered, username: "", password: "" };
  }

  /** Nobody waits for the answer any more. */
  drop(): void {
    this.#complete?.cancel();
    this.#complete = undefined;
    this.#open = undefined;
  }

  /** OpenVPN's reply to `username`, `password`, `needok` and `needstr`. */
  answer(field: Field, type: string, text: string): string {
    const open = this.#open;
    if (!open || !FIELDS[open.asks].includes(field))
      return `ERROR: no ${field} is currently needed at this time`;
    if (open.type !== type)
      return `ERROR: ${field} of type '${type}' entered, but we need one of type '${open.type}'`;
    if (field === "username") open.username = text;
    else
      open.password = field === "password" && text === "" && this.#version.takesBlankPassword ? BLANK : text;
    const given = (each: Field): boolean => (each === "username" ? open.username : open.password) !== "";
    if (FIELDS[open.asks].every(given)) this.#complete ??= this.#clock.after(0, () => this.#finish(open));
    return `SUCCESS: '${type}' ${field} entered, but not yet verified`;
  }

  #finish({ answered, username, password }: Question): void {
    this.drop();
    answered({ username, password: password === BLANK ? "" : password });
  }
}
