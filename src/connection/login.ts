import type { Secret } from "../util/secret.ts";

// oxlint-disable-next-line no-control-regex -- these are just what must not pass
const CONTROL = /[\u0000-\u001f\u007f]/;

interface LoginListener {
  write(text: string): void;
  /** OpenVPN will not let us in. */
  barred(reason: string): void;
  oddity(text: string): void;
}

/** What OpenVPN says before its greeting: the prompt for the management password, and what it thinks of ours. */
export class Login {
  readonly #password: (() => Secret | undefined) | undefined;
  readonly #listener: LoginListener;
  #prompts = 0;

  constructor(password: (() => Secret | undefined) | undefined, listener: LoginListener) {
    this.#password = password;
    this.#listener = listener;
  }

  /** Whether OpenVPN has asked: nobody else does. */
  get prompted(): boolean {
    return this.#prompts > 0;
  }

  prompt(): void {
    const password = this.#password?.();
    this.#prompts++;
    if (!password) this.#listener.barred("OpenVPN asks for the management password, and none is set");
    // Only the first line of it would be the password; the next ones would run as commands.
    else if (CONTROL.test(password.reveal()))
      this.#listener.barred("the management password holds a control character");
    // A wrong password is answered by nothing but the prompt again.
    else if (this.#prompts > 1) this.#listener.barred("wrong management password");
    else this.#listener.write(`${password.reveal()}\n`);
  }

  reply(line: string): void {
    if (line.startsWith("ERROR: bad password")) this.#listener.barred("wrong management password");
    else if (line !== "SUCCESS: password is correct")
      this.#listener.oddity(`A line before the greeting: ${line.slice(0, 100)}`);
  }
}
