import { expect, test } from "vitest";
import { START, VPN1, VPN2, World } from "./support.ts";

test("A question that is told again to our next connection is decided once, and nothing that counts moves", async () => {
  const world = await World.open(`version: 1
counters: { asked: {} }
rules:
  - id: wait
    on: HOLD
    throttle: { times: 1, per: 1h }
    answer: { release: { after: 30s } }
    do: [ { increment: asked } ]
  - { id: watch, on: HOLD, observe: true, do: [ { notify: "asked" } ] }
`);
  await world.pass(10_000);
  await world.cutOff();
  await world.cutOff();
  await world.until(() => world.sent.length > 0);
  expect(world.decided("HOLD")).toEqual(["wait: hold release"]);
  expect(world.sent[0]).toBe("hold release");
  expect(world.engine.counters.status()).toEqual([{ name: "asked", key: "", count: 1 }]);
  expect(world.notices).toEqual(["asked"]);
  await world.close();
});

test("What a hold has waited already is not forgotten with the connection", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: wait, on: HOLD, answer: { release: { after: 30s } } }
`);
  await world.pass(20_000);
  await world.cutOff();
  await world.pass(START + 30_000 - world.clock.now());
  expect(world.sent[0]).toBe("hold release");
});

test("An answer that was lost with its connection is sent again, as it was decided", async () => {
  const world = await World.open(`version: 1
defaults: { HOLD: keep }
rules:
  - id: pick
    on: REMOTE
    throttle: { times: 1, per: 1h }
    answer: { mod: { host: vpn2.example.net, port: 1194 } }
    do: [ { notify: "taken" } ]
`);
  world.instead = (line) => (line.startsWith("remote MOD") ? "" : undefined);
  world.daemon.release();
  await world.pass(100);
  expect(world.sent).toEqual([]);
  expect(world.notices).toEqual([]);
  world.instead = () => undefined;
  await world.cutOff();
  await world.connected();
  expect(world.sent).toEqual(["remote MOD vpn2.example.net 1194", "remote MOD vpn2.example.net 1194"]);
  expect(world.notices).toEqual(["taken"]);
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN2.host }]);
  await world.close();
});

test("An answered question that comes again before OpenVPN has acted is answered the same and is no new attempt", async () => {
  const world = await World.open(`version: 1
remotes:
  office: { candidates: from-daemon, fail-after: 1 }
counters: { won: {} }
rules:
  - { id: failover, on: REMOTE, answer: { from: office }, do: [ { increment: won } ] }
`);
  expect(world.sent).toEqual(["hold release", "remote ACCEPT"]);
  expect(world.engine.session("office")?.attempts.tries).toBe(1);
  world.cut();
  await world.pass(900);
  expect(world.engine.session("office")?.view()).toMatchObject({ state: "CONNECTING", attempts: 1 });
  await world.connected();
  expect(world.engine.counters.status()).toEqual([{ name: "won", key: "", count: 1 }]);
  expect(world.events("remote.connected")).toHaveLength(1);
  await world.close();
});

test("A hold that OpenVPN tells again because it ignored a signal is the hold that was there", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: keep, on: HOLD, answer: keep }
  - { id: insist, on: my.event, do: [ { signal: { name: SIGUSR1, force: true } } ] }
`);
  const { engine } = world;
  engine.raise(engine.globalEvent("my.event", {}));
  engine.drain();
  await world.pass(1_000);
  expect(world.sent).toEqual(["signal SIGUSR1"]);
  expect(world.of("command").at(-1)).toMatchObject({ error: "refused" });
  expect(world.decided("HOLD")).toEqual(["keep: keep"]);
  expect(world.events("action.failed")).toMatchObject([
    { rule: "insist", action: "signal", error: "refused" },
  ]);
  await world.close();
});

test("The same question of a later attempt is a new one", async () => {
  const world = await World.open(
    `version: 1
rules:
  - { id: first, on: REMOTE, throttle: { times: 1, per: 1h }, answer: { mod: { host: vpn2.example.net, port: 1194 } } }
`,
    { daemon: { remotes: [VPN1] }, conditions: ["up"] },
  );
  world.meet(VPN2, "unknown");
  await world.connected();
  expect(world.decided("REMOTE")).toEqual([
    "first: remote MOD vpn2.example.net 1194",
    "default: remote ACCEPT",
  ]);
  expect(world.of("decision").at(-1)?.["held-back"]).toMatchObject([{ rule: "first", stage: "throttle" }]);
  await world.close();
});
