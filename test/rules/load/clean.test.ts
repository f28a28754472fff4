import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatProblem } from "../../../src/rules/load/load.ts";
import { FILE, load, mistakesOf, withRules } from "./support.ts";

const RULES = new URL("../../../rules/", import.meta.url);

test.each(readdirSync(RULES).filter((name) => name.endsWith(".yaml")))(
  "rules/%s loads without a word",
  async (name) => {
    const { rulebook, problems } = await load(readFileSync(new URL(name, RULES), "utf8"));
    expect(problems).toEqual([]);
    expect(rulebook?.rules.length).toBeGreaterThan(0);
  },
);

/** The reference's own example of a rulebook, as far as this version goes. */
const REFERENCE = `# yaml-language-server: $schema=./rulebook.schema.json
version: 1

params:                                   # typed inputs of a reusable rulebook
  limit: { type: size, default: 50GiB, about: Traffic per user and month }     # types: text number bool size duration list
  bare: { type: duration, default: 10m }
daemons:                                  # may be left out
  office:
    management: unix:/run/openvpn/office.sock    # unix:PATH | tcp:HOST:PORT
    password: { secret: management }             # when OpenVPN asks ENTER PASSWORD:
    bytecount: 5s                                # default 5s
    auth-retry: interact                         # default: interact when a rule answers for Auth
secrets:                                  # never printed
  management: { file: /etc/openvpn/management.pw }
  vpn_pass: { env: VPN_PASS }
lists:
  ops: [alice, bob]
  banned: { file: ./banned.txt }          # one a line
windows:                                  # [from, to) on the local clock of the zone
  office_hours: { days: [mon, tue, wed, thu, fri], from: "08:00", to: "18:30", tz: Europe/Berlin }
  maintenance:  { cron: "0 2 * * sun", for: 2h, tz: Europe/Berlin }
variables:                                # what rules may set
  draining: { type: bool, default: false }
remotes:                                  # a failover group
  office:
    candidates:                           # or candidates: from-daemon
      - { host: vpn1.example.net, port: 1194, proto: udp, tier: 1, weight: 3 }
      - { host: dr.example.net,   port: 443,  proto: tcp, tier: 2, labels: { region: eu } }
    order: listed                         # within a tier
    sticky-scope: tier                    # or group
    fail-after: 2                         # failed attempts in a row
    fail-on: [connect, tls, timeout, ping]    # also: auth
    penalty: { base: 1m, factor: 2, max: 1h }
    stable-after: \${params.bare}          # connected this long clears the failures
    on-exhausted: least-bad               # all penalized
    probe: { tcp: { port: 443 }, every: 60s, timeout: 3s }     # tcp | openvpn | exec | PLUGIN
    failback: { after: 10m, times: 3, during: maintenance, when: 'daemon.rate < 50kB' }   # to a better tier
    prefer: 'candidate.labels.region == "eu"'
counters:                                 # anything else that must be counted
  tls_errors: { key: remote.host, window: 10m, max-keys: 1000 }
defaults:                                 # the answer when no rule wins
  HOLD: release
  REMOTE: accept
rules:
  - id: failover
    on: REMOTE
    answer: { from: office }
tests: []
`;

test("the example of the language's reference loads without a word", async () => {
  const { rulebook, problems } = await load(REFERENCE);
  expect(problems).toEqual([]);
  expect(rulebook?.remotes[0]?.stableAfter).toBe(600_000);
});

test.each([
  [
    "a comment that is set apart",
    "- id: a\n  on: STATE   # when it changes\n  for: 5s # a while\n  do: [notify: x]   # say so",
  ],
  ["a comment behind a quoted text", `- { id: a, on: STATE, do: [notify: "x #1"] } # why not`],
  ["a hash inside of a word", "- { id: a, on: STATE, do: [notify: channel#1] }"],
  [
    "two quotation marks in an item",
    '- { id: a, on: STATE, where: { name: [say "hi", b] }, do: [notify: x] }',
  ],
  ["an apostrophe in a text", "- { id: a, on: STATE, about: OpenVPN's state, do: [notify: x] }"],
  [
    "a backslash in a pattern",
    String.raw`- { id: a, on: LOG, where: { text: { matches: '\bTLS\b' } }, do: [notify: x] }`,
  ],
  [
    "an anchor and its alias",
    "- { id: a, on: STATE, do: &say [notify: x] }\n- { id: b, on: STATE, do: *say }",
  ],
  [
    "a name of fields in { }",
    "- { id: a, on: STATE, when: vars.draining, key: daemon.name, do: [notify: x] }",
  ],
  [
    "an expression in a block",
    "- id: a\n  on: STATE\n  when: event.name == 'x' && daemon.rate > 5kB\n  do: [notify: x]",
  ],
  ["a whole value from an expression", "- id: a\n  on: STATE\n  do:\n    - notify: ${event.name}"],
  ["a dollar that begins no expression", "- { id: a, on: STATE, do: [notify: costs $5] }"],
  [
    "the largest exact number",
    "- { id: a, on: STATE, where: { remote_port: { lt: 9007199254740991 } }, do: [notify: x] }",
  ],
  [
    "a long text of digits in quotes",
    '- { id: a, on: STATE, about: "12345678901234567890", do: [notify: x] }',
  ],
  [
    "an event of one's own, not declared anywhere",
    "- { id: a, on: my.event, where: { a.b: 1 }, when: 'event.x > 5', do: [notify: x] }",
  ],
  ["a tab between words", "- { id: a,\ton: STATE, do: [notify: x] }"],
])("%s is no mistake", async (_, rules) => {
  expect(await mistakesOf(withRules(rules))).toEqual([]);
});

test("a BOM and line ends of Windows change neither the reading nor the places", async () => {
  const text = withRules(
    "- id: a\n  on: STATE\n  when: |\n    event.name == 'x' &&\n    event.nam == 'y'\n  do: [notify: x]",
  );
  const plain = await mistakesOf(text);
  expect(plain).toEqual([expect.stringContaining("unknown field 'nam'")]);
  expect(await mistakesOf(text.replaceAll("\n", "\r\n"))).toEqual(plain);
  expect(await mistakesOf(`\u{feff}${text}`)).toEqual(plain);
});

test("where text is expected, a value counts as it is written", async () => {
  const { rulebook, problems } = await load(
    withRules(`- id: 007
  on: STATE
  about: 2.10
  where: { name: [007, 2.10, 1e3, yes, 0x1F], detail: { starts: 010 } }
  do:
    - notify: 1e3
    - notify: 0x1F`),
  );
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const rule = rulebook?.rules[0];
  const [name, detail] = rule?.where ?? [];
  expect([rule?.id, rule?.about]).toEqual(["007", "2.10"]);
  expect(
    ["007", "2.10", "1e3", "yes", "0x1F", "7", "2.1", "1000", "true", "31"].filter((text) =>
      name?.test(text, {}),
    ),
  ).toEqual(["007", "2.10", "1e3", "yes", "0x1F"]);
  expect(["010.1", "8.1", "10.1"].map((text) => detail?.test(text, {}))).toEqual([true, false, false]);
  expect(rule?.do.map((step) => "params" in step && step.params.resolve({}))).toEqual(["1e3", "0x1F"]);
});

test("a text variable is set to what is written", async () => {
  const { rulebook, problems } = await load(`version: 1
variables: { code: { type: text, default: 010 }, codes: { type: list, default: [010] } }
rules:
  - { id: a, on: STATE, do: [{ set: { code: 007, codes: [2.10, yes] } }] }
  - { id: b, on: STATE, do: [{ set: { code: 1e3, codes: ["\${event.name}", 0x1F] } }] }
`);
  expect(problems).toEqual([]);
  expect(rulebook?.variables).toMatchObject({ code: { default: "010" }, codes: { default: ["010"] } });
  const event = { name: "WAIT" };
  expect(
    rulebook?.rules.flatMap((rule) =>
      rule.do.map((step) => "params" in step && step.params.resolve({ event })),
    ),
  ).toEqual([
    { code: "007", codes: ["2.10", "yes"] },
    { code: "1e3", codes: ["WAIT", "0x1F"] },
  ]);
});

test("an event one letter away from one that rules emit is a warning", async () => {
  const { problems } = await load(
    withRules(`- { id: a, on: STATE, do: [{ emit: { event: acme.found } }] }
- { id: b, on: acme.fond, do: [notify: x] }
- { id: c, on: acme.lost, do: [notify: x] }`),
  );
  expect(problems.map(formatProblem)).toContain(
    `${FILE}:14:16: warning: no rule emits 'acme.fond'; did you mean 'acme.found'?`,
  );
  expect(problems.filter(({ message }) => message.includes("emits"))).toHaveLength(1);
});
