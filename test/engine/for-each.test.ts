import { afterEach, expect, test } from "vitest";
import { block, refused, ServerWorld } from "./server-world.ts";

let world: ServerWorld;
afterEach(() => world.close());

const NAMES = ["ann", "bob", "cid", "dan"];

/** Four clients, with a for-each of these words on `my.go`. */
async function each(words: string, rest = ""): Promise<ServerWorld> {
  world = await ServerWorld.open(`rules:
  - id: act
    on: my.go
    do:
      - for-each: { ${words} }
${rest}      - notify: done
  - { id: failed, on: action.failed, do: [ { notify: "\${event.action} \${event.error}" } ] }
`);
  for (const [cid, common_name] of NAMES.entries())
    await world.established(cid, { common_name, trusted_ip: `192.0.2.${cid}` });
  return world;
}

const TELL = 'do: [ { notify: "${client.cid} ${client.common_name}" } ]';

const CHOICES: [words: string, told: string[]][] = [
  ['clients: "true"', ["0 ann", "1 bob", "2 cid", "3 dan"]],
  ["clients: \"client.common_name != 'bob'\"", ["0 ann", "2 cid", "3 dan"]],
  ['clients: "client.cid > 7"', []],
  ["clients: true, order-by: client.common_name, descending: true", ["3 dan", "2 cid", "1 bob", "0 ann"]],
  ["clients: true, order-by: '0 - client.cid', limit: 2", ["3 dan", "2 cid"]],
  ['clients: true, order-by: "client.cid == 1"', ["0 ann", "2 cid", "3 dan", "1 bob"]],
  ["clients: true, limit: 1", ["0 ann"]],
  ['clients: "client.cid == event.cid"', ["2 cid"]],
];

test.each(CHOICES)("%s chooses %j", async (words, told) => {
  await each(`${words}, ${TELL}`);
  await world.emit("my.go", { cid: 2 });
  expect(world.notices).toEqual([...told, "done"]);
  expect(world.of("action")[0]).toMatchObject({ action: "for-each", chosen: told.length });
});

test("a pace is one at a time, spaced by the clock, the first at once", async () => {
  await each('clients: "true", pace: 2/s, do: [ { client-kill: restart }, { notify: "#${client.cid}" } ]');
  await world.emit("my.go");
  expect(world.take()).toEqual(["client-kill 0 RESTART"]);
  await world.pass(499);
  expect(world.take()).toEqual([]);
  await world.pass(1);
  expect(world.take()).toEqual(["client-kill 1 RESTART"]);
  await world.pass(1_000);
  expect(world.take()).toEqual(["client-kill 2 RESTART", "client-kill 3 RESTART"]);
  expect(world.notices).toEqual(["#0", "#1", "#2", "#3", "done"]);
});

test("each waits for the one before, and a pace may last longer than an action may", async () => {
  await each('clients: "true", pace: 1/m, do: [ { client-kill: restart } ]');
  world.server().answers = (command) => (command.startsWith("client-kill 0") ? "nothing" : undefined);
  await world.emit("my.go");
  await world.pass(29_999);
  expect(world.take()).toEqual(["client-kill 0 RESTART"]);
  expect(world.notices).toEqual([]);
  await world.pass(30_001);
  expect(world.notices).toEqual(["client-kill timeout"]);
  expect(world.take()).toEqual(["client-kill 1 RESTART"]);
  await world.pass(120_000);
  expect(world.take()).toEqual(["client-kill 2 RESTART", "client-kill 3 RESTART"]);
});

test("a timeout beside it is for each action inside", async () => {
  await each('clients: "true", limit: 2, do: [ { client-kill: restart } ]', "        timeout: 2s\n");
  world.server().answers = (command) => (command.startsWith("client-kill") ? "nothing" : undefined);
  await world.emit("my.go");
  await world.pass(4_000);
  expect(world.notices).toEqual(["client-kill timeout", "client-kill timeout", "done"]);
});

test("one that goes meanwhile, or is being killed, is left out, and said", async () => {
  await each('clients: "true", pace: 1/s, do: [ { client-kill: restart } ]');
  await world.emit("my.go");
  await world.say(block("DISCONNECT,1"));
  world.engine.session("office")?.model.clients.ending(clientOf(2));
  await world.pass(5_000);
  expect(world.take()).toEqual(["client-kill 0 RESTART", "client-kill 3 RESTART"]);
  expect(world.of("action").filter(({ skipped }) => skipped !== undefined)).toMatchObject([
    { action: "for-each", cid: 1, skipped: "gone" },
    { action: "for-each", cid: 2, skipped: "gone" },
  ]);
});

test("a restart of the server leaves nobody whose turn it could be, whoever has their numbers then", async () => {
  await each('clients: "true", pace: 1/s, do: [ { client-kill: restart } ]');
  await world.emit("my.go");
  await world.say([">STATE:1767600000,RECONNECTING,SIGUSR1,,,,,"]);
  await world.established(1, { common_name: "eve" });
  await world.pass(5_000);
  expect(world.take()).toEqual([]);
});

test("what fails for one client ends that one's actions alone", async () => {
  await each('clients: "true", do: [ { client-kill: restart }, { notify: "#${client.cid}" } ]');
  world.server().answers = (command) => (command === "client-kill 1 RESTART" ? refused("no") : undefined);
  await world.emit("my.go");
  expect(world.notices).toEqual(["#0", "client-kill refused", "#2", "#3", "done"]);
});

test("an expression that fails for a client leaves it out, and is said once", async () => {
  await each(`clients: "int(client.common_name) > 0", ${TELL}`);
  await world.established(5, { common_name: "5" });
  await world.emit("my.go");
  expect(world.notices).toEqual(["5 5", "done"]);
  expect(world.of("action").filter((record) => record["left-out"] !== undefined)).toMatchObject([
    { action: "for-each", "left-out": 4 },
  ]);
});

const TWO = `daemons:
  east: { management: "unix:east" }
  west: { management: "unix:west" }
`;

test("daemons: all takes the clients of every server, each told to its own", async () => {
  world = await ServerWorld.open(`${TWO}rules:
  - id: act
    on: my.go
    do:
      - for-each:
          clients: client.common_name == "ann"
          daemons: all
          order-by: client.cid
          limit: 2
          do: [ { client-kill: halt }, { notify: "\${daemon.name} \${client.cid} \${size(clients)}" } ]
`);
  await world.established(3, { common_name: "ann" }, { daemon: "east" });
  await world.established(2, { common_name: "ann" }, { daemon: "west" });
  await world.established(1, { common_name: "bob" }, { daemon: "west" });
  await world.emit("my.go");
  expect(world.notices).toEqual(["west 2 1", "east 3 0"]);
  expect(world.take("east")).toEqual(["client-kill 3 HALT"]);
  expect(world.take("west")).toEqual(["client-kill 2 HALT"]);
  expect(world.of("action").map(({ daemon, cid }) => [daemon, cid])).toContainEqual(["west", 2]);
});

test("daemon: names whose clients are meant; without any, the event's, and else it is invalid", async () => {
  world = await ServerWorld.open(
    `${TWO}rules:
  - { id: east, on: my.east, do: [ { for-each: { clients: "true", ${TELL} }, daemon: east } ] }
  - { id: own, on: CLIENT:ADDRESS, do: [ { for-each: { clients: client.cid != event.cid, ${TELL} } } ] }
  - { id: none, on: my.none, do: [ { for-each: { clients: "true", ${TELL} } }, { notify: never } ] }
`.replace("client.cid != event.cid", '"client.cid != event.cid"'),
  );
  await world.established(1, { common_name: "ann" }, { daemon: "east" });
  await world.established(1, { common_name: "bob" }, { daemon: "west" });
  await world.established(2, { common_name: "cid" }, { daemon: "west" });
  await world.emit("my.east");
  expect(world.notices).toEqual(["1 ann"]);
  await world.say([">CLIENT:ADDRESS,1,10.8.0.2,1"], "west");
  expect(world.notices).toEqual(["1 ann", "2 cid"]);
  await world.emit("my.none");
  expect(world.failures).toEqual([
    "for-each invalid: No daemon whose clients are meant; say which by daemon:",
  ]);
});

test.each([
  ["0", `{ id: a, on: my.go, do: [ { for-each: { clients: "client.cid > 1", ${TELL} } } ] }`],
  ["5", `{ id: a, on: my.go, do: [ { for-each: { clients: "client.idle_for > 1h", ${TELL} } } ] }`],
  [
    "5",
    `{ id: a, on: my.go, do: [ { for-each: { clients: "true", order-by: client.bytes_in, ${TELL} } } ] }`,
  ],
  ["5", '{ id: a, on: my.go, when: "clients.exists(c, c.bytes_out > 1GB)", do: [ { notify: x } ] }'],
  ["5", "{ id: a, on: CLIENT:ADDRESS, where: { client.bytes_in: { gt: 1GB } }, do: [ { notify: x } ] }"],
  ["5", "{ id: a, on: BYTECOUNT_CLI, do: [ { notify: x } ] }"],
])("OpenVPN is asked for traffic (bytecount %s) where a rule reads it: %s", async (seconds, rule) => {
  world = await ServerWorld.open(`rules: [ ${rule} ]`);
  expect(world.of("command").map(({ command }) => command)).toContain(`bytecount ${seconds}`);
});

test("an engine that ends meanwhile does no more", async () => {
  await each('clients: "true", pace: 1/s, do: [ { client-kill: restart } ]');
  await world.emit("my.go");
  await world.close();
  await world.pass(10_000);
  expect(world.take()).toEqual(["client-kill 0 RESTART"]);
});

test("While it waits for its pace, the engine is not taken for busy", async () => {
  await each('clients: "true", pace: 1/m, do: [ { client-kill: { halt: x, hard: true } } ]');
  await world.emit("my.go");
  expect(world.engine.busy).toBe(false);
  await world.pass(10_000);
  expect(world.engine.busy).toBe(false);
});

function clientOf(cid: number): NonNullable<ReturnType<typeof found>> {
  const client = found(cid);
  if (!client) throw new Error(`No client ${cid}`);
  return client;
}

function found(cid: number) {
  return world.engine.session("office")?.model.clients.get(cid);
}
