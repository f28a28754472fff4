import { expect, test } from "vitest";
import { VPN1, VPN2, World } from "./support.ts";

test("The hold of another process is another question: it waits its own time", async () => {
  const world = await World.open(`version: 1
counters: { asked: {} }
rules:
  - { id: wait, on: HOLD, answer: { release: { after: 30s } } }
  - { id: watch, on: HOLD, observe: true, do: [ { increment: asked } ] }
`);
  await world.pass(29_000);
  await world.another();
  await world.pass(20_000);
  expect(world.sent).toEqual([]);
  await world.pass(12_000);
  expect(world.sent[0]).toBe("hold release");
  expect(world.engine.counters.status()).toEqual([{ name: "asked", key: "", count: 2 }]);
  await world.close();
});

test("The remote that another process asks is another question, though it is the same remote", async () => {
  const world = await World.open(
    `version: 1
remotes:
  office: { candidates: from-daemon, fail-after: 1 }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`,
    { daemon: { hold: false } },
  );
  await world.connected();
  world.instead = (line) => (line.startsWith("remote ") ? "" : undefined);
  world.daemon.signal("SIGUSR1");
  await world.until(() => world.daemon.asking);
  world.clear();
  world.instead = () => undefined;
  world.engine.remotes.penalize("office", VPN1.host, undefined);
  await world.another();
  await world.connected();
  expect(world.decided("REMOTE")).toEqual(["failover: remote SKIP", "failover: remote ACCEPT"]);
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN2.host }]);
  await world.close();
});

test("A question of another process is another one to the next engine, too", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: wait, on: HOLD, answer: { release: { after: 30s } } }
`);
  await world.pass(29_000);
  await world.kill();
  await world.another();
  await world.revive();
  await world.pass(20_000);
  expect(world.sent).toEqual([]);
  await world.close();
});

test("What ended with its process is not taken for stable", async () => {
  const world = await World.open(
    `version: 1
remotes:
  office: { candidates: from-daemon, fail-after: 1, stable-after: 5m }
defaults: { HOLD: { release: { after: 0s } } }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
  - { id: park, on: HOLD, when: "vars.parked", answer: keep }
variables: { parked: { type: bool, default: false } }
`,
    { conditions: ["refused", "up"] },
  );
  await world.connected();
  expect(world.engine.remotes.group("office")?.failures(VPN1)).toBe(1);
  world.engine.variables.set("parked", true);
  await world.another();
  await world.pass(10 * 60_000);
  expect(world.engine.remotes.group("office")?.status()).toMatchObject([
    { current: false },
    { current: false },
  ]);
  await world.close();
});
