import { expect, test } from "vitest";
import { START, VPN1, VPN2, VPN3, World } from "./support.ts";

const OFFICE = `version: 1
remotes:
  office: { candidates: from-daemon, tiers: entries, fail-after: 1, penalty: { base: 10m } }
counters: { won: {} }
rules:
  - id: failover
    on: REMOTE
    throttle: { times: 1000, per: 1h }
    answer: { from: office }
    do: [ { increment: won } ]
`;

const attempt = (event: unknown): unknown => (event as { attempt: unknown }).attempt;

const won = (world: World): number => world.engine.counters.status()[0]?.count ?? 0;

test("A hold that was open when the engine was killed is released by the next one, once", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: wait, on: HOLD, throttle: { times: 1, per: 1h }, answer: { release: { after: 5s } }, do: [ { notify: "released" } ] }
`);
  await world.pass(1_000);
  await world.restart();
  await world.pass(5_000);
  expect(world.sent.filter((command) => command === "hold release")).toHaveLength(1);
  expect(world.decided("HOLD")).toEqual(["wait: hold release", "wait: hold release"]);
  expect(world.notices).toEqual(["released"]);
  await world.close();
});

test("What a hold has waited already counts for the engine that comes after", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: wait, on: HOLD, answer: { release: { after: 60s } } }
`);
  await world.pass(50_000);
  await world.restart();
  await world.pass(START + 60_000 - world.clock.now());
  expect(world.sent[0]).toBe("hold release");
});

test("A remote that is asked while no engine runs is answered by the next one", async () => {
  const world = await World.open(OFFICE.replace("rules:", "defaults: { HOLD: keep }\nrules:"));
  await world.kill();
  world.daemon.release();
  await world.pass(60_000);
  expect(world.daemon.asking).toBe(true);
  await world.revive();
  expect(world.sent).toEqual(["remote ACCEPT"]);
  await world.connected();
  expect(won(world)).toBe(1);
  await world.close();
});

test("A remote that was asked and not answered is the same question to the next engine", async () => {
  const world = await World.open(`version: 1
defaults: { HOLD: keep }
rules:
  - id: once
    on: REMOTE
    throttle: { times: 1, per: 1h }
    answer: { mod: { host: vpn2.example.net, port: 1194 } }
    do: [ { notify: "taken" } ]
`);
  world.instead = (line) => (line.startsWith("remote ") ? "" : undefined);
  world.daemon.release();
  await world.pass(5_000);
  world.instead = () => undefined;
  await world.restart();
  expect(world.sent.at(-1)).toBe("remote MOD vpn2.example.net 1194");
  await world.connected();
  expect(world.notices).toEqual(["taken"]);
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN2.host }]);
  await world.close();
});

test("An answer that OpenVPN took and has not acted upon is not given again, and counted once", async () => {
  const world = await World.open(OFFICE);
  expect(world.sent).toEqual(["hold release", "remote ACCEPT"]);
  await world.pass(500);
  expect(world.daemon.question).toBeDefined();
  await world.restart();
  await world.connected();
  expect(world.sent).toEqual(["hold release", "remote ACCEPT"]);
  expect(won(world)).toBe(1);
  expect(world.engine.session("office")?.remote()).toMatchObject({ host: VPN1.host });
  expect(world.events("remote.failed")).toEqual([]);
  await world.close();
});

test("An answer that was taken without our knowing is not followed by others", async () => {
  const world = await World.open(OFFICE.replace("rules:", "defaults: { HOLD: keep }\nrules:"));
  await world.kill();
  world.daemon.release();
  await world.pass(0);
  world.daemon.accept();
  await world.pass(100);
  await world.revive();
  await world.connected();
  expect(world.sent).toEqual(["remote ACCEPT"]);
  await world.close();
});

test("Of questions that were asked while the engine came up only the last is open, and only it is answered", async () => {
  const yaml = OFFICE.replace("rules:", "defaults: { HOLD: keep }\nrules:");
  const world = await World.open(yaml, { daemon: { remotes: [VPN1, VPN2, VPN3] } });
  await world.kill();
  world.daemon.release();
  await world.pass(0);
  world.daemon.skip(1);
  await world.pass(500);
  world.instead = (line) => {
    // OpenVPN acts upon the skip, and asks on, before it reads this.
    if (line.startsWith("log ")) world.clock.advance(1_000);
    return undefined;
  };
  await world.revive();
  world.instead = () => undefined;
  await world.connected();
  // The first was skipped by somebody else, maybe past the list's end: it is not skipped to again.
  expect(world.sent).toEqual(["remote ACCEPT"]);
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN2.host }]);
  await world.close();
});

test("An engine that finds a tunnel up knows whose it is and since when, and says nothing about it", async () => {
  const world = await World.open(OFFICE);
  await world.connected();
  const before = world.engine.session("office")?.remote();
  world.clear();
  await world.pass(30_000);
  await world.restart();
  const after = world.engine.session("office")?.remote();
  expect(after).toMatchObject({ host: VPN1.host, port: 1194 });
  expect(Math.abs(Number(after?.connected_since) - Number(before?.connected_since))).toBeLessThanOrEqual(
    1_000,
  );
  expect(world.events("remote.connected")).toEqual([]);
  expect(world.events("STATE")).toEqual([]);
  expect(world.sent).toEqual([]);
  await world.close();
});

test("What was tried and held since the last tunnel is counted on by the next engine", async () => {
  const world = await World.open(
    `version: 1
rules:
  - { id: hold, on: HOLD, answer: { release: { backoff: { base: 8s, max: 5m } } } }
  - { id: failover, on: REMOTE, answer: accept }
`,
    { conditions: ["refused", "refused"] },
  );
  await world.until(() => world.of("decision").length === 5);
  await world.pass(1_000);
  await world.restart();
  await world.until(() => world.of("decision").length === 8);
  const waits = world.of("decision").map((record) => record["wait-ms"] ?? attempt(record["event"]));
  expect(waits).toEqual([8_000, 1, 16_000, 2, 32_000, 31_000, 3, 64_000]);
  await world.close();
});

test("A tunnel that was up before is known by address, port and protocol", async () => {
  const world = await World.open(
    `version: 1
remotes:
  office:
    candidates: [ { host: 192.0.2.1, port: 443, proto: udp }, { host: 192.0.2.1, port: 443, proto: tcp, tier: 2 } ]
defaults: { HOLD: keep }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`,
    { daemon: { remotes: [{ host: "192.0.2.1", port: 443, proto: "tcp-client" }] } },
  );
  await world.kill();
  world.daemon.release();
  await world.until(() => world.daemon.asking);
  world.daemon.accept();
  await world.connected();
  await world.revive();
  expect(world.engine.session("office")?.remote()).toMatchObject({ host: "192.0.2.1", proto: "tcp" });
  await world.close();
});

test("A tunnel that another manager moved while no engine ran is known for what it is", async () => {
  const world = await World.open(
    `version: 1
remotes:
  office: { candidates: [ { host: 192.0.2.1, port: 1194, proto: udp }, { host: 192.0.2.2, port: 1194, proto: udp, tier: 2 } ], fail-after: 1, stable-after: 10m }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
  - { id: long, on: remote.connected, for: 10m, do: [ { notify: "long \${event.host}" } ] }
`,
    { daemon: { remotes: ["192.0.2.1", "192.0.2.2"].map((host) => ({ host, port: 1194, proto: "udp" })) } },
  );
  await world.connected();
  await world.pass(9 * 60_000);
  await world.kill();
  world.daemon.signal("SIGUSR1");
  await world.pass(3_000);
  world.daemon.release();
  await world.until(() => world.daemon.asking);
  world.daemon.skip(1);
  await world.pass(2_000);
  world.daemon.accept();
  await world.connected();
  await world.revive();
  await world.pass(2 * 60_000);
  expect(world.engine.session("office")?.remote()).toMatchObject({ host: "192.0.2.2" });
  expect(world.engine.remotes.group("office")?.status()).toMatchObject([
    { current: false },
    { current: true },
  ]);
  expect(world.notices).toEqual([]);
  await world.close();
});

test("A tunnel that was lost while no engine ran counts against its remote", async () => {
  const world = await World.open(OFFICE);
  await world.connected();
  await world.kill();
  world.meet(VPN1, "silent");
  await world.pass(20_000);
  world.clear();
  await world.revive();
  await world.connected();
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN2.host }]);
  const [first] = world.engine.remotes.group("office")?.status() ?? [];
  expect(first).toMatchObject({ host: VPN1.host, failures: 1 });
  await world.close();
});

test("A penalty outlives the engine and ends when it was to end", async () => {
  const world = await World.open(OFFICE, { conditions: ["silent", "up"] });
  await world.connected();
  const until = Number(world.events("remote.penalized")[0]?.["until"]);
  await world.restart();
  world.clear();
  await world.pass(until - world.clock.now() - 1);
  expect(world.events("remote.recovered")).toEqual([]);
  await world.pass(1);
  expect(world.events("remote.recovered")).toMatchObject([{ host: VPN1.host }]);
  await world.close();
});

test("Engines that are killed one after the other lose nothing: the tunnel comes up and each answer counts once", async () => {
  const world = await World.open(OFFICE, { conditions: ["silent", "up"] });
  for (let i = 0; i < 40 && !world.daemon.connected; i++) {
    await world.pass(700);
    await world.restart();
  }
  await world.connected();
  expect(world.engine.session("office")?.remote()).toMatchObject({ host: VPN2.host });
  expect(won(world)).toBe(2);
  await world.close();
});
