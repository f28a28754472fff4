import { writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { Lab, until } from "../support/lab.ts";

let lab: Lab;
afterEach(() => lab.close());

function rulebook(candidates: readonly string[], more = ""): string {
  const file = lab.path("rules.yaml");
  writeFileSync(
    file,
    `version: 1
remotes:
  lab:
    candidates:
${candidates.map((candidate) => `      - ${candidate}`).join("\n")}
    fail-after: 1
${more}
rules:
  - { id: choose, on: REMOTE, answer: { from: lab } }
`,
  );
  return file;
}

test("a name that does not resolve, an IPv6 remote, a disabled entry", async () => {
  lab = Lab.create();
  await lab.server({ port: 22003, proto: "tcp", address: "::1" });
  // --proto-force leaves the udp entries in the list, disabled.
  const client = lab.client({
    remotes: ["nosuch.invalid 22001 tcp-client", "127.0.0.1 22002 udp", "::1 22003 tcp6-client"],
    extra: ["--proto-force", "tcp-client"],
  });
  const engine = lab.engine(["rules/failover.yaml", "--management", `unix:${client.management}`]);
  await engine.connected(22003);
  expect(engine.events("remote.failed").map(({ event }) => event?.["host"])).toEqual(["nosuch.invalid"]);
  expect(engine.events("REMOTE", { host: "127.0.0.1" })).toHaveLength(0);
});

test("a name with several addresses, of which only the last is well", async () => {
  lab = Lab.create();
  const first = await lab.server({ port: 22402, proto: "udp" });
  const client = lab.client({
    remotes: ["127.0.0.1 22401 tcp-client", "both.lab 22402 udp", "three.lab 22403 tcp-client"],
  });
  const engine = lab.engine(["rules/failover.yaml", "--management", `unix:${client.management}`]);
  await engine.connected(22402);
  await lab.server({ port: 22403, proto: "tcp", address: "127.0.0.3" });
  await first.stop("SIGKILL");
  await engine.connected(22403);
  expect(engine.events("remote.penalized").map(({ event }) => event?.["port"])).toEqual([
    22401, 22402, 22402, 22403,
  ]);
});

test("a skip counts disabled entries", async () => {
  lab = Lab.create();
  const first = await lab.server({ port: 22101, proto: "tcp" });
  await lab.server({ port: 22104, proto: "tcp" });
  const client = lab.client({
    remotes: [
      "127.0.0.1 22101 tcp-client",
      "127.0.0.1 22102 udp",
      "127.0.0.1 22103 udp",
      "127.0.0.1 22104 tcp-client",
    ],
    extra: ["--proto-force", "tcp-client"],
  });
  const engine = lab.engine(["rules/failover.yaml", "--management", `unix:${client.management}`]);
  await engine.connected(22101);
  await first.stop("SIGKILL");
  await engine.connected(22104);
  expect(engine.commands(/SKIP/)).toEqual(["remote SKIP 3"]);
});

test("a candidate that only MOD can reach, also right after a good session", async () => {
  lab = Lab.create();
  const first = await lab.server({ port: 22201, proto: "tcp" });
  const client = lab.client({ remotes: ["127.0.0.1 22201 tcp-client"] });
  const engine = lab.engine([
    rulebook([
      "{ host: 127.0.0.1, port: 22201, proto: tcp, tier: 1 }",
      "{ host: 127.0.0.1, port: 22202, proto: tcp, tier: 2 }",
      "{ host: 127.0.0.1, port: 22203, proto: udp, tier: 3 }",
    ]),
    ...["--management", `unix:${client.management}`],
  ]);
  await engine.connected(22201);
  await lab.server({ port: 22202, proto: "tcp" });
  await first.stop("SIGKILL");
  await engine.connected(22202);
  expect(engine.commands(/^remote/).slice(-2)).toEqual(["remote SKIP", "remote MOD 127.0.0.1 22202"]);
  const reported = await until("the unreachable candidate", 2_000, () =>
    engine.journal().find((line) => line.kind === "error" && String(line["error"]).includes("22203/udp")),
  );
  expect(reported["error"]).toContain("no entry of OpenVPN's list uses udp");
});

test("a refused answer leads to the next best", async () => {
  lab = Lab.create();
  await lab.server({ port: 22301, proto: "tcp" });
  const client = lab.client({ remotes: ["127.0.0.1 22301 tcp-client"] });
  const file = lab.path("rules.yaml");
  writeFileSync(
    file,
    `version: 1
variables: { host: { type: text, default: "not a host" } }
rules:
  - { id: odd, on: REMOTE, answer: { mod: { host: "\${vars.host}", port: 1194 } } }
`,
  );
  const engine = lab.engine([file, "--management", `unix:${client.management}`]);
  await engine.connected(22301);
  expect(
    engine.journal().some((line) => line.kind === "error" && String(line["error"]).includes("is not a host")),
  ).toBe(true);
});
