import { expect, test } from "vitest";
import { VPN2, World } from "./support.ts";

const REFUSED = "ERROR: remote command failed";

const MOD = `version: 1
rules:
  - { id: pick, on: REMOTE, answer: { mod: { host: other.example.net, port: 1194 } }, do: [ { notify: "took it" } ] }
`;

test("A refused answer leads to the default, and the tunnel comes up", async () => {
  const world = await World.open(`${MOD}defaults: { HOLD: keep }\n`);
  world.instead = (line) => (line.startsWith("remote MOD") ? REFUSED : undefined);
  world.daemon.release();
  await world.connected();
  expect(world.sent).toEqual(["remote MOD other.example.net 1194", "remote ACCEPT"]);
  expect(world.of("error")).toMatchObject([
    { query: "REMOTE", answer: "mod", error: "remote command failed" },
  ]);
  await world.close();
});

test("A candidate that OpenVPN does not take makes way for the group's next one", async () => {
  const world = await World.open(`version: 1
defaults: { HOLD: keep }
remotes:
  office:
    candidates: [{ host: other.example.net, port: 1194, proto: udp }, { host: vpn2.example.net, port: 1194, proto: udp }]
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`);
  world.instead = (line) => (line.startsWith("remote MOD other") ? REFUSED : undefined);
  world.daemon.release();
  await world.connected();
  expect(world.sent).toEqual(["remote MOD other.example.net 1194", "remote MOD vpn2.example.net 1194"]);
  expect(world.events("remote.connected")).toMatchObject([{ group: "office", host: VPN2.host }]);
  await world.close();
});

test("An only candidate that cannot be named by MOD is reached by a SKIP to its entry", async () => {
  const world = await World.open(`version: 1
defaults: { HOLD: keep }
remotes:
  office: { candidates: [{ host: vpn2.example.net, port: 1194, proto: udp }] }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
`);
  world.instead = (line) => (line.startsWith("remote MOD") ? REFUSED : undefined);
  world.daemon.release();
  await world.connected();
  expect(world.events("remote.connected")).toMatchObject([{ host: VPN2.host }]);
});

test("When OpenVPN refuses whatever is said, it is let alone after a bounded number of answers", async () => {
  const world = await World.open(`${MOD}defaults: { HOLD: keep }\n`);
  world.instead = (line) => (line.startsWith("remote ") ? REFUSED : undefined);
  world.daemon.release();
  await world.pass(60_000);
  expect(world.sent.length).toBeGreaterThan(1);
  expect(world.sent.length).toBeLessThan(8);
  expect(world.sent.at(-1)).toBe("remote ACCEPT");
  expect(world.engine.session("office")?.desk.open).toMatchObject({
    phase: "parked",
    why: "remote command failed",
  });
  world.instead = () => undefined;
  await world.cutOff();
  expect(world.engine.session("office")?.desk.open).toBeUndefined();
  await world.close();
});

test("An answer that cannot be worked out is replaced by the default's", async () => {
  const world = await World.open(`version: 1
variables: { target: { type: text, default: "not a host" } }
rules:
  - { id: pick, on: REMOTE, answer: { mod: { host: "\${vars.target}", port: 1194 } } }
`);
  await world.connected();
  expect(world.sent.slice(1)).toContain("remote ACCEPT");
  expect(world.of("error")).toMatchObject([{ query: "REMOTE", answer: "mod" }]);
  await world.close();
});

test("An expression that fails in an answer lets the default answer", async () => {
  const world = await World.open(`version: 1
rules:
  - { id: wait, on: HOLD, answer: { release: { after: "1s * (10 / event.wait)" } } }
`);
  await world.pass(2_000);
  expect(world.sent[0]).toBe("hold release");
  await world.close();
});

test("Actions of a rule whose answer was refused do not run", async () => {
  const world = await World.open(`${MOD}defaults: { HOLD: keep }\n`);
  world.instead = (line) => (line.startsWith("remote MOD") ? REFUSED : undefined);
  world.daemon.release();
  await world.connected();
  expect(world.notices).toEqual([]);
});
