import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callEngine } from "../../src/cli/client.ts";
import { Folder, Openvpn, Run, signalbox } from "./support.ts";

/** Letters that JSON and OpenVPN's quoting write in another way. */
const FROM_ENV = String.raw`en"v\s3cret`;
const FROM_FILE = String.raw`fi"le\s3cret`;
/** Declared, and nothing asks for it. */
const SPARE = "spare-s3cret";

const rulebook = (office: string, branch: string, file: string): string => `version: 1
secrets:
  environment: { env: OFFICE_PASSWORD }
  kept: { file: ${file} }
  spare: { env: SPARE }
  absent: { env: NOT_SET_ANYWHERE }
daemons:
  office: { management: "${office}", password: { secret: environment } }
  branch: { management: "${branch}", password: { secret: kept } }
variables: { note: { type: text, default: "" }, other: { type: text, default: "" } }
counters: { said: { key: event.text } }
rules:
  - { id: ask, on: REMOTE, answer: { exec: [sh, -c, 'printf %s "$ANSWER"'], timeout: 5s, else: accept } }
  - { id: tell, on: my.leak, do: [ { notify: "it is \${event.text}" }, { set: { note: "\${event.text}" } }, { increment: said } ] }
  - { id: fail, on: my.leak, do: [ { penalize: { group: "\${event.text}" } } ] }
  - { id: later, on: my.leak, throttle: { times: 1, per: 1h, then: digest }, do: [ { notify: "again \${event.text}" } ] }
  - { id: heard, on: ECHO, do: [ { notify: "\${event.text}" } ] }
`;

/** Every form in which a text would stand in an output or a file. */
const formsOf = (secret: string): string[] => [secret, JSON.stringify(secret).slice(1, -1)];

test("A secret is found in no output and no file, whoever says it", async () => {
  using folder = new Folder();
  using place = new Folder();
  using another = new Folder();
  using office = await Openvpn.listen(place, { password: FROM_ENV, echo: [FROM_ENV, FROM_FILE, SPARE] });
  using branch = await Openvpn.listen(another, { password: FROM_FILE });
  const file = place.write("password", `${FROM_FILE}\nnot this line\n`);
  const yaml = place.write("rulebook.yaml", rulebook(office.address, branch.address, file));
  const state = ["--state", folder.state];
  using engine = new Run(["run", yaml, ...state, "--log", "json"], {
    OFFICE_PASSWORD: FROM_ENV,
    SPARE,
    ANSWER: JSON.stringify(FROM_ENV),
  });
  await engine.says(/"daemon":"office"[^\n]*"name":"CONNECTED"/);
  await engine.says(/"daemon":"branch"[^\n]*"name":"CONNECTED"/);

  const replies: unknown[] = [];
  for (const text of [FROM_ENV, FROM_FILE, SPARE, FROM_ENV, FROM_FILE])
    replies.push(await callEngine(folder.state, { verb: "emit", event: "my.leak", with: { text } }));
  const unknown = callEngine(folder.state, { verb: "set", values: { [FROM_FILE]: "x" } });
  replies.push(await unknown.catch(String));
  const set = await signalbox("set", `other=${FROM_ENV}`, ...state);
  const [status, json] = await Promise.all([
    signalbox("status", ...state),
    signalbox("status", "--json", ...state),
  ]);
  const ended = await engine.end();

  expect(set.code).toBe(0);
  expect(ended).toMatchObject({ code: 0, err: "" });
  expect(ended.out).toContain('"it is <redacted>"');
  expect(ended.out).toContain('No answer for REMOTE: \\"<redacted>\\"');
  expect(JSON.parse(json.out)).toMatchObject({ variables: { note: "<redacted>", other: "<redacted>" } });
  const outputs = [set, status, json, ended]
    .flatMap(({ out, err }) => [out, err])
    .concat(replies.map((reply) => JSON.stringify(reply)));
  const files = readdirSync(folder.state, { recursive: true }).map((name) =>
    readFileSync(join(folder.state, String(name)), "latin1"),
  );
  expect(files.join("")).toContain("my.leak");
  for (const form of [FROM_ENV, FROM_FILE, SPARE].flatMap(formsOf))
    for (const text of [...outputs, ...files]) expect(text.includes(form)).toBe(false);
});

test("A password that OpenVPN does not take is said without it, and one that cannot be read by its name", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder, { password: "the-right-one" });
  const wrong = folder.write("password", "the-wrong-one\n");
  const rules = folder.write(
    "rulebook.yaml",
    `version: 1\nsecrets: { pw: { env: NO_SUCH_VARIABLE } }\ndaemons: { a: { management: "unix:/a", password: { secret: pw } } }\n`,
  );
  const argv = [
    "run",
    "--state",
    ":memory:",
    "--management",
    openvpn.address,
    "--management-password",
    wrong,
    "--attach-timeout",
    "200ms",
  ];
  const [refused, unset] = await Promise.all([
    signalbox(...argv),
    signalbox("run", rules, "--state", ":memory:"),
  ]);
  expect(refused.code).toBe(3);
  expect(refused.err).toMatch(/password/);
  expect(refused.out + refused.err).not.toContain("the-wrong-one");
  expect(unset).toEqual({
    code: 1,
    out: "",
    err: "signalbox: Cannot read secret 'pw': the environment variable NO_SUCH_VARIABLE is not set\n",
  });
});
