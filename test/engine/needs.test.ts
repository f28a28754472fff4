import { generateKeyPairSync, verify } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { statusOf } from "../../src/engine/status.ts";
import { definePlugin } from "../../src/plugin/contract.ts";
import { Scripted } from "./scripted.ts";

const directory = mkdtempSync(join(tmpdir(), "needs-"));
afterAll(() => rmSync(directory, { recursive: true }));
const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KEY = join(directory, "alice.key");
writeFileSync(KEY, pair.privateKey.export({ type: "pkcs8", format: "pem" }));

const NEED_OK = ">NEED-OK:Need 'token-insertion-request' confirmation MSG:Please insert My Token token";
const NEED_STR = ">NEED-STR:Need 'pkcs11-id-request' string MSG:Please specify PKCS#11 id to use";
const MESSAGE = Buffer.from("the handshake");
const PK_SIGN = `>PK_SIGN:${MESSAGE.toString("base64")},ECDSA,hashalg=SHA256,data=message`;
const PASSWORD = ">PASSWORD:Need 'Auth' username/password";
const RULES = "version: 1\nrules:\n";

test("a confirmation and a text, by rules that look at what is asked", async () => {
  const it = await Scripted.open(`${RULES}
  - { id: token, on: NEED-OK, where: { message: { contains: My Token } }, answer: ok, do: [ { notify: "confirmed" } ] }
  - { id: which, on: NEED-STR, answer: { string: 'id of "\${event.name}" \\ 1' } }
  - { id: watch, on: [NEED-OK, NEED-STR], observe: true, do: [ { notify: "asked \${event.name}" } ] }
`);
  await it.says(NEED_OK);
  expect(it.sent()).toEqual(["needok token-insertion-request ok"]);
  await it.says(NEED_STR);
  expect(it.sent()).toEqual(['needstr pkcs11-id-request "id of \\"pkcs11-id-request\\" \\\\ 1"']);
  expect(it.notices).toEqual(["asked token-insertion-request", "confirmed", "asked pkcs11-id-request"]);
});

test("what is asked again right after its answer is answered a second later: nobody goes round", async () => {
  const it = await Scripted.open(`${RULES}  - { id: token, on: NEED-OK, answer: ok }\n`);
  await it.says(NEED_OK);
  expect(it.sent()).toEqual(["needok token-insertion-request ok"]);
  await it.says(NEED_OK);
  expect(it.sent()).toEqual([]);
  expect(it.question).toMatchObject({ query: "NEED-OK", phase: "waiting", why: "it was asked a moment ago" });
  await it.pass(999);
  expect(it.sent()).toEqual([]);
  await it.pass(1);
  expect(it.sent()).toEqual(["needok token-insertion-request ok"]);
  await it.pass(1_000);
  await it.says(NEED_OK);
  expect(it.sent()).toEqual(["needok token-insertion-request ok"]);
});

test("without rules: a confirmation is cancelled, a proxy is none, all else is left open and said", async () => {
  const it = await Scripted.open("version: 1\n");
  await it.says(NEED_OK, ">PROXY:1,TCP,vpn1.example.net");
  expect(it.sent()).toEqual(["needok token-insertion-request cancel", "proxy NONE"]);
  for (const [line, query] of [
    [NEED_STR, "NEED-STR"],
    [">NEED-CERTIFICATE:macosx-keychain:subject:o=x", "NEED-CERTIFICATE"],
    [PK_SIGN, "PK_SIGN"],
    [">RSA_SIGN:AAAA", "RSA_SIGN"],
    [PASSWORD, "PASSWORD:NEED"],
  ] as const) {
    it.records.length = 0;
    await it.says(line);
    expect(it.sent()).toEqual([]);
    expect(it.question).toMatchObject({
      query,
      phase: "parked",
      answer: "left open",
      why: "no rule answers it",
    });
    expect(it.of("error")).toMatchObject([
      { query, error: "OpenVPN waits, and nothing answers: no rule answers it" },
    ]);
    expect(it.engine.session("office")?.question).toBe(query);
    const { daemons } = statusOf(it.engine) as { daemons: { parked: boolean }[] };
    expect(daemons[0]?.parked).toBe(true);
  }
  await it.says(">STATE:1767600000,WAIT,,,,,,");
  expect(it.question).toBeUndefined();
});

test("a login that nobody answers is watched, counted once for each time it is asked, and signals are refused meanwhile", async () => {
  const it = await Scripted.open(`${RULES}
  - { id: watch, on: PASSWORD:NEED, observe: true, do: [ { notify: "\${event.realm} \${event.attempt}" }, { signal: SIGUSR1 } ] }
`);
  await it.says(PASSWORD);
  expect(it.notices[0]).toBe("Auth 1");
  expect(it.of("action")[1]).toMatchObject({ error: "refused" });
  it.records.length = 0;
  await it.restart();
  expect(it.notices).toEqual([]);
  expect(it.question).toMatchObject({ query: "PASSWORD:NEED", phase: "parked" });
  await it.says(
    ">PASSWORD:Verification Failed: 'Auth'",
    ">STATE:1767600000,RECONNECTING,auth-failure,,,,,",
    PASSWORD,
  );
  expect(it.notices[0]).toBe("Auth 2");
  expect(it.sent()).toEqual([]);
});

test("a signature by the key of a file, in lines of 64", async () => {
  const it = await Scripted.open(`${RULES}
  - { id: key, on: [PK_SIGN, RSA_SIGN], answer: { sign: { key: { file: ${KEY} } } }, do: [ { notify: signed } ] }
`);
  await it.says(PK_SIGN);
  const [command = ""] = it.sent();
  const [name, ...lines] = command.split("\n");
  expect([name, lines.at(-1)]).toEqual(["pk-sig", "END"]);
  expect(lines.slice(0, -2).every(({ length }) => length === 64)).toBe(true);
  const signature = Buffer.from(lines.slice(0, -1).join(""), "base64");
  expect(verify("sha256", MESSAGE, pair.publicKey, signature)).toBe(true);
  expect(it.notices).toEqual(["signed"]);
  expect(JSON.stringify(it.records)).not.toContain("PRIVATE");
  await it.says(`>RSA_SIGN:${Buffer.alloc(32, 7).toString("base64")}`);
  expect(it.sent()[0]).toMatch(/^rsa-sig\n/);
});

test("a key that cannot be used leaves the question open, says why, and an engine that comes back tries again", async () => {
  const file = join(directory, "late.key");
  const it = await Scripted.open(
    `${RULES}  - { id: key, on: PK_SIGN, answer: { sign: { key: { file: ${file} } } } }\n`,
  );
  await it.says(PK_SIGN);
  expect(it.sent()).toEqual([]);
  expect(it.question).toMatchObject({ phase: "parked", why: `Cannot read the key ${file}: no such file` });
  expect(it.errors[0]).toBe(`Cannot read the key ${file}: no such file`);
  writeFileSync(file, pair.privateKey.export({ type: "pkcs8", format: "pem" }));
  await it.restart();
  expect(it.sent()[0]).toMatch(/^pk-sig\n/);
});

function program(name: string, script: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("a signature by a program, which gets the event; what is no signature, and one that fails, is told", async () => {
  const input = join(directory, "input");
  const good = program("good", `cat > ${input}; echo QUJD; echo REVG`);
  const it = await Scripted.open(`${RULES}
  - { id: good, on: PK_SIGN, where: { algorithm: ECDSA }, answer: { sign: { exec: [${good}] } } }
  - { id: babble, on: PK_SIGN, where: { data: QUJD }, answer: { sign: { exec: [echo, "no!"] } } }
  - { id: fails, on: PK_SIGN, answer: { sign: { exec: ["false"] } } }
`);
  await it.says(">PK_SIGN:AAAA,ECDSA");
  expect(it.sent()).toEqual(["pk-sig\nQUJDREVG\nEND"]);
  await it.says(">PK_SIGN:QUJD,x");
  expect(it.question).toMatchObject({ phase: "parked", why: "echo did not print a signature in base64" });
  await it.says(">PK_SIGN:REVG,x");
  expect(it.question).toMatchObject({ phase: "parked", why: "false ended with status 1" });
  expect(it.sent()).toEqual([]);
});

test("a certificate of a file", async () => {
  const lines = ["-----BEGIN CERTIFICATE-----", "AAAA", "-----END CERTIFICATE-----"];
  const file = join(directory, "alice.crt");
  writeFileSync(file, `${lines.join("\n")}\n`);
  const it = await Scripted.open(`${RULES}
  - { id: mine, on: NEED-CERTIFICATE, where: { hint: mine }, answer: { certificate: { file: ${file} } } }
  - { id: gone, on: NEED-CERTIFICATE, answer: { certificate: { file: ${file}.old } } }
`);
  await it.says(">NEED-CERTIFICATE:mine");
  expect(it.sent()).toEqual([["certificate", ...lines, "END"].join("\n")]);
  await it.says(">NEED-CERTIFICATE:yours");
  expect(it.question).toMatchObject({
    phase: "parked",
    why: `Cannot read the certificate ${file}.old: no such file`,
  });
});

test("what would be a second command is not sent, and the default answers", async () => {
  const it = await Scripted.open(`version: 1
defaults: { NEED-STR: { string: safe } }
rules: [ { id: which, on: NEED-STR, answer: { string: "\${event.message}\\u00a0\${event.message.replace('#', '\\\\n')}" } } ]
`);
  await it.says(NEED_STR);
  expect(it.sent()).toEqual(["needstr pkcs11-id-request safe"]);
  expect(it.errors).toEqual(["The argument 2 of needstr holds a control character"]);
});

test("an empty text is no answer: OpenVPN would take it and go on waiting", async () => {
  const it = await Scripted.open(`version: 1
defaults: { NEED-STR: { string: safe } }
rules: [ { id: which, on: NEED-STR, answer: { string: "\${event.message.replace(event.message, '')}" } } ]
`);
  await it.says(NEED_STR);
  expect(it.sent()).toEqual(["needstr pkcs11-id-request safe"]);
  expect(it.errors).toEqual(["An empty text does not answer NEED-STR: OpenVPN would go on waiting"]);
});

test("a refused answer gives way to the default, and the question is never answered twice", async () => {
  const it = await Scripted.open(`version: 1
defaults: { NEED-STR: { string: other } }
rules: [ { id: which, on: NEED-STR, answer: { string: mine }, do: [ { notify: never } ] } ]
`);
  it.link.hold = 1;
  await it.says(NEED_STR);
  it.link.reply("ERROR: needstr-string of type 'x' entered, but we need one of type 'y'");
  await it.settle();
  expect(it.sent()).toEqual(["needstr pkcs11-id-request mine", "needstr pkcs11-id-request other"]);
  expect(it.notices).toEqual([]);
  it.link.hold = 9;
  await it.says(">NEED-STR:Need 'a' string MSG:b");
  for (let i = 0; i < 2; i++) {
    it.link.reply("ERROR: no");
    await it.settle();
  }
  expect(it.question).toMatchObject({ phase: "parked", why: "no" });
  expect(it.sent()).toEqual(["needstr a mine", "needstr a other"]);
});

test("the same question over kill -9 is decided once; another one is another", async () => {
  const it = await Scripted.open(`${RULES}
  - id: slow
    on: NEED-STR
    throttle: { times: 1, per: 1h }
    answer: { string: first }
  - { id: then, on: NEED-STR, answer: { string: second } }
`);
  it.link.hold = 1;
  await it.says(NEED_STR);
  expect(it.sent()).toEqual(["needstr pkcs11-id-request first"]);
  it.link.hold = 0;
  await it.restart();
  expect(it.sent()).toEqual(["needstr pkcs11-id-request first"]);
  await it.says(">NEED-STR:Need 'pkcs11-id-request' string MSG:Another");
  expect(it.sent()).toEqual(["needstr pkcs11-id-request second"]);
});

test("programs and plugins answer what OpenVPN needs, and their else does when they say what is no answer", async () => {
  const says = [{ signature: "QUJD" }, { signature: "!" }, { sign: { key: { file: KEY } } }, "ok"];
  const plugin = definePlugin({
    name: "acme",
    answers: {
      pick: { queries: ["PK_SIGN"], params: z.object({}), answer: () => Promise.resolve(says.shift()) },
    },
  });
  const it = await Scripted.open(
    `version: 1
plugins: { acme: ./acme.ts }
rules:
  - { id: key, on: PK_SIGN, answer: { acme.pick: {}, timeout: 2s, else: { sign: { exec: [echo, RUxTRQ==] } } } }
  - { id: ask, on: NEED-OK, answer: { exec: [echo, '"ok"'], timeout: 5s, else: cancel } }
  - { id: text, on: NEED-STR, answer: { exec: [echo, '{"string":"from a program"}'], timeout: 5s, else: { string: x } } }
`,
    { plugin },
  );
  await it.says(">PK_SIGN:AAAA,ECDSA");
  expect(it.sent()).toEqual(["pk-sig\nQUJD\nEND"]);
  await it.says(">PK_SIGN:AAAB,ECDSA");
  expect(it.sent()).toEqual(["pk-sig\nRUxTRQ==\nEND"]);
  await it.says(">PK_SIGN:AAAC,ECDSA");
  expect(it.sent()[0]).toMatch(/^pk-sig\nM/);
  await it.says(">PK_SIGN:AAAD,ECDSA");
  expect(it.sent()).toEqual(["pk-sig\nRUxTRQ==\nEND"]);
  await it.says(NEED_OK);
  await it.says(NEED_STR);
  expect(it.sent()).toEqual([
    "needok token-insertion-request ok",
    'needstr pkcs11-id-request "from a program"',
  ]);
});

test("a dry run gives the default, and neither signs nor runs a program to tell what a rule would say", async () => {
  const ran = join(directory, "ran");
  const it = await Scripted.open(
    `${RULES}
  - { id: key, on: PK_SIGN, answer: { sign: { exec: [touch, ${ran}] } } }
  - { id: text, on: NEED-STR, answer: { string: mine } }
`,
    { dryRun: true },
  );
  await it.says(PK_SIGN, NEED_STR);
  expect(it.sent()).toEqual([]);
  expect(it.of("decision").map((record) => record["dry-run"])).toEqual([
    { rule: "key", answer: "sign by touch" },
    { rule: "text", answer: "needstr pkcs11-id-request mine" },
  ]);
});
