import { expect, test } from "vitest";
import { A, B, dial, world } from "./support.ts";

/** More than the main loop needs to see to a signal, ms. */
const SOON = 20;

function released(...args: Parameters<typeof world>): ReturnType<typeof world> {
  const client = world(...args);
  client.controller.send("hold release");
  client.clock.advance(0);
  client.controller.heard();
  return client;
}

test("SIGUSR1 while a question is open reads the configuration again: the first entry is asked next", () => {
  const client = released();
  client.controller.send("remote SKIP");
  client.clock.advance(1_000);
  client.controller.heard();
  client.controller.send("signal SIGUSR1");
  client.clock.advance(0);
  expect(client.controller.heard()).toEqual([
    "SUCCESS: signal SIGUSR1 thrown",
    ">STATE:RECONNECTING,close_context usr1 to hup,,,,,",
    ">HOLD:Waiting for hold release:0",
  ]);
  client.controller.send("hold release");
  client.clock.advance(1_000);
  expect(client.controller.heard().at(-1)).toBe(`>REMOTE:${A.host},${A.port},${A.proto}`);
});

test("After SIGHUP the pause follows the release of the hold", () => {
  const client = released({ remotes: [A], queryRemote: false, connectRetry: [3, 300] }, ["up"]);
  client.clock.advance(50);
  client.controller.send("signal SIGHUP");
  client.clock.advance(SOON);
  expect(client.controller.heard().at(-1)).toBe(">HOLD:Waiting for hold release:0");
  client.controller.send("hold release");
  client.clock.advance(2_999);
  expect(client.controller.states()).toEqual([]);
  client.clock.advance(1);
  expect(client.controller.states()).toEqual(["WAIT"]);
});

test("In the hold after SIGHUP, nothing is set up again yet", () => {
  const client = released({ remotes: [A], queryRemote: false }, ["up"]);
  client.controller.send("signal SIGHUP");
  client.clock.advance(SOON);
  client.controller.heard();
  client.controller.send("remote-entry-count");
  expect(client.controller.heard()).toEqual([
    "ERROR: The 'remote-entry-count' command is not supported by the current daemon mode",
  ]);
  client.controller.send("hold release");
  client.clock.advance(0);
  client.controller.send("remote-entry-count");
  expect(client.controller.heard()).toEqual(["SUCCESS: hold release succeeded", "1", "END"]);
});

test("SIGUSR1 during an attempt goes on to the next entry", () => {
  const client = world({ remotes: [A, B] }, ["silent", "up"]);
  dial(client);
  client.clock.advance(500);
  client.controller.send("signal SIGUSR1");
  client.clock.advance(SOON);
  expect(client.controller.states()).toEqual(["WAIT", "RECONNECTING SIGUSR1"]);
  client.controller.send("hold release");
  client.clock.advance(0);
  expect(client.controller.heard().at(-1)).toBe(`>REMOTE:${B.host},${B.port},${B.proto}`);
});

test("SIGUSR1 while TCP still connects reads the configuration again", () => {
  const client = world({ remotes: [B] }, ["unreachable"]);
  dial(client);
  client.controller.send("signal SIGUSR1");
  client.clock.advance(SOON);
  expect(client.controller.states()).toEqual(["TCP_CONNECT", "RECONNECTING close_context usr1 to hup"]);
});

test("A release that comes with the signal is lost: the hold that follows stays", () => {
  const client = released({ remotes: [A], queryRemote: false }, ["up"]);
  client.clock.advance(50);
  client.controller.heard();
  client.controller.send("signal SIGUSR1", "hold release");
  client.clock.advance(60_000);
  expect(client.controller.heard()).toEqual([
    "SUCCESS: signal SIGUSR1 thrown",
    "SUCCESS: hold release succeeded",
    ">STATE:RECONNECTING,SIGUSR1,,,,,",
    ">HOLD:Waiting for hold release:1",
  ]);
});

test("A signal that finds the client in a hold already is lost, and the same entry is asked", () => {
  const client = world({ remotes: [A, B], pingRestart: 5_000 }, ["up", "up"]);
  dial(client, "remote SKIP");
  client.controller.send("remote ACCEPT");
  client.clock.advance(1_050);
  client.meet(B, "silent");
  client.clock.advance(4_995);
  client.controller.send("signal SIGHUP");
  client.clock.advance(SOON);
  expect(client.controller.states().at(-1)).toBe("RECONNECTING ping-restart");
  client.controller.send("hold release");
  client.clock.advance(0);
  expect(client.controller.heard().at(-1)).toBe(`>REMOTE:${B.host},${B.port},${B.proto}`);
});

test("Of two signals the stronger one counts", () => {
  for (const signals of [
    ["signal SIGUSR1", "signal SIGHUP"],
    ["signal SIGHUP", "signal SIGUSR1"],
  ]) {
    const client = released({ remotes: [A], queryRemote: false }, ["up"]);
    client.clock.advance(50);
    client.controller.heard();
    client.controller.send(...signals);
    client.clock.advance(SOON);
    expect(client.controller.states()).toEqual(["RECONNECTING SIGHUP"]);
  }
});

test("SIGTERM ends the client: it says so, closes the connection, and has status 0", () => {
  const client = released({ remotes: [A], queryRemote: false }, ["up"]);
  client.clock.advance(50);
  client.controller.heard();
  client.controller.send("bytecount 1", "signal SIGTERM");
  client.clock.advance(0);
  expect(client.controller.closed).toBe(false);
  client.clock.advance(SOON);
  expect(client.controller.heard().slice(1)).toEqual([
    "SUCCESS: signal SIGTERM thrown",
    ">STATE:EXITING,SIGTERM,,,,,",
  ]);
  expect(client.controller.closed).toBe(true);
  expect(client.daemon.exitCode).toBe(0);
  client.controller.send("pid");
  client.clock.advance(600_000);
  expect(client.controller.heard()).toEqual([]);
  expect(client.clock.nextDue()).toBeUndefined();
});

test("SIGTERM in the first hold, or in that after SIGHUP, ends the client without EXITING", () => {
  const second = released();
  second.controller.send("signal SIGHUP");
  second.clock.advance(SOON);
  second.controller.send("signal SIGTERM");
  second.clock.advance(SOON);
  expect(second.controller.states()).toEqual(["RECONNECTING init_instance"]);
  expect(second.controller.closed).toBe(true);
  const client = world();
  client.controller.send("signal SIGTERM");
  client.clock.advance(0);
  expect(client.controller.heard()).toEqual(["SUCCESS: signal SIGTERM thrown"]);
  expect(client.controller.closed).toBe(true);
});

test("SIGTERM while nothing is dialled yet names another reason: in a question, in a later hold, in a pause", () => {
  const asked = released();
  const held = world({ remotes: [A] }, ["silent"]);
  dial(held);
  held.clock.advance(10_000);
  const pausing = world({ remotes: [B], hold: false, queryRemote: false }, ["refused"]);
  pausing.clock.advance(500);
  for (const { controller, clock } of [asked, held, pausing]) {
    controller.send("signal SIGTERM");
    clock.advance(0);
    expect(controller.states().at(-1)).toBe("EXITING init_instance");
    expect(controller.closed).toBe(true);
  }
});

test("SIGUSR2 while nothing is dialled yet ends the client without a word", () => {
  const { controller, clock, daemon } = released();
  controller.send("signal SIGUSR2");
  clock.advance(0);
  expect(controller.heard()).toEqual(["SUCCESS: signal SIGUSR2 thrown"]);
  expect([controller.closed, daemon.exitCode]).toEqual([true, 0]);
});

test("SIGUSR2 leaves a connected client alone", () => {
  const client = released({ remotes: [A], queryRemote: false }, ["up"]);
  client.clock.advance(50);
  client.controller.heard();
  client.controller.send("signal SIGUSR2");
  client.clock.advance(1_000);
  expect(client.controller.heard()).toEqual(["SUCCESS: signal SIGUSR2 thrown"]);
  expect(client.daemon.exitCode).toBeUndefined();
  expect(client.daemon.connected).toBe(true);
});
