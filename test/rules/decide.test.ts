import { expect, test } from "vitest";
import { Bench, rulebookOf } from "./support.ts";

const NIGHT = Date.parse("2026-01-05T23:30:00");
const DAY = Date.parse("2026-01-05T12:00:00");

async function bench(rules: string, start?: number): Promise<Bench> {
  return new Bench(await rulebookOf(rules), start);
}

test("the first rule that matches a query wins, in file order, and those behind it are not looked at", async () => {
  const b = await bench(`
- { id: never, on: REMOTE, where: { proto: tcp }, answer: accept }
- { id: first, on: REMOTE, when: 'event.port == 1194', answer: { skip: 2 } }
- { id: second, on: REMOTE, where: { proto: udp }, throttle: { times: 1, per: 1h }, answer: accept }`);
  const decision = b.see("REMOTE", { host: "a", port: 1194, proto: "udp" });
  expect(decision.winner?.id).toBe("first");
  expect(decision.heldBack).toEqual([]);
  // Its throttle was not used up.
  expect(b.see("REMOTE", { host: "a", port: 443, proto: "udp" }).winner?.id).toBe("second");
  expect(b.see("REMOTE", { host: "a", port: 443, proto: "udp" }).winner).toBeUndefined();
});

test("a winner's actions wait for the answer; those of rules that only watch do not", async () => {
  const b = await bench(`
- { id: watch, on: REMOTE, observe: true, do: [notify: x] }
- { id: win, on: REMOTE, answer: accept, do: [notify: x] }
- { id: late, on: REMOTE, observe: true, do: [notify: x] }`);
  const { winner, firings } = b.see("REMOTE", { host: "a", port: 1, proto: "udp" });
  expect(winner?.id).toBe("win");
  expect(firings.map(({ rule, afterAnswer }) => [rule.id, afterAnswer ?? false])).toEqual([
    ["watch", false],
    ["win", true],
    ["late", false],
  ]);
});

test("every rule on an event fires, in file order, whether the index finds it by a field or not", async () => {
  const b = await bench(`
- { id: a, on: STATE, do: [notify: x] }
- { id: b, on: STATE, where: { name: [AUTH, WAIT] }, do: [notify: x] }
- { id: c, on: [ECHO, STATE], do: [notify: x] }
- { id: d, on: STATE, where: { remote_port: 1194 }, do: [notify: x] }
- { id: e, on: STATE, where: { name: AUTH, remote_port: 443 }, do: [notify: x] }
- { id: f, on: STATE, where: { name: WAIT }, do: [notify: x] }
- { id: off, on: STATE, enabled: false, do: [notify: x] }`);
  b.see("STATE", { name: "AUTH", remote_port: 1194 });
  expect(b.fired).toEqual(["0s a", "0s b", "0s c", "0s d"]);
});

test("the stages come in their order, and the one that held a rule back is told", async () => {
  const rules = `
- { id: r, on: STATE, where: { detail: { starts: a } }, when: event.name == "AUTH", during: night,
    count: { at-least: 2, within: 1m }, throttle: { times: 1, per: 1m }, do: [notify: x] }`;
  const stages = (b: Bench, ...fields: Record<string, string>[]): string[] =>
    fields.flatMap((each) => b.see("STATE", each).heldBack.map(({ stage }) => stage));
  const quoted = rules.replace('event.name == "AUTH"', `'event.name == "AUTH"'`);
  const day = await bench(quoted, DAY);
  const night = await bench(quoted, NIGHT);
  const good = { name: "AUTH", detail: "abc" };
  expect(stages(day, { name: "WAIT", detail: "x" })).toEqual([]);
  expect(stages(day, { name: "WAIT", detail: "abc" }, good)).toEqual(["when", "during"]);
  // What an earlier stage held back was not counted.
  expect(stages(night, { name: "WAIT", detail: "abc" }, good, good, good, good)).toEqual([
    "when",
    "count",
    "count",
    "throttle",
  ]);
  expect(night.firings).toHaveLength(1);
});

test("count and throttle come behind for: they see only what has stayed so", async () => {
  const b = await bench(`
- { id: r, on: STATE, where: { name: AUTH }, for: 10s, count: { at-least: 2, within: 5m }, throttle: { times: 1, per: 5m }, do: [notify: x] }`);
  for (let i = 0; i < 6; i++) {
    b.see("STATE", { name: "AUTH" });
    b.wait(i === 1 ? 5 : 10);
    b.see("STATE", { name: "CONNECTED" });
  }
  expect(b.fired).toEqual(["25s r"]);
});

test("during holds inside any of the windows, and with not outside of all", async () => {
  const rules = `
- { id: inside, on: ECHO, during: night, do: [notify: x] }
- { id: outside, on: ECHO, during: { not: [night] }, do: [notify: x] }`;
  const fired = async (at: number): Promise<string[]> =>
    (await bench(rules, at)).see("ECHO").firings.map(({ rule }) => rule.id);
  expect(await fired(NIGHT)).toEqual(["inside"]);
  expect(await fired(DAY)).toEqual(["outside"]);
});

test("a rule in shadow neither wins nor fires, and what it would have done is told", async () => {
  const b = await bench(`
- { id: ghost, on: REMOTE, shadow: true, answer: { skip: 1 } }
- { id: real, on: REMOTE, answer: accept }
- { id: silent, on: ECHO, shadow: true, throttle: { times: 1, per: 1h }, do: [notify: x] }
- { id: slow, on: ECHO, shadow: true, for: 5s, do: [notify: x] }`);
  const query = b.see("REMOTE", { host: "a", port: 1, proto: "udp" });
  expect([query.winner?.id, query.shadow]).toEqual(["real", [{ rule: "ghost", would: "win" }]]);
  expect(b.see("ECHO").shadow).toEqual([{ rule: "silent", would: "fire" }]);
  expect(b.see("ECHO").shadow).toEqual([]);
  b.wait(60);
  expect(b.fired).toEqual([]);
});

const FAILING = `when: 'number(event.host) > 0'`;

test("an expression that fails is told, and its rule does not match", async () => {
  const b = await bench(`
- { id: bad, on: REMOTE, ${FAILING}, answer: { skip: 1 } }
- { id: good, on: REMOTE, answer: accept }`);
  const decision = b.see("REMOTE", { host: "a", port: 1, proto: "udp" });
  expect(decision.errors).toEqual([{ rule: "bad", message: expect.stringMatching(/./) }]);
  expect([decision.winner?.id, decision.failClosed]).toEqual(["good", false]);
});

test("with on-error default an expression that fails ends in the default, and rules that only watch still do", async () => {
  const b = await bench(`
- { id: bad, on: REMOTE, ${FAILING}, on-error: default, answer: { skip: 1 } }
- { id: good, on: REMOTE, answer: accept }
- { id: watch, on: REMOTE, observe: true, do: [notify: x] }`);
  const decision = b.see("REMOTE", { host: "a", port: 1, proto: "udp" });
  expect([decision.winner, decision.failClosed]).toEqual([undefined, true]);
  expect(b.fired).toEqual(["0s watch"]);
  // A rule before it that wins is not touched by it.
  const winning = await bench(`
- { id: good, on: REMOTE, answer: accept }
- { id: bad, on: REMOTE, ${FAILING}, on-error: default, answer: { skip: 1 } }`);
  const won = winning.see("REMOTE", { host: "a", port: 1, proto: "udp" });
  expect([won.winner?.id, won.failClosed, won.errors]).toEqual(["good", false, []]);
});

test("a rule in shadow that fails closes nothing", async () => {
  const b = await bench(`
- { id: bad, on: REMOTE, ${FAILING}, on-error: default, shadow: true, answer: { skip: 1 } }
- { id: good, on: REMOTE, answer: accept }`);
  const decision = b.see("REMOTE", { host: "a", port: 1, proto: "udp" });
  expect([decision.winner?.id, decision.failClosed]).toEqual(["good", false]);
});

test("a key that fails is an error like another", async () => {
  const b = await bench(
    `- { id: r, on: ECHO, key: 'text(number(event.text))', throttle: { times: 1, per: 1h }, do: [notify: x] }`,
  );
  expect(b.see("ECHO", { text: "x" }).errors).toMatchObject([{ rule: "r" }]);
  expect(b.see("ECHO", { text: "5" }).errors).toEqual([]);
  expect(b.fired).toEqual(["0s r"]);
});
