import { expect, test } from "vitest";
import { A, B, dial, world } from "./support.ts";

const HOLD = (seconds: number): string => `>HOLD:Waiting for hold release:${seconds}`;

test("A server that stays silent is given up at the connect timeout, and no pause is advised", () => {
  const client = world({ remotes: [A] }, ["silent"]);
  dial(client);
  client.clock.advance(9_999);
  expect(client.controller.states()).toEqual(["WAIT"]);
  client.clock.advance(1);
  expect(client.controller.heard()).toEqual([">STATE:RECONNECTING,server_poll,,,,,", HOLD(0)]);
});

test("A closed TCP port is noticed at once, and a pause of a second is advised", () => {
  const client = world({ remotes: [B] }, ["refused"]);
  dial(client);
  expect(client.controller.heard().slice(-3)).toEqual([
    ">STATE:TCP_CONNECT,,,,,,",
    ">STATE:RECONNECTING,connection-failed,,,,,",
    HOLD(1),
  ]);
});

test("A closed UDP port looks like a silent server", () => {
  const client = world({ remotes: [A] }, ["refused"]);
  dial(client);
  client.clock.advance(9_999);
  expect(client.controller.states()).toEqual(["WAIT"]);
  client.clock.advance(1);
  expect(client.controller.states()).toEqual(["RECONNECTING server_poll"]);
});

test("A TCP host that swallows packets is given up at the connect timeout, as a failed connection", () => {
  const client = world({ remotes: [B] }, ["unreachable"]);
  dial(client);
  client.clock.advance(9_999);
  expect(client.controller.states()).toEqual(["TCP_CONNECT"]);
  client.clock.advance(1);
  expect(client.controller.heard()).toEqual([">STATE:RECONNECTING,connection-failed,,,,,", HOLD(1)]);
});

test("A TCP port that accepts and says nothing ends by the connect timeout, too", () => {
  const client = world({ remotes: [B] }, ["silent"]);
  dial(client);
  client.clock.advance(10_000);
  expect(client.controller.states()).toEqual(["TCP_CONNECT", "WAIT", "RECONNECTING server_poll"]);
});

test("A name without an address is looked up twice", () => {
  const client = world({ remotes: [{ ...A, host: "vpn.example.invalid" }] }, ["unknown"]);
  dial(client);
  expect(client.controller.heard().slice(-4)).toEqual([
    ">STATE:RESOLVE,,,,,,",
    ">STATE:RESOLVE,,,,,,",
    ">STATE:RECONNECTING,Could not determine IPv4/IPv6 protocol,,,,,",
    HOLD(1),
  ]);
});

test("A name is resolved before anything is sent, an address is not", () => {
  const named = world({ remotes: [{ ...A, host: "vpn.example.net" }] }, ["up"]);
  dial(named);
  named.clock.advance(50);
  expect(named.controller.states()).toEqual(["RESOLVE", "WAIT", "AUTH", "ASSIGN_IP", "CONNECTED SUCCESS"]);
  const literal = world({ remotes: [{ ...A, host: "2001:db8::1", proto: "udp6" }] }, ["up"]);
  dial(literal);
  literal.clock.advance(50);
  expect(literal.controller.states()).toEqual(["WAIT", "AUTH", "ASSIGN_IP", "CONNECTED SUCCESS"]);
});

test("A server with a foreign certificate fails in the TLS handshake, and the log says so", () => {
  const client = world({ remotes: [A] }, ["untrusted"]);
  client.controller.send("log on");
  dial(client);
  client.clock.advance(50);
  const lines = client.controller.heard();
  expect(lines).toContain(">LOG:N,TLS Error: TLS handshake failed");
  expect(lines.slice(-2)).toEqual([">STATE:RECONNECTING,tls-error,,,,,", HOLD(1)]);
});

test("The pause doubles with each round of the list after the fifth, up to the longest", () => {
  const client = world({ remotes: [B, { ...B, port: 444 }], connectRetry: [2, 30], queryRemote: false });
  const pauses: string[] = [];
  for (let attempt = 1; attempt <= 18; attempt++) {
    client.controller.send("hold release");
    client.clock.advance(0);
    pauses.push(client.controller.heard().at(-1)?.split(":").at(-1) ?? "");
  }
  expect(pauses.map(Number)).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 8, 8, 16, 16, 30, 30, 30]);
});

test("Entries that were skipped count as failed when the pause is reckoned", () => {
  const client = world({ remotes: [B, { ...B, port: 444 }] });
  for (let attempt = 1; attempt <= 5; attempt++) {
    client.controller.send("hold release");
    client.clock.advance(0);
    client.controller.send("remote SKIP");
    client.clock.advance(1_000);
    client.controller.send("remote ACCEPT");
    client.clock.advance(1_000);
  }
  expect(client.controller.heard().at(-1)).toBe(HOLD(2));
});

test("A good session makes the pause short again", () => {
  const client = world({ remotes: [B], queryRemote: false, pingRestart: 5_000 });
  for (let attempt = 1; attempt <= 7; attempt++) {
    client.controller.send("hold release");
    client.clock.advance(0);
  }
  expect(client.controller.heard().at(-1)).toBe(HOLD(8));
  client.meet(B, "up");
  client.controller.send("hold release");
  client.clock.advance(50);
  client.meet(B, "silent");
  client.clock.advance(5_000);
  expect(client.controller.heard().at(-1)).toBe(HOLD(1));
});

test("When every entry is disabled, the client dies of it", () => {
  const client = world({ remotes: [{ ...A, disabled: true }] });
  client.controller.send("hold release");
  client.clock.advance(0);
  expect(client.controller.heard().at(-1)).toBe(">FATAL:No usable connection profiles are present");
  expect(client.controller.closed).toBe(true);
  expect(client.daemon.exitCode).toBe(1);
});
