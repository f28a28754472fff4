import { expect, test } from "vitest";
import { VPN1, World } from "./support.ts";

test("A dry run answers with the defaults, whatever the rules say", async () => {
  const world = await World.open(
    `version: 1
rules:
  - { id: keep, on: HOLD, answer: keep }
  - { id: pick, on: REMOTE, answer: { mod: { host: vpn2.example.net, port: 1194 } } }
`,
    { dryRun: true },
  );
  await world.connected();
  expect(world.sent).toEqual(["hold release", "remote ACCEPT"]);
});

test("A dry run runs no actions and still says which rules fire", async () => {
  const world = await World.open(
    `version: 1
rules:
  - { id: greet, on: STATE, where: { name: CONNECTED }, do: [ { verb: 5 }, { signal: SIGUSR2 }, { notify: "up" } ] }
`,
    { dryRun: true },
  );
  await world.connected();
  await world.pass(1_000);
  expect(world.of("action")).toEqual([]);
  expect(world.daemon.verb).toBe(3);
  expect(world.of("event").filter(({ fired }) => String(fired) === "greet")).toHaveLength(1);
  await world.close();
});

test("A dry run does not send the tunnel back", async () => {
  const yaml = `version: 1
remotes:
  office: { candidates: from-daemon, tiers: entries, fail-after: 1, penalty: { base: 10s }, failback: { after: 20s } }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`;
  for (const dryRun of [false, true]) {
    const world = await World.open(yaml, { dryRun, conditions: ["silent", "up"] });
    await world.connected();
    world.meet(VPN1, "up");
    await world.pass(120_000);
    const signals = world.of("command").filter(({ command }) => command === "signal SIGUSR1");
    if (!dryRun) expect(signals).toHaveLength(1);
    else for (const signal of signals) expect(signal).toMatchObject({ "dry-run": true });
    expect(world.events("STATE").some(({ detail }) => detail === "SIGUSR1")).toBe(!dryRun);
    await world.close();
  }
});

test("A dry run listens, and leaves OpenVPN's settings alone", async () => {
  const world = await World.open(
    "version: 1\ndaemons: { office: { management: unix:o, auth-retry: interact } }\n",
    {
      dryRun: true,
    },
  );
  await world.connected();
  expect(world.daemon.authRetry).toBe("none");
  expect(world.events("STATE").map(({ name }) => name)).toContain("CONNECTED");
  await world.close();
  const real = await World.open(
    "version: 1\ndaemons: { office: { management: unix:o, auth-retry: interact } }\n",
  );
  expect(real.daemon.authRetry).toBe("interact");
  await real.close();
});
