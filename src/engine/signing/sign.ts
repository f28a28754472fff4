import { type KeyObject, sign as signMessage } from "node:crypto";
import { type Algorithm, parseAlgorithm } from "./algorithm.ts";
import { type PrivateKey, readKey } from "./key-file.ts";
import { digestOf, signPkcs1, signPss, signRaw, sizeOf } from "./rsa.ts";

/**
 * What OpenVPN asks for (RSA_SIGN, PK_SIGN), with the key of a file: base64. `algorithm` as OpenVPN says it, "" when it says none.
 * Rejects with an Error that says why it cannot be.
 */
export async function signWithFile(path: string, data: string, algorithm: string): Promise<string> {
  const signature = await signed(readKey(path), Buffer.from(data, "base64"), parseAlgorithm(algorithm));
  return Buffer.from(signature).toString("base64");
}

async function signed(key: PrivateKey, data: Buffer, algorithm: Algorithm | undefined): Promise<Uint8Array> {
  const wanted = algorithm ?? usual(key, data);
  switch (key.kind) {
    case "rsa":
      return signRsa(key.key, data, wanted);
    case "ec":
      if (wanted.kind !== "ecdsa") break;
      if (wanted.digest !== undefined) return signMessage(wanted.digest, data, key.key);
      return (await curves()).signDigest(key.key, data);
    case "ed25519":
      if (wanted.kind === "eddsa") return signMessage(null, data, key.key);
      break;
    case "ed448":
      if (wanted.kind === "eddsa") return (await curves()).signEd448(key.secret, data);
  }
  throw mismatch(wanted, key.kind);
}

function signRsa(key: KeyObject, data: Buffer, wanted: Algorithm): Buffer {
  switch (wanted.kind) {
    case "pkcs1":
      return signPkcs1(key, data, wanted.digest);
    case "raw":
      return signRaw(key, data);
    case "pss":
      return signPss(key, wanted.message ? digestOf(wanted.digest, data) : data, wanted.digest, wanted.salt);
    default:
      throw mismatch(wanted, "rsa");
  }
}

/** What OpenVPN means when it names no algorithm, for a controller that announced no version, or 2. */
function usual(key: PrivateKey, data: Buffer): Algorithm {
  switch (key.kind) {
    case "rsa":
      // A block as long as the modulus is padded already.
      return data.length === sizeOf(key.key).bytes ? { kind: "raw" } : { kind: "pkcs1" };
    case "ec":
      return { kind: "ecdsa" };
    default:
      return { kind: "eddsa" };
  }
}

/** Loaded when the first key on a curve signs. */
function curves(): Promise<typeof import("./curves.ts")> {
  return import("./curves.ts");
}

function mismatch(wanted: Algorithm, kind: string): Error {
  return new Error(
    `OpenVPN asks for a signature by ${wanted.kind.toUpperCase()}, and the key is of the kind ${kind}`,
  );
}
