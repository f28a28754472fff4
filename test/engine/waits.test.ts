import { afterEach, expect, test } from "vitest";
import { World } from "./support.ts";

let world: World;
afterEach(() => world.close());

const fired = (rule: string): number =>
  world.of("event").filter((record) => ((record["fired"] as string[] | undefined) ?? []).includes(rule))
    .length;

const book = (name: string, duration: string): string => `version: 1
defaults: { HOLD: { release: { after: 0s } } }
rules:
  - { id: long, on: STATE, where: { name: ${name} }, for: ${duration}, do: [ { notify: "long" } ] }
`;

test("what ended while no engine ran does not fire afterwards", async () => {
  world = await World.open(book("WAIT", "3s"), { conditions: ["silent", "up"] });
  await world.until(() => world.events("STATE").some(({ name }) => name === "WAIT"));
  await world.kill();
  // The attempt fails, and nobody is there to answer the next question.
  await world.pass(60_000);
  await world.revive();
  await world.pass(60_000);
  expect(fired("long")).toBe(0);
});

test("what went on while no engine ran fires when it is known that it did", async () => {
  world = await World.open(book("CONNECTED", "10m"));
  await world.connected();
  await world.pass(60_000);
  await world.kill();
  await world.pass(20 * 60_000);
  expect(fired("long")).toBe(0);
  const before = world.records.length;
  await world.revive();
  expect(fired("long")).toBe(1);
  const kinds = world.records
    .slice(before)
    .map(
      ({ kind, event, fired: rules }) =>
        `${kind} ${(event as { type?: string })?.type ?? ""} ${(rules as string[] | undefined)?.join() ?? ""}`,
    );
  expect(kinds.findIndex((line) => line.startsWith("attached"))).toBeLessThan(
    kinds.findIndex((line) => line.endsWith("long")),
  );
});

test("a wait that falls due while the connection is lost is judged when it is back", async () => {
  world = await World.open(book("CONNECTED", "1s"));
  await world.until(() => world.events("STATE").some(({ name }) => name === "CONNECTED"));
  world.cut();
  await world.pass(5);
  expect(fired("long")).toBe(0);
  await world.until(() => world.engine.session("office")?.settled === true);
  await world.pass(1_500);
  expect(fired("long")).toBe(1);
});

test("a tunnel that broke and came back meanwhile begins anew", async () => {
  world = await World.open(book("CONNECTED", "10m"));
  await world.connected();
  await world.pass(9 * 60_000);
  world.cut();
  world.daemon.signal("SIGUSR1");
  await world.pass(30_000);
  expect(fired("long")).toBe(0);
  await world.connected();
  await world.pass(9 * 60_000);
  expect(fired("long")).toBe(0);
});

test("daemon.lost fires while the daemon is lost", async () => {
  world = await World.open(`version: 1
rules:
  - { id: long, on: daemon.lost, for: 5m, do: [ { notify: "gone" } ] }
`);
  await world.connected();
  world.daemon.exit(0, "SIGTERM");
  await world.pass(6 * 60_000);
  expect(fired("long")).toBe(1);
});
