import fc from "fast-check";
import { expect, test } from "vitest";
import { UNNAMED } from "../../src/quota/terms.ts";
import { dayOf } from "../../src/util/calendar.ts";
import { BookWorld, client, computed, DAY, HOUR, quotaSpec, START } from "./support.ts";

/** A session as its server knows it. */
interface Session {
  readonly cid: number;
  name: string;
  since: number;
  in: number;
  out: number;
  /** What the engine was told; undefined: nothing yet. */
  told: { in: number; out: number; name: string } | undefined;
  /** Bytes told that a kill -9 may make forgotten. */
  fresh: { in: number; out: number };
}

interface Server {
  readonly name: string;
  epoch: number;
  next: number;
  sessions: Session[];
}

interface Day {
  period: number;
  used: number;
  granted: number;
  /** It may be the day before again: the clock was set back over midnight, and then the engine began anew. */
  isUnsure: boolean;
}

/** What an account must have used: between these two, which differ only by what was forgotten. */
interface Range {
  least: number;
  most: number;
}

const SPECS = [
  quotaSpec("all", { limit: 5_000 }),
  quotaSpec("in", { counts: "in", scope: "daemon", limit: 3_000 }),
  quotaSpec("out", { counts: "out", limit: 3_000, subject: computed(({ common_name }) => common_name[0]) }),
  quotaSpec("day", { per: "day", limit: 9_000, tz: "Europe/Berlin" }),
];

/** The same accounts, kept in the simplest way. */
class Model {
  readonly world = new BookWorld(SPECS);
  readonly servers: Server[] = ["a", "b"].map((name) => ({ name, epoch: 1, next: 0, sessions: [] }));
  readonly use = new Map<string, Range>();
  readonly days = new Map<string, Day>();
  /** The engine runs without its ledger. */
  isLocked = false;
  #restarts = 0;
  /** A kill is a stop that writes everything. */
  readonly #isGentle: boolean;

  constructor(isGentle: boolean) {
    this.#isGentle = isGentle;
    for (const server of this.servers) this.list(server);
    this.flush();
  }

  open(server: Server, name: string, isTold: boolean): void {
    const session: Session = {
      ...{ cid: server.next++, name, since: Math.floor(this.world.clock.now() / 1000) },
      ...{ in: 0, out: 0, told: undefined, fresh: { in: 0, out: 0 } },
    };
    server.sessions.push(session);
    if (!isTold) return;
    this.#touch();
    this.world.daemon(server.name).opened(client(session.cid, name, server.epoch), session.since);
    this.#learn(server, session);
  }

  report(server: Server, session: Session): void {
    this.#touch();
    const { cid } = session;
    const isKnown = this.world.daemon(server.name).report(cid, session.in, session.out, this.#now);
    expect(isKnown).toBe(session.told !== undefined);
    if (isKnown) this.#count(server, session);
  }

  /** Another session under the same number that nobody told of. */
  goBack(server: Server, session: Session): void {
    const { told } = session;
    if (!told || told.in === 0 || this.isLocked) return;
    session.in = Math.floor(told.in / 2);
    session.out = 0;
    this.#touch();
    // Whatever was not written of the old one is written with this.
    session.fresh = { in: 0, out: 0 };
    session.told = { in: 0, out: 0, name: told.name };
    this.world.daemon(server.name).report(session.cid, session.in, session.out, this.#now);
    this.#count(server, session);
  }

  end(server: Server, session: Session): void {
    server.sessions.splice(server.sessions.indexOf(session), 1);
    this.#touch();
    if (!session.told) this.#learn(server, session);
    this.#count(server, session);
    this.world
      .daemon(server.name)
      .ended(
        client(session.cid, session.name, server.epoch),
        { in: session.in, out: session.out },
        this.#now,
      );
  }

  list(server: Server): void {
    this.#touch();
    const rows = server.sessions.map((session) => ({
      client: client(session.cid, session.name, server.epoch),
      ...{ bytesIn: session.in, bytesOut: session.out, since: session.since },
    }));
    this.world.daemon(server.name).listed(rows, false, this.#now);
    for (const session of server.sessions) {
      this.#learn(server, session);
      this.#count(server, session);
    }
    this.world.daemon(server.name).weigh({ pid: 1, in: 0, out: 0 });
  }

  /** The server restarts: its clients are told to have ended, and their numbers are given again. */
  restartServer(server: Server): void {
    for (const session of [...server.sessions]) this.end(server, session);
    this.#touch();
    this.world.daemon(server.name).restarted();
    server.epoch++;
    server.next = 0;
  }

  flush(): void {
    this.world.keeper.flush();
    if (this.isLocked) return;
    for (const { sessions } of this.servers)
      for (const session of sessions) session.fresh = { in: 0, out: 0 };
  }

  /** The engine is gone for a while, in which sessions begin, move on and end. */
  kill(leaves: boolean, comes: string | undefined, restarts: boolean, isLocked = false): void {
    this.unlock();
    this.isLocked = isLocked;
    if (this.#isGentle) this.world.restart(isLocked);
    else this.world.kill(isLocked);
    if (this.#isGentle) this.flush();
    const { start } = dayOf(this.#now, "Europe/Berlin");
    for (const day of this.days.values()) day.isUnsure ||= day.period > start;
    for (const server of this.servers) {
      for (const session of [...server.sessions]) {
        if (!restarts && !(leaves && session.cid % 2 === 0)) {
          this.#forget(server, session);
          session.in += 7;
          session.out += 3;
          continue;
        }
        server.sessions.splice(server.sessions.indexOf(session), 1);
        if (session.told) this.#put(server, session.told.name, session.fresh, "forgotten");
      }
      if (restarts) {
        this.world.daemon(server.name).restarted();
        server.epoch++;
        server.next = 0;
      }
      if (comes !== undefined) this.open(server, comes, false);
      // Their numbers may be those of before, but not the second at which they came.
      if (restarts) {
        this.#restarts++;
        for (const session of server.sessions) session.since += this.#restarts;
      }
      this.list(server);
    }
  }

  unlock(): void {
    if (!this.isLocked) return;
    this.#touch();
    this.isLocked = false;
    this.world.unlock();
    // Of those that have ended unseen only the list can tell.
    for (const one of this.servers) this.list(one);
    this.world.turn();
    this.flush();
  }

  charge(subject: string, bytes: number): void {
    this.#touch();
    for (const quota of ["all", "day"])
      expect(
        this.world.book.accounts.correct({
          what: "charge",
          quota,
          subject,
          bytes,
          by: "test",
          daemon: undefined,
        }),
      ).toBeUndefined();
    this.#add(`all//${subject}`, bytes, 0);
    this.#addDay(subject, bytes);
  }

  grant(subject: string, bytes: number): void {
    this.#touch();
    this.world.book.accounts.correct({
      what: "grant",
      quota: "day",
      subject,
      bytes,
      by: "test",
      daemon: undefined,
    });
    this.#addDay(subject, 0).granted += bytes;
  }

  reset(subject: string): void {
    this.#touch();
    // One that nobody has heard of cannot be forgiven, also while the ledger is locked.
    const isForgiven = (quota: string): boolean =>
      this.world.book.accounts.correct({
        what: "reset",
        quota,
        subject,
        bytes: 0,
        by: "test",
        daemon: undefined,
      }) === undefined;
    if (isForgiven("all")) this.use.set(`all//${subject}`, { least: 0, most: 0 });
    const day = this.days.get(subject);
    if (isForgiven("day") && day) day.used = 0;
    // Their rows are written with it, and so is what was not written yet.
    for (const server of this.servers)
      for (const session of server.sessions)
        if (session.told?.name === subject) session.fresh = { in: 0, out: 0 };
  }

  pass(ms: number): void {
    this.world.pass(ms);
    if (ms >= 2_000) this.flush();
    this.#touch();
  }

  jump(ms: number): void {
    this.world.clock.jump(ms);
    this.world.book.accounts.tick();
    this.#touch();
  }

  check(): void {
    this.world.turn();
    if (this.isLocked) return;
    const found = new Map<string, { used: number; granted: number }>(
      this.world.book.accounts
        .status()
        .map((one) => [`${one.quota}/${one.daemon}/${one.subject}`, one] as const),
    );
    for (const [name, { least, most }] of this.use) {
      const used = found.get(name)?.used ?? 0;
      expect(used, name).toBeGreaterThanOrEqual(least);
      expect(used, name).toBeLessThanOrEqual(most);
    }
    for (const [name, { used }] of found)
      if (!name.startsWith("day/") && !this.use.has(name)) expect(used, name).toBe(0);
    if (!this.#isGentle) return;
    for (const [subject, { used, granted, isUnsure }] of this.days) {
      if (isUnsure) continue;
      expect(found.get(`day//${subject}`)?.used ?? 0, `day of ${subject}`).toBe(used);
      expect(found.get(`day//${subject}`)?.granted ?? 0, `granted to ${subject}`).toBe(granted);
    }
  }

  get #now(): number {
    return this.world.clock.now();
  }

  /** The session is put to the accounts that its name of now says. */
  #learn(server: Server, session: Session): void {
    const name = session.name === "" ? UNNAMED : session.name;
    if (session.told?.name === name) return;
    // All that it moves from an account to another is written at once.
    if (session.told) session.fresh = { in: 0, out: 0 };
    session.told = { in: session.told?.in ?? 0, out: session.told?.out ?? 0, name };
    this.#put(server, name, { in: 0, out: 0 });
  }

  /** What was not written of one that goes by another name now is the other's. */
  #forget(server: Server, session: Session): void {
    const { told, fresh } = session;
    if (this.#isGentle || !told || told.name === (session.name === "" ? UNNAMED : session.name)) return;
    this.#put(server, told.name, { in: -fresh.in, out: -fresh.out });
    session.told = { ...told, in: told.in - fresh.in, out: told.out - fresh.out };
  }

  #count(server: Server, session: Session): void {
    const { told } = session;
    if (!told) return;
    const bytes = { in: session.in - told.in, out: session.out - told.out };
    this.#put(server, told.name, bytes);
    session.fresh = { in: session.fresh.in + bytes.in, out: session.fresh.out + bytes.out };
    session.told = { ...told, in: session.in, out: session.out };
  }

  #put(server: Server, name: string, bytes: { in: number; out: number }, how?: "forgotten"): void {
    const first = name === UNNAMED ? UNNAMED : (name[0] ?? "");
    const each: readonly (readonly [string, number])[] = [
      [`all//${name}`, bytes.in + bytes.out],
      [`in/${server.name}/${name}`, bytes.in],
      [`out//${first}`, bytes.out],
    ];
    if (how === "forgotten") {
      for (const [account, count] of each) this.#add(account, 0, count);
      return;
    }
    for (const [account, count] of each) this.#add(account, count, 0);
    this.#addDay(name, bytes.in + bytes.out);
  }

  #add(account: string, bytes: number, forgotten: number): void {
    const { least, most } = this.use.get(account) ?? { least: 0, most: 0 };
    this.use.set(account, { least: least + bytes - forgotten, most: most + bytes });
  }

  #addDay(subject: string, bytes: number): { granted: number } {
    const { start } = dayOf(this.#now, "Europe/Berlin");
    let day = this.days.get(subject);
    if (!day) {
      day = { period: start, used: 0, granted: 0, isUnsure: false };
      this.days.set(subject, day);
    }
    day.used += bytes;
    return day;
  }

  /** Accounts whose day is over begin anew; one whose day has yet to come, by a clock that was set back, stays. */
  #touch(): void {
    this.world.book.accounts.tick();
    this.world.book.accounts.status();
    const { start, end } = dayOf(this.#now, "Europe/Berlin");
    const live = new Set(this.servers.flatMap(({ sessions }) => sessions.map(({ told }) => told?.name)));
    for (const [subject, day] of this.days) {
      if (day.period > end) day.period = start;
      if (day.period !== start && day.used === 0 && day.granted === 0 && !live.has(subject))
        this.days.delete(subject);
      if (day.period >= start) continue;
      Object.assign(day, { period: start, used: 0, granted: 0, isUnsure: false });
    }
  }
}

const NAMES = ["ann", "ann", "bob", "abe", ""] as const;

type Step = (model: Model) => void;

const server = fc.nat(1);
const index = fc.nat(20);
const name = fc.constantFrom(...NAMES);

const withSession =
  (at: number, which: number, work: (server: Server, session: Session) => void): Step =>
  (model) => {
    const one = model.servers[at];
    const session = one?.sessions[which % Math.max(1, one.sessions.length)];
    if (one && session) work(one, session);
  };

const moves = (session: Session, bytesIn: number, bytesOut: number): void => {
  session.in += bytesIn;
  session.out += bytesOut;
};

const named = (label: string, step: (model: Model) => void): Step =>
  Object.assign((model: Model) => step(model), { [fc.toStringMethod]: () => label });

const onServer =
  (at: number, work: (model: Model, server: Server) => void): Step =>
  (model) => {
    const one = model.servers[at];
    if (one) work(model, one);
  };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(server, name, fc.boolean()).map(([at, who, told]) =>
      named(
        `open ${at} '${who}' ${told}`,
        onServer(at, (model, one) => model.open(one, who, told)),
      ),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(server, index, fc.nat(900), fc.nat(900)).map(([at, which, a, b]) =>
      named(`report ${at} ${which} +${a} +${b}`, (model) =>
        withSession(at, which, (one, session) => {
          moves(session, a, b);
          model.report(one, session);
        })(model),
      ),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(server, index, fc.nat(900)).map(([at, which, a]) =>
      named(
        `unseen ${at} ${which} +${a}`,
        withSession(at, which, (_one, session) => moves(session, a, a)),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(server, index)
      .map(([at, which]) =>
        named(`back ${at} ${which}`, (model) =>
          withSession(at, which, (one, session) => model.goBack(one, session))(model),
        ),
      ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(server, index, fc.nat(50)).map(([at, which, a]) =>
      named(`end ${at} ${which} +${a}`, (model) =>
        withSession(at, which, (one, session) => {
          moves(session, a, a);
          model.end(one, session);
        })(model),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(server, index, name).map(([at, which, who]) =>
      named(`rename ${at} ${which} '${who}'`, (model) =>
        withSession(at, which, (_one, session) => {
          if (!model.isLocked) session.name = who;
        })(model),
      ),
    ),
  },
  {
    weight: 3,
    arbitrary: server.map((at) =>
      named(
        `list ${at}`,
        onServer(at, (model, one) => model.list(one)),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: server.map((at) =>
      named(
        `restart ${at}`,
        onServer(at, (model, one) => model.restartServer(one)),
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.boolean(), fc.option(name, { nil: undefined }), fc.boolean())
      .map(([leaves, comes, restarts]) =>
        named(`kill ${leaves} '${comes}' ${restarts}`, (model) => model.kill(leaves, comes, restarts)),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.boolean(), fc.option(name, { nil: undefined }), fc.boolean())
      .map(([leaves, comes, restarts]) =>
        named(`locked ${leaves} '${comes}' ${restarts}`, (model) =>
          model.kill(leaves, comes, restarts, true),
        ),
      ),
  },
  { weight: 1, arbitrary: fc.constant(named("unlock", (model) => model.unlock())) },
  { weight: 2, arbitrary: fc.constant(named("flush", (model) => model.flush())) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("ann", "bob"), fc.nat(500))
      .map(([who, bytes]) => named(`charge ${who} ${bytes}`, (model) => model.charge(who, bytes))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("ann", "bob"), fc.nat(500))
      .map(([who, bytes]) => named(`grant ${who} ${bytes}`, (model) => model.grant(who, bytes))),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("ann", "bob").map((who) => named(`reset ${who}`, (model) => model.reset(who))),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(100, 2_000, HOUR, 15 * HOUR, DAY, 3 * DAY)
      .map((ms) => named(`pass ${ms}`, (model) => model.pass(ms))),
  },
  { weight: 1, arbitrary: fc.constant(named("clock back", (model) => model.jump(-HOUR))) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(1, -1).map((way) =>
      named(`clock far ${way}`, (model) => {
        if (!model.isLocked) model.jump(way * 30 * DAY);
      }),
    ),
  },
);

const steps = fc.array(step, { minLength: 1, maxLength: 40 });

const run = (isGentle: boolean, all: readonly Step[]): void => {
  const model = new Model(isGentle);
  model.world.clock.set(START + 13 * HOUR + 30 * 60_000);
  for (const one of all) {
    one(model);
    model.check();
  }
  model.unlock();
  model.check();
};

test("whatever daemons tell and whenever the engine is killed: nothing is counted twice, and only what nobody knows any more is lost", () => {
  fc.assert(
    fc.property(steps, (all) => run(false, all)),
    { numRuns: 150 },
  );
});

test("an engine that is stopped and started again goes on to the byte, over the turns of days and a clock that is set back", () => {
  fc.assert(
    fc.property(steps, (all) => run(true, all)),
    { numRuns: 150 },
  );
});
