import { expect, test } from "vitest";
import { History } from "../../src/simulator/history.ts";
import type { Peer } from "../../src/simulator/peer.ts";
import { A, world } from "./support.ts";

const ON = (name: string): string => `SUCCESS: real-time ${name} notification set to ON`;

test("A ring keeps its newest entries, in the order in which they came", () => {
  const ring = new History(">LOG:", 3, () => undefined);
  for (const entry of ["a", "b", "c", "d"]) ring.add(entry);
  expect(ring.command("log", ["all"])).toEqual(["b", "c", "d", "END"]);
  expect(ring.command("log", ["2"])).toEqual(["c", "d", "END"]);
  expect(ring.command("log", ["99"])).toEqual(["b", "c", "d", "END"]);
});

test("A ring tells its entries as they come only while it is on", () => {
  const told: string[] = [];
  const ring = new History(">ECHO:", 3, (line) => told.push(line));
  ring.add("a");
  expect(ring.command("echo", ["on"])).toEqual([ON("echo")]);
  ring.add("b");
  expect(ring.command("echo", ["off"])).toEqual(["SUCCESS: real-time echo notification set to OFF"]);
  ring.add("c");
  expect(told).toEqual([">ECHO:b"]);
});

test("`on all` switches on and gives the history in one block, and so does the other order", () => {
  const ring = new History(">STATE:", 3, () => undefined);
  ring.add("a");
  expect(ring.command("state", ["on", "all"])).toEqual([ON("state"), "a", "END"]);
  expect(ring.command("state", ["all", "on"])).toEqual(["a", "END", ON("state")]);
});

test("A word that a ring does not know is refused", () => {
  const ring = new History(">STATE:", 3, () => undefined);
  const refused = "ERROR: state parameter must be 'on' or 'off' or some number n or 'all'";
  for (const word of ["0", "-1", "ON", ""]) expect(ring.command("state", [word])).toEqual([refused]);
  expect(ring.command("state", ["on", "bogus"])).toEqual([ON("state"), refused]);
});

test("state, log and echo remember what was before the controller came", () => {
  const peer: Peer = { login: (_, session) => session.accept({ echo: ["note"] }) };
  const { clock, controller } = world({ remotes: [A], queryRemote: false, echo: ["site=hamburg"], peer }, [
    "up",
  ]);
  controller.send("hold release", "echo on all");
  clock.advance(50);
  expect(controller.heard().filter((line) => /site|note/.test(line))).toEqual(["site=hamburg", ">ECHO:note"]);
  controller.send("state all", "echo 1", "log 1");
  expect(controller.heard()).toEqual([
    "CONNECTING,,,,,,",
    "WAIT,,,,,,",
    "AUTH,,,,,,",
    "ASSIGN_IP,,10.8.0.6,,,,",
    "CONNECTED,SUCCESS,10.8.0.6,192.0.2.1,1194,,",
    "END",
    "note",
    "END",
    "D,MANAGEMENT: CMD 'log 1'",
    "END",
  ]);
});

test("The log tells of every command but load-stats, before the reply, and of no password", () => {
  const { controller } = world();
  controller.send("log on");
  controller.heard();
  controller.send("hold  ", "load-stats", 'password "Auth" secret', 'signal "');
  expect(controller.heard()).toEqual([
    ">LOG:D,MANAGEMENT: CMD 'hold  '",
    "SUCCESS: hold=1",
    "SUCCESS: nclients=0,bytesin=0,bytesout=0",
    ">LOG:D,MANAGEMENT: CMD 'password [...]'",
    "ERROR: no password is currently needed at this time",
    'ERROR: Options error: No closing quotation (") in TCP:0',
    ">LOG:D,MANAGEMENT: CMD 'signal \"'",
  ]);
});
