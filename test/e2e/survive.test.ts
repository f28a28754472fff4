import { writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { type Engine, Lab, pause, until } from "../support/lab.ts";

let lab: Lab;
afterEach(() => lab.close());

const failover = (management: string): string[] => [
  "rules/failover.yaml",
  "--management",
  `unix:${management}`,
];

test("killed while HOLD is open: started again it answers once", async () => {
  lab = Lab.create();
  await lab.server({ port: 24001, proto: "tcp" });
  const client = lab.client({ remotes: ["127.0.0.1 24001 tcp-client"] });
  const file = lab.path("hold.yaml");
  writeFileSync(file, "version: 1\nrules:\n  - { id: wait, on: HOLD, answer: { release: { after: 4s } } }\n");
  const first = lab.engine([file, "--management", `unix:${client.management}`]);
  await until("the decision", 10_000, () => first.journal().find((line) => line.kind === "decision"));
  await first.process.stop("SIGKILL");
  const second = lab.engine([file, "--management", `unix:${client.management}`]);
  await second.connected(24001);
  expect([...first.commands(/^hold/), ...second.commands(/^hold/)]).toEqual(["hold release"]);
});

test("killed while REMOTE is open, and the bad remotes are still known", async () => {
  lab = Lab.create();
  await lab.server({ port: 24103, proto: "tcp" });
  const client = lab.client({
    remotes: ["127.0.0.1 24101 tcp-client", "127.0.0.1 24102 tcp-client", "127.0.0.1 24103 tcp-client"],
  });
  const file = lab.path("slow.yaml");
  const rules = (slow: boolean): string => `version: 1
remotes:
  lab: { candidates: from-daemon, fail-after: 1, penalty: { base: 5m } }
rules:
${slow ? '  - { id: think, on: REMOTE, where: { port: 24102 }, answer: { exec: [sleep, "30"], timeout: 20s, else: accept } }\n' : ""}  - { id: choose, on: REMOTE, answer: { from: lab } }
`;
  writeFileSync(file, rules(true));
  const first = lab.engine([file, "--management", `unix:${client.management}`]);
  await first.sees("remote.penalized", { port: 24101 });
  await pause(1_000);
  await first.process.stop("SIGKILL");
  writeFileSync(file, rules(false));
  const second = lab.engine([file, "--management", `unix:${client.management}`]);
  await second.sees("remote.failed", { port: 24102 });
  await second.connected(24103);
  expect(second.events("remote.failed").map(({ event }) => event?.["port"])).toEqual([24102]);
  expect(second.commands(/^remote/)).toHaveLength(2);
});

test("killed again and again through outages: each question is answered once, and OpenVPN lives", async () => {
  lab = Lab.create();
  const ports = [24601, 24602, 24603, 24604, 24605];
  const client = lab.client({
    remotes: ports.map((port) => `127.0.0.1 ${port} tcp-client`),
    extra: ["--connect-timeout", "2"],
  });
  const start = (): Engine => lab.engine([...failover(client.management), "--set", "probe_every=1s"]);
  const engines = [start()];
  for (const port of [24604, 24605, 24604]) {
    const live = await lab.server({ port, proto: "tcp" });
    // Each time a little later, so that all moments of a second have their turn.
    for (let i = 0; i < 9; i++) {
      await pause(350 + i * 110);
      await engines.at(-1)?.process.stop("SIGKILL");
      engines.push(start());
    }
    await until(
      "the tunnel",
      60_000,
      () => (up(client.output) === port ? true : undefined),
      () => engines.at(-1)?.process.output ?? "",
    );
    await live.stop("SIGKILL");
  }
  const answers = engines.flatMap((engine) => engine.journal()).filter(({ kind }) => kind === "command");
  expect(answers.filter((line) => line["error"] && String(line["command"]).startsWith("remote "))).toEqual(
    [],
  );
  expect(client.code).toBeUndefined();
});

/** The port of the tunnel that stands, by OpenVPN's log. */
function up(log: string): number | undefined {
  const said = log.match(/link remote: \S+:\d+|Initialization Sequence Completed|process restarting/g) ?? [];
  return said.at(-1)?.startsWith("Init") ? Number(said.at(-2)?.split(":").at(-1)) : undefined;
}

test("killed while connected: nothing is disturbed, and the next outage is led by what was known", async () => {
  lab = Lab.create();
  const live = await lab.server({ port: 24202, proto: "tcp" });
  const client = lab.client({
    remotes: ["127.0.0.1 24201 tcp-client", "127.0.0.1 24202 tcp-client", "127.0.0.1 24203 tcp-client"],
  });
  const first = lab.engine(failover(client.management));
  await first.connected(24202);
  await first.process.stop("SIGKILL");
  const second = lab.engine(failover(client.management));
  await second.sees("daemon.attached");
  await lab.server({ port: 24203, proto: "tcp" });
  await live.stop("SIGKILL");
  await second.connected(24203);
  expect(second.events("remote.failed").map(({ event }) => event?.["port"])).toEqual([24202]);
});

for (const signal of ["SIGUSR1", "SIGHUP"] as const)
  test(`OpenVPN is restarted by ${signal}`, async () => {
    lab = Lab.create();
    const port = signal === "SIGUSR1" ? 24301 : 24311;
    await lab.server({ port, proto: "tcp" });
    const client = lab.client({
      remotes: [`127.0.0.1 ${port + 1} tcp-client`, `127.0.0.1 ${port} tcp-client`],
    });
    const engine = lab.engine(failover(client.management));
    await engine.connected(port);
    client.child.kill(signal);
    await engine.connected(port, { times: 2 });
    expect(engine.events("remote.failed")).toHaveLength(1);
  });

test("OpenVPN is stopped and started, and its socket is missing at first", async () => {
  lab = Lab.create();
  await lab.server({ port: 24401, proto: "tcp" });
  const management = lab.path("late.sock");
  const engine = lab.engine(failover(management));
  await until("the missing socket", 10_000, () => engine.journal().find((line) => line.kind === "lost"));
  const remotes = ["127.0.0.1 24401 tcp-client"];
  const client = lab.client({ remotes, management });
  await engine.connected(24401);
  await client.stop();
  await engine.sees("daemon.lost");
  lab.client({ remotes, management });
  await engine.connected(24401, { times: 2 });
  expect(engine.process.code).toBeUndefined();
});

test("SIGTERM ends the engine with 0 and leaves OpenVPN connected", async () => {
  lab = Lab.create();
  await lab.server({ port: 24501, proto: "tcp" });
  const client = lab.client({ remotes: ["127.0.0.1 24501 tcp-client"] });
  const engine = lab.engine(failover(client.management));
  await engine.connected(24501);
  expect(await engine.process.stop("SIGTERM")).toBe(0);
  await pause(500);
  expect(client.code).toBeUndefined();
});
