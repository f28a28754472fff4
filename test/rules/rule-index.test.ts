import { expect, test } from "vitest";
import { RuleIndex, valueAt } from "../../src/rules/rule-index.ts";
import type { Event } from "../../src/model/event.ts";
import { seededRandom } from "../../src/util/random.ts";
import { envOf, eventOf, type Fields, rulebookOf, START } from "./support.ts";

async function idsOf(rules: string, event: Event): Promise<string[]> {
  const { rules: loaded } = await rulebookOf(rules);
  return new RuleIndex(loaded).candidates(event, envOf(event)).map(({ rule }) => rule.id);
}

const see = (type: string, fields: Fields): Event => eventOf(type, fields, START);

test("rules of other events, other values, and those that are off are not even looked at", async () => {
  const rules = `
- { id: other-event, on: ECHO, do: [notify: x] }
- { id: other-value, on: STATE, where: { name: WAIT }, do: [notify: x] }
- { id: switched-off, on: STATE, enabled: false, do: [notify: x] }
- { id: this, on: STATE, where: { name: AUTH }, do: [notify: x] }`;
  expect(await idsOf(rules, see("STATE", { name: "AUTH" }))).toEqual(["this"]);
  expect(await idsOf(rules, see("LOG", { text: "x" }))).toEqual([]);
});

test("numbers, sizes and texts are found by their value", async () => {
  const rules = `
- { id: number, on: STATE, where: { remote_port: 443 }, do: [notify: x] }
- { id: quoted, on: STATE, where: { remote_port: "443" }, do: [notify: x] }
- { id: daemon, on: STATE, where: { daemon.name: office }, do: [notify: x] }`;
  expect(await idsOf(rules, see("STATE", { name: "AUTH", remote_port: 443 }))).toEqual([
    "number",
    "quoted",
    "daemon",
  ]);
  const sizes = "- { id: size, on: BYTECOUNT, where: { rate_in: 10kB }, do: [notify: x] }";
  expect(await idsOf(sizes, see("BYTECOUNT", { rate_in: 10_000 }))).toEqual(["size"]);
});

test("a rule with for sees also what does not match, for that ends it", async () => {
  const rules = "- { id: r, on: STATE, where: { name: AUTH }, for: 5s, do: [notify: x] }";
  expect(await idsOf(rules, see("STATE", { name: "CONNECTED" }))).toEqual(["r"]);
});

test("an event that belongs to one rule is heard by it alone, also when it has a where", async () => {
  const rules = `
- { id: a, on: { schedule: "0 2 * * *" }, do: [notify: x] }
- { id: b, on: { schedule: "0 2 * * *" }, where: { daemon.name: office }, do: [notify: x] }
- { id: c, on: { file: ./x }, where: { daemon.name: office }, do: [notify: x] }`;
  expect(await idsOf(rules, { ...see("schedule", {}), rule: "a" })).toEqual(["a"]);
  expect(await idsOf(rules, { ...see("schedule", {}), rule: "b" })).toEqual(["b"]);
  expect(await idsOf(rules, { ...see("file.changed", { path: "/x" }), rule: "c" })).toEqual(["c"]);
});

test("the index finds, in file order, all that a look at every rule finds", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const matchers = [
    "name: AUTH",
    "name: [AUTH, WAIT]",
    "name: { not: AUTH }",
    "remote_port: 443",
    "remote_port: { gt: 100 }",
    "detail: { one-of: [x, y] }",
  ];
  const texts = Array.from({ length: 150 }, (_, i) => {
    const where = new Map(
      Array.from({ length: Math.floor(random() * 3) }, () => pick(matchers)).map((text) => [
        text.split(":")[0],
        text,
      ]),
    );
    return `- { id: r${i}, on: STATE, where: { ${[...where.values()].join(", ")} }, do: [notify: x] }`;
  });
  const { rules } = await rulebookOf(texts.join("\n"));
  const index = new RuleIndex(rules);
  for (let i = 0; i < 100; i++) {
    const event = see("STATE", {
      name: pick(["AUTH", "WAIT", "CONNECTED"]),
      remote_port: pick([443, 1194, undefined]),
      detail: pick(["x", "z"]),
    });
    const env = envOf(event);
    const found = index.candidates(event, env).filter((candidate) => candidate.matches(env, {}));
    const matching = rules.filter((rule) =>
      rule.where.every((matcher) => matcher.test(valueAt(matcher.path, env), {})),
    );
    expect(
      found.map(({ rule }) => rule.id),
      `seed ${seed}`,
    ).toEqual(matching.map(({ id }) => id));
  }
});
