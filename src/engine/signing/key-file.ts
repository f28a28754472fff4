import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { whyUnreadable } from "../../util/file-error.ts";

/** A private key: an Ed448 one by its secret, for not every runtime knows the curve. */
export type PrivateKey =
  | { readonly kind: "rsa" | "ec" | "ed25519"; readonly key: KeyObject }
  | { readonly kind: "ed448"; readonly secret: Uint8Array };

/** PKCS#8 of an Ed448 key, up to its 57 bytes. */
const ED448_HEAD = Buffer.from("3047020100300506032b6571043b0439", "hex");

/** The private key of a PEM file. Throws an Error that says what is wrong with the file, and nothing of its content. */
export function readKey(path: string): PrivateKey {
  const pem = readPem(path, "key");
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem))
    throw new Error(
      `The key in ${path} is encrypted; write it without a passphrase, for the engine's user alone`,
    );
  const block = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----([^-]*)-----END/.exec(pem);
  if (!block) throw new Error(`There is no private key in ${path}; a PEM file was expected`);
  const der = Buffer.from(block[1] ?? "", "base64");
  if (der.subarray(0, ED448_HEAD.length).equals(ED448_HEAD) && der.length === ED448_HEAD.length + 57)
    return { kind: "ed448", secret: der.subarray(ED448_HEAD.length) };
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error(
      `The key in ${path} cannot be read: it is damaged, or of a kind that this runtime does not know`,
    );
  }
  const kind = key.asymmetricKeyType;
  if (kind === "rsa" || kind === "ec" || kind === "ed25519") return { kind, key };
  throw new Error(
    `The key in ${path} is of the kind ${kind ?? "unknown"}; RSA, EC, Ed25519 or Ed448 was expected`,
  );
}

/** The certificates of a PEM file, line by line. Throws an Error that says what is wrong with the file. */
export function readCertificates(path: string): string[] {
  const blocks = readPem(path, "certificate").match(
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
  );
  if (!blocks) throw new Error(`There is no certificate in ${path}; a PEM file was expected`);
  return blocks.flatMap((block) => block.split(/\s*\n\s*/));
}

function readPem(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`Cannot read the ${what} ${path}: ${whyUnreadable(error)}`, { cause: error });
  }
}
