import { expect, test } from "vitest";
import { START, VPN1, World } from "./support.ts";

const rulebook = (answer: string, more = ""): string => `version: 1
${more}
rules:
  - { id: hold, on: HOLD, answer: ${answer} }
`;

/** When `hold release` was sent, ms after the start. */
function releases(world: World): number[] {
  return world
    .of("command")
    .filter(({ command }) => command === "hold release")
    .map(({ at }) => Date.parse(at) - START);
}

/** One remote that fails each time at once: a hold follows a hold, and OpenVPN advises a second. */
const FAILING = { daemon: { remotes: [VPN1] }, conditions: ["unknown"] } as const;

test("Without a rule a hold is released after the seconds that OpenVPN advises", async () => {
  const world = await World.open("version: 1\nrules: []\n", {
    ...FAILING,
    daemon: { remotes: [VPN1], connectRetry: [7, 300] },
  });
  await world.until(() => releases(world).length === 3);
  const [first = 0, second = 0, third = 0] = releases(world);
  expect(first).toBe(0);
  expect(second - first).toBeGreaterThanOrEqual(7_000);
  expect(second - first).toBeLessThan(9_000);
  expect(third - second).toBeGreaterThanOrEqual(7_000);
  expect(world.decided("HOLD")[0]).toBe("default: hold release");
  await world.close();
});

test("Where OpenVPN advises no pause and asks for no remote, attempts are still a second apart", async () => {
  const world = await World.open("version: 1\nrules: []\n", {
    ...FAILING,
    daemon: { remotes: [VPN1], connectRetry: [0, 0], queryRemote: false },
  });
  await world.pass(10_000);
  expect(releases(world).length).toBeGreaterThan(5);
  expect(releases(world).length).toBeLessThanOrEqual(11);
  await world.close();
});

test("A healthy candidate is not kept waiting, and two releases are a second apart", async () => {
  const world = await World.open(
    `version: 1
remotes:
  office: { candidates: from-daemon, tiers: entries, fail-after: 9 }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`,
    { conditions: ["unknown", "unknown"], daemon: { connectRetry: [60, 300] } },
  );
  await world.until(() => releases(world).length === 5);
  const times = releases(world);
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  for (const gap of gaps) {
    expect(gap).toBeGreaterThanOrEqual(1_000);
    expect(gap).toBeLessThanOrEqual(3_000);
  }
  await world.close();
});

test("With nothing but penalized candidates OpenVPN's own advice is kept", async () => {
  const world = await World.open(
    `version: 1
remotes:
  office: { candidates: from-daemon, fail-after: 1, penalty: { base: 2h } }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`,
    { conditions: ["unknown"], daemon: { remotes: [VPN1], connectRetry: [40, 300] } },
  );
  await world.until(() => releases(world).length === 3);
  const [, second = 0, third = 0] = releases(world);
  expect(third - second).toBeGreaterThanOrEqual(40_000);
  await world.close();
});

test("`after` is a time of one's own: 0s at once, and a CEL duration is worked out for each hold", async () => {
  const atOnce = await World.open(rulebook("{ release: { after: 0s } }"), {
    ...FAILING,
    daemon: { remotes: [VPN1], connectRetry: [30, 300] },
  });
  await atOnce.pass(10_000);
  expect(releases(atOnce).length).toBeGreaterThan(3);
  await atOnce.close();
  const counted = await World.open(rulebook(`{ release: { after: "event.wait > 0 ? 20s : 3s" } }`), FAILING);
  await counted.until(() => releases(counted).length === 2);
  const [first = 0, second = 0] = releases(counted);
  expect(first).toBe(3_000);
  expect(second - first).toBeGreaterThanOrEqual(20_000);
  await counted.close();
});

test("A back-off doubles with each hold up to its bound, and begins anew once connected", async () => {
  const world = await World.open(
    rulebook("{ release: { backoff: { base: 4s, max: 16s, jitter: false } } }"),
    FAILING,
  );
  await world.until(() => releases(world).length === 5);
  const times = releases(world);
  const waits = world.of("decision").filter(({ event }) => (event as { type: string }).type === "HOLD");
  expect(waits.map((wait) => wait["wait-ms"]).slice(0, 5)).toEqual([4_000, 8_000, 16_000, 16_000, 16_000]);
  expect((times[4] ?? 0) - (times[3] ?? 0)).toBeGreaterThanOrEqual(16_000);
  world.meet(VPN1, "up");
  await world.connected();
  world.clear();
  world.meet(VPN1, "silent");
  await world.until(() => world.decided("HOLD").length === 1);
  expect(
    world.of("decision").find(({ event }) => (event as { type: string }).type === "HOLD")?.["wait-ms"],
  ).toBe(4_000);
  await world.close();
});

test("Jitter takes up to half of a back-off away, and never the whole", async () => {
  for (const [random, wait] of [
    [0, 5_000],
    [0.5, 7_500],
    [0.999_999, 10_000],
  ] as const) {
    const world = await World.open(
      rulebook("{ release: { backoff: { base: 10s, max: 1m, jitter: true } } }"),
      {
        ...FAILING,
        random: () => random,
      },
    );
    expect(world.of("decision")[0]?.["wait-ms"]).toBe(wait);
    await world.close();
  }
});

test("`at-end-of` waits until the window closes; outside of it OpenVPN's advice counts", async () => {
  const windows = `windows: { quiet: { from: "08:00", to: "09:05", tz: UTC } }`;
  const world = await World.open(rulebook("{ release: { at-end-of: quiet } }", windows), FAILING);
  await world.pass(5 * 60_000 - 1);
  expect(releases(world)).toEqual([]);
  await world.pass(1);
  expect(releases(world)).toEqual([300_000]);
  await world.until(() => releases(world).length === 3);
  expect((releases(world)[2] ?? 0) - (releases(world)[1] ?? 0)).toBeLessThan(5_000);
  await world.close();
});

test("`keep` leaves the hold to people, and says so once", async () => {
  const world = await World.open(rulebook("keep"));
  await world.pass(3_600_000);
  expect(world.sent).toEqual([]);
  expect(world.daemon.held).toBe(true);
  expect(world.engine.session("office")?.desk.open).toMatchObject({
    query: "HOLD",
    phase: "parked",
    why: "kept by a rule",
  });
  expect(world.of("decision")).toMatchObject([{ rule: "hold", parked: "kept by a rule" }]);
  await world.close();
});
