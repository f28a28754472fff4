import { expect, test } from "vitest";
import { A, B, Controller, dial, world } from "./support.ts";
import type { ClientOptions } from "../../src/simulator/client-options.ts";

type World = ReturnType<typeof world>;

/** A controller that stops reading when told to. */
function unread(options: Partial<ClientOptions>): World & {
  readonly heard: string[];
  full: boolean;
  readonly wire: ReturnType<World["daemon"]["slot"]["accept"]>;
} {
  const client = world({ remotes: [A, B], ...options }, ["up", "up"]);
  client.controller.leave();
  const heard: string[] = [];
  const reader = { ...client, heard, full: false };
  const wire = client.daemon.slot.accept({
    text: (bytes) => void heard.push(...bytes.split("\r\n").filter(Boolean)),
    closed: () => undefined,
    full: () => reader.full,
  });
  return Object.assign(reader, { wire });
}

test("From verb 8 on with the log on, commands are never read again until the controller reconnects", () => {
  const client = world({ remotes: [A] }, ["up"]);
  dial(client);
  client.clock.advance(100);
  client.controller.send("log on", "verb 8");
  client.clock.advance(1_000);
  const flood = client.controller.heard();
  expect(flood.length).toBeGreaterThan(50_000);
  client.controller.send("verb 3", "pid");
  client.clock.advance(1_000);
  expect(client.controller.heard().filter((line) => !line.startsWith(">LOG"))).toEqual([]);
  client.controller.leave();
  const next = new Controller(client.daemon.slot);
  next.send("verb 3", "log on", "pid");
  client.clock.advance(1_000);
  expect(next.heard().slice(-1)).toEqual(["SUCCESS: pid=4711"]);
});

test("In its first tunnel a client goes on while its output is unread, but reads nothing", () => {
  const client = unread({ hold: false, queryRemote: false });
  client.clock.advance(100);
  client.full = true;
  client.wire.write("state on\n");
  client.clock.advance(70_000);
  expect(client.daemon.stalled).toBe(false);
  expect(client.daemon.connected).toBe(true);
  client.full = false;
  client.wire.drained();
  expect(client.heard.at(-1)).toBe("SUCCESS: real-time state notification set to ON");
});

test("In a hold, and once it asks for its remotes, it hangs until its output is read", () => {
  const client = unread({ hold: false });
  client.wire.write("remote ACCEPT\nstate on\n");
  client.clock.advance(1_100);
  expect(client.daemon.connected).toBe(true);
  client.full = true;
  client.daemon.signal("SIGUSR1");
  client.clock.advance(10_000);
  expect(client.daemon.stalled).toBe(true);
  expect(client.heard.at(-1)).toMatch(/RECONNECTING/);
  client.full = false;
  client.wire.drained();
  client.clock.advance(1_000);
  expect(client.heard.at(-1)).toBe(">REMOTE:192.0.2.1,1194,udp");
});

test("It goes on when the controller that does not read leaves", () => {
  const client = unread({ hold: false });
  client.wire.write("remote ACCEPT\nstate on\n");
  client.clock.advance(1_100);
  client.full = true;
  client.daemon.signal("SIGUSR1");
  client.clock.advance(10_000);
  client.wire.close();
  client.clock.advance(1_000);
  expect(client.daemon.stalled).toBe(false);
  expect(client.daemon.question).toBe(">REMOTE:192.0.2.1,1194,udp");
});

test("What is said of commands that a quit follows is lost, but not in a hold", () => {
  const client = world({ remotes: [A], queryRemote: false }, ["up"]);
  client.controller.send("hold release");
  client.clock.advance(100);
  client.controller.heard();
  client.controller.send("pid", "quit", "verb");
  expect(client.controller.heard()).toEqual([]);
  const held = world();
  held.controller.send("pid", "quit", "verb");
  expect(held.controller.heard()).toEqual(["SUCCESS: pid=4711"]);
});
