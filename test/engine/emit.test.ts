import { expect, test } from "vitest";
import { World } from "./support.ts";

async function emit(world: World, type: string, fields: Record<string, unknown> = {}): Promise<void> {
  world.engine.raise(world.engine.globalEvent(type, fields));
  world.engine.drain();
  await world.pass(0);
}

test("An event of one's own carries its values to the rules on it", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: first, on: my.start, do: [ { emit: { event: my.next, with: { level: 3, text: "\${event.text}" } } } ] }
  - { id: second, on: my.next, where: { level: { gte: 3 } }, do: [ { notify: "\${event.text} at \${event.level}" } ] }
`);
  await emit(world, "my.start", { text: "ready" });
  expect(world.notices).toEqual(["ready at 3"]);
  await world.close();
});

test("Events that raise each other for ever end at the eighth", async () => {
  const world = await World.open(`version: 1
counters: { rounds: {} }
rules:
  - { id: ping, on: my.ping, do: [ { increment: rounds }, { emit: { event: my.pong } } ] }
  - { id: pong, on: my.pong, do: [ { increment: rounds }, { emit: { event: my.ping } } ] }
`);
  await emit(world, "my.ping");
  expect(world.events("my.ping").length + world.events("my.pong").length).toBe(9);
  expect(world.of("error")).toMatchObject([{ error: "Events nest deeper than 8" }]);
  await emit(world, "my.ping");
  expect(world.of("error")).toHaveLength(2);
  await world.close();
});

test("A rule on action.failed whose own action fails does not go round for ever", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: careful, on: action.failed, do: [ { management: [nclients] } ] }
  - { id: start, on: my.start, do: [ { management: [nclients] } ] }
`);
  await emit(world, "my.start");
  await world.pass(1_000);
  expect(world.events("action.failed").length).toBeGreaterThan(0);
  expect(world.events("action.failed").length).toBeLessThanOrEqual(9);
  await world.close();
});

test("Rules on one event fire in the order of the file", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: one, on: my.event, do: [ { notify: "one" } ] }
  - { id: two, on: [my.other, my.event], do: [ { notify: "two" } ] }
  - { id: off, on: my.event, enabled: false, do: [ { notify: "off" } ] }
  - { id: shadow, on: my.event, shadow: true, do: [ { notify: "shadow" } ] }
  - { id: three, on: my.event, do: [ { notify: "three" } ] }
`);
  await emit(world, "my.event");
  expect(world.notices).toEqual(["one", "two", "three"]);
  expect(world.of("event").at(-1)).toMatchObject({
    fired: ["one", "two", "three"],
    shadow: [{ rule: "shadow", would: "fire" }],
  });
  await world.close();
});
