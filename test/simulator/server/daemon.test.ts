import { expect, test } from "vitest";
import { Controller } from "../support.ts";
import { serverWorld, withoutEnvironment } from "./support.ts";

const U = (command: string): string =>
  `ERROR: The '${command}' command is not supported by the current daemon mode`;

test("In every hold, the later ones too, there is no server: what belongs to it is refused", () => {
  const { controller, pass } = serverWorld({ hold: true });
  const refused = [
    ["status 3", "nclients", "kill x", "client-kill 0", "client-auth-nt 0 1"],
    ["status", "nclients", "kill", "client-kill", "client-auth"],
  ] as const;
  controller.send(...refused[0]);
  expect(pass(0)).toEqual(refused[1].map(U));
  controller.send("client-auth 0 1");
  expect(pass(0)).toEqual([]);
  controller.send("END", "load-stats", "state all");
  expect(pass(0)).toEqual([
    U("client-auth"),
    "SUCCESS: nclients=0,bytesin=0,bytesout=0",
    "CONNECTING,,,,,,",
    "END",
  ]);
  controller.send("state on", "hold release");
  expect(pass(0)).toEqual([
    "SUCCESS: real-time state notification set to ON",
    "SUCCESS: hold release succeeded",
    ">STATE:ASSIGN_IP,,10.8.0.1,,,,",
    ">STATE:CONNECTED,SUCCESS,10.8.0.1,,,,",
  ]);
  controller.send("signal SIGUSR1");
  expect(pass(1)).toEqual([
    "SUCCESS: signal SIGUSR1 thrown",
    ">STATE:RECONNECTING,SIGUSR1,,,,,",
    ">HOLD:Waiting for hold release:1",
  ]);
  controller.send("status 3", "signal SIGHUP");
  expect(pass(1)).toEqual([
    U("status"),
    "ERROR: signal 'SIGHUP' is currently ignored",
    ">HOLD:Waiting for hold release:1",
  ]);
});

test("The pause of SIGHUP comes behind the hold, that of SIGUSR1 is the hold", () => {
  const { controller, daemon, pass } = serverWorld({ hold: true });
  controller.send("hold release");
  pass(0);
  for (const [signal, told, pause] of [
    ["SIGUSR1", 1, 0],
    ["SIGHUP", 0, 1],
  ] as const) {
    controller.send(`signal ${signal}`);
    expect(pass(1).at(-1)).toBe(`>HOLD:Waiting for hold release:${told}`);
    controller.send("hold release");
    pass(0);
    expect(daemon.running).toBe(pause === 0);
    pass(1);
    expect(daemon.running).toBe(true);
  }
});

test("A restart ends all clients first; their numbers begin anew", () => {
  const { controller, peer, pass } = serverWorld({ keepalive: [2, 10] });
  controller.send("state on");
  peer().come();
  pass(1);
  controller.send("client-auth-nt 0 1");
  pass(6);
  controller.send("signal SIGUSR1");
  expect(pass(2)).toEqual([
    "SUCCESS: signal SIGUSR1 thrown",
    ">CLIENT:DISCONNECT,0",
    ">STATE:RECONNECTING,SIGUSR1,,,,,",
    ">STATE:ASSIGN_IP,,10.8.0.1,,,,",
    ">STATE:CONNECTED,SUCCESS,10.8.0.1,,,,",
  ]);
  expect(pass(20)).toEqual([">CLIENT:CONNECT,0,1"]);
});

test("SIGTERM ends the clients, and says so before it ends", () => {
  const { controller, daemon, peer, pass } = serverWorld();
  controller.send("state on");
  peer().come();
  pass(1);
  controller.send("signal SIGTERM");
  expect(pass(1).slice(-3)).toEqual([
    "SUCCESS: signal SIGTERM thrown",
    ">CLIENT:DISCONNECT,0",
    ">STATE:EXITING,SIGTERM,,,,,",
  ]);
  expect([controller.closed, daemon.exitCode]).toEqual([true, 0]);
});

test("SIGUSR2 puts the clients into the log; in a hold it ends the daemon", () => {
  const held = serverWorld({ hold: true });
  held.controller.send("signal SIGUSR2");
  held.pass(1);
  expect(held.daemon.exitCode).toBe(0);
  const { controller, pass } = serverWorld();
  controller.send("log on", "signal SIGUSR2");
  expect(pass(1)).toContain(">LOG:I,OpenVPN CLIENT LIST");
});

test("Bytes are told until the controller goes", () => {
  const { controller, daemon, peer, pass, clock } = serverWorld({ clientAuth: false });
  controller.send("bytecount 1");
  peer({ rate: { in: 1_000, out: 5_000 } }).come();
  pass(2);
  const heard = pass(10);
  expect(heard.length).toBeGreaterThan(8);
  expect(new Set(heard.map((line) => line.replace(/,.*/, "")))).toEqual(new Set([">BYTECOUNT_CLI:0"]));
  const [first, last] = [heard[0], heard.at(-1)].map((line) => Number(line?.split(",")[2]));
  expect(((last ?? 0) - (first ?? 0)) / (heard.length - 1)).toBeCloseTo(5_000, -3);
  controller.leave();
  const next = new Controller(daemon.slot);
  clock.advance(10_000);
  expect(withoutEnvironment(next.heard())).toEqual([
    ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info",
  ]);
});

test("Without --management-client-auth only its beginning is told of a client; a denial does nothing", () => {
  const { controller, peer, pass } = serverWorld({ clientAuth: false });
  peer({ login: undefined }).come();
  expect(pass(2)).toEqual([">CLIENT:ESTABLISHED,0"]);
  controller.send("client-deny 0 1 no", "client-kill 0");
  expect(pass(4)).toEqual([
    "SUCCESS: client-deny command succeeded",
    "SUCCESS: client-kill command succeeded",
    ">CLIENT:ESTABLISHED,1",
  ]);
});

test("Totals of a client that has gone are the bytes that passed", () => {
  const { controller, peer, clock } = serverWorld();
  peer({ rate: { in: 10_000, out: 20_000 } }).come();
  clock.advance(1_000);
  controller.send("client-auth-nt 0 1");
  clock.advance(60_000);
  controller.heard();
  controller.send("status 3", "kill alice");
  const heard = controller.heard();
  const row = heard.find((line) => line.startsWith("CLIENT_LIST"))?.split("\t");
  const value = (name: string): string | undefined =>
    heard.find((line) => line.startsWith(`>CLIENT:ENV,${name}=`))?.split("=")[1];
  expect([value("bytes_received"), value("bytes_sent")]).toEqual([row?.[5], row?.[6]]);
  expect(Number(value("bytes_received"))).toBeGreaterThan(500_000);
  expect(value("time_duration")).toBe("61");
});

test("With the tunnel offloaded the daemon counts only what it sees itself", () => {
  const { controller, peer, pass } = serverWorld({ clientAuth: false, dco: true });
  controller.send("bytecount 1");
  peer({ rate: { in: 100_000, out: 100_000 } }).come();
  const first = pass(2);
  expect(first.at(-1)).toBe(">BYTECOUNT_CLI:0,1886,1964");
  expect(pass(10)).toEqual([]);
  controller.send("status 3");
  const heard = pass(0);
  expect(heard).toContain("GLOBAL_STATS\tdco_enabled\t1");
  expect(Number(heard.find((line) => line.startsWith("CLIENT_LIST"))?.split("\t")[5])).toBeGreaterThan(
    500_000,
  );
});

test("A log that logs itself drowns all commands, until the controller goes", () => {
  const { controller, daemon, pass, clock } = serverWorld();
  controller.send("verb 8", "log on");
  clock.advance(50);
  const heard = controller.heard();
  expect(heard.length).toBeGreaterThan(3_000);
  controller.send("verb 3");
  expect(pass(0.05)).not.toContain("SUCCESS: verb level changed");
  controller.leave();
  const next = new Controller(daemon.slot);
  next.send("verb 3");
  clock.advance(1_000);
  expect(next.heard().at(-1)).toBe("SUCCESS: verb level changed");
});

test("A server that dialled its controller ends with it; one with --management-signal restarts", () => {
  const dialled = serverWorld({ dialsOut: true });
  dialled.controller.send("state on");
  dialled.controller.leave();
  dialled.pass(1);
  expect(dialled.daemon.exitCode).toBe(0);
  const { controller, daemon, pass } = serverWorld({ signalsOnDisconnect: true });
  controller.leave();
  pass(2);
  const next = new Controller(daemon.slot);
  next.send("state all");
  expect(next.heard()).toContain("RECONNECTING,management-disconnect,,,,,");
});

test("A question for PKCS#11 identities in the first hold is the end", () => {
  const { controller, daemon } = serverWorld({ hold: true });
  controller.send("pkcs11-id-count");
  expect([daemon.exitCode, controller.closed, controller.heard()]).toEqual([134, true, []]);
  const running = serverWorld();
  running.controller.send("pkcs11-id-count");
  expect(running.controller.heard()).toEqual([">PKCS11ID-COUNT:0"]);
});

test("A password is asked for first, and nothing is told before it is right", () => {
  const { controller, peer, pass } = serverWorld({ password: "let me in" });
  peer().come();
  expect([pass(1), controller.rest]).toEqual([[], "ENTER PASSWORD:"]);
  controller.send("let me in", "status 3");
  expect(pass(0).slice(0, 2)).toEqual([
    "ENTER PASSWORD:SUCCESS: password is correct",
    ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info",
  ]);
});
