import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { problems } from "./json-schema.ts";
import { ROOT, signalbox } from "./support.ts";

let schema: Record<string, unknown>;

beforeAll(async () => {
  const { code, out, err } = await signalbox("schema");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  schema = JSON.parse(out) as Record<string, unknown>;
});

const RULEBOOKS = readdirSync(join(ROOT, "rules")).filter((name) => name.endsWith(".yaml"));

test("The schema accepts every rulebook that comes along", () => {
  expect(schema["$schema"]).toBe("http://json-schema.org/draft-07/schema#");
  expect(RULEBOOKS.length).toBeGreaterThan(1);
  for (const name of RULEBOOKS)
    expect({ name, found: problems(schema, parse(readFileSync(join(ROOT, "rules", name), "utf8"))) }).toEqual(
      {
        name,
        found: [],
      },
    );
});

test("The schema refuses what the loader refuses", () => {
  const wrong = [
    "rules: []",
    "version: 2",
    "version: 1\nrulez: []",
    "version: 1\nrules: [{ id: a, on: HOLD, anser: release }]",
    "version: 1\nrules: [{ on: HOLD, answer: release }]",
    "version: 1\nrules: [{ id: a, on: STATE, do: [{ verb: 99 }] }]",
    "version: 1\nrules: [{ id: a, on: STATE, for: 10 seconds, do: [{ notify: x }] }]",
    "version: 1\nremotes: { office: { candidates: [{ host: a, port: 70000, proto: udp }] } }",
    "version: 1\nrules: [{ id: a, on: CLIENT:ESTABLISHED, do: [{ client-kill: { halte: x } }] }]",
    "version: 1\nrules: [{ id: a, on: STATE, do: [notify] }]",
    "version: 1\nrules: [{ id: a, on: STATE, do: [{ for-each: { clients: 'true', do: [{ for-each: { clients: 'true', do: [{ notify: x }] } }] } }] }]",
    "version: 1\nrules: [{ id: a, on: STATE, do: [{ for-each: { clients: 'true', pace: 5, do: [{ notify: x }] } }] }]",
    "version: 1\nvariables: { a: { type: txt, default: x } }",
    "version: 1\ndefaults: { PROXY: { http: { host: a } } }",
    "version: 1\ndefaults: { PASSWORD:NEED: { credentials: { usename: x } } }",
    "version: 1\nrules: [{ id: a, on: CLIENT:REAUTH, answer: { deny: { client-reason: y } } }]",
    "version: 1\nrules: [{ id: a, on: PK_SIGN, answer: { sign: { kee: x } } }]",
    "version: 1\nrules: [{ id: a, on: REMOTE, answer: { form: office } }]",
    "version: 1\nremotes: { office: { candidates: from-daemon, probe: { tpc: { port: 1 } } } }",
  ];
  for (const yaml of wrong)
    expect({ yaml, refused: problems(schema, parse(yaml)).length > 0 }).toEqual({ yaml, refused: true });
});

test("The schema accepts each form that the language has", () => {
  const right = [
    "version: 1",
    "version: 1\nrules: [{ id: a, on: [HOLD, REMOTE], observe: true, do: [{ notify: x }] }]",
    "version: 1\nrules: [{ id: a, on: HOLD, answer: { release: { backoff: { base: 1s, max: 5m, jitter: true } } } }]",
    "version: 1\nrules: [{ id: a, on: REMOTE, answer: { exec: [pick], timeout: 2s, else: { skip: 2 } } }]",
    'version: 1\nrules: [{ id: a, on: { schedule: "0 2 * * sun", tz: Europe/Berlin }, do: [{ signal: { name: SIGUSR1, force: true } }] }]',
    "version: 1\nsecrets: { pw: { file: /etc/pw }, other: { env: PW } }\ndaemons: { a: { management: 'unix:/a', password: { secret: pw } } }",
    "version: 1\ndefaults: { HOLD: keep, REMOTE: skip }",
    'version: 1\ndefaults: { PROXY: none, NEED-OK: ok, NEED-STR: { string: 7 }, "CLIENT:CONNECT": deny, "CLIENT:REAUTH": { deny: { reason: x } } }',
    "version: 1\nrules: [{ id: a, on: [PK_SIGN, RSA_SIGN], answer: { sign: { key: { file: a.key } } } }, { id: b, on: PK_SIGN, answer: { sign: { exec: [sign] } } }]",
    "version: 1\nrules: [{ id: a, on: NEED-CERTIFICATE, answer: { certificate: { file: a.crt } } }]",
    'version: 1\nrules: [{ id: a, on: CLIENT:CONNECT, answer: { allow: { config: [\'push "x"\'] } } }, { id: b, on: CLIENT:CONNECT, answer: { pending: { method: "CR_TEXT:R,E:Code", timeout: 1m } } }]',
    "version: 1\nrules: [{ id: a, on: CLIENT:REAUTH, answer: { deny: { reason: x, client-reason: y, temporary: { backoff: 60s, advance: no } } } }]",
    "version: 1\nrules: [{ id: a, on: CLIENT:ESTABLISHED, do: [{ client-kill: restart }, { client-kill: { halt: x, hard: true } }, forget-passwords] }]",
    "version: 1\nrules: [{ id: a, on: STATE, do: [{ for-each: { clients: true, daemons: all, order-by: client.cid, limit: 3, pace: 5/s, do: [{ client-kill: halt }, forget-passwords] }, on-error: continue }] }]",
  ];
  for (const yaml of right)
    expect({ yaml, found: problems(schema, parse(yaml)) }).toEqual({ yaml, found: [] });
});

test("The schema takes the parameters of a plugin's actions, answers and probes", async () => {
  const { out } = await signalbox("schema", "--plugin", join(ROOT, "test/cli/acme.ts"));
  const whole = JSON.parse(out) as Record<string, unknown>;
  const rulebook = (text: string, port: string): string => `version: 1
remotes: { office: { candidates: from-daemon, probe: { acme.ping: { port: ${port} } } } }
rules:
  - { id: a, on: STATE, do: [{ acme.shout: { ${text} } }] }
  - { id: b, on: REMOTE, answer: { acme.pick: { ${text} }, timeout: 1s, else: accept } }
`;
  expect(problems(whole, parse(rulebook("text: x", "1")))).toEqual([]);
  expect(problems(whole, parse(rulebook("text: x", "many")))).not.toEqual([]);
  expect(problems(whole, parse(rulebook("txt: x", "1")))).not.toEqual([]);
  expect(problems(schema, parse(rulebook("txt: x", "many")))).toEqual([]);
});
