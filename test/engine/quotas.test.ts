import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { DAY, HOUR, START } from "../quota/support.ts";
import { QuotaWorld } from "./quota-world.ts";
import { settle } from "./support.ts";

const MONTHLY = "monthly: { subject: client.common_name, limit: 1000B, per: month, warn-at: [50%, 80%] }";

const MONTH_END = Date.UTC(2026, 1, 1);

const TWO = `daemons: { east: { management: "unix:east" }, west: { management: "unix:west" } }\n`;

test("each level is told once a period, however the bytes come, also over restarts of the engine", async () => {
  const world = await QuotaWorld.open(`quotas: { ${MONTHLY} }`, { start: MONTH_END - HOUR });
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 499);
  expect(world.heard()).toEqual([]);
  await server.use(0, 1);
  expect(world.heard()).toEqual(["warned ann 50%"]);
  await world.restart();
  await server.use(0, 100);
  expect(world.heard()).toEqual([]);
  await server.use(0, 400);
  expect(world.heard()).toEqual(["warned ann 80%", "exceeded ann 100%"]);
  await world.restart(() => server.pass(0, 500));
  await server.use(0, 500);
  expect(world.used("ann")).toBe(2_000);
  expect(world.heard()).toEqual([]);
  await world.pass(HOUR - 1);
  expect(world.heard()).toEqual([]);
  await world.pass(1);
  expect(world.heard()).toEqual(["reset ann 100%"]);
  expect(world.used("ann")).toBe(0);
  await server.use(0, 500);
  expect(world.heard()).toEqual(["warned ann 50%"]);
  await world.close();
});

test("a period that ends while no engine runs is told to have ended when the next one starts", async () => {
  const world = await QuotaWorld.open(`quotas: { ${MONTHLY} }`);
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 1_200);
  world.heard();
  await world.restart(() => world.clock.steady.advance(27 * DAY));
  expect(world.heard()).toEqual(["reset ann 100%"]);
  await server.use(0, 10);
  expect(world.used("ann")).toBe(10);
  await world.close();
});

test("granted, taken back, forgiven: who is kept out is let in, and the other way round", async () => {
  const world = await QuotaWorld.open(`quotas: { ${MONTHLY} }
rules:
  - { id: spent, on: CLIENT:CONNECT, when: 'quota("monthly").exceeded', answer: { deny: { reason: spent } } }
  - { id: cut, on: quota.exceeded, do: [{ client-kill: restart }] }
`);
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 1_000);
  expect(world.heard()).toEqual(["warned ann 50%", "warned ann 80%", "exceeded ann 100%"]);
  const correct = (what: "grant" | "reset", bytes: number): unknown =>
    world.engine.quotas?.correct({
      ...{ what, quota: "monthly", subject: "ann", bytes, by: "root", daemon: undefined },
    });
  const asks = async (cid: number): Promise<string> => {
    server.sent = [];
    await server.ask(cid, "ann");
    return server.sent.join().startsWith("client-deny") ? "out" : "in";
  };
  expect(await asks(1)).toBe("out");
  expect(correct("grant", 500)).toBeUndefined();
  expect(world.heard()).toEqual(["reset ann 100%"]);
  expect(await asks(2)).toBe("in");
  await server.come(2, "ann");
  server.sent = [];
  correct("grant", -500);
  expect(world.heard()).toContain("exceeded ann 100%");
  await settle();
  expect(server.sent).toEqual([expect.stringMatching(/^client-kill 2 /)]);
  expect(await asks(3)).toBe("out");
  correct("reset", 0);
  expect(world.heard()).toEqual(["reset ann 100%"]);
  expect(await asks(4)).toBe("in");
  expect(correct("reset", 0)).toBeUndefined();
  expect(
    world.engine.quotas?.correct({
      ...{ what: "reset", quota: "monthly", subject: "nobody" },
      bytes: 0,
      by: "root",
      daemon: undefined,
    }),
  ).toBe("Quota 'monthly' has no account 'nobody'");
  expect(world.records.filter(({ kind, by }) => kind === "action" && by === "root")).toHaveLength(4);
  await world.close();
});

test("a limit by groups from lists: a list file that changes raises it, lowers it and exempts", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-quotas-"));
  const [big, free] = [join(folder, "big.txt"), join(folder, "free.txt")];
  writeFileSync(big, "");
  writeFileSync(free, "");
  const world = await QuotaWorld.open(
    `lists: { big: { file: ${JSON.stringify(big)} }, free: { file: ${JSON.stringify(free)} } }
quotas:
  monthly:
    subject: client.common_name
    limit: "client.common_name in lists.big ? 2000B : 1000B"
    per: month
    exempt: client.common_name in lists.free
rules:
  - { id: spent, on: CLIENT:CONNECT, when: 'quota("monthly").exceeded', answer: { deny: { reason: spent } } }
`,
    { online: true },
  );
  const server = world.server();
  const lists = async (file: string, text: string): Promise<void> => {
    const now = (): unknown => world.engine.env({ type: "", at: 0, daemon: undefined, fields: {} })["lists"];
    const before = JSON.stringify(now());
    writeFileSync(file, text);
    await vi.waitUntil(() => JSON.stringify(now()) !== before, { interval: 10, timeout: 8_000 });
  };
  await server.come(0, "ann");
  await server.use(0, 1_500);
  expect(world.heard()).toEqual(["exceeded ann 100%"]);
  await lists(big, "ann\n");
  await server.ask(1, "ann");
  expect(server.sent.splice(0)).toEqual(["client-auth-nt 1 1"]);
  expect(world.heard()).toEqual(["reset ann 100%"]);
  expect(world.account("ann")).toMatchObject({ limit: 2_000, exempt: false });
  await lists(big, "bob\n");
  await server.ask(2, "ann");
  expect(server.sent.splice(0)).toEqual([expect.stringMatching(/^client-deny 2 1/)]);
  expect(world.heard()).toEqual(["exceeded ann 100%"]);
  await lists(free, "ann\n");
  // Nobody asks: the list of clients is read from time to time.
  await world.pass(20_000);
  await server.use(0, 5_000);
  expect(world.heard()).toEqual(["reset ann 100%"]);
  expect(world.account("ann")).toMatchObject({ used: 6_500, exempt: true, exceeded: false });
  await world.close();
  rmSync(folder, { recursive: true });
});

test("who has no account yet is let in, unless the limit is nothing; the terms can be read all the same", async () => {
  const world = await QuotaWorld.open(`quotas:
  monthly: { subject: client.common_name, limit: 'client.common_name == "eve" ? 0B : 1000B', per: month }
rules:
  - id: say
    on: CLIENT:CONNECT
    observe: true
    do: [{ notify: "\${text(quota('monthly').used)} of \${text(quota('monthly').limit)}, \${text(quota('monthly').remaining)} left" }]
  - { id: spent, on: CLIENT:CONNECT, when: 'quota("monthly").exceeded', answer: { deny: { reason: spent } } }
`);
  const server = world.server();
  await server.ask(0, "ann");
  await server.ask(1, "eve");
  expect(server.sent).toEqual(["client-auth-nt 0 1", expect.stringMatching(/^client-deny 1 1 spent/)]);
  expect(world.engine.quotas?.status()).toEqual([]);
  await world.close();
});

test("an expression that fails: said once, the account is UNDEF and its limit unknown", async () => {
  const world = await QuotaWorld.open(`quotas:
  monthly: { subject: client.common_name, limit: 'size(client.env.LIMIT) > 0 ? 1000B * number(client.env.LIMIT) : 5B', per: month }
`);
  const server = world.server();
  await server.come(0, "ann", { LIMIT: "many" });
  await server.use(0, 100);
  await world.pass(60_000);
  expect(world.errors()).toHaveLength(1);
  expect(world.account("ann")).toMatchObject({ used: 100, limit: undefined, exceeded: false });
  await world.close();
});

const SHARED = `${TWO}quotas: { ${MONTHLY} }
rules:
  - { id: cut, on: quota.exceeded, do: [{ client-kill: { restart: { text: over } } }] }
`;

test("two daemons share an account: all its sessions are killed, each on its own server under its own number", async () => {
  const world = await QuotaWorld.open(SHARED);
  const [east, west] = [world.server("east"), world.server("west")];
  await east.come(0, "bob");
  await east.come(1, "ann");
  await west.come(0, "ann");
  await west.come(1, "cid");
  await west.come(7, "ann");
  await east.use(0, 400);
  await east.use(1, 400);
  await west.use(0, 400);
  expect(world.account("ann")).toMatchObject({ used: 800, sessions: 3 });
  await west.use(7, 200);
  expect(world.heard()).toEqual(["warned ann 50%", "warned ann 80%", "exceeded ann 100%"]);
  expect(east.sent).toEqual(['client-kill 1 "RESTART,over"']);
  expect(west.sent.toSorted()).toEqual(['client-kill 0 "RESTART,over"', 'client-kill 7 "RESTART,over"']);
  expect(world.used("bob")).toBe(400);
  await world.close();
});

test("after a restart of one server its numbers are others: only who is there is killed", async () => {
  const world = await QuotaWorld.open(SHARED);
  const [east, west] = [world.server("east"), world.server("west")];
  await east.come(0, "ann");
  await east.use(0, 900);
  await east.restart();
  await east.come(0, "bob");
  await east.come(1, "ann");
  await east.use(0, 700);
  expect(world.account("ann")).toMatchObject({ used: 900, sessions: 1 });
  await west.come(0, "ann");
  await west.use(0, 100);
  expect(east.sent).toEqual(['client-kill 1 "RESTART,over"']);
  expect(west.sent).toEqual(['client-kill 0 "RESTART,over"']);
  await world.close();
});

test("accounts of each daemon: the same name is two, and only the one that is used up is cut", async () => {
  const world = await QuotaWorld.open(SHARED.replace("per: month", "per: month, scope: daemon"));
  const [east, west] = [world.server("east"), world.server("west")];
  await east.come(0, "ann");
  await west.come(0, "ann");
  await east.use(0, 1_000);
  await west.use(0, 400);
  expect(east.sent).toEqual(['client-kill 0 "RESTART,over"']);
  expect(west.sent).toEqual([]);
  expect([world.used("ann", "monthly", "east"), world.used("ann", "monthly", "west")]).toEqual([1_000, 400]);
  expect(
    world.engine.quotas?.correct({
      what: "reset",
      quota: "monthly",
      subject: "ann",
      bytes: 0,
      by: "x",
      daemon: undefined,
    }),
  ).toBe("Quota 'monthly' has accounts of each daemon; say which");
  await world.close();
});

test("throttle and mode hold for each account by itself", async () => {
  const world = await QuotaWorld.open(`quotas:
  monthly: { subject: client.common_name, limit: 1000B, per: month, warn-at: [10%, 20%, 30%] }
rules:
  - { id: warn, on: quota.warned, throttle: { times: 1, per: 1h }, do: [{ notify: "\${event.subject} \${event.level}" }] }
`);
  const server = world.server();
  await server.come(0, "ann");
  await server.come(1, "bob");
  await server.use(0, 100);
  await server.use(1, 100);
  await server.use(0, 100);
  await server.use(1, 100);
  expect(world.notices()).toEqual(["ann 10%", "bob 10%"]);
  await world.pass(HOUR);
  await server.use(0, 100);
  expect(world.notices()).toEqual(["ann 30%"]);
  await world.close();
});

const BLIND = `quotas: { ${MONTHLY} }
rules:
  - { id: blind, on: quota.blind, do: [{ notify: "blind \${event.subject}" }] }
  - { id: spent, on: CLIENT:CONNECT, when: 'quota("monthly").exceeded', answer: { deny: { reason: spent } } }
`;

test("offload: reports that are silent while the list moves are told once, and the list is charged", async () => {
  const world = await QuotaWorld.open(BLIND);
  const server = world.server();
  server.dco = true;
  await world.restart();
  await server.come(0, "ann");
  await world.pass(6_000);
  for (let i = 0; i < 5; i++) {
    server.pass(0, 50);
    await world.pass(20_000);
  }
  expect(world.heard()).toEqual(["blind ann 100%"]);
  expect(world.account("ann")).toMatchObject({ used: 250, unknown: false });
  await server.ask(1, "ann");
  expect(server.sent).toEqual(["client-auth-nt 1 1"]);
  await world.close();
});

test("offload: where everything stands still what is used is unknown, until it moves again", async () => {
  const world = await QuotaWorld.open(BLIND);
  const server = world.server();
  server.dco = true;
  await world.restart();
  await server.come(0, "ann");
  await world.pass(50_000);
  expect(world.heard()).toEqual([]);
  await world.pass(60_000);
  expect(world.heard()).toEqual(["blind ann 100%"]);
  expect(world.account("ann")).toMatchObject({ used: 0, unknown: true });
  await server.ask(1, "ann");
  expect(server.sent.splice(0)).toEqual([expect.stringMatching(/^client-deny 1 1/)]);
  server.pass(0, 10);
  await world.pass(20_000);
  expect(world.account("ann")).toMatchObject({ used: 10, unknown: false });
  await server.ask(2, "ann");
  expect(server.sent).toEqual(["client-auth-nt 2 1"]);
  await world.close();
});

test("without offload nobody is blind: an idle client is idle", async () => {
  const world = await QuotaWorld.open(BLIND);
  await world.server().come(0, "ann");
  await world.pass(HOUR);
  expect(world.heard()).toEqual([]);
  expect(world.account("ann")).toMatchObject({ unknown: false });
  await world.close();
});

test("sessions that ended unseen are told, with what was missed at most by the daemon's own count", async () => {
  const world = await QuotaWorld.open(`quotas: { ${MONTHLY} }`);
  const server = world.server();
  await server.come(0, "ann");
  await server.come(1, "bob");
  await server.use(0, 100, 10);
  await server.use(1, 50, 5);
  await world.pass(20_000);
  world.records = [];
  await world.restart(() => {
    server.pass(0, 30, 3);
    server.sessions.delete(0);
    server.pass(1, 7, 1);
  });
  await settle();
  expect(
    world.records.flatMap(({ event, ...rest }) =>
      (event as { type?: string })?.type === "unseen-end" ? [[event, rest["missed-at-most"]]] : [],
    ),
  ).toEqual([
    [
      { type: "unseen-end", cid: 0, common_name: "ann", bytes_in: 100, bytes_out: 10 },
      { bytes_in: 30, bytes_out: 3 },
    ],
  ]);
  expect([world.used("ann"), world.used("bob")]).toEqual([110, 63]);
  await world.close();
});

test("an end that is told between our coming and the first list is booked once", async () => {
  const world = await QuotaWorld.open(`quotas: { ${MONTHLY} }`);
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 100);
  await world.pass(3_000);
  await world.restart(() => {
    server.pass(0, 20);
    const start = server.start.bind(server);
    server.start = (listener) => {
      server.start = start;
      start(listener);
      void server.leave(0);
    };
  });
  await settle();
  expect(world.account("ann")).toMatchObject({ used: 120, sessions: 0 });
  await world.close();
});

const BERLIN = `quotas:
  daily: { subject: client.common_name, limit: 1000B, per: day, tz: Europe/Berlin }
  monthly: { subject: client.common_name, limit: 1000B, per: month, tz: Europe/Berlin }
`;

test.each([
  ["put forward", "2026-03-28T23:00:00Z", 23],
  ["put back", "2026-10-24T22:00:00Z", 25],
])("the night in which the clock is %s: the day from %s has %i hours", async (_, midnight, hours) => {
  const start = Date.parse(midnight);
  const world = await QuotaWorld.open(BERLIN, { start: start - 1_000 });
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 1_000);
  world.heard();
  await world.pass(1_000);
  expect(world.heard()).toEqual(["reset ann 100%"]);
  await server.use(0, 1_000);
  expect(world.heard()).toEqual(["exceeded ann 100%"]);
  expect(world.account("ann", "daily")?.resetsAt).toBe(start + hours * HOUR);
  await world.pass(hours * HOUR - 1);
  expect(world.heard()).toEqual([]);
  await world.pass(1);
  expect(world.heard()).toEqual(["reset ann 100%"]);
  expect([world.used("ann", "daily"), world.used("ann", "monthly")]).toEqual([0, 2_000]);
  await world.close();
});

test("a month ends at the zone's midnight, of a leap year's February too", async () => {
  const world = await QuotaWorld.open(BERLIN, { start: Date.parse("2028-02-29T22:59:59Z") });
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 300);
  expect(world.account("ann", "monthly")?.resetsAt).toBe(Date.parse("2028-02-29T23:00:00Z"));
  await world.pass(999);
  expect(world.used("ann", "monthly")).toBe(300);
  await world.pass(1);
  expect(world.used("ann", "monthly")).toBe(0);
  expect(world.account("ann", "monthly")?.resetsAt).toBe(Date.parse("2028-03-31T22:00:00Z"));
  await world.close();
});

test("the machine's clock set back an hour over a month's end: the month does not begin twice", async () => {
  const world = await QuotaWorld.open(BERLIN, { start: Date.parse("2026-01-31T22:50:00Z") });
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 1_000);
  expect(world.heard()).toEqual(["exceeded ann 100%", "exceeded ann 100%"]);
  await world.pass(20 * 60_000);
  expect(world.heard()).toEqual(["reset ann 100%", "reset ann 100%"]);
  await server.use(0, 1_000);
  world.heard();
  world.clock.jump(-HOUR);
  await world.pass(60_000);
  await server.use(0, 500);
  expect(world.heard()).toEqual([]);
  expect([world.used("ann", "daily"), world.used("ann", "monthly")]).toEqual([1_500, 1_500]);
  await world.restart();
  await world.pass(2 * HOUR);
  expect(world.heard()).toEqual([]);
  expect([world.used("ann", "daily"), world.used("ann", "monthly")]).toEqual([1_500, 1_500]);
  await world.close();
});

test("the machine's clock set ahead over the end of a period: it is noticed within a minute", async () => {
  const world = await QuotaWorld.open(BERLIN);
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 1_000);
  world.heard();
  world.clock.set(START + 2 * DAY);
  await world.pass(60_000);
  expect(world.heard()).toEqual(["reset ann 100%"]);
  await world.close();
});

test("a sliding window: exceeded, and let in again by itself when it has moved on", async () => {
  const world = await QuotaWorld.open(
    `quotas: { recent: { subject: client.common_name, limit: 1000B, per: { last: 1h }, warn-at: [50%] } }`,
  );
  const server = world.server();
  await server.come(0, "ann");
  await server.use(0, 600);
  await world.pass(HOUR / 2);
  await server.use(0, 600);
  expect(world.heard()).toEqual(["warned ann 50%", "exceeded ann 100%"]);
  await world.restart();
  await world.pass(HOUR / 2);
  expect(world.heard()).toEqual([]);
  await world.pass(60_000);
  expect(world.heard()).toEqual(["reset ann 100%"]);
  expect(world.used("ann")).toBe(600);
  await world.pass(HOUR);
  expect(world.used("ann")).toBe(0);
  await world.close();
});

test("charged and forgiven by rules, under the account of the event's client or one by name", async () => {
  const world = await QuotaWorld.open(`quotas: { ${MONTHLY} }
rules:
  - { id: toll, on: CLIENT:ESTABLISHED, do: [{ charge: { quota: monthly, bytes: 100B } }] }
  - { id: free, on: my.free, do: [{ reset: { quota: monthly, subject: "\${event.who}" } }] }
`);
  const server = world.server();
  await server.come(0, "ann");
  expect(world.used("ann")).toBe(100);
  world.engine.raise(world.engine.globalEvent("my.free", { who: "ann" }));
  world.engine.drain();
  await settle();
  expect(world.used("ann")).toBe(0);
  expect(world.engine.quotas?.corrections("ann", 5)).toMatchObject([
    { what: "reset", by: "rule free", bytes: 100 },
    { what: "charge", by: "rule toll", bytes: 100 },
  ]);
  await world.close();
});
