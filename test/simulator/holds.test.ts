import { expect, test } from "vitest";
import { A, B, dial, world } from "./support.ts";

test("hold off spares the next hold: the pause passes by itself", () => {
  const client = world({ remotes: [B], queryRemote: false, connectRetry: [4, 300] }, ["refused"]);
  client.controller.send("hold off", "hold release");
  client.clock.advance(3_999);
  expect(client.controller.heard().slice(2)).toEqual([
    ">STATE:TCP_CONNECT,,,,,,",
    ">STATE:RECONNECTING,connection-failed,,,,,",
  ]);
  client.clock.advance(1);
  expect(client.controller.states()).toEqual(["TCP_CONNECT", "RECONNECTING connection-failed"]);
});

test("hold off does not release the hold that is on", () => {
  const client = world({ queryRemote: false }, ["up"]);
  client.controller.send("hold off", "hold");
  client.clock.advance(60_000);
  expect(client.controller.heard()).toEqual(["SUCCESS: hold flag set to OFF", "SUCCESS: hold=0"]);
});

test("Without --management-hold the client starts by itself, and after a connect timeout goes on at once", () => {
  const client = world({ remotes: [A, { ...A, port: 1195 }], hold: false, queryRemote: false }, [
    "silent",
    "up",
  ]);
  client.clock.advance(9_999);
  expect(client.controller.states()).toEqual([]);
  client.clock.advance(1);
  client.clock.advance(50);
  expect(client.controller.states()).toEqual([
    "RECONNECTING server_poll",
    "WAIT",
    "AUTH",
    "ASSIGN_IP",
    "CONNECTED SUCCESS",
  ]);
});

test("SIGUSR1 during the pause before an attempt reads the configuration again", () => {
  const client = world({ remotes: [B], hold: false, queryRemote: false, connectRetry: [60, 300] }, [
    "refused",
  ]);
  client.clock.advance(30_000);
  client.controller.send("signal SIGUSR1");
  client.clock.advance(0);
  expect(client.controller.states()).toEqual(["RECONNECTING close_context usr1 to hup"]);
  client.clock.advance(59_999);
  expect(client.controller.states()).toEqual([]);
  client.clock.advance(1);
  expect(client.controller.states()).toContain("TCP_CONNECT");
});

test("What is sent together with the release is still done in the hold", () => {
  const client = world();
  client.controller.send("hold release", "remote-entry-count", "signal SIGUSR1");
  client.clock.advance(0);
  expect(client.controller.heard()).toEqual([
    "SUCCESS: hold release succeeded",
    "ERROR: The 'remote-entry-count' command is not supported by the current daemon mode",
    "ERROR: signal 'SIGUSR1' is currently ignored",
    ">HOLD:Waiting for hold release:0",
    `>REMOTE:${A.host},${A.port},${A.proto}`,
  ]);
});

test("In the hold after a restart the list of remotes can be had", () => {
  const client = world({ remotes: [A, B] }, ["silent"]);
  dial(client);
  client.clock.advance(10_000);
  client.controller.heard();
  client.controller.send(
    "remote-entry-get 1",
    "remote-entry-get 0 -1",
    "remote-entry-get -1",
    "remote ACCEPT",
  );
  expect(client.controller.heard()).toEqual([
    "1,192.0.2.2,443,tcp-client,enabled",
    "END",
    "0,192.0.2.1,1194,udp,enabled",
    "1,192.0.2.2,443,tcp-client,enabled",
    "END",
    "END",
    "ERROR: remote command failed",
  ]);
});
