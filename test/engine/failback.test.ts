import { expect, test } from "vitest";
import { START, VPN1, VPN2, World, type WorldOptions } from "./support.ts";

const rulebook = (failback: string, more = ""): string => `version: 1
windows: { night: { from: "10:00", to: "11:00", tz: UTC } }
remotes:
  office: { candidates: from-daemon, tiers: entries, fail-after: 1, penalty: { base: 1m }, failback: ${failback} }
${more}
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`;

/** The first remote was down when the client started; it is well again. */
async function elsewhere(yaml: string, options: WorldOptions = {}): Promise<World> {
  const world = await World.open(yaml, { conditions: ["silent", "up"], ...options });
  await world.connected();
  world.meet(VPN1, "up");
  world.clear();
  return world;
}

const signals = (world: World): string[] => world.sent.filter((command) => command.startsWith("signal"));

test("After its time elsewhere the tunnel goes back to the better tier by one signal", async () => {
  const world = await elsewhere(rulebook("{ after: 5m }"));
  const since = Number(world.engine.session("office")?.remote()?.connected_since);
  await world.pass(since + 5 * 60_000 - world.clock.now() - 1);
  expect(world.sent).toEqual([]);
  await world.pass(1);
  expect(signals(world)).toEqual(["signal SIGUSR1"]);
  await world.pass(5_000);
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN1.host }]);
  await world.pass(3_600_000);
  expect(signals(world)).toEqual(["signal SIGUSR1"]);
  await world.close();
});

test("A way back leads to the better tier also where the one that stayed up comes first", async () => {
  const world = await World.open(
    `version: 1
remotes:
  office:
    candidates: from-daemon
    tiers: entries
    fail-after: 1
    order: sticky
    sticky-scope: group
    stable-after: 1m
    penalty: { base: 10s }
    failback: { after: 10m }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`,
    { conditions: ["refused", "up"] },
  );
  await world.connected();
  world.meet(VPN1, "up");
  await world.pass(60 * 60_000);
  expect(world.events("remote.connected").map(({ host }) => host)).toEqual([VPN2.host, VPN1.host]);
  await world.close();
});

test("The way back is no failure of the remote that was left", async () => {
  const world = await elsewhere(rulebook("{ after: 1m }"));
  await world.until(() => world.events("remote.connected").length === 1);
  expect(world.events("remote.failed")).toEqual([]);
  expect(world.engine.remotes.group("office")?.status()).toMatchObject([
    {},
    { host: VPN2.host, failures: 0 },
  ]);
  await world.close();
});

test("The time elsewhere goes on when the engine is killed", async () => {
  const world = await elsewhere(rulebook("{ after: 5m }"));
  const since = Number(world.engine.session("office")?.remote()?.connected_since);
  await world.pass(4 * 60_000);
  await world.restart();
  await world.pass(since + 5 * 60_000 - world.clock.now() - 2_000);
  expect(signals(world)).toEqual([]);
  await world.pass(4_000);
  expect(signals(world)).toEqual(["signal SIGUSR1"]);
  await world.close();
});

test("A way back that has a window waits for it", async () => {
  const world = await elsewhere(rulebook("{ after: 1m, during: night }"));
  await world.pass(START + 3_600_000 - world.clock.now() - 1);
  expect(signals(world)).toEqual([]);
  await world.pass(5_000);
  expect(signals(world)).toEqual(["signal SIGUSR1"]);
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN1.host }]);
  await world.close();
});

test("A way back that has a condition waits until it holds", async () => {
  const world = await elsewhere(
    rulebook(`{ after: 1m, when: "!vars.busy" }`, "variables: { busy: { type: bool, default: true } }"),
  );
  await world.pass(30 * 60_000);
  expect(signals(world)).toEqual([]);
  world.engine.variables.set("busy", false);
  await world.pass(10_000);
  expect(signals(world)).toEqual(["signal SIGUSR1"]);
  await world.close();
});

test("Nothing moves back while the better remote is left out, or from the best one", async () => {
  const world = await elsewhere(rulebook("{ after: 10s }").replace("base: 1m", "base: 20m"));
  world.engine.remotes.penalize("office", VPN1.host, "office");
  await world.pass(60_000);
  world.engine.remotes.forgive("office", undefined);
  world.engine.drain();
  await world.until(() => world.events("remote.connected").length === 1);
  world.clear();
  await world.pass(3_600_000);
  expect(signals(world)).toEqual([]);
  await world.close();
});

test("A remote that does not hold what it promised is not gone back to again and again", async () => {
  const world = await elsewhere(rulebook("{ after: 30s }").replace("base: 1m", "base: 1h"));
  world.meet(VPN1, "silent");
  await world.pass(30 * 60_000);
  expect(signals(world)).toHaveLength(1);
  expect(world.engine.session("office")?.remote()).toMatchObject({ host: VPN2.host });
  await world.close();
});
