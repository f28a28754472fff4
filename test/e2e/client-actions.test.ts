import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { between, type Client, type Engine, Lab, type Line, type Process, until } from "../support/lab.ts";

let lab: Lab;
afterEach(() => lab.close());

interface Site {
  readonly server: Process;
  readonly engine: Engine;
  readonly join: (name: string, options?: { remotes?: string[] }) => Promise<Client>;
  readonly go: (event: string) => Promise<string>;
}

/** A server that is led by these rules. */
async function site(
  port: number,
  rules: string,
  options: { address?: string; proto?: "udp" | "tcp"; extra?: string[] } = {},
): Promise<Site> {
  lab = Lab.create();
  const { proto = "tcp", ...rest } = options;
  const management = lab.path("server.sock");
  const server = await lab.server({ port, proto, management, ...rest });
  writeFileSync(lab.path("rules.yaml"), `version: 1\n${rules}`);
  const engine = lab.engine([lab.path("rules.yaml"), "--management", `unix:${management}`]);
  await engine.sees("daemon.attached");
  const established = new Map<string, number>();
  return {
    server,
    engine,
    join: async (
      name,
      { remotes = [`127.0.0.1 ${port} ${proto === "tcp" ? "tcp-client" : "udp"}`] } = {},
    ) => {
      const client = lab.client({ name, remotes, asks: false });
      const times = (established.get("all") ?? 0) + 1;
      established.set("all", times);
      await engine.sees("CLIENT:ESTABLISHED", {}, { times });
      return client;
    },
    go: (event) => lab.verb("emit", event, "--state", lab.path("state")),
  };
}

const replies = (engine: Engine, pattern: RegExp): Line[] =>
  engine.journal().filter((line) => line.kind === "command" && pattern.test(String(line["command"])));

async function replied(engine: Engine, pattern: RegExp): Promise<Line> {
  return until(
    String(pattern),
    10_000,
    () => replies(engine, pattern)[0],
    () => engine.process.output,
  );
}

const each = (name: string, actions: string, more = ""): string =>
  `{ for-each: { clients: 'client.common_name.startsWith("${name}")'${more}, do: [ ${actions} ] } }`;

test("client-kill: a client restarts, goes to its next remote, or ends, as it is told", async () => {
  const second = 30002;
  const { engine, go, join } = await site(
    30001,
    `rules:
  - { id: restart, on: my.restart, do: [ ${each("ann", "{ client-kill: restart }")} ] }
  - { id: next, on: my.next, do: [ ${each("ann", "{ client-kill: { restart: { next: true, text: moving } } }")} ] }
  - { id: halt, on: my.halt, do: [ ${each("bob", "{ client-kill: { halt: 'quota, over' } }")} ] }
  - { id: message, on: my.message, do: [ ${each("cid", '{ client-kill: { message: "RESTART,raw, as it is" } }')} ] }
`,
  );
  await lab.server({ port: second, proto: "tcp" });
  const remotes = ["127.0.0.1 30001 tcp-client", `127.0.0.1 ${second} tcp-client`];
  const ann = await join("ann", { remotes });
  const bob = await join("bob");
  const cid = await join("cid");
  await go("my.restart");
  await ann.says(/Connection reset command was pushed by server/);
  await engine.sees("CLIENT:ESTABLISHED", {}, { times: 4 });
  await go("my.next");
  await ann.says(/Connection reset command was pushed by server \('\[N\]moving'\)/);
  await ann.says(/TCP connection established with \[AF_INET\]127.0.0.1:30002/);
  await go("my.halt");
  expect(await bob.ended).toBe(0);
  expect(bob.output).toMatch(/Halt command was pushed by server \('quota, over'\)/);
  await go("my.message");
  await cid.says(/Connection reset command was pushed by server \('raw, as it is'\)/);
  expect(engine.events("action.failed")).toEqual([]);
});

test("hard: a client that listens to nothing is cut in half a second, by its address", async () => {
  const { engine, server, go, join } = await site(
    30011,
    `rules: [ { id: cut, on: my.cut, do: [ ${each("ann", "{ client-kill: { halt: x, hard: true } }")} ] } ]\n`,
    { proto: "udp" },
  );
  const ann = await join("ann");
  const bob = await join("bob");
  ann.child.kill("SIGSTOP");
  await go("my.cut");
  const cut = await replied(engine, /^kill 127\.0\.0\.1:\d+$/);
  expect(cut["reply"]).toMatch(/^SUCCESS: 1 client\(s\) at address 127\.0\.0\.1:\d+ killed$/);
  const told = replies(engine, /^client-kill/)[0];
  expect(told && between(told, cut)).toBeGreaterThan(290);
  expect(told && between(told, cut)).toBeLessThan(900);
  await server.says(
    /ann\/127\.0\.0\.1:\d+ SIGTERM\[soft,management-kill\]|ann\/\S+ .*client-instance exiting/,
  );
  expect(bob.code).toBeUndefined();
  expect(engine.events("action.failed")).toEqual([]);
  ann.child.kill("SIGCONT");
});

test("hard, on a socket of both kinds: by name where it is one's own alone; else the journal says so", async () => {
  const { engine, go, join } = await site(
    30021,
    `rules:
  - { id: cut, on: my.cut, do: [ ${each("ann", "{ client-kill: { halt: x, hard: true } }")} ] }
  - { id: twins, on: my.twins, do: [ ${each("twin", "{ client-kill: { halt: x, hard: true } }", ", limit: 1")} ] }
`,
    { proto: "udp", address: "::" },
  );
  const ann = await join("ann");
  await join("twin");
  await join("twin");
  ann.child.kill("SIGSTOP");
  await go("my.cut");
  const cut = await replied(engine, /^kill ann$/);
  expect(cut["reply"]).toBe("SUCCESS: common name 'ann' found, 1 client(s) killed");
  expect(replies(engine, /^kill 127/)[0]?.["reply"]).toMatch(/not found/);
  await go("my.twins");
  const said = await until("the journal to say so", 10_000, () =>
    engine.journal().find(({ text }) => String(text).includes("cannot be cut at once")),
  );
  expect(said["cid"]).toBe(1);
  expect(replies(engine, /^kill twin/)).toEqual([]);
  ann.child.kill("SIGCONT");
});

test("client-deny ends a session of a server that asks about its clients; of one that does not, it is refused", async () => {
  const rules = `defaults: { CLIENT:CONNECT: allow, CLIENT:REAUTH: allow }
rules: [ { id: deny, on: my.deny, do: [ ${each("ann", "{ client-deny: { reason: over, client-reason: 'no more, ann' } }")} ] } ]
`;
  const { engine, go, join } = await site(30031, rules, {
    extra: ["--management-client-auth", "--auth-user-pass-optional"],
  });
  const ann = await join("ann");
  const bob = await join("bob");
  await go("my.deny");
  expect(await ann.ended).toBe(0);
  expect(ann.output).toMatch(/AUTH_FAILED,no more, ann/);
  await engine.sees("CLIENT:DISCONNECT", { cid: 0 });
  expect(bob.code).toBeUndefined();
  expect(engine.events("action.failed")).toEqual([]);
  await lab.close();

  const other = await site(30041, rules);
  await other.join("ann");
  await other.go("my.deny");
  await other.engine.sees("action.failed", { error: "refused" });
});

test("for-each: ordered, limited, spaced; those that are killed are not counted", async () => {
  const { engine, go, join } = await site(
    30051,
    `rules:
  - { id: some, on: my.some, do: [ ${each("u", "{ client-kill: halt }", ", order-by: client.cid, descending: true, limit: 3, pace: 2/s")}, { emit: { event: my.done } } ] }
  - { id: done, on: my.done, do: [ { notify: "\${size(clients)} left" } ] }
`,
  );
  const clients = [];
  for (let i = 0; i < 5; i++) clients.push(await join(`u${i}`));
  await go("my.some");
  await engine.sees("my.done");
  const kills = replies(engine, /^client-kill/);
  expect(kills.map(({ command }) => command)).toEqual([4, 3, 2].map((cid) => `client-kill ${cid} HALT`));
  // By their replies: one may be later than another.
  for (const [i, kill] of kills.slice(1).entries())
    expect(between(kills[i] ?? kill, kill)).toBeGreaterThan(400);
  expect(await Promise.all(clients.slice(2).map(({ ended }) => ended))).toEqual([0, 0, 0]);
  expect(clients.slice(0, 2).map(({ code }) => code)).toEqual([undefined, undefined]);
  await until("the notice", 5_000, () => engine.journal().find(({ params }) => params === "2 left"));
});

test("status and log go to files; a directory that is not there: action.failed", async () => {
  const { engine, go, join } = await site(
    30061,
    `rules:
  - id: save
    on: my.save
    do:
      - status: { to: ./status.txt }
      - log: { to: "\${daemon.name}.log" }
      - status: { to: ./no/status.txt }
`,
  );
  await join("ann");
  await go("my.save");
  await engine.sees("action.failed", { action: "status", error: "failed" });
  const status = readFileSync(lab.path("status.txt"), "utf8");
  expect(status).toMatch(/^TITLE\tOpenVPN 2\..*\n[^]*\nCLIENT_LIST\tann\t127\.0\.0\.1:[^]*\nEND\n$/);
  expect(readFileSync(lab.path("default.log"), "utf8")).toMatch(
    /^\d+,\w*,.*Initialization Sequence Completed$/m,
  );
  expect(existsSync(lab.path("no"))).toBe(false);
});
