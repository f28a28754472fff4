import { expect, test } from "vitest";
import { COMMANDS, lookup, type ReplyKind } from "../../src/protocol/commands.ts";
import { encode, parseDisplay } from "../../src/protocol/encoder.ts";
import { replyKind, supported, versionsOf } from "../../src/protocol/forms.ts";

function kind(text: string): ReplyKind {
  const command = parseDisplay(text);
  if (!command || !lookup(command.name)) throw new Error(`Not a command: ${text}`);
  return replyKind(command);
}

test.each<[kind: ReplyKind, commands: string[]]>([
  ["single", ["pid", "hold", "hold release", "load-stats", "nclients", "env-filter 2"]],
  [
    "single",
    [
      "remote ACCEPT",
      "proxy NONE",
      "client-deny 0 1 x",
      "client-auth 0 1",
      "certificate",
      "pk-sig",
      "kill x",
    ],
  ],
  ["multi", ["help", "version", "status", "status 3", "state"]],
  ["multi", ["remote-entry-count", "remote-entry-get all", "net"]],
  ["each", ["state on", "state all", "log 20", "echo off", "state on all", "log 5 on", "log", "echo x"]],
  ["none", ["exit", "quit"]],
  ["client-version", ["version 3", "version x"]],
  ["line", ["pkcs11-id-count", "pkcs11-id-get 0", "network-change"]],
  ["count", ["test 3"]],
  ["push-update", ['push-update-broad "dns"', 'push-update-cid 1 "dns"']],
])("the reply is %s for %j", (expected, commands) => {
  for (const command of commands) expect([command, kind(command)]).toEqual([command, expected]);
});

test("every command of the protocol notes is known, once", () => {
  const names =
    `auth-retry bytecount certificate client-auth client-auth-nt client-deny client-kill client-pending-auth
    client-pf cr-response echo env-filter exit quit forget-passwords help hold http-proxy-fallback
    http-proxy-fallback-disable kill load-stats log mute nclients needok needstr net network-change password pid pk-sig
    rsa-sig pkcs11-id-count pkcs11-id-get proxy push-update-broad push-update-cid remote remote-entry-count
    remote-entry-get signal state status test username verb version`.split(/\s+/);
  expect(COMMANDS.map((command) => command.name).toSorted()).toEqual(names.toSorted());
});

test("just the commands with lines behind them have a body", () => {
  const bodies = COMMANDS.filter((command) => command.body).map((command) => command.name);
  expect(bodies.toSorted()).toEqual(["certificate", "client-auth", "client-pf", "pk-sig", "rsa-sig"]);
});

test.each([
  ["2.2", ["env-filter", "http-proxy-fallback", "http-proxy-fallback-disable"]],
  ["2.3", ["proxy", "remote", "rsa-sig"]],
  ["2.4", ["certificate", "network-change"]],
  ["2.5", ["client-pending-auth", "cr-response", "pk-sig"]],
  ["2.6", ["remote-entry-count", "remote-entry-get"]],
  ["2.7", ["push-update-broad", "push-update-cid"]],
])("version %s brought %j", (since, names) => {
  const found = COMMANDS.filter((command) => command.since === since).map((command) => command.name);
  expect(found.toSorted()).toEqual(names);
});

test.each([
  ["client-pf", "2.5"],
  ["http-proxy-fallback", "2.2"],
  ["http-proxy-fallback-disable", "2.2"],
])("%s is gone behind %s", (name, until) => {
  expect(lookup(name)?.until).toBe(until);
});

test("the commands that abort OpenVPN, end the connection or have no end of their reply are marked", () => {
  const marked = COMMANDS.filter((command) => command.dangerous !== undefined).map((command) => command.name);
  expect(marked.toSorted()).toEqual(["exit", "pkcs11-id-count", "pkcs11-id-get", "quit", "test"]);
});

test("what turns notifications on or off is marked as the engine's own", () => {
  const marked = COMMANDS.filter((command) => command.subscription).map((command) => command.name);
  expect(marked.toSorted()).toEqual(["bytecount", "echo", "env-filter", "log", "state", "version"]);
});

test("what answers a question is marked, and nothing else", () => {
  const marked = COMMANDS.filter((command) => command.answersQuery).map((command) => command.name);
  expect(marked.toSorted()).toEqual(
    `certificate client-auth client-auth-nt client-deny client-pending-auth cr-response http-proxy-fallback
    http-proxy-fallback-disable needok needstr password pk-sig proxy remote rsa-sig username`.split(/\s+/),
  );
});

test.each(["constructor", "__proto__", "", "PID", "pid "])("'%s' is no command", (name) => {
  expect(lookup(name)).toBeUndefined();
});

const SAMPLE: Readonly<Record<string, string>> = {
  host: "h",
  text: "x",
  "common-name": "alice",
  "ip:port": "10.0.0.1:1194",
  "proto:ip:port": "tcp:10.0.0.1:1194",
  history: "all",
};

test("every form goes out with just its arguments, and without the last one it is another form or refused", () => {
  const sample = (kind: (typeof COMMANDS)[number]["forms"][number]["args"][number]): string =>
    typeof kind === "string" ? (SAMPLE[kind] ?? "1") : String(kind[0]);
  for (const { name, forms } of COMMANDS)
    for (const form of forms) {
      const body = form.body ? { body: ["line"] } : {};
      const enough = form.args.slice(0, form.required).map(sample);
      for (const args of [enough, form.args.map(sample)])
        expect(encode({ name, args, ...body }), name).toMatch(form.body ? /\nline\nEND\n$/ : /^[^\n]*\n$/);
      if (enough.length > 0 && forms.length === 1)
        expect(() => encode({ name, args: enough.slice(1), ...body }), name).toThrow("needs");
    }
});

test.each<[command: string, not: string[], versions: string[]]>([
  ["client-pf 1", ["2.6.0", "2.6_rc1", "2.7.2"], ["2.1", "2.4.12", "2.5", "2.5.11"]],
  ["client-kill 1", [], ["2.1", "2.2.2", "2.7.6"]],
  ["client-kill 1 HALT", ["2.2.3"], ["2.3", "2.3_alpha1", "2.6.14"]],
  ["client-pending-auth 1 x", ["2.4.12", "2.6.0", "2.7"], ["2.5", "2.5.11"]],
  ["client-pending-auth 1 x 60", ["2.5.11", "2.6.2", "2.7"], ["2.6.0", "2.6.1", "2.6_beta2"]],
  ["client-pending-auth 1 1 x 60", ["2.5.11", "2.6.1"], ["2.6.2", "2.6.14", "2.7.1", "2.8_git"]],
  ["remote SKIP", ["2.2"], ["2.3", "2.5.11", "2.7"]],
  ["remote SKIP 2", ["2.3.18", "2.5.11"], ["2.6", "2.6.14"]],
  ["kill 10.0.0.1:1194", ["2.7.0", "2.7_alpha1"], ["2.1", "2.6.20"]],
  ["kill tcp:10.0.0.1:1194", ["2.6.14"], ["2.7.0"]],
  ["kill alice", [], ["2.1", "2.7.6"]],
  ["version", [], ["2.1", "2.7.6"]],
  ["version 3", ["2.4.12"], ["2.5"]],
  ["http-proxy-fallback h 1", ["2.1", "2.3"], ["2.2.3"]],
  ["password Auth x", [], ["2.1", "2.7.6"]],
  ["password Auth\naGk=\nEND", ["2.6.14", "2.7.1"], ["2.7.2"]],
  ["push-update-cid 1 dns", ["2.6.20"], ["2.7_beta3", "2.7.0"]],
  ["unheard-of", ["2.6.14"], []],
  ["hold perhaps", ["2.6.14"], []],
])("%j is not in %j, but in %j", (text, not, versions) => {
  const command = parseDisplay(text);
  if (!command) throw new Error(text);
  for (const version of not) expect(supported(command, version), version).toBe(false);
  for (const version of versions) expect(supported(command, version), version).toBe(true);
  expect(versionsOf(command) === undefined).toBe(versions.length === 0);
});
