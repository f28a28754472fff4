import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callEngine } from "../../src/cli/client.ts";
import { Folder, Openvpn, Run, signalbox } from "./support.ts";

const RULEBOOK = `version: 1
variables: { draining: { type: bool, default: false }, level: { type: number, default: 1 } }
counters: { seen: {} }
remotes:
  office: { candidates: from-daemon, fail-after: 1, penalty: { base: 1h } }
rules:
  - { id: failover, on: REMOTE, answer: { from: office } }
  - { id: blame, on: my.blame, do: [ { increment: seen }, { penalize: { group: office, host: "\${event.host}" } } ] }
  - { id: greet, on: my.greeting, do: [ { notify: "hello \${event.who}" } ] }
`;

interface Status {
  daemons: { name: string; state: string; remote?: { host: string } }[];
  groups: { name: string; candidates: { host: string; current: boolean; penalizedUntil?: number }[] }[];
  variables: Record<string, unknown>;
  counters: unknown[];
}

test("A running engine shows what it sees, takes what it is told, and ends on SIGTERM with 0", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  const state = ["--state", folder.state];
  const run = ["run", folder.write("office.yaml", RULEBOOK), "--management", openvpn.address, ...state];
  using engine = new Run(run);
  await engine.says("STATE CONNECTED");

  const socket = join(folder.state, "control.sock");
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  expect(statSync(folder.state).mode & 0o777).toBe(0o700);

  const told = (request: Record<string, unknown>): Promise<unknown> => callEngine(folder.state, request);
  const [second, emitted, set, wrongType] = await Promise.all([
    signalbox(...run),
    signalbox("emit", "my.greeting", "who=Ann", ...state),
    signalbox("set", "draining=true", "level=7", ...state),
    signalbox("set", "level=many", ...state),
  ]);
  expect(second).toEqual({
    code: 3,
    out: "",
    err: `Another engine runs on the state directory ${folder.state}\n`,
  });
  expect(emitted).toEqual({ code: 0, out: "emitted my.greeting\n", err: "" });
  expect(set).toEqual({ code: 0, out: "set draining level\n", err: "" });
  expect(wrongType).toEqual({ code: 1, out: "", err: `Variable 'level' takes a number, not "many"\n` });
  await expect(told({ verb: "set", values: { colour: "red" } })).rejects.toThrow("Unknown variable 'colour'");
  await expect(told({ verb: "emit", event: "STATE" })).rejects.toThrow(/^an event of one.s own is lowercase/);
  await expect(told({ verb: "forgive", group: "nowhere" })).rejects.toThrow("Unknown group 'nowhere'");
  await expect(told({ verb: "shutdown" })).rejects.toThrow("Unknown request 'shutdown'");
  await engine.says("notify: hello Ann (rule greet)");

  await told({ verb: "emit", event: "my.blame", with: { host: "vpn2.example.net" } });
  const [json, text] = await Promise.all([
    signalbox("status", "--json", ...state),
    signalbox("status", ...state),
  ]);
  const status = JSON.parse(json.out) as Status;
  expect(status).toMatchObject({
    daemons: [{ name: "default", state: "CONNECTED", remote: { host: "vpn1.example.net" } }],
    groups: [
      { name: "office", candidates: [{ current: true }, { host: "vpn2.example.net", current: false }] },
    ],
    variables: { draining: true, level: 7 },
    counters: [{ name: "seen", key: "", count: 1 }],
  });
  expect(status.groups[0]?.candidates[1]?.penalizedUntil).toBeGreaterThan(Date.now());
  expect(text.out).toMatch(
    /^daemons\n {2}default +CONNECTED +for \d+s +vpn1\.example\.net:1194\/udp +OpenVPN 2\.6\.14/,
  );
  expect(text.out).toMatch(/\n {4}vpn2\.example\.net:1194\/udp.* left out for 1h/);
  expect(text.out).toContain("draining  true");

  expect(await signalbox("forgive", "office", "vpn2.example.net", ...state)).toEqual({
    code: 0,
    out: "forgiven vpn2.example.net\n",
    err: "",
  });
  await engine.says("remote.recovered [office] vpn2.example.net:1194/udp (forgiven)");

  expect(await engine.end()).toMatchObject({ code: 0, err: "" });
  expect(() => statSync(socket)).toThrow(/ENOENT/);
  expect(openvpn.daemon.connected).toBe(true);
  expect(openvpn.daemon.exitCode).toBeUndefined();
});

test("What was set and counted is there when the engine is started again, also after kill -9", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder, { queryRemote: false });
  const state = ["--state", folder.state];
  const run = ["run", folder.write("office.yaml", RULEBOOK), "--management", openvpn.address, ...state];
  using engine = new Run(run);
  await engine.says("STATE CONNECTED");
  await callEngine(folder.state, { verb: "set", values: { level: "9" } });
  await callEngine(folder.state, { verb: "emit", event: "my.blame", with: { host: "vpn2.example.net" } });
  await engine.end("SIGKILL");
  using next = new Run(run);
  await next.says("attached to");
  expect(await callEngine(folder.state, { verb: "status" })).toMatchObject({
    variables: { level: 9 },
    counters: [{ name: "seen", count: 1 }],
  });
  expect(await next.end("SIGINT")).toMatchObject({ code: 0, err: "" });
});
