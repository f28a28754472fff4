import { expect, test } from "vitest";
import { World } from "./support.ts";

async function emit(world: World, type: string, fields: Record<string, unknown> = {}): Promise<void> {
  world.engine.raise(world.engine.globalEvent(type, fields));
  world.engine.drain();
  await world.pass(0);
}

const COUNTERS = `version: 1
counters: { hits: { key: event.who, window: 10m, max-keys: 2 }, all: {} }
variables: { last: { type: text, default: nobody }, limit: { type: size, default: 1GB } }
rules:
  - { id: hit, on: my.hit, do: [ { increment: hits }, { increment: all }, { set: { last: "\${event.who}" } } ] }
  - { id: often, on: my.hit, when: 'counter("hits") >= 2', do: [ { notify: "\${event.who} again" } ] }
`;

const counts = (world: World): string[] =>
  world.engine.counters.status().map(({ name, key, count }) => `${name}/${key}: ${count}`);

test("A counter counts for each key apart, and a rule reads its own key's count", async () => {
  const world = await World.open(COUNTERS);
  await emit(world, "my.hit", { who: "ann" });
  await emit(world, "my.hit", { who: "bob" });
  await emit(world, "my.hit", { who: "ann" });
  await emit(world, "my.hit", { who: "ann" });
  expect(counts(world)).toEqual(["hits/bob: 1", "hits/ann: 3", "all/: 4"]);
  expect(world.notices).toEqual(["ann again"]);
  await world.close();
});

test("What left the window is not counted, and a counter without one counts for ever", async () => {
  const world = await World.open(COUNTERS);
  await emit(world, "my.hit", { who: "ann" });
  await world.pass(5 * 60_000);
  await emit(world, "my.hit", { who: "ann" });
  expect(counts(world)).toEqual(["hits/ann: 2", "all/: 2"]);
  await world.pass(5 * 60_000 + 1);
  expect(counts(world)).toEqual(["hits/ann: 1", "all/: 2"]);
  await world.pass(3_600_000);
  expect(counts(world)).toEqual(["hits/ann: 0", "all/: 2"]);
  await world.close();
});

test("Beyond max-keys the key longest unused is forgotten", async () => {
  const world = await World.open(COUNTERS);
  for (const who of ["ann", "bob", "ann", "eve"]) await emit(world, "my.hit", { who });
  expect(counts(world)).toEqual(["hits/ann: 2", "hits/eve: 1", "all/: 4"]);
  expect(world.store.entries("counters").map(([key]) => key)).toEqual(["all/", "hits/ann", "hits/eve"]);
  await world.close();
});

test("Counters and variables outlive the engine", async () => {
  const world = await World.open(COUNTERS);
  await emit(world, "my.hit", { who: "ann" });
  await emit(world, "my.hit", { who: "a/b" });
  expect(world.engine.variables.set("limit", 5)).toBeUndefined();
  await world.restart();
  expect(counts(world)).toEqual(["hits/a/b: 1", "hits/ann: 1", "all/: 2"]);
  expect(world.engine.variables.values).toEqual({ last: "a/b", limit: 5 });
  await emit(world, "my.hit", { who: "ann" });
  expect(counts(world)).toContain("hits/ann: 2");
  await world.close();
});

test("A variable that the rulebook now has as another type begins with its default", async () => {
  const world = await World.open(COUNTERS);
  world.store.put("variables", "last", 7);
  world.store.put("variables", "gone", "x");
  await world.restart();
  expect(world.engine.variables.values).toEqual({ last: "nobody", limit: 1_000_000_000 });
  await world.close();
});

test("A value of another type is refused, and the variable stays", async () => {
  const world = await World.open(`version: 1
variables: { level: { type: number, default: 1 } }
rules:
  - { id: up, on: my.level, do: [ { set: { level: "\${event.to}" } } ] }
`);
  await emit(world, "my.level", { to: 2 });
  expect(world.engine.variables.values).toEqual({ level: 2 });
  await emit(world, "my.level", { to: "three" });
  expect(world.engine.variables.values).toEqual({ level: 2 });
  expect(world.events("action.failed")).toMatchObject([{ rule: "up", action: "set", error: "invalid" }]);
  await world.close();
});

test("A rule's increment is seen by the rule's own condition at the next event, not at this one", async () => {
  const world = await World.open(`version: 1
counters: { seen: {} }
rules:
  - { id: first, on: my.event, when: 'counter("seen") == 0', do: [ { increment: seen }, { notify: "first" } ] }
  - { id: later, on: my.event, when: 'counter("seen") > 0', do: [ { notify: "later" } ] }
`);
  await emit(world, "my.event");
  await emit(world, "my.event");
  expect(world.notices).toEqual(["first", "later"]);
  await world.close();
});
