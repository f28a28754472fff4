import { writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { Lab, pause } from "../support/lab.ts";

let lab: Lab;
afterEach(() => lab.close());

function rulebook(
  proto: "udp" | "tcp",
  ports: readonly [number, number],
  failback: string,
  more = "",
): string {
  const file = lab.path("rules.yaml");
  writeFileSync(
    file,
    `version: 1
windows:
  never: { days: [${DAYS[(new Date().getUTCDay() + 3) % 7] ?? "mon"}], from: "00:00", to: "00:01", tz: UTC }
  always: { cron: "* * * * *", for: 2m, tz: UTC }
remotes:
  lab:
    candidates:
      - { host: 127.0.0.1, port: ${ports[0]}, proto: ${proto}, tier: 1 }
      - { host: 127.0.0.1, port: ${ports[1]}, proto: ${proto}, tier: 2 }
    fail-after: 1
    penalty: { base: 5m }
    ${more}
    failback: ${failback}
rules:
  - { id: choose, on: REMOTE, answer: { from: lab } }
`,
  );
  return file;
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

for (const proto of ["tcp", "udp"] as const) {
  const base = proto === "tcp" ? 23000 : 23100;
  const wire = proto === "tcp" ? "tcp-client" : "udp";

  test(`back to the first tier over ${proto} when its probe has passed three times`, async () => {
    lab = Lab.create();
    const first = await lab.server({ port: base + 1, proto });
    await lab.server({ port: base + 2, proto });
    const client = lab.client({
      remotes: [`127.0.0.1 ${base + 1} ${wire}`, `127.0.0.1 ${base + 2} ${wire}`],
    });
    const file = rulebook(
      proto,
      [base + 1, base + 2],
      "{ times: 3, during: always }",
      "probe: { openvpn: true, every: 500ms, timeout: 400ms }",
    );
    const engine = lab.engine([file, "--management", `unix:${client.management}`]);
    await engine.connected(base + 1);
    await first.stop("SIGKILL");
    await engine.connected(base + 2, { within: 40_000 });
    await pause(3_000);
    expect(engine.commands(/^signal/)).toEqual([]);
    await lab.server({ port: base + 1, proto });
    await engine.connected(base + 1, { times: 2 });
    expect(engine.commands(/^signal/)).toEqual(["signal SIGUSR1"]);
  });

  test(`back over ${proto} after a while where there is no probe`, async () => {
    lab = Lab.create();
    const first = await lab.server({ port: base + 11, proto });
    await lab.server({ port: base + 12, proto });
    const client = lab.client({
      remotes: [`127.0.0.1 ${base + 11} ${wire}`, `127.0.0.1 ${base + 12} ${wire}`],
    });
    const engine = lab.engine([
      rulebook(proto, [base + 11, base + 12], "{ after: 4s }"),
      ...["--management", `unix:${client.management}`],
    ]);
    await engine.connected(base + 11);
    await first.stop("SIGKILL");
    await engine.connected(base + 12, { within: 40_000 });
    await lab.server({ port: base + 11, proto });
    await engine.connected(base + 11, { times: 2 });
  });
}

test("not outside the window", async () => {
  lab = Lab.create();
  const first = await lab.server({ port: 23201, proto: "tcp" });
  await lab.server({ port: 23202, proto: "tcp" });
  const client = lab.client({ remotes: ["127.0.0.1 23201 tcp-client", "127.0.0.1 23202 tcp-client"] });
  const file = rulebook(
    "tcp",
    [23201, 23202],
    "{ times: 2, during: never }",
    "probe: { tcp: {}, every: 300ms, timeout: 200ms }",
  );
  const engine = lab.engine([file, "--management", `unix:${client.management}`]);
  await engine.connected(23201);
  await first.stop("SIGKILL");
  await engine.connected(23202);
  await lab.server({ port: 23201, proto: "tcp" });
  await pause(8_000);
  expect(engine.commands(/^signal/)).toEqual([]);
});
