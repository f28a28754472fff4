import { expect, test } from "vitest";
import { A, B, dial, world } from "./support.ts";

const question = ({ host, port, proto }: typeof A): string => `>REMOTE:${host},${port},${proto}`;

/** A client with a tunnel to the first of its remotes. */
function connected(remotes: readonly (typeof A)[], pingRestart = 6_000): ReturnType<typeof world> {
  const client = world(
    { remotes, pingRestart },
    remotes.map(() => "up"),
  );
  dial(client);
  client.clock.advance(50);
  expect(client.controller.states().at(-1)).toBe("CONNECTED SUCCESS");
  return client;
}

test("A server that vanishes is missed when its pings stay out", () => {
  const client = connected([A, B]);
  client.meet(A, "silent");
  client.clock.advance(5_999);
  expect(client.controller.heard()).toEqual([]);
  client.clock.advance(1);
  expect(client.controller.heard()).toEqual([
    ">STATE:RECONNECTING,ping-restart,,,,,",
    ">HOLD:Waiting for hold release:1",
  ]);
});

test("A TCP server whose port closes resets the connection at once", () => {
  const client = connected([B, A]);
  client.meet(B, "refused");
  client.clock.advance(0);
  expect(client.controller.heard()).toEqual([
    ">STATE:RECONNECTING,connection-reset,,,,,",
    ">HOLD:Waiting for hold release:1",
  ]);
});

test("A TCP server that falls silent, and a UDP server whose port closes, are missed by their pings only", () => {
  for (const [entry, condition] of [
    [B, "silent"],
    [A, "refused"],
  ] as const) {
    const client = connected([entry]);
    client.meet(entry, condition);
    client.clock.advance(5_999);
    expect(client.controller.states()).toEqual([]);
    client.clock.advance(1);
    expect(client.controller.states()).toEqual(["RECONNECTING ping-restart"]);
  }
});

test("After a good session the same entry is asked again, and after its failure the next one", () => {
  const client = connected([A, B]);
  client.meet(A, "silent");
  client.clock.advance(6_000);
  dial(client);
  expect(client.controller.heard()).toContain(question(A));
  client.clock.advance(10_000);
  client.controller.send("hold release");
  client.clock.advance(0);
  expect(client.controller.heard().at(-1)).toBe(question(B));
});

test("MOD at the first question after a good session dials the old address", () => {
  const client = connected([A, { ...A, host: "192.0.2.3" }]);
  const better = { ...A, host: "192.0.2.9" };
  client.meet(better, "up");
  client.meet(A, "silent");
  client.clock.advance(6_000);
  dial(client, "remote MOD 192.0.2.9 1194");
  client.clock.advance(10_000);
  expect(client.controller.states().at(-1)).toBe("RECONNECTING server_poll");
});

test("MOD dials another address once the old one was skipped or has failed", () => {
  for (const before of ["skipped", "failed"]) {
    const client = connected([A, { ...A, host: "192.0.2.3" }]);
    client.meet({ ...A, host: "192.0.2.9" }, "up");
    client.meet(A, "silent");
    client.clock.advance(6_000);
    dial(client, before === "skipped" ? "remote SKIP" : "remote ACCEPT");
    if (before === "failed") {
      client.clock.advance(10_000);
      client.controller.send("hold release");
      client.clock.advance(0);
    }
    client.controller.send("remote MOD 192.0.2.9 1194");
    client.clock.advance(1_050);
    expect(client.controller.heard().at(-1)).toMatch(/^>STATE:CONNECTED,SUCCESS,[\d.]+,192\.0\.2\.9,1194,,$/);
  }
});

test("MOD dials another address at once when SIGUSR1 ended the good session", () => {
  const client = connected([A]);
  client.meet({ ...A, host: "192.0.2.9" }, "up");
  client.controller.send("signal SIGUSR1");
  client.clock.advance(20);
  dial(client, "remote MOD 192.0.2.9 1194");
  client.clock.advance(50);
  expect(client.controller.heard().at(-1)).toMatch(/^>STATE:CONNECTED,SUCCESS,[\d.]+,192\.0\.2\.9,1194,,$/);
});

test("What MOD names counts for one attempt only", () => {
  const client = world({ remotes: [A] }, ["up"]);
  dial(client, "remote MOD 192.0.2.9 1194");
  client.clock.advance(10_000);
  client.controller.send("remote-entry-get all");
  expect(client.controller.heard().slice(-2)).toEqual(["0,192.0.2.1,1194,udp,enabled", "END"]);
  dial(client);
  client.clock.advance(50);
  expect(client.controller.heard().at(-1)).toMatch(/,192\.0\.2\.1,1194,,$/);
});

test("MOD takes hosts of 79 and ports of 19 characters, no longer ones", () => {
  const client = world({ remotes: [A] });
  client.controller.send("hold release");
  client.clock.advance(0);
  client.controller.heard();
  const [host, port] = ["h".repeat(79), "1194".padStart(19, "0")];
  client.controller.send(
    `remote MOD ${host}h ${port}`,
    `remote MOD ${host} 0${port}`,
    `remote MOD ${host} ${port}`,
  );
  expect(client.controller.heard()).toEqual([
    "ERROR: remote command failed",
    "ERROR: remote command failed",
    "SUCCESS: remote command succeeded",
  ]);
});

test("An answer takes a second to show, and a second answer within it is refused", () => {
  const client = world({ remotes: [A, B] }, ["up", "up"]);
  client.controller.send("hold release");
  client.clock.advance(0);
  client.controller.send("remote SKIP", "remote ACCEPT");
  client.clock.advance(999);
  const [, asked, ...replies] = client.controller.heard();
  expect(asked).toBe(question(A));
  expect(replies).toEqual(["SUCCESS: remote command succeeded", "ERROR: remote command failed"]);
  client.clock.advance(1);
  expect(client.controller.heard()).toEqual([question(B)]);
});

test("BYTECOUNT comes while connected only, and its counts outlive a restart", () => {
  const client = world({ remotes: [A], queryRemote: false }, ["up"]);
  client.controller.send("state off", "bytecount 2");
  client.clock.advance(4_000);
  expect(client.controller.heard().filter((line) => line.startsWith(">BYTECOUNT"))).toEqual([]);
  client.controller.send("hold release");
  client.daemon.traffic.in = 100;
  client.clock.advance(2_000);
  expect(client.controller.heard().at(-1)).toBe(">BYTECOUNT:100,0");
  client.controller.send("signal SIGUSR1");
  client.clock.advance(20);
  client.controller.send("hold release");
  client.daemon.traffic.in += 11;
  client.clock.advance(2_000);
  expect(client.controller.heard().at(-1)).toBe(">BYTECOUNT:111,0");
  client.controller.send("bytecount 0");
  client.clock.advance(10_000);
  expect(client.controller.heard()).toEqual(["SUCCESS: bytecount interval changed"]);
});
