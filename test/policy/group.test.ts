import { expect, test } from "vitest";
import type { GroupSpec } from "../../src/rules/rulebook.ts";
import {
  type Bench,
  bench,
  DAEMON,
  dialOf,
  groupSpec,
  MINUTE,
  placeOf,
  preference,
  question,
  SECOND,
} from "./support.ts";

function office(more: Partial<GroupSpec> = {}): Bench {
  return bench(groupSpec(["a", "b", "c"], more));
}

function fail({ group }: Bench, host: string, kind: "tls" | "auth" = "tls"): void {
  group.ended(DAEMON);
  group.failed(DAEMON, placeOf(host), kind, "tls-error");
}

function connect({ group }: Bench, host: string): void {
  const candidate = group.find(host, 1194, "udp");
  if (candidate) group.connected(DAEMON, candidate);
}

function heard({ events }: Bench): string[] {
  return events.splice(0).map(({ type, candidate, reason }) => `${type} ${candidate?.host} ${reason}`);
}

test("a candidate that failed as often as fail-after says is penalized, which is raised with what is known", () => {
  const it = office({ failAfter: 2 });
  fail(it, "a");
  expect(it.events).toEqual([]);
  fail(it, "a");
  expect(it.events).toEqual([
    {
      type: "remote.penalized",
      daemon: DAEMON,
      candidate: it.group.find("a", 1194, "udp"),
      reason: "tls-error",
      failures: 2,
      until: it.clock.now() + MINUTE,
    },
  ]);
});

test("a failure of a kind that fail-on leaves out counts nothing", () => {
  const it = office();
  expect(it.group.wouldFail(placeOf("a"), "auth")).toBe(0);
  expect(it.group.wouldFail(placeOf("a"), "tls")).toBe(1);
  fail(it, "a", "auth");
  expect(it.group.failures(placeOf("a"))).toBe(0);
  expect(it.events).toEqual([]);
});

test("a failure of a place that is no candidate counts nothing", () => {
  const it = office();
  fail(it, "elsewhere");
  expect(it.events).toEqual([]);
  expect(it.group.failures(placeOf("elsewhere"))).toBe(0);
});

test("when its penalty ends a candidate has recovered and is chosen again", () => {
  const it = office();
  fail(it, "a");
  expect(preference(it.group)).toEqual(["b:1194/udp", "c:1194/udp", "a:1194/udp"]);
  heard(it);
  it.clock.advance(MINUTE);
  expect(heard(it)).toEqual(["remote.recovered a penalty ended"]);
  expect(preference(it.group)[0]).toBe("a:1194/udp");
});

test("a penalty outlives a restart, and its end is raised then", () => {
  const before = office();
  fail(before, "a");
  before.group.stop();
  const after = bench(groupSpec(["a", "b"]), { store: before.store, clock: before.clock });
  expect(preference(after.group)[0]).toBe("b:1194/udp");
  before.clock.advance(MINUTE);
  expect(heard(after)).toEqual(["remote.recovered a penalty ended"]);
});

test("a candidate that is not in the rulebook any more recovers silently", () => {
  const before = office();
  fail(before, "a");
  before.group.stop();
  const after = bench(groupSpec(["b"]), { store: before.store, clock: before.clock });
  before.clock.advance(MINUTE);
  expect(after.events).toEqual([]);
});

test("connecting ends a penalty but keeps the failures until it has been stable", () => {
  const it = office();
  fail(it, "a");
  heard(it);
  connect(it, "a");
  expect(heard(it)).toEqual(["remote.recovered a connected"]);
  it.clock.advance(10 * MINUTE - 1);
  expect(it.store.entries("health")).toHaveLength(1);
  it.clock.advance(1);
  expect(it.store.entries("health")).toEqual([]);
  expect(it.group.failures(placeOf("a"))).toBe(0);
});

test("a connection that ends before it was stable clears nothing", () => {
  const it = office({ failAfter: 3 });
  fail(it, "a");
  connect(it, "a");
  it.clock.advance(5 * MINUTE);
  it.group.ended(DAEMON);
  it.clock.advance(10 * MINUTE);
  expect(it.group.failures(placeOf("a"))).toBe(1);
});

test("a connection found at attach is as stable as it is old", () => {
  const it = office({ failAfter: 3 });
  fail(it, "a");
  const found = it.group.find("a", 1194, "udp");
  if (found) it.group.connected(DAEMON, found, it.clock.now() - 9 * MINUTE);
  it.clock.advance(MINUTE);
  expect(it.group.failures(placeOf("a"))).toBe(0);
});

test("a server that comes up and drops at once is left out for longer each time", () => {
  const it = office();
  const lengths = [1, 2, 3].map(() => {
    connect(it, "a");
    it.clock.advance(SECOND);
    fail(it, "a");
    const { until = 0 } = it.events.findLast(({ type }) => type === "remote.penalized") ?? {};
    return (until - it.clock.now()) / MINUTE;
  });
  expect(lengths).toEqual([1, 2, 4]);
});

test("a rule's penalty takes all candidates of a host out, also one that was chosen already", () => {
  const it = bench(groupSpec(["a", "a:443/udp", "b"]));
  const dial = dialOf(undefined);
  expect(it.group.decide(DAEMON, dial, question("z:1/udp"), 0).why).toBe("a:1194/udp");
  expect(it.group.penalize("a")).toBe(true);
  expect(it.group.decide(DAEMON, dial, question("z:1/udp"), 0).why).toBe("b:1194/udp");
  expect(heard(it)).toEqual(["remote.penalized a rule", "remote.penalized a rule"]);
  expect(it.group.penalize("elsewhere")).toBe(false);
});

test("a rule's penalty of one place leaves the host's other ports alone", () => {
  const it = bench(groupSpec(["a", "a:443/udp"]));
  expect(it.group.penalizeOne(placeOf("a"))).toBe(true);
  expect(preference(it.group)).toEqual(["a:443/udp", "a:1194/udp"]);
  expect(it.group.penalizeOne(placeOf("elsewhere"))).toBe(false);
});

test("forgiving a host forgets what is held against it alone", () => {
  const it = office();
  fail(it, "a");
  fail(it, "b");
  heard(it);
  expect(it.group.forgive("a")).toBe(true);
  expect(heard(it)).toEqual(["remote.recovered a forgiven"]);
  expect([it.group.failures(placeOf("a")), it.group.failures(placeOf("b"))]).toEqual([0, 1]);
  it.clock.advance(MINUTE);
  expect(heard(it)).toEqual(["remote.recovered b penalty ended"]);
});

test("forgiving everybody forgets all; forgiving a stranger says that there is none", () => {
  const it = office();
  fail(it, "a");
  fail(it, "b");
  expect(it.group.forgive()).toBe(true);
  expect(it.store.entries("health")).toEqual([]);
  expect(it.group.forgive("elsewhere")).toBe(false);
});

test("daemons share what is held against a candidate", () => {
  const it = office();
  it.group.failed("other", placeOf("a"), "tls", "tls-error");
  expect(preference(it.group)[0]).toBe("b:1194/udp");
});

test("status tells of each candidate what is known", () => {
  const it = bench(groupSpec(["a", "b"]));
  fail(it, "a");
  const candidate = it.group.find("b", 1194, "udp");
  if (candidate) it.group.latency(candidate, 20);
  connect(it, "b");
  expect(it.group.status()).toEqual([
    { ...placeOf("a"), tier: 1, failures: 1, current: false, penalizedUntil: it.clock.now() + MINUTE },
    { ...placeOf("b"), tier: 1, failures: 0, current: true, latency: 20 },
  ]);
});

test("after stopping no timer is left", () => {
  const it = office();
  fail(it, "a");
  connect(it, "b");
  it.group.stop();
  expect(it.clock.nextDue()).toBeUndefined();
});
