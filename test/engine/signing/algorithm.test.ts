import { expect, test } from "vitest";
import { parseAlgorithm } from "../../../src/engine/signing/algorithm.ts";

test("the algorithms that OpenVPN names", () => {
  expect(parseAlgorithm("")).toBeUndefined();
  expect(parseAlgorithm("RSA_PKCS1_PADDING")).toEqual({ kind: "pkcs1" });
  expect(parseAlgorithm("RSA_PKCS1_PADDING,hashalg=SHA512,data=message")).toEqual({
    kind: "pkcs1",
    digest: "sha512",
  });
  expect(parseAlgorithm("RSA_NO_PADDING")).toEqual({ kind: "raw" });
  expect(parseAlgorithm("RSA_PKCS1_PSS_PADDING,hashalg=SHA256,saltlen=digest")).toEqual({
    kind: "pss",
    digest: "sha256",
    salt: "digest",
    message: false,
  });
  for (const salt of ["max", "auto"])
    expect(parseAlgorithm(`RSA_PKCS1_PSS_PADDING,hashalg=SHA384,saltlen=${salt},data=message`)).toEqual({
      kind: "pss",
      digest: "sha384",
      salt: "max",
      message: true,
    });
  expect(parseAlgorithm("ECDSA")).toEqual({ kind: "ecdsa" });
  expect(parseAlgorithm("ECDSA,hashalg=SHA1,data=message")).toEqual({ kind: "ecdsa", digest: "sha1" });
  for (const name of ["ED25519", "ED448"])
    expect(parseAlgorithm(`${name},data=message`)).toEqual({ kind: "eddsa" });
});

test.each([
  "rsa_pkcs1_padding",
  "RSA_PKCS1_PADDING,data=message",
  "RSA_PKCS1_PSS_PADDING,saltlen=digest",
  "RSA_PKCS1_PSS_PADDING,hashalg=SHA256,saltlen=20",
  "ECDSA,hashalg=WHIRLPOOL,data=message",
  "ECDSA,hashalg=toString,data=message",
  "ECDSA,curve=x",
  "ML-DSA-65,data=message",
])("what is none is refused by name: %s", (text) => {
  expect(() => parseAlgorithm(text)).toThrow(`No signature can be made by the algorithm ${text}`);
});
