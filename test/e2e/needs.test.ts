import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { between, type Client, type Engine, Lab, until } from "../support/lab.ts";

let lab: Lab;
afterEach(() => lab.close());

function engine(client: Client, rules: string): Engine {
  writeFileSync(lab.path("rules.yaml"), `version: 1\nrules:\n${rules}`);
  return lab.engine([lab.path("rules.yaml"), "--management", `unix:${client.management}`]);
}

const PSS_CONF = (algorithms: string): string => `openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
SignatureAlgorithms = ${algorithms}
`;

/** What `management-external-key` says of the key, the key's kind, and what OpenVPN must then ask for. */
const KEYS: readonly (readonly [
  name: string,
  kind: "rsa" | "ec" | "ed25519",
  external: readonly string[],
  algorithm: RegExp,
  extra?: readonly string[],
  signatures?: string,
])[] = [
  ["EC", "ec", [], /^ECDSA$/],
  ["EC, messages", "ec", ["digest"], /^ECDSA,hashalg=SHA384,data=message$/],
  ["RSA, PSS", "rsa", ["pss"], /^RSA_PKCS1_PSS_PADDING,hashalg=SHA256,saltlen=digest$/],
  [
    "RSA, PSS of messages",
    "rsa",
    ["pss", "digest"],
    /^RSA_PKCS1_PSS_PADDING,hashalg=SHA256,saltlen=digest,data=message$/,
  ],
  [
    "RSA, PKCS#1",
    "rsa",
    ["pkcs1"],
    /^RSA_PKCS1_PADDING$/,
    ["--tls-version-max", "1.2"],
    "RSA+SHA256:ECDSA+SHA256",
  ],
  [
    "RSA, PKCS#1 of messages",
    "rsa",
    ["pkcs1", "digest"],
    /^RSA_PKCS1_PADDING,hashalg=SHA512,data=message$/,
    ["--tls-version-max", "1.2"],
    "RSA+SHA512:ECDSA+SHA256",
  ],
  ["Ed25519", "ed25519", ["digest"], /^ED25519,data=message$/],
];

test.each(KEYS.map((row, i) => [row[0], 27_101 + i, row] as const))(
  "OpenVPN connects with a certificate and a key that only the engine has: %s",
  async (_, port, [, kind, external, algorithm, extra = [], signatures]) => {
    lab = Lab.create();
    await lab.server({ port, proto: "udp" });
    const { cert, key } = lab.newClient(kind);
    writeFileSync(lab.path("openssl.cnf"), PSS_CONF(signatures ?? ""));
    const client = lab.client({
      remotes: [`127.0.0.1 ${port} udp`],
      identity: ["--management-external-cert", "lab:alice", "--management-external-key", ...external],
      extra,
      ...(signatures === undefined ? {} : { env: { OPENSSL_CONF: lab.path("openssl.cnf") } }),
    });
    const run = engine(
      client,
      `  - { id: certificate, on: NEED-CERTIFICATE, where: { hint: "lab:alice" }, answer: { certificate: { file: ${cert} } } }
  - { id: key, on: [PK_SIGN, RSA_SIGN], answer: { sign: { key: { file: ${key} } } } }
`,
    );
    await run.connected(port);
    const asked = run
      .journal()
      .filter(({ event, kind: what }) => event?.type === "PK_SIGN" && what === "decision");
    expect(asked.length).toBeGreaterThan(0);
    for (const { event } of asked) expect(event?.["algorithm"]).toMatch(algorithm);
    expect(run.journal().filter(({ kind: what }) => what === "error")).toEqual([]);
    expect(run.process.output).not.toContain("PRIVATE KEY");
  },
);

test("a program signs, and a key that is not there yet leaves the question open until an engine finds it", async () => {
  lab = Lab.create();
  const port = 27_120;
  await lab.server({ port, proto: "tcp" });
  const { cert, key } = lab.newClient("ec");
  renameSync(key, `${key}.away`);
  const client = lab.client({
    remotes: [`127.0.0.1 ${port} tcp-client`],
    identity: ["--cert", cert, "--management-external-key"],
  });
  const first = engine(client, `  - { id: key, on: PK_SIGN, answer: { sign: { key: { file: ${key} } } } }\n`);
  await until("the question to be parked", 20_000, () =>
    first.journal().find((line) => typeof line["parked"] === "string"),
  );
  const status = await lab.verb("status", "--state", lab.path("state"));
  expect(status).toContain(`PK_SIGN parked for`);
  expect(status).toContain(`Cannot read the key ${key}: no such file`);
  await first.process.stop();
  renameSync(`${key}.away`, key);
  const script = lab.path("sign.sh");
  writeFileSync(
    script,
    `sed -n 's/.*"data":"\\([^"]*\\)".*/\\1/p' | base64 -d | openssl pkeyutl -sign -inkey ${key} | base64\n`,
  );
  const second = engine(
    client,
    `  - { id: program, on: PK_SIGN, answer: { sign: { exec: [sh, ${script}] } } }\n`,
  );
  await second.connected(port);
});

const SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so";

test("a PKCS#11 token is named, confirmed a second apart while it is missing, and given up", async () => {
  expect(existsSync(SOFTHSM), "softhsm2 is installed").toBe(true);
  lab = Lab.create();
  writeFileSync(lab.path("softhsm.conf"), `directories.tokendir = ${lab.directory}\n`);
  const client = lab.client({
    remotes: ["127.0.0.1 27130 udp"],
    identity: ["--pkcs11-providers", SOFTHSM, "--pkcs11-id-management"],
    asks: false,
    extra: ["--management-query-passwords"],
    env: { SOFTHSM2_CONF: lab.path("softhsm.conf") },
  });
  const run = engine(
    client,
    `  - id: which
    on: NEED-STR
    where: { name: pkcs11-id-request }
    answer: { string: 'SoftHSM\\x20project/SoftHSM\\x20v2/1234/My\\x20Token/01' }
  - id: patient
    on: NEED-OK
    where: { message: { contains: My Token } }
    throttle: { times: 3, per: 1h }
    answer: ok
`,
  );
  await client.says(/FATAL|fatal error/);
  expect(await client.ended).toBe(1);
  const needs = () =>
    run
      .journal()
      .filter(({ kind, ...line }) => kind === "command" && String(line["command"]).startsWith("need"));
  // OpenVPN ends on the last answer, before the engine's journal has it.
  const sent = await until("the refusal in the journal", 5000, () => {
    const lines = needs();
    return String(lines.at(-1)?.["command"]).endsWith("cancel") ? lines : undefined;
  });
  expect(sent.map((line) => String(line["command"]).split(" ", 1)[0])).toEqual([
    "needstr",
    ...Array.from({ length: 4 }, () => "needok"),
  ]);
  expect(sent.at(-1)?.["command"]).toBe("needok token-insertion-request cancel");
  const [, first, second, third] = sent;
  if (!first || !second || !third) throw new Error("not sent");
  expect(between(first, second)).toBeGreaterThan(950);
  expect(between(second, third)).toBeGreaterThan(950);
  expect(readFileSync(run.process.log, "utf8")).not.toContain("nothing answers");
});
