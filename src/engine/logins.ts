import { dynamicAnswer, staticAnswer } from "../protocol/challenge.ts";
import type { Challenge } from "../model/realms.ts";
import type { Answer, Given } from "../rules/answer.ts";
import type { Env } from "../rules/cel/types.ts";
import type { Store } from "../store/store.ts";
import { Secret } from "../util/secret.ts";
import type { Secrets } from "./secrets.ts";

const TABLE = "logins";

type Credentials = Extract<Answer, { kind: "credentials" }>;
type Login = Extract<Answer, { kind: "login" }>;

/** Refused logins in a row of one realm; kept, for the server counts them over our restarts as well. */
interface Refusals {
  readonly count: number;
}

/** What a question of OpenVPN is about. */
export interface LoginQuestion {
  readonly daemon: string;
  /** `Auth`, `Private Key`, `HTTP Proxy` … */
  readonly realm: string;
  /** A user name is asked for. */
  readonly asksUsername: boolean;
  readonly challenge: Challenge | undefined;
  readonly env: Env;
}

/** How the last question of a realm was answered. */
interface Answered {
  readonly secrets: readonly string[];
  readonly answeredChallenge: boolean;
}

/** Logs in by the credentials of rules: packs challenges, and stops before an account is locked. */
export class Logins {
  readonly #store: Store;
  readonly #secrets: Secrets;
  readonly #last = new Map<string, Answered>();

  constructor(deps: { readonly store: Store; readonly secrets: Secrets }) {
    this.#store = deps.store;
    this.#secrets = deps.secrets;
  }

  /** Why nothing more is answered; undefined while the budget lasts. */
  spent(daemon: string, realm: string, budget: number): string | undefined {
    const { count } = this.#refusals(daemon, realm);
    if (count < budget) return undefined;
    return `${realm} was refused ${count} times in a row, and the budget is ${budget}`;
  }

  /** Rejects with an Error that says what is missing. */
  async login(question: LoginQuestion, credentials: Credentials): Promise<Login> {
    const { daemon, realm, asksUsername, challenge, env } = question;
    const used: string[] = [];
    const obtain = async (given: Given | undefined): Promise<Secret | undefined> => {
      if (given === undefined) return undefined;
      if (!("secret" in given)) return new Secret(String(given.resolve(env)));
      used.push(given.secret);
      return this.#secrets.obtain(given.secret);
    };
    const username = asksUsername ? ((await obtain(credentials.username)) ?? nameIn(challenge)) : undefined;
    if (asksUsername && !username)
      throw new Error(`OpenVPN asks for a user name for ${realm}, and none is given`);
    const password = await this.#password(question, credentials, obtain);
    this.#last.set(`${daemon}/${realm}`, { secrets: used, answeredChallenge: challenge?.kind === "dynamic" });
    return { kind: "login", ...(username ? { username } : {}), password };
  }

  /** `>PASSWORD:Verification Failed:`. `isChallenge`: the server asks on; `isTemporary`: it says nothing of the credentials. */
  refused(
    daemon: string,
    realm: string,
    { isChallenge, isTemporary }: { isChallenge: boolean; isTemporary: boolean },
  ): void {
    const key = `${daemon}/${realm}`;
    const last = this.#last.get(key);
    this.#last.delete(key);
    // A challenge is the answer to a good password, unless it is the answer to a wrong code.
    if (isTemporary || (isChallenge && last?.answeredChallenge !== true)) return;
    for (const name of last?.secrets ?? []) this.#secrets.refused(name);
    const { count } = this.#refusals(daemon, realm);
    this.#store.put(TABLE, key, { count: count + 1 } satisfies Refusals);
  }

  /** The daemon is connected, or its passwords are forgotten on purpose: refusals count no more. */
  forgive(daemon: string): void {
    for (const [key] of this.#store.entries(TABLE))
      if (key.startsWith(`${daemon}/`)) this.#store.delete(TABLE, key);
  }

  async #password(
    { realm, challenge }: LoginQuestion,
    { password, otp }: Credentials,
    obtain: (given: Given | undefined) => Promise<Secret | undefined>,
  ): Promise<Secret> {
    if (!challenge) {
      const given = await obtain(password ?? otp);
      if (!given) throw new Error(`OpenVPN asks for a password for ${realm}, and none is given`);
      return given;
    }
    const first = challenge.kind === "static" ? ((await obtain(password)) ?? new Secret("")) : undefined;
    const response = await obtain(otp);
    if (!response)
      throw new Error(`The server asks for an answer to a challenge, and the credentials have no otp`);
    const packed =
      challenge.kind === "static"
        ? staticAnswer(challenge, first ?? "", response)
        : dynamicAnswer(challenge, response);
    this.#secrets.passing(packed);
    return packed;
  }

  #refusals(daemon: string, realm: string): Refusals {
    return (this.#store.get(TABLE, `${daemon}/${realm}`) as Refusals | undefined) ?? { count: 0 };
  }
}

/** A dynamic challenge says for whom it is. */
function nameIn(challenge: Challenge | undefined): Secret | undefined {
  return challenge?.kind === "dynamic" && challenge.username !== ""
    ? new Secret(challenge.username)
    : undefined;
}
