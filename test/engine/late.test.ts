import { expect, test } from "vitest";
import { VPN1, World } from "./support.ts";

const OFFICE = `version: 1
remotes:
  office: { candidates: from-daemon, fail-after: 1 }
defaults: { HOLD: keep }
rules:
  - { id: failover, on: REMOTE, answer: { from: office }, do: [ { notify: "taken" } ] }
`;

/** OpenVPN gets the first such line and says nothing for 12 s; then this happens. */
function slow(world: World, slowLine: string, then: () => void): void {
  let first = true;
  world.instead = (line) => {
    if (!first || line !== slowLine) return undefined;
    first = false;
    world.clock.after(12_000, then);
    return "";
  };
}

test("An answer that OpenVPN confirms late was taken all the same", async () => {
  const world = await World.open(OFFICE, { conditions: ["refused", "up"] });
  slow(world, "remote ACCEPT", () => {
    world.daemon.slot.say("SUCCESS: remote command succeeded");
    world.daemon.accept();
  });
  world.daemon.release();
  await world.pass(20_000);
  expect(world.notices).toEqual(["taken"]);
  expect(world.events("remote.failed")).toMatchObject([{ host: VPN1.host }]);
  expect(world.engine.remotes.group("office")?.failures(VPN1)).toBe(1);
  await world.close();
});

test("An answer that OpenVPN refuses late does not leave the question open", async () => {
  const world = await World.open(OFFICE);
  slow(world, "remote ACCEPT", () => world.daemon.slot.say("ERROR: remote command failed"));
  world.daemon.release();
  await world.pass(20_000);
  expect(world.daemon.connected).toBe(true);
  await world.close();
});

test("An OpenVPN that answers the first commands late is the same process as before, with the same question", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: wait, on: HOLD, throttle: { times: 1, per: 1h }, answer: { release: { after: 60s } } }
`);
  world.stall();
  world.cut();
  await world.pass(30_000);
  world.readOn();
  await world.pass(30_000);
  expect(world.decided("HOLD")).toEqual(["wait: hold release"]);
  expect(world.sent[0]).toBe("hold release");
  await world.close();
});

test("A connection that breaks within the first commands takes nothing along", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: wait, on: HOLD, throttle: { times: 1, per: 1h }, answer: { release: { after: 60s } } }
`);
  world.stall();
  world.cut();
  await world.pass(2_000);
  world.cut();
  world.readOn();
  await world.pass(58_000);
  expect(world.decided("HOLD")).toEqual(["wait: hold release"]);
  expect(world.sent[0]).toBe("hold release");
  await world.close();
});
