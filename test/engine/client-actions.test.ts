import { afterEach, expect, test } from "vitest";
import { block, refused, type ServerOptions, ServerWorld } from "./server-world.ts";

let world: ServerWorld;
afterEach(() => world.close());

/** A client with these, about which the rule acts when it says so. */
async function act(
  action: string,
  options: ServerOptions = {},
  env: Readonly<Record<string, string>> = ANN,
): Promise<ServerWorld> {
  world = await ServerWorld.open(`rules: [ { id: act, on: CLIENT:ADDRESS, do: [ ${action} ] } ]`, options);
  await world.established(7, env, { kid: 1 });
  return world;
}

const ANN = { common_name: "ann", trusted_ip: "192.0.2.7", trusted_port: "40001" };
const GO = [">CLIENT:ADDRESS,7,10.8.0.2,1"];

const FORMS: [action: string, sent: string][] = [
  ["{ client-kill: restart }", "client-kill 7 RESTART"],
  ["{ client-kill: halt }", "client-kill 7 HALT"],
  ["{ client-kill: { halt: quota } }", 'client-kill 7 "HALT,quota"'],
  ['{ client-kill: { halt: "" } }', "client-kill 7 HALT"],
  ["{ client-kill: { restart: {} } }", "client-kill 7 RESTART"],
  ["{ client-kill: { restart: { next: true } } }", 'client-kill 7 "RESTART,[N]"'],
  [
    '{ client-kill: { restart: { next: true, preserve-token: true, text: "to ${client.common_name}" } } }',
    'client-kill 7 "RESTART,[PN]to ann"',
  ],
  ['{ client-kill: { message: "EXIT" } }', "client-kill 7 EXIT"],
  ["{ kill: ann }", "kill ann"],
  ['{ kill: "192.0.2.7:1194" }', "kill 192.0.2.7:1194"],
  ["{ client-deny: { reason: over } }", "client-deny 7 1 over"],
  ['{ client-deny: { reason: over, client-reason: "no more" } }', 'client-deny 7 1 over "no more"'],
  ["forget-passwords", "forget-passwords"],
  ["{ forget-passwords: true }", "forget-passwords"],
  ["{ mute: 10 }", "mute 10"],
  ["{ status: { to: x } }", "status 3"],
  ["{ log: { to: x } }", "log all"],
];

test.each(FORMS)("%s sends %s", async (action, sent) => {
  await act(action);
  await world.say(GO);
  expect(world.take()).toEqual([sent]);
  expect(world.failures).toEqual([]);
  const [record] = world.of("action");
  expect(record).toMatchObject({ daemon: "office", rule: "act", cid: 7 });
});

test("2.7: push-update to the client or to all, and kill by protocol; 2.5: client-pf", async () => {
  await act("{ push-update: { options: '-dns' } }, { push-update: { options: '-dns', broad: true } }", {
    version: "2.7.1",
  });
  await world.say(GO);
  expect(world.take()).toEqual(["push-update-cid 7 -dns", "push-update-broad -dns"]);
  await world.close();
  await act('{ kill: "udp:192.0.2.7:1194" }', { version: "2.7.0" });
  await world.say(GO);
  expect(world.take()).toEqual(["kill udp:192.0.2.7:1194"]);
  await world.close();
  await act("{ client-pf: ['[CLIENTS DROP]', '+bob', '[END]'] }", { version: "2.5.9" });
  await world.say(GO);
  expect(world.take()).toEqual(["client-pf 7\n[CLIENTS DROP]\n+bob\n[END]\nEND"]);
});

const REFUSED: [action: string, version: string, failure: string][] = [
  [
    "{ push-update: { options: '-dns' } }",
    "2.6.14",
    "push-update refused: OpenVPN 2.6.14 has no such form of push-update-cid",
  ],
  [
    "{ client-pf: [x] }",
    "2.6.14",
    "client-pf refused: OpenVPN 2.6.14 has no such form of client-pf, and would run its lines as commands",
  ],
  ['{ kill: "192.0.2.7:1194" }', "2.7.0", "kill refused: OpenVPN 2.7.0 has no such form of kill"],
  ['{ kill: "udp:192.0.2.7:1194" }', "2.6.14", "kill refused: OpenVPN 2.6.14 has no such form of kill"],
  ["{ cr-response: x }", "2.4.9", "cr-response refused: OpenVPN 2.4.9 has no such form of cr-response"],
  [
    "{ client-kill: { message: x } }",
    "2.2.3",
    "client-kill refused: OpenVPN 2.2.3 has no such form of client-kill",
  ],
  [
    '{ client-kill: { halt: "${client.env.LONG}" } }',
    "2.6.14",
    "client-kill invalid: The argument 2 of client-kill is longer than 256 bytes",
  ],
];

test.each(REFUSED)("%s on OpenVPN %s: %s", async (action, version, failure) => {
  await act(action, { version }, { ...ANN, LONG: "x".repeat(300) });
  await world.say(GO);
  expect(world.take()).toEqual([]);
  expect(world.failures).toEqual([failure]);
});

test("cr-response is sent in base64, and neither shown nor kept in clear", async () => {
  world = await ServerWorld.open("rules: [ { id: act, on: INFOMSG, do: [ { cr-response: canary-42 } ] } ]", {
    role: "client",
  });
  const sent: string[] = [];
  world.server().answers = (command) => void sent.push(command);
  await world.say([">INFOMSG:CR_TEXT:R,E:Your code"]);
  expect(sent).toEqual(['cr-response "<redacted>"']);
  expect(JSON.stringify(world.records)).not.toContain("canary-42");
  expect(world.of("action")[0]).toMatchObject({ action: "cr-response", params: "<redacted>" });
});

test("a client that has gone, or whose CID is another's by now, is gone", async () => {
  world = await ServerWorld.open(
    "rules: [ { id: act, on: CLIENT:ADDRESS, for: 1m, do: [ { client-kill: halt } ] }, { id: end, on: CLIENT:DISCONNECT, do: [ { client-kill: halt } ] } ]",
  );
  await world.established(7, ANN, { kid: 1 });
  await world.say(block("DISCONNECT,7"));
  expect(world.failures).toEqual(["client-kill gone: Client 7 has gone"]);
  expect(world.take()).toEqual([]);
});

test("OpenVPN that does not know the CID: gone; other trouble is refused", async () => {
  await act("{ client-kill: halt, on-error: continue }, { client-deny: { reason: x } }");
  world.server().answers = (command) =>
    command.startsWith("client-kill")
      ? refused("client-kill command failed")
      : refused("The 'client-deny' command is not supported by the current daemon mode");
  await world.say(GO);
  expect(world.failures.map((failure) => failure.split(":", 1)[0])).toEqual([
    "client-kill gone",
    "client-deny refused",
  ]);
});

test("client-deny needs a question that OpenVPN has asked about the client", async () => {
  world = await ServerWorld.open(
    "rules: [ { id: act, on: CLIENT:ESTABLISHED, do: [ { client-deny: { reason: x } } ] } ]",
  );
  await world.say(block("ESTABLISHED,7", ANN));
  expect(world.take()).toEqual([]);
  expect(world.failures).toEqual([
    "client-deny refused: OpenVPN has asked nothing about client 7; client-kill ends it",
  ]);
});

test("one that is killed, denied or cut by name counts no more among the sessions of its name", async () => {
  const sessions = `  - { id: count, on: my.count, do: [ { for-each: { clients: "true", do: [ { notify: "\${client.cid} \${client.sessions}" } ] } } ] }`;
  world = await ServerWorld.open(`rules:
  - { id: kill, on: CLIENT:ADDRESS, where: { cid: 1 }, do: [ { client-kill: restart } ] }
  - { id: deny, on: CLIENT:ADDRESS, where: { cid: 2 }, do: [ { client-deny: { reason: x } } ] }
  - { id: name, on: CLIENT:ADDRESS, where: { cid: 3 }, do: [ { kill: ann } ] }
${sessions}`);
  for (const cid of [0, 1, 2, 3]) await world.established(cid, ANN, { kid: 1 });
  await world.emit("my.count");
  for (const cid of [1, 2]) await world.say([`>CLIENT:ADDRESS,${cid},10.8.0.${cid},1`]);
  await world.emit("my.count");
  await world.say([">CLIENT:ADDRESS,3,10.8.0.3,1"]);
  await world.emit("my.count");
  expect(world.notices).toEqual(["0 3", "1 3", "2 3", "3 3", "0 1", "3 1"]);
});

test("emit from a rule about a client is about that client too", async () => {
  world = await ServerWorld.open(`rules:
  - { id: first, on: CLIENT:ADDRESS, do: [ { emit: { event: my.found, with: { a: 1 } } } ] }
  - { id: second, on: my.found, do: [ { notify: "\${client.common_name}" }, { client-kill: halt } ] }`);
  await world.established(7, ANN);
  await world.say(GO);
  expect(world.notices).toEqual(["ann"]);
  expect(world.take()).toEqual(["client-kill 7 HALT"]);
  await world.emit("my.found");
  expect(world.failures.at(-1)).toMatch(/^notify failed: /);
});

test("an event of one's own that is about no client: invalid", async () => {
  world = await ServerWorld.open("rules: [ { id: act, on: my.found, do: [ { client-kill: halt } ] } ]");
  await world.emit("my.found");
  expect(world.failures).toEqual(["client-kill invalid: No client to act on: the event is about none"]);
});

test("plugins see the client of the event, without its password", async () => {
  const seen: unknown[] = [];
  const { z } = await import("zod");
  const plugin = {
    name: "acme",
    actions: {
      look: {
        params: z.object({}),
        run: (_: unknown, { client }: { client: unknown }) => void seen.push(client),
      },
    },
  };
  world = await ServerWorld.open(
    "plugins: { acme: ./acme.ts }\nrules: [ { id: act, on: [CLIENT:CONNECT, STATE], observe: true, do: [ { acme.look: {} } ] } ]",
    { plugin },
  );
  await world.established(7, { ...ANN, password: "canary-7" }, { kid: 1 });
  await world.say([">STATE:1767600000,CONNECTED,SUCCESS,,,,,"]);
  expect(seen).toMatchObject([
    { cid: 7, common_name: "ann", address: "192.0.2.7", sessions: 0, env: { trusted_port: "40001" } },
    undefined,
  ]);
  expect(JSON.stringify(seen)).not.toContain("canary-7");
  expect(Object.keys((seen[0] as { env: object }).env)).not.toContain("password");
});
