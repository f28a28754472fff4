import { expect, test } from "vitest";
import { VPN1, VPN2, VPN3, World } from "./support.ts";

const rulebook = (more = ""): string => `version: 1
remotes:
  office:
    candidates: from-daemon
    tiers: entries
    fail-after: 1
    penalty: { base: 10m }
    ${more}
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`;

const host = (world: World): string | undefined => world.engine.session("office")?.remote()?.host;

test("A remote that fails is left out and the next one carries the tunnel, long before OpenVPN's own turn", async () => {
  const world = await World.open(rulebook());
  await world.connected();
  expect(host(world)).toBe(VPN1.host);
  world.meet(VPN1, "silent");
  await world.until(() => !world.daemon.connected);
  await world.connected();
  expect(host(world)).toBe(VPN2.host);
  expect(world.events("remote.penalized")).toMatchObject([{ host: VPN1.host, reason: "ping-restart" }]);
  await world.close();
});

test("Remotes that are down are each tried once and the first one that works is kept, whatever the protocol", async () => {
  const world = await World.open(rulebook(), {
    daemon: { remotes: [VPN1, VPN2, VPN3] },
    conditions: ["silent", "unknown", "up"],
  });
  await world.connected();
  expect(world.events("remote.failed").map((event) => event["host"])).toEqual([VPN1.host, VPN2.host]);
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN3.host, port: 443, proto: "tcp" }]);
  await world.close();
});

test("A remote that connects tells how often it failed before", async () => {
  const world = await World.open(rulebook().replace("fail-after: 1", "fail-after: 9"), {
    conditions: ["refused", "up"],
  });
  await world.until(() => world.events("remote.failed").length === 2);
  world.meet(VPN1, "up");
  await world.connected();
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN1.host, failures: 2 }]);
  await world.close();
});

test("Too few failures leave a remote in the choice", async () => {
  const world = await World.open(rulebook().replace("fail-after: 1", "fail-after: 3"), {
    conditions: ["silent", "up"],
  });
  await world.until(() => world.events("remote.failed").length === 2);
  expect(world.events("remote.penalized")).toEqual([]);
  expect(host(world) ?? VPN1.host).toBe(VPN1.host);
  await world.connected();
  expect(world.events("remote.penalized")).toMatchObject([{ host: VPN1.host, failures: 3 }]);
  await world.close();
});

test("With every remote penalized the one whose penalty ends first is tried", async () => {
  const world = await World.open(rulebook(), { conditions: ["silent", "silent"] });
  await world.until(() => world.events("remote.exhausted").length === 1);
  world.clear();
  await world.until(() => world.events("remote.failed").length === 1);
  expect(world.events("remote.failed")).toMatchObject([{ host: VPN1.host }]);
  expect(world.decided("REMOTE")).not.toEqual([]);
  await world.close();
});

test("With on-exhausted: wait nothing is tried until the first penalty ends", async () => {
  const world = await World.open(rulebook("on-exhausted: wait"), { conditions: ["silent", "silent"] });
  await world.until(() => world.events("remote.exhausted").length === 1);
  const [first] = world.events("remote.penalized");
  const until = Number(first?.["until"]);
  world.clear();
  world.meet(VPN1, "up");
  await world.pass(until - world.clock.now() - 1_000);
  expect(world.sent).toEqual([]);
  await world.pass(2_500);
  expect(world.daemon.connected).toBe(true);
  expect(host(world)).toBe(VPN1.host);
  await world.close();
});

test("A pardon ends the waiting at once", async () => {
  const world = await World.open(rulebook("on-exhausted: wait"), { conditions: ["silent", "silent"] });
  await world.until(() => world.events("remote.exhausted").length === 1);
  await world.pass(30_000);
  world.meet(VPN2, "up");
  expect(world.engine.remotes.forgive("office", VPN2.host)).toBeUndefined();
  world.engine.drain();
  await world.pass(3_000);
  expect(world.daemon.connected).toBe(true);
  expect(host(world)).toBe(VPN2.host);
  await world.close();
});

test("A group that has candidates of its own sends OpenVPN to them", async () => {
  const world = await World.open(
    `version: 1
remotes:
  office:
    candidates: [{ host: other.example.net, port: 1195, proto: udp }]
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`,
    { conditions: ["silent", "silent"] },
  );
  world.meet({ host: "other.example.net", port: 1195, proto: "udp" }, "up");
  await world.connected();
  expect(world.sent).toContain("remote MOD other.example.net 1195");
  expect(world.events("remote.connected")).toMatchObject([{ host: "other.example.net", port: 1195 }]);
  await world.close();
});
