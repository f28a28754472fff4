import { constants, createHash, createPublicKey, verify } from "node:crypto";
import type { Block } from "./commands/dispatch.ts";
import type { Asking } from "./credentials.ts";

export interface ExternalKeyOptions {
  readonly kind: "EC" | "RSA";
  /** What --management-external-key says that the controller can do; TLS 1.3 wants `pss` of an RSA key. */
  readonly hints?: readonly ("nopadding" | "pkcs1" | "pss" | "digest")[];
  /** PEM; with it signatures are verified, without it what is base64 is good. */
  readonly publicKey?: string;
  /** --management-external-cert: what is asked for, as in `macosx-keychain:subject:…`. */
  readonly certificate?: string;
}

type Given = (lines: readonly string[]) => void;

/** Lines that the controller was asked for. */
class Solicited {
  #state: "idle" | "solicited" | "input" = "idle";
  #word = "";
  #given: Given = () => undefined;

  ask(word: string, given: Given): void {
    this.#state = "solicited";
    this.#word = word;
    this.#given = given;
  }

  /** A block that is begun is never asked for again, be it that its controller went away. */
  begin(): Block | undefined {
    if (this.#state !== "solicited") return undefined;
    this.#state = "input";
    return {
      block: (lines) => {
        this.#state = "idle";
        this.#given(lines);
        return [`SUCCESS: ${this.#word} command succeeded`];
      },
    };
  }

  /** Nobody waits any more; what to say of a block that was begun. */
  drop(): string | undefined {
    const begun = this.#state === "input";
    this.#state = "idle";
    return begun ? `ERROR: ${this.#word} command failed` : undefined;
  }
}

/** A key, and perhaps its certificate, that lie with the controller. */
export class ExternalKey {
  readonly #options: ExternalKeyOptions;
  readonly #asking: Asking;
  readonly #random: () => number;
  readonly #later: (then: () => void) => void;
  readonly #signature = new Solicited();
  readonly #certificate = new Solicited();

  /** `random` gives from 0 to below 1; what is `later` runs when all that was sent together is done. */
  constructor(
    options: ExternalKeyOptions,
    asking: Asking,
    random: () => number,
    later: (then: () => void) => void,
  ) {
    this.#options = options;
    this.#asking = asking;
    this.#random = random;
    this.#later = later;
  }

  /** `pk-sig` and `rsa-sig`. */
  get signature(): Solicited {
    return this.#signature;
  }

  get certificate(): Solicited {
    return this.#certificate;
  }

  /** Asks for the certificate, if it lies elsewhere; without a good one the process ends. */
  load(next: () => void, bad: () => void): void {
    const { certificate } = this.#options;
    if (certificate === undefined) {
      next();
      return;
    }
    this.#ask(this.#certificate, "certificate", `>NEED-CERTIFICATE:${certificate}`, bad, (lines) =>
      lines.some((line) => line.startsWith("-----BEGIN CERTIFICATE-----")) ? next() : bad(),
    );
  }

  /** Asks for a signature; `signed` is told whether it is one. A key that cannot do it fails without being asked. */
  sign(signed: (good: boolean) => void): void {
    const { kind, hints = [] } = this.#options;
    if (kind === "RSA" && !hints.includes("pss")) {
      signed(false);
      return;
    }
    const { clientVersion, version } = this.#asking;
    const message = Buffer.from(
      Array.from({ length: kind === "EC" ? 32 : 146 }, () => Math.floor(this.#random() * 256)),
    );
    const digested = !hints.includes("digest");
    const data = digested ? createHash("sha256").update(message).digest() : message;
    const pk = clientVersion >= (version.pkSignFrom ?? Number.POSITIVE_INFINITY);
    const algorithm = pk && clientVersion > 2 ? `,${algorithmOf(kind, digested)}` : "";
    const question = `>${pk ? "PK_SIGN" : "RSA_SIGN"}:${data.toString("base64")}${algorithm}`;
    this.#ask(
      this.#signature,
      pk ? "pk-sign" : "rsa-sign",
      question,
      (stronger) => {
        if (!stronger) signed(false);
      },
      (lines) => signed(this.#good(message, lines.join(""))),
    );
  }

  #ask(
    what: Solicited,
    word: string,
    question: string,
    interrupted: (stronger: boolean) => void,
    given: Given,
  ): void {
    const { prompts } = this.#asking;
    what.ask(word, (lines) =>
      this.#later(() => {
        prompts.close();
        given(lines);
      }),
    );
    prompts.tell(question, (stronger) => {
      const failed = what.drop();
      if (failed !== undefined) prompts.say(failed);
      interrupted(stronger);
    });
  }

  #good(message: Buffer, base64: string): boolean {
    if (!/^[A-Za-z0-9+/]{8,}={0,2}$/.test(base64)) return false;
    const { publicKey, kind } = this.#options;
    if (publicKey === undefined) return true;
    const key = createPublicKey(publicKey);
    const padded = {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    };
    return verify("sha256", message, kind === "EC" ? key : padded, Buffer.from(base64, "base64"));
  }
}

function algorithmOf(kind: "EC" | "RSA", digested: boolean): string {
  const message = digested ? "" : ",data=message";
  if (kind === "EC") return digested ? "ECDSA" : `ECDSA,hashalg=SHA256${message}`;
  return `RSA_PKCS1_PSS_PADDING,hashalg=SHA256,saltlen=digest${message}`;
}
