import fc from "fast-check";
import { expect, test } from "vitest";
import { ordered, type OrderInput } from "../../src/policy/order.ts";
import type { GroupSpec } from "../../src/rules/rulebook.ts";
import { seededRandom } from "../../src/util/random.ts";
import { candidate } from "./support.ts";

const ABC = ["a", "b", "c"].map((host) => candidate(host));

function input(more: Partial<OrderInput> = {}): OrderInput {
  return {
    random: () => 0,
    last: undefined,
    sticky: undefined,
    latency: () => undefined,
    plugin: undefined,
    ...more,
  };
}

/** Round trips by host. */
function latency(times: Readonly<Record<string, number>>): OrderInput["latency"] {
  return ({ host }) => times[host];
}

function hosts(order: GroupSpec["order"], more: Partial<OrderInput> = {}, candidates = ABC): string {
  return ordered(order, candidates, input(more))
    .map(({ host }) => host)
    .join("");
}

test.each<[order: GroupSpec["order"], what: string, more: Partial<OrderInput>, expected: string]>([
  ["listed", "as they stand", { last: "b:1194/udp", sticky: "c:1194/udp" }, "abc"],
  ["round-robin", "from the first when none was used", {}, "abc"],
  ["round-robin", "behind the last used", { last: "a:1194/udp" }, "bca"],
  ["round-robin", "round after the last", { last: "c:1194/udp" }, "abc"],
  ["round-robin", "from the first when the last used is of another tier", { last: "z:1194/udp" }, "abc"],
  ["sticky", "as they stand when none stayed up", {}, "abc"],
  [
    "sticky",
    "the one that stayed up, then the rest as they stand",
    { sticky: "c:1194/udp", last: "b:1194/udp" },
    "cab",
  ],
  ["fastest", "by round trip", { latency: latency({ a: 30, b: 10, c: 20 }) }, "bca"],
  ["fastest", "the unmeasured last", { latency: latency({ c: 900 }) }, "cab"],
  ["fastest", "as they stand when nothing was measured", {}, "abc"],
  [
    "fastest",
    "the last used while it is within a fifth",
    { latency: latency({ a: 120, b: 100 }), last: "a:1194/udp" },
    "abc",
  ],
  [
    "fastest",
    "another when it is more than a fifth better",
    { latency: latency({ a: 121, b: 100 }), last: "a:1194/udp" },
    "bac",
  ],
  [
    "fastest",
    "the measured before a last used that is not",
    { latency: latency({ b: 100 }), last: "a:1194/udp" },
    "bac",
  ],
  ["fastest", "the last used when nothing was measured", { last: "b:1194/udp" }, "bac"],
])("%s: %s", (order, _what, more, expected) => {
  expect(hosts(order, more)).toBe(expected);
});

test("a plugin's order is taken as it is, and without the plugin the list's", () => {
  const plugin: OrderInput["plugin"] = (candidates) => candidates.toReversed();
  expect(hosts({ plugin: "acme.reverse" }, { plugin })).toBe("cba");
  expect(hosts({ plugin: "acme.reverse" })).toBe("abc");
});

test("weights are the chances to come first", () => {
  const heavy = [candidate("a", { weight: 1 }), candidate("b", { weight: 3 })];
  const at = (point: number): string => hosts("weighted", { random: () => point }, heavy);
  expect([0, 0.24, 0.26, 0.99].map(at)).toEqual(["ab", "ab", "ba", "ba"]);
});

test("random draws give each the same chance, whatever its weight", () => {
  const heavy = [candidate("a", { weight: 1 }), candidate("b", { weight: 3 })];
  const at = (point: number): string => hosts("random", { random: () => point }, heavy);
  expect([0, 0.49, 0.51, 0.99].map(at)).toEqual(["ab", "ab", "ba", "ba"]);
});

test("over many draws each comes first as often as its weight says", () => {
  const random = seededRandom(7);
  const heavy = [candidate("a", { weight: 1 }), candidate("b", { weight: 2 }), candidate("c", { weight: 5 })];
  const first = { a: 0, b: 0, c: 0 };
  for (let i = 0; i < 8_000; i++) first[hosts("weighted", { random }, heavy)[0] as "a" | "b" | "c"]++;
  expect(first.a / 1_000).toBeCloseTo(1, 0);
  expect(first.b / 1_000).toBeCloseTo(2, 0);
  expect(first.c / 1_000).toBeCloseTo(5, 0);
});

test("whatever the order, all candidates come out once and the list itself is left alone", () => {
  const orders = fc.constantFrom<GroupSpec["order"]>(
    "listed",
    "round-robin",
    "weighted",
    "random",
    "fastest",
    "sticky",
  );
  const key = fc.option(fc.constantFrom("a:1194/udp", "b:1194/udp", "z:1194/udp"), { nil: undefined });
  const list = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });
  fc.assert(
    fc.property(orders, list, key, key, fc.integer(), (order, names, last, sticky, seed) => {
      const candidates = names.map((name) => candidate(name));
      const before = [...candidates];
      const random = seededRandom(seed);
      const sorted = ordered(
        order,
        candidates,
        input({ random, last, sticky, latency: () => Math.floor(random() * 9) }),
      );
      expect(sorted.map(({ host }) => host).toSorted()).toEqual(names.toSorted());
      expect(candidates).toEqual(before);
    }),
  );
});
