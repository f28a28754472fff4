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

test("five bad remotes ahead of the live one, then the live one dies", async () => {
  lab = Lab.create();
  const bad = await badRemotes(21000);
  const live = await lab.server({ port: 21006, proto: "tcp" });
  const client = lab.client({ remotes: [...bad, "127.0.0.1 21006 tcp-client", "127.0.0.1 21007 udp"] });
  const engine = lab.engine(["rules/failover.yaml", "--management", `unix:${client.management}`]);
  await engine.connected(21006, { within: 60_000 });

  await lab.server({ port: 21007, proto: "udp" });
  await live.stop("SIGKILL");
  const connected = await engine.connected(21007);
  const lost = engine.events("STATE", { name: "RECONNECTING" }).at(-1);
  expect(lost && between(lost, connected)).toBeLessThan(4_000);

  // A later outage: none of the bad ones is tried again.
  const tried = engine.events("remote.failed").length;
  await lab.server({ port: 21006, proto: "tcp" });
  await pause(300);
  const answers = engine.commands(/^remote ACCEPT|^remote MOD/).length;
  lab.run("forgive", ["forgive", "configured", "127.0.0.1", "--state", lab.path("state")]);
  expect(answers).toBe(7);
  expect(tried).toBe(6);
});

test("known-bad remotes are not tried in later outages", async () => {
  lab = Lab.create();
  const bad = await badRemotes(21100);
  const first = await lab.server({ port: 21106, proto: "tcp" });
  const client = lab.client({ remotes: [...bad, "127.0.0.1 21106 tcp-client", "127.0.0.1 21107 tcp-client"] });
  const engine = lab.engine(["rules/failover.yaml", "--management", `unix:${client.management}`]);
  await engine.connected(21106, { within: 60_000 });
  let running = first;
  // To and fro: each time the other one has been restarted meanwhile.
  for (const [round, port] of [21107, 21106, 21107].entries()) {
    const next = await lab.server({ port, proto: "tcp" });
    if (round > 0) await lab.run("forgive", ["forgive", "configured", "--state", lab.path("state")]).stop("SIGCONT");
    const before = engine.events("remote.failed").length;
    await running.stop("SIGKILL");
    await engine.connected(port, { times: Math.floor(round / 2) + 1 });
    if (round === 0) expect(engine.events("remote.failed").length).toBe(before + 1);
    running = next;
  }
});

test("every remote dead: no FATAL, no tight loop, said once; one comes back", async () => {
  lab = Lab.create();
  await lab.blackHole(21203);
  const client = lab.client({
    remotes: ["127.0.0.1 21201 tcp-client", "127.0.0.1 21202 tcp-client", "127.0.0.1 21203 udp"],
    extra: ["--connect-retry", "1", "4"],
  });
  const engine = lab.engine([
    "rules/failover.yaml",
    ...["--set", "probe_every=1s", "--management", `unix:${client.management}`],
  ]);
  const started = await engine.sees("remote.exhausted", {}, { within: 30_000 });
  await pause(30_000);
  const attempts = engine.commands(/^remote (ACCEPT|MOD)/).length;
  expect(attempts).toBeLessThanOrEqual(42);
  expect(engine.events("remote.exhausted")).toHaveLength(1);
  expect(engine.events("FATAL")).toHaveLength(0);
  expect(client.code).toBeUndefined();
  expect(started.kind).toBe("event");
  await lab.server({ port: 21202, proto: "tcp" });
  await engine.connected(21202, { within: 30_000 });
});
