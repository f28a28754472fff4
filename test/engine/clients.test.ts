import { expect, test } from "vitest";
import { builtinCatalogue } from "../../src/engine/actions/catalogue.ts";
import { runTest } from "../../src/engine/testing/run-test.ts";
import { load } from "../rules/load/support.ts";

const DEFAULTS = `defaults: { "CLIENT:CONNECT": deny, "CLIENT:REAUTH": deny }\n`;

/** What is not as the steps expect, of a rulebook about the clients of a server. */
async function failures(rulebook: string, steps: string, daemon = "{ role: server }"): Promise<string[]> {
  const text = `version: 1\n${rulebook}\ntests:\n  - name: steps\n    daemon: ${daemon}\n    steps:\n${steps}`;
  const { rulebook: book, problems } = await load(text);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const [first] = book?.tests ?? [];
  if (!book || !first) throw new Error("no test");
  return (await runTest(book, first, builtinCatalogue)).map(({ message }) => message);
}

const connect = (cid: number, kid: number, env: Readonly<Record<string, string>>, kind = "CONNECT"): string =>
  [
    "      - receive: |",
    `          >CLIENT:${kind},${cid},${kid}`,
    ...Object.entries(env).map(([name, value]) => `          >CLIENT:ENV,${name}=${value}`),
    "          >CLIENT:ENV,END",
  ].join("\n");

const established = (cid: number, env: Readonly<Record<string, string>> = {}): string =>
  connect(cid, 0, env, "ESTABLISHED").replace(`${cid},0`, `${cid}`);

const disconnect = (cid: number): string => established(cid).replace("ESTABLISHED", "DISCONNECT");

const steps = (...lines: readonly string[]): string => `${lines.join("\n")}\n`;
const expectSent = (...commands: readonly string[]): string =>
  `      - expect: [${commands.map((command) => JSON.stringify(command)).join(", ")}]`;

const RULES = `${DEFAULTS}rules:
  - id: banned
    on: CLIENT:CONNECT
    where: { client.common_name: mallory }
    answer: { deny: { reason: banned, client-reason: "You are not welcome, \${client.common_name}" } }
  - id: staff
    on: CLIENT:CONNECT
    where: { env.username: { ends: "@example.net" } }
    answer: { allow: { config: [ 'push "route 10.9.0.0 255.255.0.0"', 'push "comment \${client.username}"' ] } }
  - { id: known, on: CLIENT:CONNECT, where: { client.common_name: [ann, bob] }, answer: allow }
  - { id: renew, on: CLIENT:REAUTH, when: 'client.common_name != "mallory"', answer: allow }
`;

test("clients are let in, with a configuration of their own, or denied, each by its rule", async () => {
  const told = await failures(
    RULES,
    steps(
      connect(0, 1, { common_name: "ann", untrusted_ip: "192.0.2.7" }),
      expectSent("client-auth-nt 0 1"),
      connect(1, 1, { common_name: "mallory" }),
      expectSent('client-deny 1 1 banned "You are not welcome, mallory"'),
      connect(2, 1, { common_name: "x", username: "eve@example.net" }),
      `      - expect:\n          - "client-auth 2 1\\npush \\"route 10.9.0.0 255.255.0.0\\"\\npush \\"comment eve@example.net\\"\\nEND"`,
      connect(3, 1, { common_name: "stranger" }),
      expectSent('client-deny 3 1 "denied by default"'),
      connect(0, 3, { common_name: "ann" }, "REAUTH"),
      expectSent("client-auth-nt 0 3"),
    ),
  );
  expect(told).toEqual([]);
});

test("a challenge waits for its response, which is a question then, and is denied when none comes", async () => {
  const rules = `${DEFAULTS}rules:
  - id: ask
    on: CLIENT:CONNECT
    answer: { pending: { method: "CR_TEXT:R,E:Your code", timeout: 60s } }
  - { id: right, on: CLIENT:CR_RESPONSE, where: { response: "1234" }, answer: allow }
  - { id: heard, on: CLIENT:CR_RESPONSE, where: { response: hello }, do: [ { notify: heard } ] }
`;
  const response = (cid: number, kid: number, base64: string): string =>
    connect(cid, kid, {}, "CR_RESPONSE").replace(`${cid},${kid}`, `${cid},${kid},${base64}`);
  const told = await failures(
    rules,
    steps(
      connect(0, 1, { common_name: "ann" }),
      expectSent('client-pending-auth 0 1 "CR_TEXT:R,E:Your code" 60'),
      response(0, 1, "MTIzNA=="),
      expectSent("client-auth-nt 0 1"),
      connect(1, 1, { common_name: "bob" }),
      expectSent('client-pending-auth 1 1 "CR_TEXT:R,E:Your code" 60'),
      response(1, 1, "bm8="),
      expectSent('client-deny 1 1 "denied by default"'),
      connect(2, 1, { common_name: "cid" }),
      expectSent('client-pending-auth 2 1 "CR_TEXT:R,E:Your code" 60'),
      "      - advance: 59s",
      expectSent(),
      "      - advance: 2s",
      expectSent('client-deny 2 1 "denied by default"'),
      // Nobody asked this one anything.
      response(7, 1, "aGVsbG8="),
      expectSent(),
      "      - expect-fired: [heard]",
    ),
  );
  expect(told).toEqual([]);
});

test.each([
  ["2.5.9", 'client-pending-auth 0 "WEB_AUTH::https://sso.example.net"'],
  ["2.6.1", 'client-pending-auth 0 "WEB_AUTH::https://sso.example.net" 30'],
  ["2.6.14", 'client-pending-auth 0 1 "WEB_AUTH::https://sso.example.net" 30'],
  ["2.7.0", 'client-pending-auth 0 1 "WEB_AUTH::https://sso.example.net" 30'],
])("OpenVPN %s is told of a pending login in its own form", async (version, command) => {
  const rules = `${DEFAULTS}rules:
  - { id: ask, on: CLIENT:CONNECT, answer: { pending: { method: "WEB_AUTH::https://sso.example.net", timeout: 30s } } }
`;
  const text = command.replace('"WEB_AUTH::https://sso.example.net"', "WEB_AUTH::https://sso.example.net");
  const told = await failures(
    rules,
    steps(connect(0, 1, {}), expectSent(text)),
    `{ role: server, version: ${version} }`,
  );
  expect(told).toEqual([]);
});

test("in doubt, closed: an error, a program that fails, an answer that cannot be sent or is refused end in the default", async () => {
  const rules = `${DEFAULTS}rules:
  - { id: fails, on: CLIENT:CONNECT, where: { common: a }, when: "size(event.env.X) > 0 && number(event.env.X) > 1", answer: allow }
  - id: program
    on: CLIENT:CONNECT
    where: { client.common_name: program }
    answer: { exec: [/bin/false], timeout: 5s, else: { deny: { reason: "no program" } } }
  - id: inject
    on: CLIENT:CONNECT
    where: { client.common_name: inject }
    answer: { allow: { config: [ "push \\"\${event.env.X}\\"" ] } }
  - { id: late, on: CLIENT:CONNECT, answer: allow }
`.replace("where: { common: a }, ", "where: { client.common_name: fails }, ");
  const told = await failures(
    rules,
    steps(
      connect(0, 1, { common_name: "fails", X: "abc" }),
      expectSent('client-deny 0 1 "denied by default"'),
      connect(1, 1, { common_name: "program" }),
      expectSent('client-deny 1 1 "no program"'),
      connect(2, 1, { common_name: "inject", X: "a".repeat(1100) }),
      expectSent('client-deny 2 1 "denied by default"'),
      connect(3, 1, { common_name: "late" }),
      '      - reply: "ERROR: client-auth command failed"',
      expectSent("client-auth-nt 3 1", 'client-deny 3 1 "denied by default"'),
    ),
  );
  expect(told).toEqual([]);
});

test("a denial may let the client come again, and where", async () => {
  const rules = `${DEFAULTS}rules:
  - id: later
    on: CLIENT:CONNECT
    answer: { deny: { reason: full, client-reason: Full, temporary: { backoff: 90s, advance: remote } } }
`;
  const told = await failures(
    rules,
    steps(connect(0, 1, {}), expectSent('client-deny 0 1 full "TEMP[backoff 90,advance remote]:Full"')),
  );
  expect(told).toEqual([]);
});

test("sessions of one name are counted, those that end or are denied are not", async () => {
  const rules = `${DEFAULTS}rules:
  - { id: one, on: CLIENT:CONNECT, when: "client.sessions < 1", answer: allow }
  - { id: other, on: CLIENT:CONNECT, answer: { deny: { reason: "\${client.sessions} of \${size(clients)}" } } }
`;
  const ann = { common_name: "ann" };
  const told = await failures(
    rules,
    steps(
      ...[connect(0, 1, ann), expectSent("client-auth-nt 0 1"), established(0, ann)],
      ...[connect(1, 1, ann), expectSent('client-deny 1 1 "1 of 1"')],
      ...[connect(2, 1, { common_name: "bob" }), expectSent("client-auth-nt 2 1"), established(2)],
      ...[connect(3, 1, ann), expectSent('client-deny 3 1 "1 of 2"')],
      disconnect(0),
      ...[connect(4, 1, ann), expectSent("client-auth-nt 4 1")],
    ),
  );
  expect(told).toEqual([]);
});

test("a restart of the server ends its clients and what was waited for; CIDs that come again are others", async () => {
  const rules = `${DEFAULTS}rules:
  - { id: all, on: CLIENT:CONNECT, answer: allow }
  - { id: long, on: CLIENT:ESTABLISHED, for: 10m, do: [ { notify: long } ] }
`;
  const restart = '      - receive: ">STATE:1767600000,RECONNECTING,SIGHUP,,,,,"';
  const told = await failures(
    rules,
    steps(
      ...[
        connect(0, 1, {}),
        expectSent("client-auth-nt 0 1"),
        established(0),
        "      - advance: 9m",
        restart,
      ],
      ...[connect(0, 1, {}), expectSent("client-auth-nt 0 1"), established(0), "      - advance: 9m"],
      "      - expect-not-fired: { rule: long }",
      ...["      - advance: 2m", "      - expect-fired: [long]"],
    ),
  );
  expect(told).toEqual([]);
});

test("a client that leaves ends what was waited for on its account; another one's goes on", async () => {
  const rules = `${DEFAULTS}rules:
  - { id: all, on: CLIENT:CONNECT, answer: allow }
  - { id: long, on: CLIENT:ESTABLISHED, for: 10m, do: [ { notify: "\${client.common_name}" }, { emit: { event: my.end, with: { who: "\${client.common_name}" } } } ] }
  - { id: bob, on: my.end, where: { who: bob }, do: [ { notify: bob } ] }
  - { id: ann, on: my.end, where: { who: ann }, do: [ { notify: ann } ] }
`;
  const told = await failures(
    rules,
    steps(
      ...[
        connect(0, 1, { common_name: "ann" }),
        established(0),
        connect(1, 1, { common_name: "bob" }),
        established(1),
      ],
      ...["      - advance: 5m", disconnect(0), "      - advance: 6m"],
      ...["      - expect-fired: [long, bob]", "      - expect-not-fired: { rule: ann }"],
    ),
  );
  expect(told).toEqual([]);
});

test("the next engine knows who is there, and sends back who asked while none was", async () => {
  const rules = `${DEFAULTS}rules:
  - { id: all, on: CLIENT:CONNECT, when: "client.sessions == 0", answer: allow }
`;
  const told = await failures(
    rules,
    steps(
      ...[
        connect(0, 1, { common_name: "ann" }),
        expectSent("client-auth-nt 0 1"),
        established(0, { common_name: "ann" }),
      ],
      // Its answer is lost with the engine.
      ...[connect(1, 1, { common_name: "bob" }), expectSent("client-auth-nt 1 1")],
      "      - restart: engine",
      expectSent(),
      "      - advance: 6s",
      expectSent("client-kill 1"),
      ...[connect(2, 1, { common_name: "ann" }), expectSent('client-deny 2 1 "denied by default"')],
    ),
  );
  expect(told).toEqual([]);
});

test("an end that comes before ESTABLISHED is the end: what comes late for that client concerns nobody", async () => {
  const rules = `${DEFAULTS}rules:
  - { id: all, on: CLIENT:CONNECT, answer: allow }
  - { id: up, on: CLIENT:ESTABLISHED, do: [ { notify: up } ] }
  - { id: down, on: CLIENT:DISCONNECT, where: { established: false }, do: [ { notify: "down \${client.common_name}" } ] }
`;
  const told = await failures(
    rules,
    steps(
      connect(0, 1, { common_name: "ann" }),
      disconnect(0),
      "      - expect-fired: [down]",
      established(0),
      "      - expect-not-fired: { rule: up }",
    ),
  );
  expect(told).toEqual([]);
});

test("traffic of clients is an event when a rule listens, with what was added and how fast", async () => {
  const rules = `rules:
  - { id: fast, on: BYTECOUNT_CLI, when: "event.rate_in > 1MB && event.delta_in == 10MB", do: [ { management: [nclients] } ] }
  - { id: total, on: BYTECOUNT_CLI, where: { client.common_name: ann, bytes_in: { gte: 11MB } }, do: [ { management: [load-stats] } ] }
`;
  const count = (text: string): string => `      - receive: ">BYTECOUNT_CLI:${text}"`;
  const told = await failures(
    rules,
    steps(
      established(0, { common_name: "ann" }),
      count("0,1000000,5"),
      "      - advance: 5s",
      count("0,11000000,5"),
      expectSent("nclients", "load-stats"),
      "      - advance: 60s",
      count("0,11000000,5"),
      expectSent("load-stats"),
    ),
  );
  expect(told).toEqual([]);
});

test("traffic of clients is known where no rule listens to it", async () => {
  const rules = `rules:
  - { id: busy, on: CLIENT:DISCONNECT, when: "client.bytes_in == 2MB && client.idle_for == 1s", do: [ { notify: busy } ] }
  - { id: idle, on: CLIENT:DISCONNECT, when: "client.bytes_in == 1kB && client.idle_for > 1m", do: [ { notify: idle } ] }
`;
  const count = (text: string): string => `      - receive: ">BYTECOUNT_CLI:${text}"`;
  const told = await failures(
    rules,
    steps(
      ...[established(0), established(1), count("0,500,5"), count("1,500,5"), "      - advance: 60s"],
      ...[count("0,2000000,5"), count("1,1000,5"), "      - advance: 1s"],
      disconnect(1),
      "      - expect-fired: [idle]",
      disconnect(0),
      "      - expect-fired: [busy]",
    ),
  );
  expect(told).toEqual([]);
});
