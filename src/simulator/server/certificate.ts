import { createHash } from "node:crypto";
import type { Environment } from "./environment.ts";

/** A certificate as the environment shows it. Text is one character a byte. */
export interface Certificate {
  readonly commonName: string;
  /** Hexadecimal, in pairs. */
  readonly serial: string;
  readonly sha1: string;
  readonly sha256: string;
}

/** The same common name has always the same certificate. */
export function certificateOf(commonName: string): Certificate {
  const digest = (algorithm: string): string =>
    pairs(createHash(algorithm).update(commonName, "latin1").digest("hex"));
  const serial = createHash("sha1").update(`serial of ${commonName}`, "latin1").digest("hex");
  // A serial number is positive: the first of its bits is not set.
  return {
    commonName,
    serial: pairs(`0${serial.slice(1)}`),
    sha1: digest("sha1"),
    sha256: digest("sha256"),
  };
}

/** Sets what OpenVPN tells of the certificate at this depth of the chain; the client's own has depth 0. */
export function setCertificate(environment: Environment, depth: number, certificate: Certificate): void {
  const { commonName, serial, sha1, sha256 } = certificate;
  environment.set(`X509_${depth}_CN`, commonName);
  environment.set(`tls_id_${depth}`, `CN=${commonName}`);
  environment.set(`tls_digest_${depth}`, sha1);
  environment.set(`tls_digest_sha256_${depth}`, sha256);
  environment.set(`tls_serial_${depth}`, String(BigInt(`0x${serial.replaceAll(":", "")}`)));
  environment.set(`tls_serial_hex_${depth}`, serial);
}

function pairs(hex: string): string {
  return hex.match(/../g)?.join(":") ?? "";
}
