import { constants, createHash, type KeyObject, privateEncrypt, randomBytes } from "node:crypto";
import { rawWithBigInts } from "./rsa-raw.ts";

/** DigestInfo up to the digest (RFC 8017, section 9.2). MD5-SHA1, of TLS 1.1, has none. */
const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha1: "3021300906052b0e03021a05000414",
  sha224: "302d300d06096086480165030402040500041c",
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
  "md5-sha1": "",
};

export function digestOf(name: string, message: Uint8Array): Buffer {
  const names = name === "md5-sha1" ? ["md5", "sha1"] : [name];
  return Buffer.concat(names.map((one) => createHash(one).update(message).digest()));
}

/** PKCS#1 v1.5 of data that is complete, or of the digest of a message. */
export function signPkcs1(key: KeyObject, data: Uint8Array, digest?: string): Buffer {
  const info =
    digest === undefined
      ? data
      : Buffer.concat([Buffer.from(DIGEST_INFO[digest] ?? "", "hex"), digestOf(digest, data)]);
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info);
}

/** PSS of a digest; the mask is of the same digest (RFC 8017, section 9.1.1). */
export function signPss(key: KeyObject, digest: Uint8Array, hash: string, salt: "digest" | "max"): Buffer {
  const { bits, bytes } = sizeOf(key);
  // The topmost bit stays clear.
  const length = Math.ceil((bits - 1) / 8);
  const saltLength = salt === "digest" ? digest.length : length - digest.length - 2;
  const zeros = length - saltLength - digest.length - 2;
  if (zeros < 0 || saltLength < 0) throw new Error(`A key of ${bits} bits is too short for PSS with ${hash}`);
  const salted = randomBytes(saltLength);
  const h = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salted).digest();
  const block = Buffer.concat([Buffer.alloc(zeros), Buffer.of(1), salted]);
  const mask = generateMask(h, block.length, hash);
  const masked = block.map((byte, i) => byte ^ (mask[i] ?? 0));
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - (bits - 1)));
  const encoded = Buffer.concat([masked, h, Buffer.of(0xbc)]);
  return signRaw(key, Buffer.concat([Buffer.alloc(bytes - encoded.length), encoded]));
}

/** RSA of a block as long as the modulus. */
export function signRaw(key: KeyObject, block: Uint8Array): Buffer {
  const { bytes } = sizeOf(key);
  if (block.length !== bytes)
    throw new Error(`A block of ${bytes} bytes was expected, not of ${block.length}`);
  try {
    return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
  } catch {
    // Deno has no such padding.
    return rawWithBigInts(key, block);
  }
}

/** Of the modulus. */
export function sizeOf(key: KeyObject): { bits: number; bytes: number } {
  const modulus = Buffer.from(key.export({ format: "jwk" }).n ?? "", "base64url");
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  return { bits, bytes: modulus.length };
}

/** MGF1 (RFC 8017, section B.2.1). */
function generateMask(seed: Uint8Array, length: number, hash: string): Buffer {
  const pieces: Buffer[] = [];
  for (let i = 0, made = 0; made < length; i++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(i);
    const piece = createHash(hash).update(seed).update(counter).digest();
    pieces.push(piece);
    made += piece.length;
  }
  return Buffer.concat(pieces);
}
