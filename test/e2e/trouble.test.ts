import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { Lab, until } from "../support/lab.ts";

let lab: Lab;
afterEach(() => lab.close());

const run = (...args: string[]): string[] => [
  "run",
  "rules/failover.yaml",
  "--state",
  lab.path("state"),
  ...args,
];

test("a missing socket: one line, exit 3", async () => {
  lab = Lab.create();
  const engine = lab.run("run", run("--management", "unix:/nowhere/x.sock", "--attach-timeout", "300ms"));
  expect(await engine.ended).toBe(3);
  expect(engine.output).toContain("Cannot connect to unix:/nowhere/x.sock: no such file");
});

test("permission denied: one line, exit 3", async () => {
  lab = Lab.create();
  const folder = lab.path("closed");
  mkdirSync(folder);
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(`${folder}/x.sock`, resolve));
  chmodSync(`${folder}/x.sock`, 0);
  const engine = lab.run(
    "run",
    run("--management", `unix:${folder}/x.sock`, "--attach-timeout", "300ms"),
    {},
    // Not even root may pass over permissions without these.
    ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"],
  );
  expect(await engine.ended).toBe(3);
  server.close();
  expect(engine.output).toContain(`Cannot connect to unix:${folder}/x.sock: permission denied`);
});

test("a wrong management password: one line, exit 3; the right one: attached, and it stands nowhere", async () => {
  lab = Lab.create();
  const secret = "canary-Zx81-password";
  writeFileSync(lab.path("pw"), `${secret}\n`);
  writeFileSync(lab.path("wrong"), "wrong-Qq93-password\n");
  const management = lab.path("pw.sock");
  const client = lab.client({
    remotes: ["127.0.0.1 25001 tcp-client"],
    extra: ["--management", management, "unix", lab.path("pw")],
    management,
  });
  await client.says(/./);
  const wrong = lab.run(
    "run",
    run(
      "--management",
      `unix:${management}`,
      "--management-password",
      lab.path("wrong"),
      "--attach-timeout",
      "2s",
    ),
  );
  expect(await wrong.ended).toBe(3);
  expect(wrong.output).toContain("wrong management password");
  const none = lab.run("run", run("--management", `unix:${management}`, "--attach-timeout", "2s"));
  expect(await none.ended).toBe(3);
  expect(none.output).toContain("asks for the management password");

  const file = lab.path("rules.yaml");
  writeFileSync(
    file,
    `version: 1
daemons:
  office: { management: "unix:${management}", password: { secret: management } }
secrets:
  management: { env: MANAGEMENT_PASSWORD }
rules:
  - { id: leak, on: STATE, do: [ { notify: "${secret}" }, { management: [forget-passwords] } ] }
`,
  );
  const engine = lab.engine([file], { MANAGEMENT_PASSWORD: secret });
  await engine.sees("daemon.attached");
  await until("an action", 10_000, () => engine.journal().find((line) => line.kind === "action"));
  await engine.process.stop();
  expect(engine.process.output).not.toContain(secret);
  expect(wrong.output).not.toContain("Qq93");
  const database = new DatabaseSync(lab.path("state/state.db"));
  const rows = JSON.stringify([
    database.prepare("SELECT * FROM state").all(),
    database.prepare("SELECT * FROM journal").all(),
  ]);
  database.close();
  expect(rows).not.toContain(secret);
  expect(rows).toContain("<redacted>");
});

test("the slot is held by another manager: said, and taken when it is free", async () => {
  lab = Lab.create();
  await lab.server({ port: 25101, proto: "tcp" });
  const client = lab.client({ remotes: ["127.0.0.1 25101 tcp-client"] });
  await client.says(/./);
  const other = net.connect({ path: await appears(client.management) });
  await new Promise((resolve) => other.once("data", resolve));
  const short = lab.run("run", run("--management", `unix:${client.management}`, "--attach-timeout", "7s"));
  expect(await short.ended).toBe(3);
  expect(short.output).toMatch(/^unix:.*another manager holds the management interface \(within 7000 ms\)$/m);
  const engine = lab.engine(["rules/failover.yaml", "--management", `unix:${client.management}`]);
  await until("blocked", 15_000, () => engine.journal().find((line) => line.kind === "blocked"));
  other.destroy();
  await engine.connected(25101);
});

test("a second engine on the state directory: one line, exit 3", async () => {
  lab = Lab.create();
  const engine = lab.engine(["rules/failover.yaml", "--management", "unix:/nowhere/x.sock"]);
  await until("the first engine", 10_000, () => engine.journal().find((line) => line.kind === "lost"));
  const second = lab.run("run", run("--management", "unix:/nowhere/x.sock"));
  expect(await second.ended).toBe(3);
  expect(second.output).toMatch(/Another engine runs on the state directory/);
  const status = lab.run("status", ["status", "--state", lab.path("state")]);
  expect(await status.ended).toBe(0);
  await engine.process.stop("SIGKILL");
  const third = lab.engine(["rules/failover.yaml", "--management", "unix:/nowhere/x.sock"]);
  await until("the third engine", 10_000, () => third.journal().find((line) => line.kind === "lost"));
  await third.process.stop();
  const gone = lab.run("status", ["status", "--state", lab.path("state")]);
  expect(await gone.ended).toBe(3);
});

function appears(path: string): Promise<string> {
  return until(path, 5_000, () => {
    try {
      return net.connect({ path }).destroy() && path;
    } catch {
      return undefined;
    }
  });
}
