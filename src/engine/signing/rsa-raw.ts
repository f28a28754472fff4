import { type KeyObject, randomBytes } from "node:crypto";

/**
 * The private operation of RSA where the runtime offers it only with its own padding. Blinded, so that its time tells
 * nothing of the key, and checked, for a faulty result would give the key away.
 */
export function rawWithBigInts(key: KeyObject, block: Uint8Array): Buffer {
  const jwk = key.export({ format: "jwk" });
  const number = (name: "n" | "e" | "d"): bigint => toNumber(Buffer.from(jwk[name] ?? "", "base64url"));
  const [n, e, d] = [number("n"), number("e"), number("d")];
  const message = toNumber(block);
  if (message >= n) throw new Error("The block is no number below the modulus");
  const blind = (toNumber(randomBytes(block.length)) % (n - 2n)) + 2n;
  const blinded = (message * power(blind, e, n)) % n;
  const result = (power(blinded, d, n) * inverse(blind, n)) % n;
  if (power(result, e, n) !== message) throw new Error("The signature could not be computed");
  return Buffer.from(result.toString(16).padStart(block.length * 2, "0"), "hex");
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** By Euclid; the modulus is a product of two large primes, so that a number without an inverse would factor it. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value, modulus, 1n, 0n];
  while (b > 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}
