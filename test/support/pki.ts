import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Pki {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** Kinds of keys, as `openssl genpkey` takes them. */
const KEYS = {
  usual: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  rsa: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  ec: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
  ed25519: ["-algorithm", "ED25519"],
} as const;

export type KeyKind = keyof typeof KEYS;

/** A throw-away certificate authority with one server and one client, in a folder of the test run. */
export function makePki(directory: string): Pki {
  mkdirSync(directory, { recursive: true });
  const at = (name: string): string => join(directory, name);
  const pki = {
    ca: at("ca.crt"),
    server: { cert: at("server.crt"), key: at("server.key") },
    client: { cert: at("client.crt"), key: at("client.key") },
  };
  if (existsSync(pki.client.cert)) return pki;
  const openssl = opensslIn(directory);
  newKey(directory, "ca");
  openssl("req", "-x509", "-new", "-key", "ca.key", "-days", "30", "-subj", "/CN=lab-ca", "-out", "ca.crt");
  issue(directory, directory, "server", "serverAuth");
  issue(directory, directory, "client", "clientAuth");
  return pki;
}

/** A certificate for a name by the authority in a folder; its files go to another one. */
export function issue(
  authority: string,
  directory: string,
  name: string,
  usage: "serverAuth" | "clientAuth",
  kind: KeyKind = "usual",
): { cert: string; key: string } {
  const at = (file: string): string => join(directory, file);
  newKey(directory, name, kind);
  writeFileSync(at(`${name}.ext`), `keyUsage=digitalSignature\nextendedKeyUsage=${usage}\n`);
  const openssl = opensslIn(directory);
  openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`);
  const ca = ["-CA", join(authority, "ca.crt"), "-CAkey", join(authority, "ca.key")];
  // Tests that run side by side share the authority, and no file of serial numbers.
  const sign = [...ca, "-set_serial", String(randomInt(2 ** 47)), "-days", "30"];
  openssl("x509", "-req", "-in", `${name}.csr`, ...sign, "-extfile", `${name}.ext`, "-out", `${name}.crt`);
  return { cert: at(`${name}.crt`), key: at(`${name}.key`) };
}

function newKey(directory: string, name: string, kind: KeyKind = "usual"): void {
  opensslIn(directory)("genpkey", ...KEYS[kind], "-out", `${name}.key`);
}

const opensslIn =
  (directory: string) =>
  (...args: string[]): void =>
    void execFileSync("openssl", args, { cwd: directory, stdio: "ignore" });
