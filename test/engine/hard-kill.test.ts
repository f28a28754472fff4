import { afterEach, expect, test } from "vitest";
import { block, refused, type ServerOptions, ServerWorld } from "./server-world.ts";

let world: ServerWorld;
afterEach(() => world.close());

const ANN = { common_name: "ann", trusted_ip: "192.0.2.7", trusted_port: "40001" };

interface Setting extends ServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Others that are there. */
  readonly others?: readonly Readonly<Record<string, string>>[];
}

async function killed({ env = ANN, others = [], ...options }: Setting = {}): Promise<ServerWorld> {
  world = await ServerWorld.open(
    "rules: [ { id: act, on: CLIENT:ADDRESS, do: [ { client-kill: { halt: over, hard: true } }, { notify: done } ] } ]",
    options,
  );
  await world.established(7, env);
  for (const [i, other] of others.entries()) await world.established(10 + i, other);
  await world.say([">CLIENT:ADDRESS,7,10.8.0.2,1"]);
  return world;
}

const TOLD = 'client-kill 7 "HALT,over"';

test("hard: told first, and 0.3 s later cut by its address", async () => {
  await killed();
  await world.pass(299);
  expect(world.take()).toEqual([TOLD]);
  expect(world.notices).toEqual([]);
  await world.pass(1);
  expect(world.take()).toEqual(["kill 192.0.2.7:40001"]);
  expect(world.notices).toEqual(["done"]);
});

const CUTS: [what: string, setting: Setting, sent: string[]][] = [
  ["2.7 needs the protocol", { version: "2.7.1" }, ["kill udp:192.0.2.7:40001"]],
  [
    "by name where there is no IPv4",
    { env: { common_name: "ann", trusted_ip6: "2001:db8::7" } },
    ["kill ann"],
  ],
  ["not by a name with a colon", { env: { common_name: "a:b", trusted_ip6: "2001:db8::7" } }, []],
  [
    "not by the name of another session",
    { env: { common_name: "ann", trusted_ip6: "2001:db8::7" }, others: [ANN] },
    [],
  ],
  [
    "by address also when another session has its name",
    { others: [{ ...ANN, trusted_port: "40002" }] },
    ["kill 192.0.2.7:40001"],
  ],
  [
    "by name where the list has its address twice",
    { others: [{ ...ANN, common_name: "bob" }] },
    ["kill ann"],
  ],
  ["not as UNDEF", { env: { trusted_ip6: "2001:db8::7" } }, []],
];

test.each(CUTS)("hard: %s", async (_, setting, sent) => {
  await killed(setting);
  await world.pass(300);
  expect(world.take()).toEqual([TOLD, ...sent]);
  const texts = world.of("action").flatMap(({ text }) => (text === undefined ? [] : [text]));
  expect(texts).toEqual(
    sent.length > 0
      ? []
      : ["client 7 cannot be cut at once: it has no IPv4 address, and no name that is its own alone"],
  );
  expect(world.failures).toEqual([]);
  expect(world.notices).toEqual(["done"]);
});

test("hard: where the address is not found, as on a socket of both kinds, the name is taken; then the journal says so", async () => {
  await killed();
  world.server().answers = (command) =>
    command.startsWith("kill ") ? refused("client not found") : undefined;
  await world.pass(300);
  expect(world.take()).toEqual([TOLD, "kill 192.0.2.7:40001", "kill ann"]);
  expect(world.of("action").map(({ text }) => text)).toContain(
    "client 7 cannot be cut at once: client not found",
  );
  expect(world.failures).toEqual([]);
});

test("hard: one that has gone by itself, or with its server, is not cut", async () => {
  await killed();
  await world.say(block("DISCONNECT,7"));
  await world.pass(300);
  expect(world.take()).toEqual([TOLD]);
  await world.close();
  await killed();
  await world.say([">STATE:1767600000,RECONNECTING,SIGUSR1,,,,,"]);
  await world.established(7, { ...ANN, common_name: "another" });
  await world.pass(300);
  expect(world.take()).toEqual([]);
  expect(world.failures).toEqual([]);
});

test("hard: an engine that ends meanwhile cuts nobody", async () => {
  await killed();
  await world.close();
  await world.pass(1_000);
  expect(world.take()).toEqual([TOLD]);
});
