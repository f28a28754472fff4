import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLedger } from "../../src/quota/ledger-file.ts";
import { QuotaWorld } from "./quota-world.ts";

const SPENT = `rules:
  - { id: spent, on: CLIENT:CONNECT, when: 'quota("monthly").exceeded', answer: { deny: { reason: spent } } }
`;

const PLANS = `quotas:
  monthly:
    subject: client.common_name
    limit: 'has(client.env.IV_PLAN) && client.env.IV_PLAN == "big" ? 2000B : 1000B'
    per: month
    exempt: 'has(client.env.IV_PLAN) && client.env.IV_PLAN == "free"'
${SPENT}`;

async function asks(world: QuotaWorld, cid: number, env: Readonly<Record<string, string>> = {}) {
  const server = world.server();
  server.sent = [];
  await server.ask(cid, "ann", env);
  return server.sent.join().startsWith("client-deny") ? "out" : "in";
}

test("several sessions of one account: the largest of their limits holds, whoever asks besides", async () => {
  const world = await QuotaWorld.open(PLANS);
  const server = world.server();
  await server.come(0, "ann", { IV_PLAN: "big" });
  await server.use(0, 1_200);
  await server.come(1, "ann");
  expect(world.account("ann")).toMatchObject({ limit: 2_000, exceeded: false, sessions: 2 });
  expect(await asks(world, 2)).toBe("in");
  expect(await asks(world, 3, { IV_PLAN: "free" })).toBe("in");
  // Who only asks changes nothing for those who are in.
  expect(world.account("ann")).toMatchObject({ limit: 2_000, exempt: false });
  await server.use(1, 900);
  expect(world.heard()).toEqual(["exceeded ann 100%"]);
  expect(await asks(world, 4)).toBe("out");
  await server.come(5, "ann", { IV_PLAN: "free" });
  expect(world.account("ann")).toMatchObject({ exempt: true, exceeded: false });
  expect(world.heard()).toEqual(["reset ann 100%"]);
  await server.leave(5);
  await server.leave(0);
  await world.pass(60_000);
  expect(world.account("ann")).toMatchObject({ limit: 1_000, exempt: false, exceeded: true, used: 2_100 });
  await world.close();
});

test("who is found by the list of clients keeps the account that its environment had given it", async () => {
  const world = await QuotaWorld.open(`quotas:
  monthly: { subject: 'has(client.env.IV_TEAM) ? client.env.IV_TEAM : "none"', limit: 1000B, per: month }
${SPENT}`);
  const server = world.server();
  await server.come(0, "ann", { IV_TEAM: "red" });
  await server.use(0, 600);
  await world.restart(() => server.pass(0, 200));
  await server.use(0, 200);
  await world.pass(60_000);
  expect(world.used("red")).toBe(1_000);
  expect(world.account("none")).toBeUndefined();
  expect(world.heard()).toEqual(["exceeded red 100%"]);
  await world.close();
});

test("while it is not known whether the username will be the name, the account that is used up decides", async () => {
  const world = await QuotaWorld.open(`quotas:
  monthly: { subject: client.common_name, limit: 1000B, per: month }
${SPENT}`);
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 1_000);
  expect(await asks(world, 1, { username: "bob" })).toBe("out");
  server.sent = [];
  await server.ask(2, "laptop-7", { username: "ann" });
  expect(server.sent).toEqual([expect.stringMatching(/^client-deny 2 1/)]);
  // This server's sessions have the names of certificates: the username is no name.
  await server.ask(3, "laptop-7", { username: "carl" });
  await server.come(3, "laptop-7", { username: "carl" });
  server.sent = [];
  await server.ask(4, "laptop-7", { username: "ann" });
  expect(server.sent).toEqual(["client-auth-nt 4 1"]);
  await world.close();
});

test("a session that one list lacks and the next one has goes on, and nothing of it is counted twice", async () => {
  const world = await QuotaWorld.open(`quotas:
  monthly: { subject: client.common_name, limit: 1000B, per: month }`);
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 400);
  const [session] = [...server.sessions.values()];
  server.sessions.clear();
  await world.pass(60_000);
  expect(world.account("ann")).toMatchObject({ used: 400, sessions: 0 });
  if (session) server.sessions.set(0, session);
  server.pass(0, 100);
  await world.pass(60_000);
  expect(world.account("ann")).toMatchObject({ used: 500, sessions: 1 });
  await server.use(0, 100);
  await server.leave(0);
  expect(world.account("ann")).toMatchObject({ used: 600, sessions: 0 });
  await world.close();
});

test("offload: reports behind what the list said count nothing twice", async () => {
  const world = await QuotaWorld.open(`quotas:
  monthly: { subject: client.common_name, limit: 10kB, per: month }`);
  const server = world.server();
  server.dco = true;
  await world.restart();
  await server.come(0, "ann");
  server.pass(0, 500);
  await world.pass(60_000);
  expect(world.used("ann")).toBe(500);
  for (const bytes of [20, 40, 60]) await server.say(`>BYTECOUNT_CLI:0,${bytes},0`);
  expect(world.used("ann")).toBe(500);
  server.pass(0, 100);
  await world.pass(60_000);
  await server.leave(0);
  expect(world.used("ann")).toBe(600);
  await world.close();
});

test("amounts that no ledger can hold are refused, and limits of them leave it readable", async () => {
  const state = mkdtempSync(join(tmpdir(), "signalbox-ledger-"));
  const world = await QuotaWorld.open(
    `quotas: { monthly: { subject: client.common_name, limit: "9000000GB * 1000000", per: month } }`,
    { ledger: () => openLedger(state) },
  );
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 700);
  const correct = (what: "grant" | "charge", bytes: number): unknown =>
    world.engine.quotas?.correct({
      ...{ what, quota: "monthly", subject: "ann", bytes, by: "root", daemon: undefined },
    });
  expect(correct("charge", Number.MAX_SAFE_INTEGER)).toMatch(/more than can be counted$/);
  expect(correct("grant", Number.MAX_SAFE_INTEGER)).toMatch(/more than can be counted$/);
  expect(correct("charge", 300)).toBeUndefined();
  await server.say(`>BYTECOUNT_CLI:0,${2 ** 60},0`);
  await world.restart();
  expect(world.errors()).toEqual([]);
  expect(world.account("ann")).toMatchObject({ limit: Number.MAX_SAFE_INTEGER });
  await world.close();
  rmSync(state, { recursive: true });
});
