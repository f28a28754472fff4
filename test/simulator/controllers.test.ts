import { expect, test } from "vitest";
import { A, Controller, world } from "./support.ts";

const GREETING = ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info";
const HOLD = ">HOLD:Waiting for hold release:0";
const WRONG = "ENTER PASSWORD:";

test("A second controller hears nothing until the first has gone; what it sent early runs then", () => {
  const { daemon, controller: first } = world({ pid: 99 });
  const second = new Controller(daemon.slot);
  second.send("pid");
  first.send("pid");
  expect(first.heard()).toEqual(["SUCCESS: pid=99"]);
  expect(second.heard()).toEqual([]);
  first.leave();
  expect(second.heard()).toEqual([GREETING, HOLD, "SUCCESS: pid=99"]);
});

test("A controller that gives up waiting is passed over, and what it sent never runs", () => {
  const { daemon, controller: first } = world();
  const impatient = new Controller(daemon.slot);
  const patient = new Controller(daemon.slot);
  impatient.send("hold off");
  impatient.leave();
  first.send("quit");
  patient.send("hold");
  expect(patient.heard()).toEqual([GREETING, HOLD, "SUCCESS: hold=1"]);
  expect(impatient.heard()).toEqual([]);
});

test("quit and exit close the connection, and what was sent behind them is lost", () => {
  for (const word of ["quit", "exit"]) {
    const { daemon, controller } = world();
    controller.send("hold", word, "hold off");
    expect(controller.heard()).toEqual(["SUCCESS: hold=1"]);
    expect(controller.closed).toBe(true);
    expect(daemon.flags.hold).toBe(true);
  }
});

test("An open question is repeated to a new controller, even while the answer takes its second", () => {
  const { daemon, clock, controller: first } = world({ remotes: [A] });
  first.send("hold release");
  clock.advance(0);
  first.leave();
  const second = new Controller(daemon.slot);
  expect(second.heard()).toEqual([GREETING, ">REMOTE:192.0.2.1,1194,udp"]);
  second.send("remote ACCEPT");
  clock.advance(999);
  second.leave();
  const third = new Controller(daemon.slot);
  third.send("remote ACCEPT");
  expect(third.heard().slice(1)).toEqual([">REMOTE:192.0.2.1,1194,udp", "ERROR: remote command failed"]);
  clock.advance(1);
  third.leave();
  expect(new Controller(daemon.slot).heard()).toEqual([GREETING]);
});

test("A new controller hears of no states until it asks for them", () => {
  const { daemon, clock, controller: first } = world({ remotes: [A], queryRemote: false }, ["up"]);
  first.leave();
  const second = new Controller(daemon.slot);
  second.send("hold release");
  clock.advance(50);
  expect(second.heard().slice(2)).toEqual(["SUCCESS: hold release succeeded"]);
  second.send("state");
  expect(second.heard()).toEqual(["CONNECTED,SUCCESS,10.8.0.6,192.0.2.1,1194,,", "END"]);
});

test("The end of the client closes the connections of all, also of those who wait", () => {
  const { daemon, clock, controller: first } = world();
  const second = new Controller(daemon.slot);
  first.send("signal SIGTERM");
  clock.advance(0);
  expect([first.closed, second.closed]).toEqual([true, true]);
  expect(second.heard()).toEqual([]);
  const late = new Controller(daemon.slot);
  expect(late.closed).toBe(true);
});

test("Until the password is right nothing is said, and the clock of holds goes on without a controller", () => {
  const { daemon, clock, controller } = world({ password: "let me in", hold: false, queryRemote: false }, [
    "up",
  ]);
  clock.advance(50);
  expect(daemon.connected).toBe(true);
  expect(controller.heard()).toEqual([]);
  expect(controller.rest).toBe(WRONG);
  controller.send("let me in");
  expect(controller.heard()).toEqual([`${WRONG}SUCCESS: password is correct`, GREETING]);
});

test("Wrong passwords that come at once get one prompt; the third closes the connection", () => {
  const { controller } = world({ password: "let me in" });
  controller.send("wrong", "worse");
  expect(controller.rest).toBe(`${WRONG}${WRONG}`);
  expect(controller.closed).toBe(false);
  controller.send("worst");
  expect(controller.rest).toBe(`${WRONG}${WRONG}`);
  expect(controller.closed).toBe(true);
});

test("A new controller has three tries of its own", () => {
  const { clock, daemon, controller: first } = world({ password: "let me in" });
  first.send("wrong", "worse", "worst");
  const second = new Controller(daemon.slot);
  second.send("wrong");
  second.send("worse");
  second.send("let me in");
  clock.advance(0);
  expect(second.heard().slice(1)).toEqual([GREETING, HOLD]);
});
