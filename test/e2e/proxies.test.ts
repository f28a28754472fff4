import { writeFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { type Client, type Engine, Lab, pause, type Process } from "../support/lab.ts";
import { danted, microsocks, OUTGOING, refusingProxy, tinyproxy } from "../support/proxies.ts";

let port = 28_700;
let lab: Lab;
afterEach(() => lab.close());

/** By which of both ways OpenVPN is led. */
const WAYS = [
  ["asked by OpenVPN", ["--management-query-proxy"], ""],
  [
    "with --management-query-remote and a failover group",
    ["--management-query-remote"],
    "  - { id: failover, on: REMOTE, answer: { from: office } }\n",
  ],
] as const;

const SETTINGS = "fail-after: 1, penalty: { base: 10m }";

function rulebook(proxies: string, rules: string): string {
  const path = lab.path("rules.yaml");
  writeFileSync(
    path,
    `version: 1
remotes: { office: { candidates: from-daemon, fail-after: 5 } }
windows:
  always: { from: "00:00", to: "24:00", tz: UTC }
  never: { cron: "0 0 29 2 *", for: 1m, tz: UTC }
proxies:
${proxies}
rules:
  - { id: failed, on: proxy.failed, do: [{ notify: "failed \${event.host}:\${event.port} \${event.reason}" }] }
  - { id: gone, on: proxy.exhausted, do: [{ notify: "none left of \${event.group}" }] }
${rules}`,
  );
  return path;
}

interface Scene {
  readonly server: Process;
  readonly client: Client;
  readonly engine: Engine;
  /** Where the server saw the client come from. */
  readonly from: () => Promise<string>;
}

async function scene(
  rules: string,
  options: { extra: readonly string[]; at: number; proto?: "udp" | "tcp"; hosts?: readonly string[] },
): Promise<Scene> {
  const { extra, at, proto = "tcp", hosts = ["127.0.0.1"] } = options;
  const server = await lab.server({ port: at, proto, extra: ["--verb", "4"] });
  const client = lab.client({
    remotes: hosts.map((host) => `${host} ${at} ${proto === "tcp" ? "tcp-client" : "udp"}`),
    asks: false,
    extra: ["--management-hold", "--connect-retry", "1", "1", ...extra],
  });
  const engine = lab.engine([rules, "--management", `unix:${client.management}`]);
  const from = async (): Promise<string> => {
    await engine.sees("STATE", { name: "CONNECTED" }, { within: 60_000 });
    await server.says(/Peer Connection Initiated with \[AF_INET\][\d.]+/);
    return /Peer Connection Initiated with \[AF_INET\]([\d.]+)/.exec(server.output)?.[1] ?? "";
  };
  return { server, client, engine, from };
}

describe.each(WAYS)("%s", (_, extra, remotes) => {
  test("an HTTP proxy, a SOCKS proxy and none: the server sees which", async () => {
    for (const [answer, address] of [
      ["{ from: http }", OUTGOING.tinyproxy],
      ["{ from: socks }", OUTGOING.microsocks],
      ["none", "127.0.0.1"],
    ] as const) {
      lab = Lab.create();
      const at = (port += 10);
      await tinyproxy(lab, at + 1);
      await microsocks(lab, at + 2);
      const rules = rulebook(
        `  http: { candidates: [{ http: "127.0.0.1:${at + 1}" }] }\n  socks: { candidates: [{ socks: "127.0.0.1:${at + 2}" }] }`,
        `  - { id: proxy, on: PROXY, answer: ${answer} }\n${remotes}`,
      );
      const { from } = await scene(rules, { extra, at });
      expect(await from()).toBe(address);
      if (answer !== "none") await lab.close();
    }
  });

  test("by time, and by the remote", async () => {
    lab = Lab.create();
    const at = (port += 10);
    await tinyproxy(lab, at + 1);
    await microsocks(lab, at + 2);
    const rules = rulebook(
      `  group: { candidates: [{ socks: "127.0.0.1:${at + 2}", when: 'window("never")' }, { http: "127.0.0.1:${at + 1}", when: 'window("always")' }] }`,
      `  - { id: other, on: PROXY, where: { host: other.example.net }, answer: none }\n  - { id: proxy, on: PROXY, where: { host: 127.0.0.1 }, answer: { from: group } }\n${remotes}`,
    );
    const { from } = await scene(rules, { extra, at });
    expect(await from()).toBe(OUTGOING.tinyproxy);
  });

  test("the first proxy is dead: the second; all are: direct", async () => {
    for (const second of [true, false]) {
      lab = Lab.create();
      const at = (port += 10);
      if (second) await microsocks(lab, at + 2);
      const rules = rulebook(
        `  group: { candidates: [{ http: "127.0.0.1:${at + 1}" }, { socks: "127.0.0.1:${at + 2}" }], ${SETTINGS} }`,
        `  - { id: proxy, on: PROXY, answer: { from: group } }\n${remotes}`,
      );
      const { from, engine } = await scene(rules, { extra, at });
      expect(await from()).toBe(second ? OUTGOING.microsocks : "127.0.0.1");
      // The proxy is to blame, and not the remote.
      expect(engine.events("proxy.failed").length).toBeGreaterThan(0);
      expect(engine.events("remote.failed")).toEqual([]);
      if (second) await lab.close();
    }
  });

  test("required and dead: never a packet to the server; OpenVPN waits, and it is said; back when the proxy is", async () => {
    lab = Lab.create();
    const at = (port += 10);
    const rules = rulebook(
      `  must: { candidates: [{ http: "127.0.0.1:${at + 1}" }], fail-after: 1, penalty: { base: 8s }, required: true }`,
      `  - { id: proxy, on: PROXY, answer: { from: must } }\n${remotes}`,
    );
    const { from, engine, server } = await scene(rules, { extra, at });
    await engine.sees("proxy.exhausted");
    await pause(4_000);
    expect(server.output).not.toMatch(/TCP connection established|Peer Connection/);
    expect(engine.process.output).toContain("none left of must");
    expect(engine.process.output).toMatch(/OpenVPN waits, and nothing answers: .*must says never direct/);
    await tinyproxy(lab, at + 1);
    expect(await from()).toBe(OUTGOING.tinyproxy);
  });

  test("a proxy that refuses the password is noticed within a second, and OpenVPN is ended", async () => {
    lab = Lab.create();
    const at = (port += 10);
    const proxy = await refusingProxy(at + 1);
    try {
      const login = lab.path("login");
      writeFileSync(login, "user\ncanary-proxy-password\n", { mode: 0o600 });
      const rules = rulebook(
        `  group: { candidates: [{ http: "127.0.0.1:${at + 1}" }], ${SETTINGS} }`,
        `  - { id: proxy, on: PROXY, answer: { from: group } }
  - { id: login, on: PASSWORD:NEED, where: { realm: HTTP Proxy }, answer: { credentials: { username: user, password: canary-proxy-password } } }
${remotes}`,
      );
      const { engine, client } = await scene(rules, {
        extra: [...extra, "--management-query-passwords"],
        at,
      });
      const failed = await engine.sees("proxy.failed", { reason: "credentials" });
      const seen = proxy.tries();
      expect(seen).toBeLessThan(50);
      await client.ended;
      expect(proxy.tries() - seen).toBeLessThan(50);
      expect(engine.process.output).toContain(`failed 127.0.0.1:${at + 1} credentials`);
      expect(failed.event?.["group"]).toBe("group");
    } finally {
      proxy.close();
    }
  });
});

test("a proxy with a login: the credentials are given, and the way is by it", async () => {
  lab = Lab.create();
  const at = (port += 10);
  await tinyproxy(lab, at + 1, "user:canaryPw1");
  writeFileSync(lab.path("pw"), "canaryPw1\n", { mode: 0o600 });
  const rules = rulebook(
    `  group: { candidates: [{ http: "127.0.0.1:${at + 1}" }], required: true }\nsecrets: { pw: { file: ./pw } }`,
    `  - { id: proxy, on: PROXY, answer: { from: group } }
  - { id: login, on: PASSWORD:NEED, where: { realm: HTTP Proxy }, answer: { credentials: { username: user, password: { secret: pw } } } }
`,
  );
  const extra = ["--management-query-proxy", "--management-query-passwords"];
  const { from, engine, client } = await scene(rules, { extra, at });
  expect(await from()).toBe(OUTGOING.tinyproxy);
  expect(engine.process.output + client.output).not.toContain("canaryPw1");
});

test("UDP goes by a SOCKS proxy that can, and past an HTTP proxy", async () => {
  lab = Lab.create();
  const at = (port += 10);
  await danted(lab, at + 1);
  const rules = rulebook(
    `  group: { candidates: [{ http: "127.0.0.1:${at + 2}" }, { socks: "127.0.0.1:${at + 1}" }], ${SETTINGS} }`,
    "  - { id: proxy, on: PROXY, answer: { from: group } }\n  - { id: failover, on: REMOTE, answer: { from: office } }\n",
  );
  const { from } = await scene(rules, { extra: ["--management-query-remote"], at, proto: "udp" });
  expect(await from()).toBe(OUTGOING.danted);
});

test("what OpenVPN would answer by going direct is not sent, whoever gives it", async () => {
  for (const wrong of [
    { https: { host: "127.0.0.1", port: 3128 } },
    { http: { host: "127.0.0.1" } },
    { http: { host: "127.0.0.1", port: 0 } },
    { http: { host: "", port: 3128 } },
    { socks: { host: "a b", port: 1080 } },
    { http: { host: "127.0.0.1 3128\nsignal SIGTERM", port: 3128 } },
  ]) {
    lab = Lab.create();
    const at = (port += 10);
    const said = lab.path("said.json");
    writeFileSync(said, JSON.stringify(wrong));
    const rules = rulebook(
      `  must: { candidates: [{ http: "127.0.0.1:${at + 1}", when: 'window("never")' }], required: true }`,
      `  - { id: proxy, on: PROXY, answer: { exec: [cat, "${said}"], timeout: 5s, else: { from: must } } }\n`,
    );
    const { engine, server } = await scene(rules, { extra: ["--management-query-proxy"], at });
    await engine.sees("proxy.exhausted");
    await pause(1_500);
    expect(engine.commands(/^proxy/)).toEqual([]);
    expect(server.output).not.toMatch(/TCP connection established|Peer Connection/);
    await lab.close();
    lab = Lab.create();
  }
});
