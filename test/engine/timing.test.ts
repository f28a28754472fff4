import { expect, test } from "vitest";
import { VPN1, World } from "./support.ts";

async function emit(world: World, type: string, fields: Record<string, unknown> = {}): Promise<void> {
  world.engine.raise(world.engine.globalEvent(type, fields));
  world.engine.drain();
  await world.pass(0);
}

test("A throttle with a digest fires at once, then once with what it held back", async () => {
  const world = await World.open(`version: 1
rules:
  - id: tell
    on: my.event
    throttle: { times: 1, per: 30m, then: digest }
    do: [ { notify: "held back: \${has(event.suppressed) ? event.suppressed : 0}" } ]
`);
  await emit(world, "my.event");
  await emit(world, "my.event");
  await world.pass(60_000);
  await emit(world, "my.event");
  expect(world.notices).toEqual(["held back: 0"]);
  await world.pass(29 * 60_000 - 1);
  expect(world.notices).toEqual(["held back: 0"]);
  await world.pass(1);
  expect(world.notices).toEqual(["held back: 0", "held back: 2"]);
  await emit(world, "my.event");
  expect(world.notices).toEqual(["held back: 0", "held back: 2"]);
  await world.pass(30 * 60_000);
  expect(world.notices).toEqual(["held back: 0", "held back: 2", "held back: 1"]);
  await world.close();
});

test("A digest that is due while no engine runs is told by the next one", async () => {
  const world = await World.open(`version: 1
rules:
  - id: tell
    on: my.event
    throttle: { times: 1, per: 30m, then: digest }
    do: [ { notify: "held back: \${has(event.suppressed) ? event.suppressed : 0}" } ]
`);
  await emit(world, "my.event");
  await emit(world, "my.event");
  await world.kill();
  await world.pass(3_600_000);
  await world.revive();
  expect(world.notices).toEqual(["held back: 0", "held back: 1"]);
  await world.close();
});

const DOWN = `version: 1
rules:
  - { id: down, on: STATE, where: { name: { not: CONNECTED } }, for: 10s, do: [ { notify: "down" } ] }
`;

test("A state that stays fires after its time, once", async () => {
  const world = await World.open(DOWN, { daemon: { remotes: [VPN1] }, conditions: ["silent"] });
  await world.pass(9_000);
  expect(world.notices).toEqual([]);
  await world.until(() => world.notices.length > 0);
  expect(world.notices).toEqual(["down"]);
  await world.close();
});

test("A state that ends before its time fires nothing", async () => {
  const world = await World.open(DOWN, { daemon: { remotes: [VPN1], handshake: 5_000 } });
  await world.connected();
  await world.pass(3_600_000);
  expect(world.notices).toEqual([]);
  await world.close();
});

test("What a `for` has waited is kept when the engine is killed, unless the state is another one since", async () => {
  const up = `version: 1
rules:
  - { id: stable, on: STATE, where: { name: CONNECTED }, for: 10m, do: [ { notify: "stable" } ] }
`;
  const world = await World.open(up);
  await world.connected();
  await world.pass(5 * 60_000);
  await world.restart();
  await world.pass(5 * 60_000);
  expect(world.notices).toEqual(["stable"]);
  await world.close();
  const broken = await World.open(up, { daemon: { remotes: [VPN1] } });
  await broken.connected();
  await broken.pass(5 * 60_000);
  await broken.kill();
  broken.meet(VPN1, "silent");
  await broken.pass(20_000);
  await broken.revive();
  await broken.pass(10 * 60_000);
  expect(broken.notices).toEqual([]);
  await broken.close();
});

test("A count is reached within its time or not at all, also over a restart", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: thrice, on: my.event, count: { at-least: 3, within: 10m }, do: [ { notify: "three" } ] }
`);
  await emit(world, "my.event");
  await emit(world, "my.event");
  await world.restart();
  await emit(world, "my.event");
  expect(world.notices).toEqual(["three"]);
  await emit(world, "my.event");
  await world.pass(10 * 60_000);
  await emit(world, "my.event");
  await emit(world, "my.event");
  expect(world.notices).toEqual(["three"]);
  await world.close();
});
