import type { KeyObject } from "node:crypto";
import { ed448 } from "@noble/curves/ed448.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";

const CURVES = { "P-256": p256, "P-384": p384, "P-521": p521 };

/** ECDSA of a digest that somebody else made: the runtimes only sign messages. DER, as TLS has it. */
export function signDigest(key: KeyObject, digest: Uint8Array): Uint8Array {
  const { crv, d } = key.export({ format: "jwk" });
  const curve =
    crv !== undefined && Object.hasOwn(CURVES, crv) ? CURVES[crv as keyof typeof CURVES] : undefined;
  if (!curve || d === undefined) throw new Error("The key is on another curve than P-256, P-384 and P-521");
  return curve.sign(digest, Buffer.from(d, "base64url"), { prehash: false, lowS: false, format: "der" });
}

export function signEd448(secret: Uint8Array, message: Uint8Array): Uint8Array {
  return ed448.sign(message, secret);
}
