import type { Prompts } from "./prompts.ts";
import type { Answer } from "./questions.ts";
import type { Version } from "./version.ts";

export interface AuthOptions {
  /** --static-challenge */
  readonly challenge?: { readonly text: string; readonly echo?: boolean; readonly concat?: boolean };
  /** --auth-nocache */
  readonly nocache?: boolean;
  /** --auth-user-pass username-only, of 2.7.1. */
  readonly nameOnly?: boolean;
}

/** What questions for the user need. */
export interface Asking {
  readonly prompts: Prompts;
  readonly version: Version;
  /** What the controller said it understands. */
  readonly clientVersion: number;
}

/** What the user has told: it is asked once and kept until it is wrong or to be forgotten. */
export class Credentials {
  readonly #asking: Asking;
  readonly #auth: AuthOptions | undefined;
  readonly #fatal: (text: string) => void;
  #login: Answer | undefined;
  #keyPassword: string | undefined;
  readonly #proxies = new Map<string, Answer>();
  /** Comes from the server and stands for the password from then on. */
  token: string | undefined;

  /**
   * `auth` is --auth-user-pass; without it the server lets in whoever has a certificate. A question that cannot be asked to
   * its end is `fatal`.
   */
  constructor(asking: Asking, auth: AuthOptions | undefined, fatal: (text: string) => void) {
    this.#asking = asking;
    this.#auth = auth;
    this.#fatal = fatal;
  }

  /** Asks for name and password unless they are known. */
  askLogin(next: () => void): void {
    const { version, prompts, clientVersion } = this.#asking;
    const auth = this.#auth;
    if (!auth || this.#login || this.token !== undefined) {
      next();
      return;
    }
    const { challenge, nameOnly = false } = auth;
    const concat = version.challengeConcatenates && challenge?.concat === true ? 2 : 0;
    const more = challenge ? ` SC:${(challenge.echo === true ? 1 : 0) + concat},${challenge.text}` : "";
    const answered = (answer: Answer): void => {
      this.#login = answer;
      next();
    };
    prompts.login("Auth", { more, nameOnly, clientVersion }, answered, () => this.#unread("Auth"));
  }

  /** What goes to the server; with --auth-nocache it is forgotten then. */
  take(): Answer {
    const login = this.#login ?? { username: "", password: "" };
    if (this.#auth?.nocache === true) this.#login = undefined;
    return this.token === undefined ? login : { username: login.username, password: this.token };
  }

  /** The password of a key, as it is known or asked. */
  askKey(type: string, known: (password: string) => void): void {
    if (this.#keyPassword !== undefined) {
      known(this.#keyPassword);
      return;
    }
    const answered = ({ password }: Answer): void => {
      this.#keyPassword = password;
      known(password);
    };
    this.#asking.prompts.ask("password", type, "", answered, () => this.#unread(type));
  }

  /** For a proxy of this kind. Asked once in the life of the process, and never forgotten. */
  askProxy(type: "HTTP Proxy" | "SOCKS Proxy", known: (answer: Answer) => void): void {
    const kept = this.#proxies.get(type);
    if (kept) {
      known(kept);
      return;
    }
    const answered = (answer: Answer): void => {
      this.#proxies.set(type, answer);
      known(answer);
    };
    this.#asking.prompts.login(type, {}, answered, () => this.#unread(type));
  }

  /** Forgets what was told for the server, and for the key too unless only that is meant. */
  purge(what: "login" | "all"): void {
    this.#login = undefined;
    if (what === "all") this.#keyPassword = undefined;
  }

  #unread(type: string): void {
    this.#fatal(`ERROR: could not read ${type} username/password/ok/string from management interface`);
  }
}
