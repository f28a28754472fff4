import { expect, test } from "vitest";
import { seededRandom } from "../../src/util/random.ts";
import { World } from "./support.ts";

const RULES = `version: 1
remotes:
  office: { candidates: from-daemon, tiers: entries, fail-after: 1, penalty: { base: 10m } }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`;

const REMOTES = [1, 2, 3].map((n) => ({ host: `192.0.2.${n}`, port: 1194, proto: "tcp-client" }));

interface Story {
  readonly world: World;
  /** Answers that came when nothing was asked. */
  readonly refused: string[];
}

/** A tunnel to the first of three remotes; only the last one is up when it fails. */
async function outage(latency?: () => number): Promise<Story> {
  const world = await World.open(RULES, {
    daemon: { remotes: REMOTES, connectTimeout: 2_000, handshake: 300 },
    conditions: ["up", "refused", "up"],
    ...(latency ? { latency } : {}),
  });
  await world.connected();
  await world.pass(1_000);
  const refused: string[] = [];
  world.instead = (line) => {
    if (line.startsWith("remote ") && !world.daemon.asking) refused.push(line);
    return undefined;
  };
  const [first] = REMOTES;
  if (first) world.meet(first, "refused");
  world.daemon.signal("SIGUSR1");
  return { world, refused };
}

/** The tunnel comes up in time, OpenVPN lives, and nothing is held against the remote that works. */
async function ends({ world }: Story, within: number): Promise<void> {
  for (let waited = 0; waited < within && !world.daemon.connected; waited += 100) await world.pass(100);
  expect(world.daemon.exitCode).toBeUndefined();
  expect(world.daemon.connected).toBe(true);
  await world.pass(1_000);
  expect(world.engine.session("office")?.remote()).toMatchObject({ host: "192.0.2.3", failures: 0 });
  await world.close();
}

/** How long the outage lasts with nobody killed, ms, and how many things reach the outside. */
async function undisturbed(): Promise<{ took: number; steps: number }> {
  const { world } = await outage();
  const [since, steps] = [world.clock.now(), world.life.steps];
  await world.pass(100);
  await world.connected();
  const told = { took: world.clock.now() - since, steps: world.life.steps - steps };
  await world.close();
  return told;
}

test("An engine that is killed at any moment of an outage: each question is answered once, and the tunnel comes up", async () => {
  const { took } = await undisturbed();
  for (let at = 0; at <= took; at += 10) {
    const story = await outage();
    await story.world.pass(at);
    await story.world.kill();
    await story.world.pass([0, 300, 1_100][(at / 10) % 3] ?? 0);
    await story.world.revive();
    await ends(story, took + 5_000);
    expect(story.refused).toEqual([]);
  }
}, 60_000);

test("An engine that is killed between any two of its writes and reads: one answer at most is given in vain", async () => {
  const { took, steps } = await undisturbed();
  for (let step = 0; step < steps; step++) {
    const story = await outage();
    const { world } = story;
    world.life.fuse = world.life.steps + step;
    for (let waited = 0; waited < took && !world.life.over; waited += 100) await world.pass(100);
    await world.kill();
    await world.revive();
    await ends(story, took + 5_000);
    expect(story.refused.length).toBeLessThanOrEqual(1);
  }
}, 60_000);

test("Engines that are killed again and again, while bytes take their time: OpenVPN lives, and the tunnel comes up", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = seededRandom(seed);
    const slow = seed % 4 === 0 ? 300 : 30;
    const story = await outage(() => Math.floor(random() * slow));
    const { world } = story;
    for (let kills = 1 + Math.floor(random() * 6); kills > 0; kills--) {
      world.life.fuse = world.life.steps + Math.floor(random() * 50);
      await world.pass(Math.floor(random() * 1_500));
      await world.kill();
      await world.pass(Math.floor(random() * 600));
      await world.revive();
    }
    await ends(story, 20_000);
  }
}, 60_000);
