import { parseDynamicChallenge } from "../protocol/challenge.ts";
import type { PasswordNotification } from "../protocol/notification.ts";
import type { Happening } from "./event.ts";

type Need = Extract<PasswordNotification, { type: "PASSWORD:NEED" }>;
type Failed = Extract<PasswordNotification, { type: "PASSWORD:FAILED" }>;

/** What a realm (`Auth`, `Private Key`, …) was asked and refused since its last success. */
interface Realm {
  attempts: number;
  /** The dynamic challenge of the last refusal, which the next answer is for. */
  challenge: { readonly text: string; readonly echo: boolean } | undefined;
}

/** OpenVPN has five and some tokens; nothing may grow without end. */
const MOST_REALMS = 100;

/** Logins by realm: OpenVPN says neither how often it has asked nor what the challenge of a question is. */
export class Realms {
  readonly #realms = new Map<string, Realm>();

  /** CONNECTED, or another process: what was refused before counts no more. */
  forget(): void {
    this.#realms.clear();
  }

  /** `repeated`: the very question again, for a new controller. */
  needed(need: Need, repeated: boolean): Happening {
    const realm = this.#realm(need.realm);
    if (!repeated) realm.attempts++;
    const fixed = need.challenge;
    const challenge = fixed ?? realm.challenge;
    return {
      type: "PASSWORD:NEED",
      fields: {
        realm: need.realm,
        username: need.username,
        challenge: fixed ? "static" : challenge ? "dynamic" : "none",
        challenge_text: challenge?.text ?? "",
        challenge_echo: challenge?.echo ?? false,
        attempt: Math.max(1, realm.attempts),
      },
    };
  }

  failed({ realm, reason }: Failed): Happening {
    const challenge = parseDynamicChallenge(reason);
    this.#realm(realm).challenge = challenge;
    // The state of a challenge is as good as a password while it is open.
    const shown = challenge ? "CRV1" : reason;
    return { type: "PASSWORD:FAILED", fields: { realm, reason: shown, challenge: challenge?.text ?? "" } };
  }

  #realm(name: string): Realm {
    let realm = this.#realms.get(name);
    if (!realm) {
      const [oldest] = this.#realms.size < MOST_REALMS ? [] : this.#realms.keys();
      if (oldest !== undefined) this.#realms.delete(oldest);
      this.#realms.set(name, (realm = { attempts: 0, challenge: undefined }));
    }
    return realm;
  }
}
