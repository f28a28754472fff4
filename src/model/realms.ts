import { type DynamicChallenge, parseDynamicChallenge } from "../protocol/challenge.ts";
import type { PasswordNotification, StaticChallenge } from "../protocol/notification.ts";
import type { Happening } from "./event.ts";

type Need = Extract<PasswordNotification, { type: "PASSWORD:NEED" }>;
type Failed = Extract<PasswordNotification, { type: "PASSWORD:FAILED" }>;

/** A challenge that the next answer is for. */
export type Challenge =
  ({ readonly kind: "static" } & StaticChallenge) | ({ readonly kind: "dynamic" } & DynamicChallenge);

/** A dynamic challenge that is not answered in time counts no more, ms: servers forget them within minutes. */
const CHALLENGE_LASTS = 5 * 60_000;

/** What a realm (`Auth`, `Private Key`, …) was asked and refused since its last success. */
interface Realm {
  attempts: number;
  /** Of the question that is open. */
  fixed: StaticChallenge | undefined;
  /** The dynamic challenge of the last refusal, which the next answer is for, and when it came. */
  dynamic: { readonly challenge: DynamicChallenge; readonly at: number } | undefined;
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
  needed(need: Need, repeated: boolean, now: number): Happening {
    const realm = this.#realm(need.realm);
    if (!repeated) realm.attempts++;
    const fixed = need.challenge;
    realm.fixed = fixed;
    const challenge = this.challenge(need.realm, now);
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

  /** The challenge of a realm's question. */
  challenge(name: string, now: number): Challenge | undefined {
    const { fixed, dynamic } = this.#realm(name);
    if (fixed) return { kind: "static", ...fixed };
    if (!dynamic || now - dynamic.at > CHALLENGE_LASTS) return undefined;
    return { kind: "dynamic", ...dynamic.challenge };
  }

  /** A challenge is answered once. */
  answered(name: string): void {
    this.#realm(name).dynamic = undefined;
  }

  failed({ realm, reason }: Failed, now: number): Happening {
    const challenge = parseDynamicChallenge(reason);
    this.#realm(realm).dynamic = challenge && { challenge, at: now };
    // The state of a challenge is as good as a password while it is open.
    const shown = challenge ? "CRV1" : reason;
    return { type: "PASSWORD:FAILED", fields: { realm, reason: shown, challenge: challenge?.text ?? "" } };
  }

  #realm(name: string): Realm {
    let realm = this.#realms.get(name);
    if (!realm) {
      const [oldest] = this.#realms.size < MOST_REALMS ? [] : this.#realms.keys();
      if (oldest !== undefined) this.#realms.delete(oldest);
      this.#realms.set(name, (realm = { attempts: 0, fixed: undefined, dynamic: undefined }));
    }
    return realm;
  }
}
