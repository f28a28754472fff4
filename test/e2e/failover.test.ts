import { afterEach, expect, test } from "vitest";
import { between, Lab, pause } from "../support/lab.ts";

let lab: Lab;
afterEach(() => lab.close());

/** Refused TCP twice, silent TCP, black-hole UDP, refused UDP: all bad, each in its own way. */
async function badRemotes(base: number): Promise<string[]> {
  await lab.silentTcp(base + 3);
  await lab.blackHole(base + 4);
  return [
    `127.0.0.1 ${base + 1} tcp-client`,
    `127.0.0.1 ${base + 2} tcp-client`,
    `127.0.0.1 ${base + 3} tcp-client`,
    `127.0.0.1 ${base + 4} udp`,
    `127.0.0.1 ${base + 5} udp`,
  ];
}

test("five bad remotes ahead of the live one: CONNECTED; they are not tried in later outages", async () => {
  lab = Lab.create();
  const bad = await badRemotes(21000);
  const live = await lab.server({ port: 21006, proto: "tcp" });
  const client = lab.client({
    remotes: [...bad, "127.0.0.1 21006 tcp-client", "127.0.0.1 21007 udp", "127.0.0.1 21008 tcp-client"],
  });
  const engine = lab.engine(["rules/failover.yaml", "--management", `unix:${client.management}`]);
  await engine.connected(21006, { within: 60_000 });
  const failed = (): unknown[] => engine.events("remote.failed").map(({ event }) => event?.["port"]);
  expect(failed()).toEqual([21001, 21002, 21003, 21004, 21005]);

  // Three outages; each time another server is there.
  let running = live;
  let dead = 21006;
  for (const [port, proto] of [
    [21007, "udp"],
    [21008, "tcp"],
    [21006, "tcp"],
  ] as const) {
    const next = await lab.server({ port, proto });
    if (port === 21006) await lab.verb("forgive", "configured", "127.0.0.1", "--state", lab.path("state"));
    const before = failed().length;
    const asked = engine.commands(/^remote (ACCEPT|MOD)/).length;
    await running.stop("SIGKILL");
    const connected = await engine.connected(port, { times: port === 21006 ? 2 : 1 });
    const lost = engine.events("STATE", { name: "RECONNECTING" }).at(-1);
    if (port !== 21006) {
      expect(failed().slice(before)).toEqual([dead]);
      expect(engine.commands(/^remote (ACCEPT|MOD)/).length).toBe(asked + 1);
      expect(lost && between(lost, connected)).toBeLessThan(4_000);
    }
    running = next;
    dead = port;
  }
});

test("every remote dead for two minutes: no FATAL, no tight loop, said once; one comes back", async () => {
  lab = Lab.create();
  await lab.blackHole(21203);
  const client = lab.client({
    remotes: ["127.0.0.1 21201 tcp-client", "127.0.0.1 21202 tcp-client", "127.0.0.1 21203 udp"],
    extra: ["--connect-retry", "1", "4"],
  });
  const engine = lab.engine([
    "rules/failover.yaml",
    ...["--set", "probe_every=1s"],
    ...["--management", `unix:${client.management}`],
  ]);
  await engine.sees("remote.exhausted", {}, { within: 30_000 });
  await pause(120_000);
  const attempts = engine
    .journal()
    .filter((line) => line.kind === "command" && /^remote (ACCEPT|MOD)/.test(String(line["command"])));
  const gaps = attempts.slice(1).map((line, i) => between(attempts[i] ?? line, line));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(990);
  expect(engine.events("remote.exhausted")).toHaveLength(1);
  expect(engine.events("FATAL")).toHaveLength(0);
  expect(client.code).toBeUndefined();
  await lab.server({ port: 21202, proto: "tcp" });
  await engine.connected(21202, { within: 30_000 });
});
