import { writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { type Client, Lab, type Process, until } from "../support/lab.ts";

let lab: Lab;
afterEach(() => lab.close());

const PORT = 28100;

/** A server that asks about its clients, who log in by name; `socket` is its management interface. */
async function server(...extra: string[]): Promise<{ process: Process; socket: string }> {
  const socket = lab.path("server.sock");
  const process = await lab.server({
    port: PORT,
    proto: "tcp",
    extra: [
      ...["--management", socket, "unix", "--management-client-auth", "--auth-user-pass-optional"],
      ...["--username-as-common-name", ...extra],
    ],
  });
  return { process, socket };
}

function client(name: string, ...extra: string[]): Client {
  const login = lab.path(`${name}.login`);
  writeFileSync(login, `${name}\ncanary-Pw-${name}\n`, { mode: 0o600 });
  return lab.client({
    remotes: [`127.0.0.1 ${PORT} tcp-client`],
    asks: false,
    extra: ["--auth-user-pass", login, "--connect-retry", "1", "1", ...extra],
  });
}

function rulebook(rules: string): string {
  const path = lab.path("rules.yaml");
  writeFileSync(
    path,
    `version: 1\ndefaults: { "CLIENT:CONNECT": deny, "CLIENT:REAUTH": deny }\nrules:\n${rules}`,
  );
  return path;
}

const UP = /Initialization Sequence Completed/;

test("clients are let in with a configuration of their own, or denied with a reason; passwords stand nowhere", async () => {
  lab = Lab.create();
  const { socket } = await server();
  const rules = rulebook(`
  - id: ann
    on: CLIENT:CONNECT
    where: { client.username: ann }
    answer: { allow: { config: [ 'push "setenv-safe HELLO hello-\${client.username}"' ] } }
  - id: mallory
    on: CLIENT:CONNECT
    where: { env.username: mallory }
    answer: { deny: { reason: banned, client-reason: "Go away, \${client.username}" } }
  - { id: up, on: CLIENT:ESTABLISHED, do: [ { notify: "up \${client.common_name} \${client.virtual_address}" } ] }
  - { id: down, on: CLIENT:DISCONNECT, where: { established: true }, do: [ { notify: "down \${client.common_name}" } ] }
`);
  const engine = lab.engine([rules, "--management", `unix:${socket}`]);
  await engine.sees("daemon.attached");
  const ann = client("ann");
  const mallory = client("mallory", "--verb", "4");
  await ann.says(UP);
  await ann.says(/PUSH_REPLY.*hello-ann/);
  await mallory.says(/Go away, mallory/);
  await engine.sees("CLIENT:ESTABLISHED");
  expect(engine.process.output).toMatch(/"up ann 10\.\d+\.\d+\.\d+"/);
  // Not even root's kill -9 of the client hides its end from the server: its TCP connection breaks.
  await ann.stop("SIGKILL");
  const gone = await engine.sees("CLIENT:DISCONNECT", { established: true });
  expect(gone.event?.["bytes_in"]).toBeGreaterThan(1000);
  expect(engine.process.output).not.toContain("canary-Pw");
});

test.each([
  ["as it is", []],
  ["with a cipher of its own, which it lists for those who wait too", ["--cipher", "AES-256-GCM"]],
])(
  "a client that asked while no engine was there is sent back and let in, others stay: server %s",
  async (_, extra) => {
    lab = Lab.create();
    const { socket } = await server(...extra);
    const rules = rulebook("  - { id: all, on: CLIENT:CONNECT, answer: allow }\n");
    const first = lab.engine([rules, "--management", `unix:${socket}`]);
    await first.sees("daemon.attached");
    const ann = client("ann");
    await ann.says(UP);
    await first.process.stop("SIGKILL");
    const bob = client("bob");
    await bob.says(/SENT CONTROL.*PUSH_REQUEST|PUSH: Received|TLS: Initial|Peer Connection Initiated/);
    const second = lab.engine([rules, "--management", `unix:${socket}`]);
    await bob.says(UP);
    expect(second.commands(/^client-kill/)).toEqual(["client-kill 1"]);
    expect(ann.output.match(new RegExp(UP, "g"))).toHaveLength(1);
    // Who is there is known, without having been told.
    const status = JSON.parse(await lab.verb("status", "--json", "--state", lab.path("state"))) as {
      daemons: { role: string; clients: { common_name: string }[] }[];
    };
    expect(status.daemons[0]?.role).toBe("server");
    expect(status.daemons[0]?.clients.map(({ common_name }) => common_name).toSorted()).toEqual([
      "ann",
      "bob",
    ]);
  },
);

test("a server that restarts by SIGHUP and by SIGUSR1 gives its CIDs anew: every client is asked about again", async () => {
  lab = Lab.create();
  const { process, socket } = await server("--persist-key", "--persist-tun");
  const rules = rulebook(`
  - { id: all, on: CLIENT:CONNECT, answer: allow }
  - { id: up, on: CLIENT:ESTABLISHED, do: [ { notify: "up \${client.cid}" } ] }
`);
  const engine = lab.engine([rules, "--management", `unix:${socket}`]);
  await engine.sees("daemon.attached");
  const ann = client("ann", "--ping", "1", "--ping-restart", "4");
  await ann.says(UP);
  process.child.kill("SIGUSR1");
  await ann.says(UP, { times: 2 });
  process.child.kill("SIGHUP");
  await ann.says(UP, { times: 3 });
  await engine.sees("CLIENT:ESTABLISHED", {}, { times: 3 });
  expect(engine.events("CLIENT:ESTABLISHED").map(({ event }) => event?.["cid"])).toEqual([0, 0, 0]);
  expect(engine.commands(/^client-auth/)).toHaveLength(3);
  expect(engine.journal().filter((line) => line["error"] !== undefined)).toEqual([]);
});

test("a renewal of keys is asked about, and denied it ends the session", async () => {
  lab = Lab.create();
  const { socket } = await server("--reneg-sec", "5");
  const rules = rulebook(`
  - { id: all, on: CLIENT:CONNECT, answer: allow }
  - { id: once, on: CLIENT:REAUTH, count: { at-least: 2, within: 1m }, answer: { deny: { reason: enough, client-reason: Enough } } }
  - { id: again, on: CLIENT:REAUTH, answer: allow }
`);
  const engine = lab.engine([rules, "--management", `unix:${socket}`]);
  await engine.sees("daemon.attached");
  const ann = client("ann", "--reneg-sec", "5");
  await ann.says(UP);
  await ann.says(/Enough/, { within: 30_000 });
  expect(engine.commands(/^client-(auth|deny)/)).toEqual([
    "client-auth-nt 0 1",
    expect.stringMatching(/^client-auth-nt 0 \d+$/),
    expect.stringMatching(/^client-deny 0 \d+ enough Enough$/),
  ]);
});

test("one session a user where the username names it: of two at once, and after a renewal of keys", async () => {
  lab = Lab.create();
  const { socket } = await server("--reneg-sec", "5", "--duplicate-cn");
  const rules = rulebook(`
  - { id: one, on: CLIENT:CONNECT, where: { client.sessions: { gte: 1 } }, answer: { deny: { reason: full, client-reason: One is enough } } }
  - { id: all, on: [CLIENT:CONNECT, CLIENT:REAUTH], answer: allow }
`);
  const engine = lab.engine([rules, "--management", `unix:${socket}`]);
  await engine.sees("daemon.attached");
  const twins = [client("ann"), client("ann")];
  const bob = client("bob");
  await bob.says(UP);
  await until("one of two to be denied", 20_000, () =>
    twins.some(({ output }) => output.includes("One is enough")) ? true : undefined,
  );
  await until("the other to be up", 20_000, () =>
    twins.filter(({ output }) => UP.test(output)).length === 1 ? true : undefined,
  );
  await until("keys to be renewed", 30_000, () =>
    engine.commands(/^client-auth-nt \d+ [^1]/).length >= 2 ? true : undefined,
  );
  const third = client("ann");
  await third.says(/One is enough/);
});
