import { expect, test } from "vitest";
import { BookWorld, client, DAY, HOUR, quotaSpec, START } from "./support.ts";

const SECONDS = START / 1000;

/** A world whose daemon was met before. */
function met(...specs: Parameters<typeof quotaSpec>[]): BookWorld {
  const world = new BookWorld(specs.map((spec) => quotaSpec(...spec)));
  world.daemon().listed([], false, START);
  world.daemon().weigh({ pid: 1, in: 0, out: 0 });
  world.keeper.flush();
  return world;
}

test("what was used since the turn of a period is there after a restart, though the account was written before it", () => {
  const world = met(["day", { per: "day" }]);
  const office = world.daemon();
  office.opened(client(0, "ann"), SECONDS);
  office.opened(client(1, "ann"), SECONDS);
  office.report(0, 100, 0, world.clock.now());
  office.report(1, 50, 0, world.clock.now());
  office.ended(client(1, "ann"), { in: 60, out: 0 }, world.clock.now());
  world.pass(DAY);
  expect(world.used("day", "ann")).toBe(0);
  office.report(0, 130, 0, world.clock.now());
  expect(world.used("day", "ann")).toBe(30);
  world.restart();
  expect(world.used("day", "ann")).toBe(30);
  world
    .daemon()
    .listed(
      [{ client: client(0, "ann"), bytesIn: 131, bytesOut: 0, since: SECONDS }],
      false,
      world.clock.now(),
    );
  expect(world.used("day", "ann")).toBe(31);
});

test("reset by hand and killed before anything else is written: nothing is owed to the account", () => {
  const world = met(["all"]);
  world.daemon().opened(client(0, "ann"), SECONDS);
  world.turn();
  world.keeper.flush();
  world.daemon().report(0, 100, 0, world.clock.now());
  world.book.accounts.correct({
    what: "reset",
    quota: "all",
    subject: "ann",
    bytes: 0,
    by: "test",
    daemon: undefined,
  });
  world.turn();
  world.kill();
  expect(world.used("all", "ann")).toBe(0);
  // Whose session has ended meanwhile.
  world.daemon().listed([], false, world.clock.now());
  expect(world.used("all", "ann")).toBe(0);
});

test("what was granted and is taken back may be more than is left: the account is exceeded at once", () => {
  const world = met(["all"]);
  world.daemon().opened(client(0, "ann"), SECONDS);
  world.daemon().report(0, 700, 0, world.clock.now());
  const grant = (bytes: number): unknown =>
    world.book.accounts.correct({
      what: "grant",
      quota: "all",
      subject: "ann",
      bytes,
      by: "test",
      daemon: undefined,
    });
  expect(grant(500)).toBeUndefined();
  world.daemon().report(0, 1_100, 0, world.clock.now());
  expect(world.heard()).toEqual([]);
  grant(-500);
  expect(world.heard()).toEqual(["warned all/ann 80%", "exceeded all/ann 100%"]);
  grant(500);
  expect(world.heard()).toEqual(["reset all/ann 100%"]);
});

test("the counters of a session that goes on are booked on, though the count of the daemon's runs was lost", () => {
  const world = met(["all"]);
  world.daemon().opened(client(0, "ann", 4), SECONDS);
  world.daemon().report(0, 100, 0, world.clock.now());
  world.restart();
  // A roster that knows nothing begins a new run at once.
  expect(world.daemon().restarted()).toEqual([]);
  const row = { client: client(0, "ann", 2), bytesIn: 110, bytesOut: 0, since: SECONDS };
  expect(world.daemon().listed([row], false, world.clock.now())).toEqual([]);
  expect(world.used("all", "ann")).toBe(110);
  expect(world.book.accounts.sessions("all", "", "ann")).toMatchObject([
    { daemon: "office", epoch: 2, cid: 0 },
  ]);
  world.restart();
  expect(world.used("all", "ann")).toBe(110);
});

test("a daemon that began a new run while no engine ran: those of before have ended, and the new ones count from nothing", () => {
  const world = met(["all"]);
  world.daemon().opened(client(0, "ann"), SECONDS);
  world.daemon().report(0, 100, 0, world.clock.now());
  world.restart();
  world.daemon().restarted();
  const row = { client: client(0, "ann", 2), bytesIn: 110, bytesOut: 0, since: SECONDS + 60 };
  expect(world.daemon().listed([row], false, world.clock.now())).toMatchObject([{ epoch: 1, bytesIn: 100 }]);
  expect(world.used("all", "ann")).toBe(210);
});

test("one that was missing in the list and whose end is told then: only what it counted since is booked", () => {
  const world = met(["all"], ["in", { counts: "in", scope: "daemon" }]);
  const ann = client(0, "ann");
  world.daemon().opened(ann, SECONDS);
  world.daemon().report(0, 100, 10, world.clock.now());
  world.restart();
  // It ended after the engine had attached, and before the list was made.
  expect(world.daemon().listed([], false, world.clock.now())).toMatchObject([{ cid: 0 }]);
  world.daemon().ended(ann, { in: 130, out: 15 }, world.clock.now());
  expect(world.used("all", "ann")).toBe(145);
  expect(world.used("in", "ann", "office")).toBe(130);
  world.restart();
  expect(world.used("all", "ann")).toBe(145);
});

test("an account that is forgotten and comes back at once is kept", () => {
  const world = met(["day", { per: "day" }]);
  world.daemon().opened(client(0, "ann"), SECONDS);
  world.daemon().report(0, 100, 0, world.clock.now());
  world.daemon().ended(client(0, "ann"), { in: 100, out: 0 }, world.clock.now());
  world.pass(DAY);
  world.clock.steady.advance(DAY - 1_000);
  world.turn();
  // Nobody used it for a whole day: it goes, and before that is written it is used again.
  world.clock.jump(1_000);
  world.book.accounts.tick();
  world.daemon().opened(client(1, "ann"), world.clock.now() / 1000);
  world.daemon().ended(client(1, "ann"), { in: 7, out: 0 }, world.clock.now());
  world.turn();
  world.kill();
  expect(world.used("day", "ann")).toBe(7);
});

test("a number that is given again is written behind the end of the one before", () => {
  const world = met(["all"]);
  const row = (name: string, bytesIn: number, since: number): void =>
    void world
      .daemon()
      .listed([{ client: client(0, name), bytesIn, bytesOut: 0, since }], false, world.clock.now());
  row("ann", 100, SECONDS);
  world.keeper.flush();
  row("ann", 5, SECONDS + 60);
  // It goes to another account: it is written at once, with the end of the other.
  row("bob", 5, SECONDS + 60);
  world.turn();
  world.kill();
  row("bob", 7, SECONDS + 60);
  expect([world.used("all", "ann"), world.used("all", "bob")]).toEqual([105, 2]);
});

test.each([true, false])(
  "a clock that was far ahead and is right again: what was used then is of now, over a kill too (written: %s)",
  (written) => {
    const world = met(["day", { per: "day" }]);
    world.clock.jump(30 * DAY);
    world.daemon().opened(client(0, "ann"), world.clock.now() / 1000);
    world.daemon().opened(client(1, "ann"), world.clock.now() / 1000);
    world.daemon().report(0, 100, 0, world.clock.now());
    world.daemon().ended(client(1, "ann"), { in: 11, out: 0 }, world.clock.now());
    world.turn();
    world.keeper.flush();
    world.clock.jump(-30 * DAY);
    world.book.accounts.tick();
    expect(world.used("day", "ann")).toBe(111);
    world.turn();
    if (written) world.keeper.flush();
    world.kill();
    expect(world.used("day", "ann")).toBe(111);
    world
      .daemon()
      .listed([{ client: client(0, "ann"), bytesIn: 120, bytesOut: 0, since: 0 }], false, world.clock.now());
    expect(world.used("day", "ann")).toBe(131);
    world.pass(DAY);
    expect(world.used("day", "ann")).toBe(0);
  },
);

test("a sliding window, when the ledger opens late: what each slice holds, and nothing twice", () => {
  const world = met(["recent", { per: { last: DAY } }]);
  const row = (cid: number, bytesIn: number, since: number): void =>
    void world
      .daemon()
      .listed([{ client: client(cid, "ann"), bytesIn, bytesOut: 0, since }], false, world.clock.now());
  row(0, 100, SECONDS);
  world.pass(HOUR);
  row(0, 150, SECONDS);
  world.pass(HOUR);
  world.restart(true);
  // 20 bytes came while no engine ran, and 30 while the ledger was locked.
  row(0, 170, SECONDS);
  world.pass(HOUR);
  row(0, 200, SECONDS);
  expect(world.used("recent", "ann")).toBe(200);
  world.unlock();
  expect(world.used("recent", "ann")).toBe(200);
  world.turn();
  world.kill();
  expect(world.used("recent", "ann")).toBe(200);
  row(0, 200, SECONDS);
  world.pass(21 * HOUR + HOUR / 2);
  row(0, 201, SECONDS);
  // The first hour's bytes have left, the others are there.
  expect(world.used("recent", "ann")).toBe(101);
});

test("who came in while the ledger was locked is counted once, whatever the account is called then", () => {
  const world = met(["all"]);
  world.restart(true);
  world.daemon().opened(client(7, "ann"), SECONDS);
  world.daemon().report(7, 100, 0, world.clock.now());
  world.daemon().opened(client(7, "bob"), SECONDS);
  world.daemon().report(7, 130, 0, world.clock.now());
  world.unlock();
  expect([world.used("all", "ann"), world.used("all", "bob")]).toEqual([100, 30]);
  world.turn();
  world.restart();
  expect([world.used("all", "ann"), world.used("all", "bob")]).toEqual([100, 30]);
});

test("what could not be counted makes an account unknown as long as it would count, and no longer", () => {
  const window = 10 * 60_000;
  const world = met(["recent", { per: { last: window } }]);
  const unknown = (): boolean | undefined => world.book.accounts.status()[0]?.unknown;
  const office = world.daemon();
  office.opened(client(0, "ann"), SECONDS);
  const list = (): unknown =>
    office.listed(
      [{ client: client(0, "ann"), bytesIn: 100, bytesOut: 0, since: SECONDS }],
      true,
      world.clock.now(),
    );
  for (let i = 0; i < 10; i++) {
    list();
    world.pass(20_000);
  }
  expect(unknown()).toBe(true);
  world.pass(2 * window);
  expect(unknown()).toBe(true);
  office.ended(client(0, "ann"), { in: 100, out: 0 }, world.clock.now());
  office.opened(client(1, "ann"), 0);
  expect(unknown()).toBe(false);
});

test("accounts under a sliding window that nobody uses are forgotten", () => {
  const world = met(["recent", { per: { last: HOUR } }]);
  world.daemon().opened(client(0, "ann"), SECONDS);
  world.daemon().ended(client(0, "ann"), { in: 100, out: 0 }, world.clock.now());
  world.pass(30 * 60_000);
  expect(world.used("recent", "ann")).toBe(100);
  world.pass(3 * HOUR);
  expect(world.used("recent", "ann")).toBeUndefined();
  world.keeper.flush();
  expect(world.ledger.read().accounts).toEqual([]);
});

test("the limit of an account is in the ledger before anything is told of it", () => {
  const world = met(["all", { limit: 12_345 }]);
  world.daemon().opened(client(0, "ann"), SECONDS);
  world.pass(2_000);
  world.turn();
  expect(world.ledger.read().accounts).toMatchObject([{ subject: "ann", limit: 12_345 }]);
});
