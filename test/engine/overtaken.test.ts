import { expect, test } from "vitest";
import { VPN1, VPN2, VPN3, World } from "./support.ts";

const OFFICE = `version: 1
defaults: { HOLD: keep }
remotes:
  office: { candidates: from-daemon, tiers: entries, fail-after: 1, penalty: { base: 10m } }
rules:
  - { id: failover, on: REMOTE, answer: { from: office }, do: [ { notify: "chosen" } ] }
`;

/** The question for the first remote was answered by somebody else a moment ago, and no engine runs. */
async function answered(how: (world: World) => void): Promise<World> {
  const world = await World.open(OFFICE, {
    daemon: { remotes: [VPN1, VPN2, VPN3] },
    conditions: ["silent", "up", "up"],
  });
  await world.kill();
  world.daemon.release();
  await world.pass(0);
  how(world);
  await world.pass(500);
  return world;
}

/** OpenVPN acts upon what it was told, before it reads the first line like this. */
function actsBefore(world: World, line: RegExp): void {
  world.instead = (read) => {
    if (!line.test(read)) return undefined;
    world.instead = () => undefined;
    world.clock.advance(1_000);
    return undefined;
  };
}

test("An answer that comes when OpenVPN asks for the next remote already is the answer to that one", async () => {
  const world = await answered(({ daemon }) => daemon.skip(1));
  actsBefore(world, /^remote /);
  await world.revive();
  await world.connected();
  expect(world.sent).toEqual(["remote ACCEPT"]);
  expect(world.engine.session("office")?.remote()).toMatchObject({ host: VPN2.host });
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN2.host }]);
  await world.close();
});

test("A question behind an answer that is not taken is answered as soon as that is known", async () => {
  const world = await answered(({ daemon }) => daemon.skip(1));
  world.instead = (line) => {
    if (!line.startsWith("remote ")) return undefined;
    world.instead = () => undefined;
    world.clock.advance(1_000);
    return "ERROR: remote command failed";
  };
  await world.revive();
  await world.connected();
  expect(world.sent).toEqual(["remote ACCEPT", "remote ACCEPT"]);
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN2.host }]);
  await world.close();
});

test("A question that OpenVPN has acted upon before it tells us its state is not answered any more", async () => {
  const world = await answered(({ daemon }) => daemon.accept());
  actsBefore(world, /^version/);
  await world.revive();
  await world.pass(3_500);
  expect(world.daemon.state.command("state", ["1"])[0]).toContain(",WAIT,");
  expect(world.sent).toEqual([]);
  await world.close();
});

test("A remote that is asked for anew, after all answers were refused, is answered", async () => {
  const world = await World.open(OFFICE, { daemon: { remotes: [VPN1] } });
  world.instead = (line) => (line.startsWith("remote ") ? "ERROR: remote command failed" : undefined);
  world.daemon.release();
  await world.pass(60_000);
  expect(world.daemon.asking).toBe(true);
  world.instead = () => undefined;
  world.daemon.skip(1);
  await world.connected();
  await world.close();
});

test("A tunnel that came and went while no engine ran: OpenVPN dials its server again, whatever MOD names, so it is skipped", async () => {
  const world = await World.open(OFFICE.replace("defaults: { HOLD: keep }\n", ""));
  expect(world.sent).toEqual(["hold release", "remote ACCEPT"]);
  await world.kill();
  await world.connected();
  await world.pass(5_000);
  world.meet(VPN1, "silent");
  await world.until(() => world.daemon.held);
  await world.revive();
  await world.connected();
  expect(world.sent).toEqual([
    "hold release",
    "remote ACCEPT",
    "hold release",
    "remote SKIP",
    "remote ACCEPT",
  ]);
  expect(world.engine.remotes.group("office")?.status()).toMatchObject([{ failures: 1 }, { failures: 0 }]);
  await world.close();
});

test("A SKIP round the list, by an engine that died before the reply, is not sent a second time: that would end OpenVPN", async () => {
  const world = await World.open(`version: 1
defaults: { HOLD: keep }
rules:
  - { id: round, on: REMOTE, answer: { skip: 2 } }
`);
  await world.kill();
  world.daemon.release();
  await world.pass(0);
  world.daemon.accept();
  await world.connected();
  await world.revive();
  world.instead = (line) => {
    if (line.startsWith("remote ")) world.life.fuse = world.life.steps;
    return undefined;
  };
  world.daemon.signal("SIGUSR1");
  await world.pass(100);
  world.daemon.release();
  await world.pass(3_000);
  expect(world.life.over).toBe(true);
  expect(world.daemon.question).toContain(VPN1.host);
  world.instead = () => undefined;
  await world.revive();
  await world.connected();
  expect(world.sent).toEqual(["remote ACCEPT"]);
  await world.close();
});
