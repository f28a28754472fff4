import { expect, test } from "vitest";
import type { Outcome } from "../../src/protocol/command.ts";
import { block, refused, ServerWorld } from "./server-world.ts";

const ALL = "rules: [ { id: all, on: CLIENT:CONNECT, answer: allow } ]";
const ANN = { common_name: "ann" };

/** The reply to `status 3`; rows and routes without their first word, fields apart by commas. */
function listing(clients: readonly string[], routes: readonly string[] = [], header = COLUMNS): Outcome {
  const rows = (name: string, lines: readonly string[]): string[] =>
    lines.map((line) => `${name},${line}`.replaceAll(",", "\t"));
  const lines = [
    ...["TITLE\tOpenVPN", "TIME\t-\t1", ...rows("HEADER", [`CLIENT_LIST,${header}`])],
    ...rows("CLIENT_LIST", clients),
    ...rows("HEADER", ["ROUTING_TABLE,Virtual Address,Common Name,Real Address,Last Ref,Last Ref (time_t)"]),
    ...rows("ROUTING_TABLE", routes),
  ];
  return { ok: true, text: "", lines };
}

const FIRST = "Common Name,Real Address,Virtual Address";
const COUNTS = "Bytes Received,Bytes Sent,Connected Since,Connected Since (time_t),Username";
const COLUMNS = `${FIRST},Virtual IPv6 Address,${COUNTS},Client ID,Peer ID,Data Channel Cipher`;

async function again(world: ServerWorld): Promise<void> {
  const session = world.engine.session("office");
  if (!session) throw new Error("no session");
  world.server().lose();
  world.take();
  world.server().script.start(session);
  await world.pass(0);
}

test("a list without CIDs, as 2.3 has it, ends nobody's session: a renewal of keys is answered hours later", async () => {
  const world = await ServerWorld.open(`rules: [ { id: all, on: CLIENT:REAUTH, answer: allow } ]`, {
    version: "2.3.18",
  });
  world.server().answers = (command) =>
    command === "status 3"
      ? listing(["ann,192.0.2.1:5,10.8.0.2,1,1,-,1,UNDEF"], [], `${FIRST},${COUNTS}`)
      : undefined;
  await world.established(0, ANN, { kid: 1 });
  await world.pass(3_600_000);
  await world.say(block("REAUTH,0,3", ANN));
  expect(world.take()).toEqual(["client-auth-nt 0 3"]);
  await world.close();
});

test("a process that begins with the number of the one before it, as in containers, has clients of its own", async () => {
  const world = await ServerWorld.open(ALL);
  await world.say([">STATE:1767600000,CONNECTING,,,,,,", ">STATE:1767600001,CONNECTED,SUCCESS,10.8.0.1,,,,"]);
  const clients = world.engine.session("office")?.model.clients;
  await world.established(0, ANN, { kid: 1 });
  await again(world);
  const { epoch = 0 } = clients ?? {};
  await again(world);
  expect(clients?.epoch).toBe(epoch);
  await world.say(block("DISCONNECT,0", ANN));
  world.server().lose();
  // Nobody was there to be told.
  await world.say([">STATE:1767600100,CONNECTING,,,,,,", ">STATE:1767600101,CONNECTED,SUCCESS,10.8.0.1,,,,"]);
  await again(world);
  expect(clients?.epoch).toBeGreaterThan(epoch);
  await world.say(block("CONNECT,0,1", ANN));
  expect(world.take()).toEqual(["client-auth-nt 0 1"]);
  await world.close();
});

test("a login is answered even under the CID of a client that has gone", async () => {
  const world = await ServerWorld.open(ALL);
  await world.established(0, ANN, { kid: 1 });
  await world.say(block("DISCONNECT,0", ANN));
  await world.say(block("CONNECT,0,1", ANN));
  expect(world.take()).toEqual(["client-auth-nt 0 1"]);
  await world.close();
});

test("a response to what an earlier manager asked is no question: its client is sent back", async () => {
  const world = await ServerWorld.open(
    `rules: [ { id: code, on: CLIENT:CONNECT, answer: { pending: { method: "CR_TEXT:R,E:Code", timeout: 60s } } } ]`,
  );
  await world.say(block("CONNECT,0,1", ANN));
  await again(world);
  await world.pass(1_000);
  await world.say(block("CR_RESPONSE,0,1,MTIz", ANN));
  await world.pass(20_000);
  expect(world.take()).toEqual(["client-kill 0"]);
  await world.close();
});

const WAITS = "bob,192.0.2.2:5,,,1,1,-,1,bob,7,0,AES-256-GCM";
const ROUTED = "ann,192.0.2.1:5,10.8.0.2,,1,1,-,1,ann,6,1,AES-256-GCM";

test.each([
  ["IP addresses are routed: it waits, whatever the cipher of the configuration", "10.8.0.2", true],
  ["IPv6 addresses are routed: it waits", "fd00::2", true],
  ["MAC addresses are known: it may be a bridged client that is silent", "0a:00:27:00:00:01", false],
  ["MAC addresses of a VLAN are known: the same", "0a:00:27:00:00:01@5", false],
])("a client without an address when %s", async (_, route, waits) => {
  const world = await ServerWorld.open(ALL);
  world.server().answers = (command) =>
    command === "status 3" ? listing([ROUTED, WAITS], [`${route},ann,192.0.2.1:5,-,1`]) : undefined;
  await again(world);
  await world.pass(10_000);
  expect(world.take()).toEqual(waits ? ["client-kill 7"] : []);
  const clients = world.engine.session("office")?.model.clients.established() ?? [];
  expect(clients.map(({ cid }) => cid)).toEqual(waits ? [6] : [6, 7]);
  await world.close();
});

test.each([
  ["10.8.0.1", ["client-kill 7"]],
  ["", []],
])("with nothing negotiated and the server's own address '%s' it is told %j", async (address, told) => {
  const world = await ServerWorld.open(ALL);
  const row = WAITS.replace("AES-256-GCM", "BF-CBC");
  world.server().answers = (command) => (command === "status 3" ? listing([row]) : undefined);
  await world.say([`>STATE:1767600000,CONNECTED,SUCCESS,${address},,,,`]);
  await again(world);
  await world.pass(10_000);
  expect(world.take()).toEqual(told);
  await world.close();
});

test("whose session was told as established is never sent back, whatever the list says of it", async () => {
  const world = await ServerWorld.open(ALL);
  await world.established(7, { common_name: "bob" }, { kid: 1 });
  const row = WAITS.replace("AES-256-GCM", "BF-CBC");
  world.server().answers = (command) =>
    command === "status 3" ? listing([ROUTED, row], ["10.8.0.2,ann,192.0.2.1:5,-,1"]) : undefined;
  await again(world);
  await world.pass(10_000);
  expect(world.take()).toEqual([]);
  await world.close();
});

const ONE = `rules:
  - { id: full, on: CLIENT:CONNECT, where: { client.sessions: { gte: 1 } }, answer: { deny: { reason: full } } }
  - { id: all, on: CLIENT:CONNECT, answer: allow }
`;

test("of two logins at once one counts for the other, though its tunnel is not up yet", async () => {
  const world = await ServerWorld.open(ONE);
  await world.say([...block("CONNECT,0,1", ANN), ...block("CONNECT,1,1", ANN)]);
  expect(world.take()).toEqual(["client-auth-nt 0 1", "client-deny 1 1 full"]);
  // It never came in.
  await world.say([...block("DISCONNECT,0"), ...block("CONNECT,2,1", ANN)]);
  expect(world.take()).toEqual(["client-auth-nt 2 1"]);
  await world.established(2, ANN);
  const [client] = world.engine.session("office")?.model.clients.established() ?? [];
  expect(client?.sessions).toBe(0);
  await world.close();
});

test("whose approval was refused has no session", async () => {
  const world = await ServerWorld.open(ONE);
  world.server().answers = (command) =>
    command.startsWith("client-auth-nt 0") ? refused("client-auth command failed") : undefined;
  await world.say(block("CONNECT,0,1", ANN));
  await world.say(block("CONNECT,1,1", ANN));
  expect(world.take()).toContain("client-auth-nt 1 1");
  await world.close();
});

test("whom a rule denies is denied, also when its text cannot be sent and the default would let it in", async () => {
  const world = await ServerWorld.open(
    `rules: [ { id: ban, on: CLIENT:CONNECT, answer: { deny: { reason: "\${client.username} is banned" } } } ]`,
  );
  await world.say(block("CONNECT,0,1", { ...ANN, username: "x".repeat(300) }));
  expect(world.take()).toEqual(['client-deny 0 1 "denied by default"']);
  await world.close();
});

test.each([
  "where: { client.common_name: { in-list: banned } }",
  'when: "client.common_name in lists.banned"',
])("a list that could never be read ends in the default, not in the next rule: %s", async (condition) => {
  const world = await ServerWorld.open(`lists: { banned: { file: ./nowhere.txt } }
rules:
  - { id: ban, on: CLIENT:CONNECT, ${condition}, answer: deny }
  - { id: all, on: CLIENT:CONNECT, answer: { allow: { config: [ "push \\"comment hello\\"" ] } } }
`);
  await world.say(block("CONNECT,0,1", ANN));
  // The default is to allow, without a configuration.
  expect(world.take()).toEqual(["client-auth-nt 0 1"]);
  expect(world.of("error").map(({ rule }) => rule)).toContain("ban");
  await world.close();
});
