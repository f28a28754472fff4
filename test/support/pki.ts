import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Pki {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

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
  const openssl = (...args: string[]): void =>
    void execFileSync("openssl", args, { cwd: directory, stdio: "ignore" });
  const newKey = (name: string): void =>
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);
  newKey("ca");
  openssl("req", "-x509", "-new", "-key", "ca.key", "-days", "30", "-subj", "/CN=lab-ca", "-out", "ca.crt");
  for (const [name, usage] of [
    ["server", "serverAuth"],
    ["client", "clientAuth"],
  ] as const) {
    newKey(name);
    writeFileSync(at(`${name}.ext`), `keyUsage=digitalSignature\nextendedKeyUsage=${usage}\n`);
    openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`);
    const sign = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...sign, "-extfile", `${name}.ext`, "-out", `${name}.crt`);
  }
  return pki;
}
