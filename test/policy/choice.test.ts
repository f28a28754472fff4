import { expect, test } from "vitest";
import type { GroupSpec } from "../../src/rules/rulebook.ts";
import { seededRandom } from "../../src/util/random.ts";
import {
  bench,
  type Bench,
  candidateSpec,
  DAEMON,
  dialOf,
  entries,
  expression,
  groupSpec,
} from "./support.ts";
import { MINUTE, placeOf, preference, question } from "./support.ts";

/** Two tiers of two: `a1 b1 a2 b2`. */
const TIERS = ["a1", "b1", "a2", "b2"].map((host) =>
  candidateSpec(host, { tier: Number(host[1]), labels: { site: host[0] ?? "" } }),
);

function tiers(more: Partial<GroupSpec> = {}, deps: Parameters<typeof bench>[1] = {}): Bench {
  return bench(groupSpec(TIERS, more), deps);
}

function hosts({ group }: Bench): string {
  return preference(group)
    .map((key) => key.split(":")[0])
    .join(" ");
}

function find({ group }: Bench, host: string): NonNullable<ReturnType<Bench["group"]["find"]>> {
  const found = group.find(host, 1194, "udp");
  if (!found) throw new Error(`no candidate ${host}`);
  return found;
}

function connect(it: Bench, host: string, time = 0): void {
  it.group.connected(DAEMON, find(it, host));
  it.clock.advance(time);
  it.group.ended(DAEMON);
}

function fail({ group }: Bench, host: string): void {
  group.ended(DAEMON);
  group.failed(DAEMON, placeOf(host), "tls", "tls-error");
}

test("a worse tier is tried only when the better one is penalized, whatever stands first in the rulebook", () => {
  const it = bench(groupSpec(TIERS.toReversed()));
  expect(hosts(it)).toBe("b1 a1 b2 a2");
  fail(it, "b1");
  fail(it, "a1");
  expect(hosts(it)).toBe("b2 a2 b1 a1");
});

test("what is penalized comes last, in the order in which the penalties end", () => {
  const it = tiers();
  fail(it, "b1");
  it.clock.advance(1);
  fail(it, "a1");
  expect(hosts(it)).toBe("a2 b2 b1 a1");
});

test("round-robin goes on behind the last one tried, tier by tier, whether it failed or not", () => {
  const it = tiers({ order: "round-robin", failAfter: 9 });
  expect(hosts(it)).toBe("a1 b1 a2 b2");
  fail(it, "a1");
  expect(hosts(it)).toBe("b1 a1 a2 b2");
  connect(it, "b1");
  expect(hosts(it)).toBe("a1 b1 a2 b2");
});

test("round-robin goes on after a restart behind the one that was connected last", () => {
  const it = tiers({ order: "round-robin" });
  connect(it, "a1");
  expect(hosts(tiers({ order: "round-robin" }, { store: it.store }))).toBe("b1 a1 a2 b2");
});

test("sticky keeps to the one that stayed up, within its tier alone", () => {
  const it = tiers({ order: "sticky" });
  connect(it, "b2", 10 * MINUTE);
  expect(hosts(it)).toBe("a1 b1 b2 a2");
  connect(it, "b1", 10 * MINUTE - 1);
  expect(hosts(it)).toBe("a1 b1 b2 a2");
  connect(it, "b1", 10 * MINUTE);
  expect(hosts(it)).toBe("b1 a1 b2 a2");
});

test("with sticky-scope group the one that stayed up comes first over all tiers", () => {
  const it = tiers({ order: "sticky", stickyScope: "group" });
  connect(it, "b2", 10 * MINUTE);
  expect(hosts(it)).toBe("b2 a1 b1 a2");
  fail(it, "b2");
  expect(hosts(it)).toBe("a1 b1 a2 b2");
});

test("what stayed up is remembered over a restart", () => {
  const it = tiers({ order: "sticky" });
  connect(it, "b1", 10 * MINUTE);
  expect(hosts(tiers({ order: "sticky" }, { store: it.store }))).toBe("b1 a1 a2 b2");
});

test("fastest sorts by the median round trip and stays with the one connected last while it is nearly as fast", () => {
  const it = tiers({ order: "fastest" });
  for (const ms of [100, 900, 110]) it.group.latency(find(it, "a1"), ms);
  it.group.latency(find(it, "b1"), 100);
  expect(hosts(it)).toBe("b1 a1 a2 b2");
  connect(it, "a1");
  expect(hosts(it)).toBe("a1 b1 a2 b2");
  it.group.latency(find(it, "b1"), 80);
  it.group.latency(find(it, "b1"), 80);
  expect(hosts(it)).toBe("b1 a1 a2 b2");
});

test("a tier is not left for a faster server in a worse one", () => {
  const it = tiers({ order: "fastest" });
  it.group.latency(find(it, "a2"), 1);
  it.group.latency(find(it, "b1"), 500);
  expect(hosts(it)).toBe("b1 a1 a2 b2");
});

test("prefer puts those for which it holds first within their tier", () => {
  const it = tiers(
    { prefer: expression("candidate.labels.site == 'b'") },
    { evaluate: (_expression, { labels }) => labels["site"] === "b" },
  );
  expect(hosts(it)).toBe("b1 a1 b2 a2");
});

test("a candidate is usable only while its `when` holds, for each daemon by itself", () => {
  const spec = groupSpec(["a", candidateSpec("b", { when: expression("here"), tier: 0 })]);
  const it = bench(spec, { evaluate: (_expression, _candidate, daemon) => daemon === "branch" });
  expect(preference(it.group)).toEqual(["a:1194/udp"]);
  expect(it.group.usable("branch").map(({ host }) => host)).toEqual(["a", "b"]);
  expect(preference(it.group, "branch")).toEqual(["b:1194/udp", "a:1194/udp"]);
});

test("a draw holds for the whole chain of questions, and the next attempt draws anew", () => {
  const it = bench(groupSpec(["a", "b", "c", "d"], { order: "random" }), { random: seededRandom(1) });
  const draw = (): string => it.group.decide(DAEMON, dialOf(undefined), question("z:1/udp"), 0).why;
  const chains = Array.from({ length: 20 }, () => {
    const drawn = Array.from({ length: 5 }, draw);
    it.group.ended(DAEMON);
    return [...new Set(drawn)];
  });
  expect(chains.every((drawn) => drawn.length === 1)).toBe(true);
  expect(new Set(chains.flat()).size).toBe(4);
});

test("what was foreseen before the question is what is answered then", () => {
  const it = bench(groupSpec(["a", "b", "c", "d"], { order: "random" }), { random: seededRandom(3) });
  for (let i = 0; i < 20; i++) {
    const dial = dialOf(undefined);
    const foreseen = it.group.peek(DAEMON, dial)?.candidate.key;
    expect(it.group.decide(DAEMON, dial, question("z:1/udp"), 0).why).toBe(foreseen);
    it.group.ended(DAEMON);
  }
});

test("what was foreseen in a worse tier gives way to a better one that is well again before the question", () => {
  const it = tiers();
  fail(it, "a1");
  fail(it, "b1");
  const dial = dialOf(undefined);
  expect(it.group.peek(DAEMON, dial)?.candidate.host).toBe("a2");
  it.clock.advance(MINUTE);
  expect(it.group.peek(DAEMON, dial)?.candidate.host).toBe("a1");
  expect(it.group.decide(DAEMON, dial, question("z:1/udp"), 0).why).toBe("a1:1194/udp");
});

test("after each refusal the next best is answered", () => {
  const it = bench(groupSpec(["a", "b", "c"]));
  const answer = (refused: number): string =>
    it.group.decide(DAEMON, dialOf(undefined), question("z:1/udp"), refused).why;
  expect([0, 1, 2].map(answer)).toEqual(["a:1194/udp", "b:1194/udp", "c:1194/udp"]);
});

test("one that failed and does not pass its probe either is tried behind the rest, also when its penalty is over", () => {
  const it = tiers();
  fail(it, "a1");
  it.group.latency(find(it, "a1"), undefined);
  it.clock.advance(MINUTE);
  expect(hosts(it)).toBe("b1 a2 b2 a1");
  it.group.latency(find(it, "a1"), 20);
  expect(hosts(it)).toBe("a1 b1 a2 b2");
});

test("a failed probe alone moves nobody back", () => {
  const it = tiers();
  it.group.latency(find(it, "a1"), undefined);
  expect(hosts(it)).toBe("a1 b1 a2 b2");
});

test("a plugin orders one tier at a time and sees the round trips; what it forgets stays at the end, what it invents is left out", () => {
  const seen: string[] = [];
  const it = tiers(
    { order: { plugin: "acme.last" } },
    {
      order: (candidates) => {
        seen.push(candidates.map(({ host, latency }) => `${host} ${latency}`).join(", "));
        return [...candidates.slice(1), { ...placeOf("invented"), tier: 1, weight: 1, labels: {} }];
      },
    },
  );
  it.group.latency(find(it, "b1"), 7);
  expect(hosts(it)).toBe("b1 a1 b2 a2");
  expect(seen.slice(0, 2)).toEqual(["a1 undefined, b1 7", "a2 undefined, b2 undefined"]);
});

test("a question is answered even when no candidate can be reached", () => {
  const it = bench(groupSpec(["far:443/tcp"]));
  const dial = dialOf(entries("a:1194/udp"));
  dial.asked(question("a:1194/udp"));
  expect(it.group.decide(DAEMON, dial, question("a:1194/udp"), 0)).toEqual({
    kind: "accept",
    why: "no candidate can be reached from here",
  });
  expect(it.group.unreachable(dial).map(({ candidate }) => candidate.key)).toEqual(["far:443/tcp"]);
});

test("candidates from the daemon are the enabled entries of its list, each place once", () => {
  const it = bench(groupSpec("from-daemon"));
  const dial = dialOf(entries("a:1194/udp4", "-b:1194/udp", "a:1194/udp6", "c:443/tcp"));
  dial.asked(question("a:1194/udp4"));
  expect(it.group.decide(DAEMON, dial, question("a:1194/udp4"), 1)).toMatchObject({ kind: "skip", count: 3 });
  expect(it.group.all().map(({ key, tier }) => [key, tier])).toEqual([
    ["a:1194/udp", 1],
    ["c:443/tcp", 1],
  ]);
});

test("with `tiers: entries` each entry is a tier of its own", () => {
  const it = bench(groupSpec("from-daemon", { entryTiers: true }));
  it.group.peek(DAEMON, dialOf(entries("a:1194/udp", "-b:1194/udp", "c:443/tcp")));
  expect(it.group.all().map(({ host, tier }) => [host, tier])).toEqual([
    ["a", 1],
    ["c", 2],
  ]);
});

test("each daemon has the candidates of its own list", () => {
  const it = bench(groupSpec("from-daemon"));
  it.group.peek("first", dialOf(entries("a:1194/udp")));
  it.group.peek("second", dialOf(entries("a:1194/udp", "b:1194/udp")));
  expect(it.group.usable("first").map(({ host }) => host)).toEqual(["a"]);
  expect(it.group.all().map(({ host }) => host)).toEqual(["a", "b"]);
});
