import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Decoder } from "../../../src/protocol/decoder.ts";
import { loadScenario } from "../../../src/simulator/scenario/load.ts";
import { Play } from "../../../src/simulator/scenario/play.ts";
import { VirtualClock } from "../../../src/util/clock.ts";
import { withoutEnvironment } from "../server/support.ts";
import { Controller, START } from "../support.ts";

interface Played {
  readonly clock: VirtualClock;
  readonly play: Play;
  readonly controller: Controller;
  /** What was told to people. */
  readonly told: string[];
  readonly over: string[];
}

function played(text: string): Played {
  const loaded = loadScenario(text);
  if (!("scenario" in loaded)) throw new Error(JSON.stringify(loaded.problems));
  const clock = new VirtualClock(START);
  const [told, over]: string[][] = [[], []];
  const play = new Play(
    loaded.scenario,
    clock,
    (what) => void told?.push(what),
    (why) => void over?.push(why),
  );
  play.start();
  return { clock, play, controller: new Controller(play.daemon.slot), told: told ?? [], over: over ?? [] };
}

const shipped = (name: string): string =>
  readFileSync(new URL(`../../../docs/scenarios/${name}`, import.meta.url), "utf8");

/** Lets in whoever asks, but bob. */
function admit({ controller, clock }: Played, seconds: number): string[] {
  const all: string[] = [];
  for (let t = 0; t < seconds * 10; t++) {
    clock.advance(100);
    const heard = controller.heard();
    all.push(...withoutEnvironment(heard));
    const names = heard.filter((line) => line.startsWith(">CLIENT:ENV,username="));
    const asked = heard.filter((line) => /^>CLIENT:(CONNECT|REAUTH),/.test(line));
    for (const [i, line] of asked.entries()) {
      const [, cid, kid] = line.split(",");
      controller.send(
        names[i]?.endsWith("=bob")
          ? `client-deny ${cid} ${kid} "wrong password"`
          : `client-auth-nt ${cid} ${kid}`,
      );
    }
  }
  return all;
}

test("The office: clients are let in, come and go, and are told of", () => {
  const world = played(shipped("office.yaml"));
  world.controller.send("env-filter 2", "bytecount 5");
  const heard = admit(world, 300);
  const count = (kind: string): number => heard.filter((line) => line.startsWith(`>CLIENT:${kind}`)).length;
  expect(count("ESTABLISHED")).toBeGreaterThan(15);
  expect(count("DISCONNECT")).toBeGreaterThan(5);
  expect(count("REAUTH")).toBe(0);
  expect(heard.filter((line) => line.startsWith(">BYTECOUNT_CLI")).length).toBeGreaterThan(100);
  expect(heard).toContain(">NOTIFY:info,remote-exit,EXIT");
  expect(world.told).toContain("bob is refused");
  expect(world.told).toContain("The mule begins to pull");
  world.controller.send("status 3");
  const rows = world.controller.heard().filter((line) => line.startsWith("CLIENT_LIST"));
  const heaviest = rows.map((row) => row.split("\t")).toSorted((a, b) => Number(b[6]) - Number(a[6]))[0];
  expect(heaviest?.[1]).toBe("mule");
});

test("What a simulated server says, the decoder understands", () => {
  const world = played(shipped("office.yaml"));
  const oddities: string[] = [];
  const types = new Set<string>();
  const decoder = new Decoder({
    notification: ({ type }) => void types.add(type),
    reply: () => undefined,
    oddity: (text) => void oddities.push(text),
  });
  world.controller.leave();
  let said = "";
  const wire = world.play.daemon.slot.accept({
    text: (bytes) => void (said += bytes),
    closed: () => undefined,
  });
  wire.write("log on\nbytecount 2\nstate on\n");
  for (let t = 0; t < 60; t++) {
    world.clock.advance(1_000);
    const lines = said.split("\r\n");
    said = lines.pop() ?? "";
    for (const line of lines) {
      decoder.line(line);
      const [, cid] = /^>CLIENT:CONNECT,(\d+),/.exec(line) ?? [];
      if (cid !== undefined) wire.write(`client-auth-nt ${cid} 1\n`);
    }
  }
  expect(oddities).toEqual([]);
  expect([...types].toSorted()).toEqual([
    "BYTECOUNT_CLI",
    ...["CLIENT:ADDRESS", "CLIENT:CONNECT", "CLIENT:ESTABLISHED"],
    ...["INFO", "LOG"],
  ]);
});

test("The same seed makes the same story", () => {
  const [one, other] = [0, 1].map(() => {
    const world = played(shipped("office.yaml"));
    return [admit(world, 60), world.told];
  });
  expect(one).toEqual(other);
});

test("Outages: the client asks for a login, and loses what goes dark", () => {
  const { clock, controller, told } = played(shipped("outages.yaml"));
  controller.send("state on");
  const heard: string[] = [];
  for (let t = 0; t < 1_300; t++) {
    clock.advance(100);
    for (const line of controller.heard()) {
      heard.push(line);
      if (line.startsWith(">HOLD:")) controller.send("hold release");
      if (line.startsWith(">REMOTE:")) controller.send("remote ACCEPT");
      if (line.startsWith(">PASSWORD:Need 'Auth'"))
        controller.send("username Auth alice", 'password Auth "correct horse"');
    }
  }
  const states = heard.flatMap(
    (line) => /^>STATE:(CONNECTED|RECONNECTING),([^,]*)/.exec(line)?.slice(1, 3).join(" ") ?? [],
  );
  expect(states[0]).toBe("CONNECTED SUCCESS");
  expect(states).toContain("RECONNECTING ping-restart");
  expect(told).toContain("vpn1 goes dark");
});

test("Events come at their time, as often as they are to; the scenario ends the daemon", () => {
  const { clock, told, over, controller } = played(`
lasts: 1m
daemon: { mode: server }
events:
  - { at: 5s, every: 10s, times: 3, say: tick }
  - { every: 20s, say: tock }
`);
  clock.advance(4_999);
  expect(told).toEqual([]);
  clock.advance(1);
  expect(told).toEqual(["tick"]);
  clock.advance(54_000);
  expect(told).toEqual(["tick", "tick", "tock", "tick", "tock"]);
  expect(over).toEqual([]);
  clock.advance(1_000);
  expect(over).toEqual(["The scenario is over"]);
  expect(controller.closed).toBe(true);
  expect(clock.nextDue()).toBeUndefined();
});

test("A daemon that ends, ends the scenario", () => {
  const { clock, over, controller } = played("daemon: { mode: server }\n");
  controller.send("signal SIGTERM");
  clock.advance(1_000);
  expect(over).toEqual(["The daemon has ended with exit code 0"]);
});

test("Clients of a server act as events say", () => {
  const world = played(`
daemon: { mode: server, keepalive: [2s, 10s] }
clients:
  alice: { username: alice, password: a, exit-notify: true }
  pair: { count: 2, username: "user{n}", common-name: "Paar {n} ü" }
events:
  - { at: 1s, come: [alice, pair] }
  - { at: 10s, traffic: { alice: { in: 10kB/s } } }
  - { at: 20s, login: { alice: { username: alice, password: b } } }
  - { at: 22s, respond: { alice: some text } }
  - { at: 30s, go: alice }
`);
  const { controller, clock } = world;
  expect(admit(world, 10).filter((line) => line.startsWith(">CLIENT:ESTABLISHED"))).toHaveLength(3);
  clock.advance(12_500);
  const heard = controller.heard();
  expect(heard).toContain(">CLIENT:ENV,password=b");
  expect(heard).toContainEqual(expect.stringMatching(/^>CLIENT:CR_RESPONSE,\d+,3,some text$/));
  controller.send("status 3");
  const names = controller
    .heard()
    .flatMap((line) => (line.startsWith("CLIENT_LIST") ? line.split("\t")[1] : []));
  expect(names.map((name) => Buffer.from(name ?? "", "latin1").toString("utf8")).toSorted()).toEqual([
    "Paar 1 ü",
    "Paar 2 ü",
    "alice",
  ]);
  clock.advance(10_000);
  expect(controller.heard()).toContain(">NOTIFY:info,remote-exit,EXIT");
});
