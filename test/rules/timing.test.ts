import { expect, test } from "vitest";
import { Bench, rulebookOf } from "./support.ts";

async function bench(rule: string): Promise<Bench> {
  return new Bench(await rulebookOf(`- { id: r, ${rule}, do: [notify: x] }`));
}

const STUCK = "on: STATE, where: { name: AUTH }, for: 20s";

test("for fires when it has stayed so for as long, and only once", async () => {
  const b = await bench(STUCK);
  expect(b.see("STATE", { name: "AUTH" }).heldBack).toEqual([{ rule: "r", stage: "for", value: 20_000 }]);
  b.wait(19.999);
  expect(b.fired).toEqual([]);
  b.wait(0.001);
  b.wait(100);
  expect(b.fired).toEqual(["20s r"]);
});

test("for counts from the first event that matched; the event that fires is that one", async () => {
  const b = await bench(STUCK);
  b.see("STATE", { name: "AUTH", detail: "first" });
  b.wait(15);
  b.see("STATE", { name: "AUTH", detail: "second" });
  b.wait(10);
  expect(b.fired).toEqual(["20s r"]);
  expect(b.firings[0]?.event.fields["detail"]).toBe("first");
});

test.each([
  ["an event that does not match", (b: Bench) => void b.see("STATE", { name: "CONNECTED" })],
  ["the end of what went on", (b: Bench) => b.end("STATE")],
])("for is ended by %s, and begins anew", async (_, end) => {
  const b = await bench(STUCK);
  b.see("STATE", { name: "AUTH" });
  b.wait(10);
  end(b);
  b.wait(60);
  expect(b.fired).toEqual([]);
  b.see("STATE", { name: "AUTH" });
  b.wait(20);
  expect(b.fired).toEqual(["90s r"]);
});

test("for is not ended by events of another type or of another daemon", async () => {
  const b = await bench(STUCK);
  b.see("STATE", { name: "AUTH" });
  b.see("ECHO", { text: "x" });
  b.see("STATE", { name: "CONNECTED" }, "home");
  b.end("STATE", "home");
  b.end("remote.connected");
  b.wait(20);
  expect(b.fired).toEqual(["20s r"]);
});

test("a when that no longer holds ends for", async () => {
  const b = await bench(`on: BYTECOUNT, when: "event.rate_in < 1kB", for: 20s`);
  b.see("BYTECOUNT", { rate_in: 10 });
  b.wait(10);
  expect(b.see("BYTECOUNT", { rate_in: 5000 }).heldBack).toEqual([
    { rule: "r", stage: "when", value: "event.rate_in < 1kB" },
  ]);
  b.wait(60);
  expect(b.fired).toEqual([]);
});

test("a state of another key ends for: the daemon is in one state at a time", async () => {
  const b = await bench(`on: STATE, where: { name: CONNECTED }, key: event.remote_address, for: 20s`);
  b.see("STATE", { name: "CONNECTED", remote_address: "192.0.2.1" });
  b.wait(10);
  b.see("STATE", { name: "RECONNECTING", remote_address: "" });
  b.wait(60);
  expect(b.fired).toEqual([]);
});

test("a condition that cannot be worked out ends for", async () => {
  const b = await bench(`on: STATE, when: "int(event.detail) > 3", for: 20s`);
  b.see("STATE", { detail: "5" });
  b.wait(10);
  expect(b.see("STATE", { detail: "many" }).errors).toHaveLength(1);
  b.wait(60);
  expect(b.fired).toEqual([]);
});

test("for goes on over a restart, and what fell due meanwhile fires at once", async () => {
  const b = await bench(STUCK);
  b.see("STATE", { name: "AUTH" });
  b.wait(5);
  b.restart();
  b.wait(14);
  expect(b.fired).toEqual([]);
  b.restart(30_000);
  b.wait(0);
  expect(b.fired).toEqual(["49s r"]);
});

test("count fires with the event that makes it enough, and then starts anew", async () => {
  const b = await bench("on: ECHO, count: { at-least: 3, within: 10s }");
  for (let i = 0; i < 7; i++) {
    b.see("ECHO");
    b.wait(1);
  }
  expect(b.fired).toEqual(["2s r", "5s r"]);
});

test("count slides: what is older than its time counts no more", async () => {
  const b = await bench("on: ECHO, count: { at-least: 3, within: 10s }");
  b.see("ECHO");
  b.wait(6);
  b.see("ECHO");
  b.wait(4);
  // The first is just ten seconds old now.
  expect(b.see("ECHO").heldBack).toEqual([
    { rule: "r", stage: "count", value: { atLeast: 3, within: 10_000 } },
  ]);
  b.wait(5);
  b.see("ECHO");
  expect(b.fired).toEqual(["15s r"]);
});

test("count and throttle remember over a restart", async () => {
  const b = await bench("on: ECHO, count: { at-least: 2, within: 10s }, throttle: { times: 1, per: 1m }");
  b.see("ECHO");
  b.restart();
  b.see("ECHO");
  b.restart();
  b.see("ECHO");
  expect(b.see("ECHO").heldBack).toMatchObject([{ stage: "throttle" }]);
  expect(b.fired).toEqual(["0s r"]);
});

test("throttle lets pass so many in its time, and drops the rest", async () => {
  const b = await bench("on: ECHO, throttle: { times: 2, per: 10s }");
  for (let i = 0; i < 12; i++) {
    b.see("ECHO");
    b.wait(1);
  }
  b.wait(100);
  expect(b.fired).toEqual(["0s r", "1s r", "10s r", "11s r"]);
});

test("throttle then digest tells at the end how many were held back, with the last event", async () => {
  const b = await bench("on: ECHO, throttle: { times: 1, per: 10s, then: digest }");
  for (let i = 0; i < 4; i++) {
    b.see("ECHO", { text: `${i}` });
    b.wait(1);
  }
  b.wait(100);
  expect(b.fired).toEqual(["0s r", "10s r (3 more)"]);
  expect(b.firings[1]?.event.fields["text"]).toBe("3");
});

test("a digest opens the next period, and without anything held back there is none", async () => {
  const b = await bench("on: ECHO, throttle: { times: 1, per: 10s, then: digest }");
  b.see("ECHO");
  b.see("ECHO");
  b.wait(12);
  b.see("ECHO");
  b.wait(8);
  expect(b.fired).toEqual(["0s r", "10s r (1 more)", "20s r (1 more)"]);
  b.wait(30);
  b.see("ECHO");
  b.wait(60);
  expect(b.fired.slice(3)).toEqual(["50s r"]);
});

test("a digest outlives a restart", async () => {
  const b = await bench("on: ECHO, throttle: { times: 1, per: 10s, then: digest }");
  b.see("ECHO");
  b.see("ECHO");
  b.restart(4000);
  b.see("ECHO");
  b.wait(6);
  expect(b.fired).toEqual(["0s r", "10s r (2 more)"]);
});

test.each([
  ["for", "for: 20s", ["20s r", "20s r"]],
  ["count", "count: { at-least: 2, within: 1m }", ["0s r", "0s r"]],
  ["throttle", "throttle: { times: 1, per: 1m }", ["0s r", "0s r"]],
])("%s is kept apart by daemon, and with a key by the key", async (_, stage, fired) => {
  const daemons = await bench(`on: ECHO, ${stage}`);
  for (const daemon of ["a", "b", "a", "b"]) daemons.see("ECHO", { text: "x" }, daemon);
  daemons.wait(30);
  expect(daemons.fired).toEqual(fired);
  const keys = await bench(`on: ECHO, key: event.text, ${stage}`);
  for (const [text, daemon] of [
    ["x", "a"],
    ["y", "a"],
    ["x", "b"],
    ["y", "b"],
  ] as const)
    keys.see("ECHO", { text }, daemon);
  keys.wait(30);
  expect(keys.fired).toEqual(fired);
});

test("more keys than are kept forget the one longest unused", async () => {
  const b = await bench("on: ECHO, key: event.text, throttle: { times: 1, per: 1d }");
  for (let i = 0; i <= 10_000; i++) b.see("ECHO", { text: `${i}` });
  const before = b.fired.length;
  b.see("ECHO", { text: "1" });
  expect(b.fired).toHaveLength(before);
  b.see("ECHO", { text: "0" });
  expect(b.fired).toHaveLength(before + 1);
  expect(b.store.entries("timing")).toHaveLength(10_000);
});

test("a rule that is gone keeps its state for when it comes back; an edit of another rule changes nothing", async () => {
  const rule = "- { id: r, on: ECHO, throttle: { times: 1, per: 1h }, do: [notify: x] }";
  const first = new Bench(await rulebookOf(rule));
  first.see("ECHO");
  const without = new Bench(
    await rulebookOf("- { id: other, on: ECHO, do: [notify: x] }"),
    undefined,
    first.store,
  );
  without.see("ECHO");
  const again = new Bench(
    await rulebookOf(`- { id: other, on: STATE, do: [notify: y] }\n${rule}`),
    undefined,
    first.store,
  );
  expect(again.see("ECHO").heldBack).toMatchObject([{ rule: "r", stage: "throttle" }]);
});
