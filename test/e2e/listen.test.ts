import { existsSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { afterEach, expect, test } from "vitest";
import { type Client, type Engine, Lab, pause, PKI, until } from "../support/lab.ts";

let lab: Lab;
afterEach(() => lab.close());

const SECRET = "canary-Lk27-password";

/** An OpenVPN that dials its controller, with a server to reach behind a dead remote. */
function dials(management: readonly string[], port: number, asks = true): Client {
  const remotes = [`127.0.0.1 ${port + 1} tcp-client`, `127.0.0.1 ${port} tcp-client`];
  return lab.client({ remotes, asks, dials: management });
}

async function listens(engine: Engine): Promise<void> {
  await engine.process.says(/OpenVPN dials listen:\S+ and exits when this engine ends/);
}

const ways: [name: string, port: number, address: () => string, management: () => string[]][] = [
  ["a unix socket", 29001, () => `unix:${lab.path("up.sock")}`, () => [lab.path("up.sock"), "unix"]],
  ["TCP", 29011, () => "tcp:127.0.0.1:29013", () => ["127.0.0.1", "29013"]],
  ["TCP over IPv6", 29021, () => "tcp:[::1]:29023", () => ["::1", "29023"]],
];

for (const [name, base, address, management] of ways)
  for (const password of [false, true])
    test(`OpenVPN dials over ${name}${password ? " and asks for the password" : ""}: led to CONNECTED; it ends with the engine`, async () => {
      lab = Lab.create();
      const port = base + (password ? 5 : 0);
      await lab.server({ port, proto: "tcp" });
      writeFileSync(lab.path("pw"), `${SECRET}\n`);
      const engine = lab.engine([
        ...["rules/failover.yaml", "--management", `listen:${address()}`],
        ...(password ? ["--management-password", lab.path("pw")] : []),
      ]);
      await listens(engine);
      const client = dials([...management(), ...(password ? [lab.path("pw")] : [])], port);
      await engine.connected(port);
      expect(engine.commands(/^hold release/).length).toBeGreaterThan(0);
      expect(engine.events("remote.failed", { port: port + 1 })).toHaveLength(1);
      expect(engine.commands(/^remote/).length).toBeGreaterThan(1);
      if (address().startsWith("unix:")) expect(statSync(lab.path("up.sock")).mode & 0o777).toBe(0o600);

      expect(await engine.process.stop("SIGTERM")).toBe(0);
      expect(await client.ended).toBe(0);
      expect(client.output).toMatch(/SIGTERM\[soft,management-exit\] received, process exiting/);
      expect(existsSync(lab.path("up.sock"))).toBe(false);
      expect(engine.process.output).not.toContain(SECRET);
      expect(engine.journal().filter(({ kind }) => kind === "error")).toEqual([]);
    });

test("the engine is killed: OpenVPN ends; started again, the engine takes its old socket over and waits for the next one", async () => {
  lab = Lab.create();
  await lab.server({ port: 29101, proto: "tcp" });
  const path = lab.path("up.sock");
  const rules = lab.path("rules.yaml");
  writeFileSync(
    rules,
    `version: 1
daemons: { office: { management: "listen:unix:${path}" } }
remotes: { lab: { candidates: from-daemon, fail-after: 1, penalty: { base: 5m } } }
rules: [ { id: lead, on: REMOTE, answer: { from: lab } } ]
`,
  );
  const first = lab.engine([rules]);
  await listens(first);
  const client = dials([path, "unix"], 29101);
  await first.connected(29101);
  await first.process.stop("SIGKILL");
  expect(await client.ended).toBe(0);
  expect(client.output).toMatch(/management-exit/);
  expect(existsSync(path)).toBe(true);

  const second = lab.engine([rules]);
  await listens(second);
  dials([path, "unix"], 29101);
  await second.connected(29101);
  // What was learnt before the kill is still known: the dead remote is passed over.
  expect(second.events("remote.failed")).toHaveLength(0);
});

for (const signal of ["SIGTERM", "SIGKILL"] as const)
  test(`OpenVPN is ended by ${signal} and started again while the engine waits`, async () => {
    lab = Lab.create();
    const port = signal === "SIGTERM" ? 29201 : 29211;
    await lab.server({ port, proto: "tcp" });
    const path = lab.path("up.sock");
    const engine = lab.engine(["rules/failover.yaml", "--management", `listen:unix:${path}`]);
    await listens(engine);
    for (let i = 1; i <= 3; i++) {
      const client = dials([path, "unix"], port);
      await engine.connected(port, { times: i });
      await client.stop(signal);
      await engine.sees("daemon.lost", {}, { times: i });
    }
    expect(engine.process.code).toBeUndefined();
    expect(engine.journal().filter(({ kind }) => kind === "error" || kind === "blocked")).toEqual([]);
  });

test("SIGUSR1 and SIGHUP of OpenVPN leave the connection as it is", async () => {
  lab = Lab.create();
  await lab.server({ port: 29251, proto: "tcp" });
  const path = lab.path("up.sock");
  const engine = lab.engine(["rules/failover.yaml", "--management", `listen:unix:${path}`]);
  await listens(engine);
  const client = dials([path, "unix"], 29251);
  await engine.connected(29251);
  client.child.kill("SIGUSR1");
  await engine.connected(29251, { times: 2 });
  client.child.kill("SIGHUP");
  await engine.connected(29251, { times: 3 });
  expect(engine.events("daemon.lost")).toHaveLength(0);
});

test("a second OpenVPN on the same address is turned away and exits; the first does not notice", async () => {
  lab = Lab.create();
  await lab.server({ port: 29301, proto: "tcp" });
  const path = lab.path("up.sock");
  const engine = lab.engine(["rules/failover.yaml", "--management", `listen:unix:${path}`]);
  await listens(engine);
  const first = dials([path, "unix"], 29301);
  await engine.connected(29301);
  const second = dials([path, "unix"], 29301);
  expect(await second.ended).toBe(0);
  await until("a line about it", 5_000, () =>
    engine
      .journal()
      .find(({ kind, error }) => kind === "error" && /a second OpenVPN dials/.test(String(error))),
  );
  expect(first.code).toBeUndefined();
  expect(engine.events("daemon.lost")).toHaveLength(0);
});

test("a stranger that says nothing is let go, and OpenVPN that waits behind it is served", async () => {
  lab = Lab.create();
  await lab.server({ port: 29351, proto: "tcp" });
  const engine = lab.engine(["rules/failover.yaml", "--management", "listen:tcp:127.0.0.1:29353"]);
  await listens(engine);
  const stranger = net.connect({ host: "127.0.0.1", port: 29353 }).on("error", () => undefined);
  await new Promise((resolve) => stranger.on("connect", resolve));
  const client = dials(["127.0.0.1", "29353"], 29351);
  await engine.connected(29351);
  expect(client.code).toBeUndefined();
  expect(engine.journal().find(({ kind }) => kind === "lost")?.["reason"]).toBe(
    "Cannot use listen:tcp:127.0.0.1:29353: no greeting",
  );
});

test("a wrong password: said, and the tunnel stays up as long as the engine", async () => {
  lab = Lab.create();
  await lab.server({ port: 29401, proto: "tcp" });
  writeFileSync(lab.path("pw"), `${SECRET}\n`);
  writeFileSync(lab.path("wrong"), "wrong-Hh41-password\n");
  const path = lab.path("up.sock");
  const engine = lab.engine([
    ...["rules/failover.yaml", "--management", `listen:unix:${path}`, "--attach-timeout", "8s"],
    ...["--management-password", lab.path("wrong")],
  ]);
  await listens(engine);
  const client = dials([path, "unix", lab.path("pw")], 29401, false);
  await client.says(/Initialization Sequence Completed/);
  await until("the trouble", 5_000, () => engine.journal().find(({ kind }) => kind === "lost"));
  await pause(2_000);
  expect(client.code).toBeUndefined();
  expect(engine.process.code).toBeUndefined();
  expect(await engine.process.ended).toBe(3);
  expect(engine.process.output).toContain(
    `Cannot use listen:unix:${path}: wrong management password (within 8000 ms)`,
  );
  expect(engine.process.output).not.toContain("Hh41");
  expect(await client.ended).toBe(0);
});

test("nobody listens: OpenVPN ends with 0; nobody dials: the engine ends with 3", async () => {
  lab = Lab.create();
  const client = dials([lab.path("up.sock"), "unix"], 29451);
  expect(await client.ended).toBe(0);
  const engine = lab.engine([
    ...["rules/failover.yaml", "--management", `listen:unix:${lab.path("up.sock")}`],
    ...["--attach-timeout", "300ms"],
  ]);
  expect(await engine.process.ended).toBe(3);
  expect(engine.process.output).toContain(
    `OpenVPN did not dial listen:unix:${lab.path("up.sock")} (within 300 ms)`,
  );
});

test("an address that cannot be listened on: one line, exit 3, and the other daemons' addresses are let go", async () => {
  lab = Lab.create();
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(29501, "127.0.0.1", resolve));
  const rules = lab.path("rules.yaml");
  const attempt = async (management: string): Promise<string> => {
    writeFileSync(
      rules,
      `version: 1
daemons:
  fine: { management: "listen:unix:${lab.path("fine.sock")}" }
  office: { management: "listen:${management}" }
`,
    );
    const engine = lab.run("run", ["run", rules, "--state", lab.path("state")]);
    expect(await engine.ended).toBe(3);
    expect(existsSync(lab.path("fine.sock"))).toBe(false);
    return engine.output;
  };
  expect(await attempt("tcp:127.0.0.1:29501")).toBe("Cannot listen on tcp:127.0.0.1:29501: it is in use\n");
  expect(await attempt("tcp:nobody.invalid:29502")).toBe(
    "Cannot listen on tcp:nobody.invalid:29502: unknown host\n",
  );
  expect(await attempt("unix:/nowhere/x.sock")).toBe(
    "Cannot listen on unix:/nowhere/x.sock: no such directory\n",
  );
  server.close();
});

test("a running engine's socket is not taken by a second engine", async () => {
  lab = Lab.create();
  const management = ["--management", `listen:unix:${lab.path("up.sock")}`];
  const engine = lab.engine(["rules/failover.yaml", ...management]);
  await listens(engine);
  const second = lab.run("run", ["run", "rules/failover.yaml", "--state", ":memory:", ...management]);
  expect(await second.ended).toBe(3);
  expect(second.output).toBe(`Cannot listen on unix:${lab.path("up.sock")}: it is in use\n`);
  expect(await engine.process.stop()).toBe(0);
});

/** A network of its own with a name of two addresses and an address with a scope, in which `program` runs beside the engine. */
function network(program: string): string[] {
  writeFileSync(lab.path("hosts"), "127.0.0.1 localhost\n::1 two.test\n127.0.0.1 two.test\n");
  const script = `ip link set lo up
mount --bind ${lab.path("hosts")} /etc/hosts
${program}
exec "$@"`;
  return [
    ...["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"],
    ...["--", "bash", "-c", script, "bash"],
  ];
}

/** An OpenVPN that holds, over and over: where it dials, it ends when nobody listens yet. */
function holding(management: readonly string[]): string {
  const command = `openvpn --client --dev null --nobind --remote 127.0.0.1 1 tcp-client --ca ${PKI}/ca.crt --cert ${PKI}/client.crt --key ${PKI}/client.key --management-hold --management ${management.join(" ")}`;
  return `while :; do ${command} >/dev/null 2>&1; sleep 0.2; done &`;
}

const SCOPE = "ip addr add fe80::1/64 dev lo nodad\n";

test.each([
  ["dialled with a scope", "tcp:[fe80::1%lo]:7505", SCOPE, "fe80::1%lo"],
  ["dialled by a name of two addresses", "tcp:two.test:7505", "", "127.0.0.1"],
  ["that dials an address with a scope", "listen:tcp:[fe80::1%lo]:7505", SCOPE, "fe80::1%lo"],
  ["that dials the first address of a name", "listen:tcp:two.test:7505", "", "::1"],
  ["that dials the second address of a name", "listen:tcp:two.test:7505", "", "127.0.0.1"],
] as const)("OpenVPN %s: attached", async (_, address, setUp, host) => {
  lab = Lab.create();
  const management = [host, "7505", ...(address.startsWith("listen:") ? ["--management-client"] : [])];
  const engine = lab.engine(
    ["rules/failover.yaml", "--management", address],
    {},
    network(setUp + holding(management)),
  );
  await engine.sees("daemon.attached");
});
