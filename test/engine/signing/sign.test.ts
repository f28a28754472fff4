import { constants, createHash, generateKeyPairSync, publicDecrypt, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readCertificates } from "../../../src/engine/signing/key-file.ts";
import { rawWithBigInts } from "../../../src/engine/signing/rsa-raw.ts";
import { signRaw } from "../../../src/engine/signing/rsa.ts";
import { signWithFile } from "../../../src/engine/signing/sign.ts";

const directory = mkdtempSync(join(tmpdir(), "signing-"));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
function write(content: string): string {
  const path = join(directory, `${++files}.pem`);
  writeFileSync(path, content);
  return path;
}

const MESSAGE = Buffer.from("what the handshake said");
const digest = (hash: string): Buffer => createHash(hash).update(MESSAGE).digest();

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const rsaFile = write(rsa.privateKey.export({ type: "pkcs8", format: "pem" }));

async function signed(path: string, data: Uint8Array, algorithm: string): Promise<Buffer> {
  return Buffer.from(await signWithFile(path, Buffer.from(data).toString("base64"), algorithm), "base64");
}

/** DigestInfo of SHA-256. */
const INFO = Buffer.concat([Buffer.from("3031300d060960864801650304020105000420", "hex"), digest("sha256")]);

test("RSA with PKCS#1 v1.5: of DigestInfo, with or without an algorithm's name, and of a message", async () => {
  for (const algorithm of ["", "RSA_PKCS1_PADDING"])
    expect(verify("sha256", MESSAGE, rsa.publicKey, await signed(rsaFile, INFO, algorithm))).toBe(true);
  for (const hash of ["sha1", "sha224", "sha256", "sha384", "sha512"]) {
    const algorithm = `RSA_PKCS1_PADDING,hashalg=${hash.toUpperCase()},data=message`;
    expect(verify(hash, MESSAGE, rsa.publicKey, await signed(rsaFile, MESSAGE, algorithm)), hash).toBe(true);
  }
});

test("RSA with PKCS#1 v1.5 of MD5 and SHA1, as TLS 1.1 has it", async () => {
  const both = Buffer.concat([digest("md5"), digest("sha1")]);
  const given = await signed(rsaFile, both, "RSA_PKCS1_PADDING");
  const made = await signed(rsaFile, MESSAGE, "RSA_PKCS1_PADDING,hashalg=MD5-SHA1,data=message");
  for (const signature of [given, made])
    expect(publicDecrypt(rsa.publicKey, signature).equals(both)).toBe(true);
});

test.each([
  ["sha256", "digest", 32],
  ["sha384", "digest", 48],
  ["sha512", "digest", 64],
  ["sha256", "max", 222],
  ["sha1", "auto", 234],
])("RSA with PSS by %s, salt %s: of a digest and of a message", async (hash, salt, saltLength) => {
  const algorithm = `RSA_PKCS1_PSS_PADDING,hashalg=${hash.toUpperCase()},saltlen=${salt}`;
  const key = { key: rsa.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  expect(verify(hash, MESSAGE, key, await signed(rsaFile, digest(hash), algorithm))).toBe(true);
  expect(verify(hash, MESSAGE, key, await signed(rsaFile, MESSAGE, `${algorithm},data=message`))).toBe(true);
});

test.each([1024, 2047, 2049, 3072, 4096])("PSS with a key of %i bits", async (modulusLength) => {
  const pair = generateKeyPairSync("rsa", { modulusLength });
  const file = write(pair.privateKey.export({ type: "pkcs1", format: "pem" }));
  const key = { key: pair.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const algorithm = "RSA_PKCS1_PSS_PADDING,hashalg=SHA256,saltlen=digest";
  expect(verify("sha256", MESSAGE, key, await signed(file, digest("sha256"), algorithm))).toBe(true);
});

test("RSA without padding, also where the runtime has none of it", async () => {
  const block = Buffer.alloc(256, 0x5a);
  block[0] = 0;
  const opened = { key: rsa.publicKey, padding: constants.RSA_NO_PADDING };
  for (const algorithm of ["RSA_NO_PADDING", ""])
    expect(publicDecrypt(opened, await signed(rsaFile, block, algorithm)).equals(block)).toBe(true);
  expect(rawWithBigInts(rsa.privateKey, block).equals(signRaw(rsa.privateKey, block))).toBe(true);
  expect(() => rawWithBigInts(rsa.privateKey, Buffer.alloc(256, 0xff))).toThrow(
    "no number below the modulus",
  );
  await expect(signed(rsaFile, block.subarray(1), "RSA_NO_PADDING")).rejects.toThrow(
    "A block of 256 bytes was expected, not of 255",
  );
});

test.each(["P-256", "P-384", "P-521"])(
  "ECDSA on %s: of a digest of any length, and of a message",
  async (namedCurve) => {
    const pair = generateKeyPairSync("ec", { namedCurve });
    const file = write(pair.privateKey.export({ type: "sec1", format: "pem" }));
    for (const hash of ["sha1", "sha256", "sha384", "sha512"]) {
      for (const algorithm of ["ECDSA", ""])
        expect(verify(hash, MESSAGE, pair.publicKey, await signed(file, digest(hash), algorithm))).toBe(true);
      const algorithm = `ECDSA,hashalg=${hash.toUpperCase()},data=message`;
      expect(verify(hash, MESSAGE, pair.publicKey, await signed(file, MESSAGE, algorithm))).toBe(true);
    }
  },
);

test("Ed25519, and Ed448 by the first vector of RFC 8032", async () => {
  const pair = generateKeyPairSync("ed25519");
  const file = write(pair.privateKey.export({ type: "pkcs8", format: "pem" }));
  expect(verify(null, MESSAGE, pair.publicKey, await signed(file, MESSAGE, "ED25519,data=message"))).toBe(
    true,
  );
  const secret =
    "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b";
  const der = Buffer.from(`3047020100300506032b6571043b0439${secret}`, "hex").toString("base64");
  const ed448 = write(`-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`);
  expect((await signed(ed448, Buffer.alloc(0), "ED448,data=message")).toString("hex")).toBe(
    "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600",
  );
});

test("a key that cannot be used is told by its file, and nothing of what it holds", async () => {
  const encoding = { cipher: "aes-256-cbc", passphrase: "hunter2", format: "pem" } as const;
  const told = async (content: string, algorithm = ""): Promise<string> => {
    const path = write(content);
    try {
      await signed(path, INFO, algorithm);
    } catch (error) {
      return (error as Error).message.replace(path, "FILE");
    }
    return "signed";
  };
  const encrypted =
    "The key in FILE is encrypted; write it without a passphrase, for the engine's user alone";
  expect(await told(rsa.privateKey.export({ type: "pkcs8", ...encoding }))).toBe(encrypted);
  expect(await told(rsa.privateKey.export({ type: "pkcs1", ...encoding }))).toBe(encrypted);
  expect(await told("nothing")).toBe("There is no private key in FILE; a PEM file was expected");
  expect(await told(rsa.publicKey.export({ type: "spki", format: "pem" }))).toBe(
    "There is no private key in FILE; a PEM file was expected",
  );
  expect(await told("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")).toBe(
    "The key in FILE cannot be read: it is damaged, or of a kind that this runtime does not know",
  );
  expect(
    await told(generateKeyPairSync("x25519").privateKey.export({ type: "pkcs8", format: "pem" })),
  ).toMatch(/^The key in FILE (is of the kind x25519|cannot be read)/);
  expect(await told(rsa.privateKey.export({ type: "pkcs8", format: "pem" }), "ECDSA")).toBe(
    "OpenVPN asks for a signature by ECDSA, and the key is of the kind rsa",
  );
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  expect(await told(ec.export({ type: "pkcs8", format: "pem" }), "RSA_NO_PADDING")).toBe(
    "OpenVPN asks for a signature by RAW, and the key is of the kind ec",
  );
  await expect(signed(join(directory, "none.pem"), INFO, "")).rejects.toThrow(
    /^Cannot read the key .*: no such file$/,
  );
});

test("the certificates of a file, and nothing else that lies in it", () => {
  const block = (body: string): string =>
    `-----BEGIN CERTIFICATE-----\r\n${body}\r\n-----END CERTIFICATE-----`;
  const key = rsa.privateKey.export({ type: "pkcs8", format: "pem" });
  const path = write(`subject=x\n${block("AAAA\r\nBBBB")}\n${key}${block("CCCC")}\n`);
  expect(readCertificates(path)).toEqual([
    ...["-----BEGIN CERTIFICATE-----", "AAAA", "BBBB", "-----END CERTIFICATE-----"],
    ...["-----BEGIN CERTIFICATE-----", "CCCC", "-----END CERTIFICATE-----"],
  ]);
  expect(() => readCertificates(write(key))).toThrow("There is no certificate in");
});
