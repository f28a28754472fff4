import { expect, test } from "vitest";
import type { GroupSpec } from "../../src/rules/rulebook.ts";
import {
  type Bench,
  bench,
  candidateSpec,
  DAEMON,
  dialOf,
  entries,
  expression,
  groupSpec,
} from "./support.ts";
import { MINUTE, placeOf, question, SECOND } from "./support.ts";

const ASKED = question("a:1194/udp");

/** `a` is penalized first, `b` a second later: both out until a minute has passed. */
function exhausted(more: Partial<GroupSpec> = {}): Bench {
  const it = bench(groupSpec(["a", "b"], more));
  fail(it, "a");
  it.clock.advance(SECOND);
  fail(it, "b");
  return it;
}

function fail({ group }: Bench, host: string): void {
  group.ended(DAEMON);
  group.failed(DAEMON, placeOf(host), "timeout", "server_poll");
}

function decide({ group }: Bench): ReturnType<Bench["group"]["decide"]> {
  return group.decide(DAEMON, dialOf(entries("a:1194/udp")), ASKED, 0);
}

function count({ events }: Bench, type: string): number {
  return events.filter((event) => event.type === type).length;
}

test("when the last candidate is penalized this is raised, behind that penalty and with its daemon", () => {
  const it = exhausted();
  expect(it.events.map(({ type }) => type)).toEqual([
    "remote.penalized",
    "remote.penalized",
    "remote.exhausted",
  ]);
  expect(it.events.at(-1)).toMatchObject({
    daemon: DAEMON,
    candidate: { host: "b" },
    reason: "server_poll",
    failures: 1,
  });
  expect(it.group.exhausted).toBe(true);
});

test("exhaustion is raised once, however many failures follow, also over a restart", () => {
  const it = exhausted();
  for (const host of ["a", "b", "a"]) fail(it, host);
  expect(count(it, "remote.exhausted")).toBe(1);
  it.group.stop();
  const restarted = bench(groupSpec(["a", "b"]), { store: it.store, clock: it.clock });
  fail(restarted, "b");
  expect(restarted.group.exhausted).toBe(true);
  expect(count(restarted, "remote.exhausted")).toBe(0);
});

test("once a candidate has connected, exhaustion can be raised again", () => {
  const it = exhausted();
  const found = it.group.find("a", 1194, "udp");
  if (found) it.group.connected(DAEMON, found);
  expect(it.group.exhausted).toBe(false);
  fail(it, "a");
  expect(count(it, "remote.exhausted")).toBe(2);
});

test("forgiving ends exhaustion", () => {
  const it = exhausted();
  it.group.forgive();
  expect(it.group.exhausted).toBe(false);
});

test("least-bad tries the one whose penalty ends first, and says so", () => {
  const it = exhausted();
  expect(decide(it)).toMatchObject({ kind: "accept", why: "a:1194/udp, the least bad" });
  fail(it, "a");
  expect(decide(it)).toMatchObject({ kind: "mod", host: "b", why: "b:1194/udp, the least bad" });
});

test("wait parks the question until the first penalty ends", () => {
  const it = exhausted({ onExhausted: "wait" });
  const ends = it.clock.now() - SECOND + MINUTE;
  expect(decide(it)).toEqual({ kind: "park", until: ends, why: "every candidate is penalized" });
  expect(it.group.peek(DAEMON, dialOf(undefined))).toMatchObject({ penalized: true, until: ends });
  it.clock.advance(ends - it.clock.now());
  expect(decide(it)).toMatchObject({ kind: "accept", why: "a:1194/udp" });
});

test("wait waits only when nothing is healthy", () => {
  const it = bench(groupSpec(["a", "b"], { onExhausted: "wait" }));
  fail(it, "a");
  expect(decide(it)).toMatchObject({ kind: "mod", host: "b" });
});

test("a pardon makes a candidate the choice before its penalty ends, and says that it recovered", () => {
  const it = exhausted({ onExhausted: "wait" });
  const [, second] = it.group.all();
  if (second) it.group.pardon(second, "its probe passed");
  expect(it.events.at(-1)).toMatchObject({
    type: "remote.recovered",
    reason: "its probe passed",
    candidate: { host: "b" },
  });
  expect(decide(it)).toMatchObject({ kind: "mod", host: "b" });
});

test("a pardon of what is not penalized raises nothing", () => {
  const it = bench(groupSpec(["a", "b"]));
  const [first] = it.group.all();
  if (first) it.group.pardon(first, "its probe passed");
  expect(it.events).toEqual([]);
});

test("a candidate that no entry leads to does not keep the group from being exhausted", () => {
  const it = bench(groupSpec(["a", "far:443/tcp"], { onExhausted: "wait" }));
  expect(decide(it).kind).toBe("accept");
  fail(it, "a");
  expect(it.group.exhausted).toBe(true);
  expect(decide(it).kind).toBe("park");
});

test("a rule that penalizes the last reachable candidate exhausts the group as well", () => {
  const it = bench(groupSpec(["a", "far:443/tcp"]));
  decide(it);
  it.group.penalize("a");
  expect(it.group.exhausted).toBe(true);
});

test("a candidate that may not be used now does not keep the group from being exhausted", () => {
  const it = bench(groupSpec(["a", candidateSpec("b", { when: expression("false") })]), {
    evaluate: () => false,
  });
  fail(it, "a");
  expect(it.group.exhausted).toBe(true);
});

test("while one daemon can reach a candidate, a rule's penalty of the others exhausts nothing", () => {
  const it = bench(groupSpec(["a", "far:443/tcp"]));
  decide(it);
  it.group.decide("other", dialOf(entries("far:443/tcp")), question("far:443/tcp"), 0);
  it.group.penalize("a");
  expect(it.group.exhausted).toBe(false);
});
