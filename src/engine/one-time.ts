import { Secret as Key, TOTP, URI } from "otpauth";
import type { TotpSpec } from "../rules/rulebook.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../util/clock.ts";
import { Secret } from "../util/secret.ts";

const TABLE = "totp";

/** A code that would run out on its way is not given: ms before the end of its step. */
const TOO_LATE = 1_000;

/** One-time codes by the clock (RFC 6238). The code of a step is given once, also over restarts. */
export class OneTimeCodes {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The next code that was not given yet; waits for its step where that is to come. Throws an Error for a key that is none. */
  async next(name: string, spec: TotpSpec, key: Secret): Promise<Secret> {
    const totp = codesOf(name, spec, key);
    const period = totp.period * 1000;
    for (;;) {
      const now = this.#clock.now();
      const step = Math.floor(now / period);
      const end = (step + 1) * period;
      const last = (this.#store.get(TABLE, name) as number | undefined) ?? -1;
      // A clock that was set back by more than a step would have to wait for ever.
      const isUsed = step === last || (step < last && last - step < 10);
      if (!isUsed && end - now > TOO_LATE) {
        this.#store.put(TABLE, name, step);
        return new Secret(totp.generate({ timestamp: now }));
      }
      await new Promise<void>((resolve) => void this.#clock.after(end - now, resolve));
    }
  }
}

function codesOf(name: string, { digits, period, algorithm }: TotpSpec, key: Secret): TOTP {
  const text = key.reveal().trim();
  try {
    if (text.startsWith("otpauth:")) {
      const parsed = URI.parse(text);
      if (parsed instanceof TOTP) return parsed;
    }
    return new TOTP({ secret: Key.fromBase32(text.replaceAll(/[\s-]/g, "")), digits, period, algorithm });
  } catch {
    throw new Error(`The key of secret '${name}' is neither base32 nor an otpauth:// address of TOTP`);
  }
}
