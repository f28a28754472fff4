import { expect, test } from "vitest";
import { COMMANDS, lookup, replyKind, type ReplyKind } from "../../src/protocol/commands.ts";
import { encode, parseDisplay } from "../../src/protocol/encoder.ts";

function kind(text: string): ReplyKind {
  const command = parseDisplay(text);
  const spec = command && lookup(command.name);
  if (!command || !spec) throw new Error(`Not a command: ${text}`);
  return replyKind(spec, command.args.map(String));
}

test.each<[kind: ReplyKind, commands: string[]]>([
  [
    "single",
    [
      "pid",
      "hold",
      "hold release",
      "state on",
      "log off",
      "echo on",
      "load-stats",
      "nclients",
      "env-filter 2",
    ],
  ],
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
  [
    "multi",
    [
      "help",
      "version",
      "status",
      "status 3",
      "state",
      "state all",
      "state 5",
      "log all",
      "log 20",
      "echo all",
    ],
  ],
  ["multi", ["remote-entry-count", "remote-entry-get all", "net"]],
  ["multi-after-success", ["state on all", "log on 20", "echo on all", "state off all"]],
  ["none", ["version 3", "exit", "quit"]],
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

test("the arguments that must be there are enough, and one less is refused", () => {
  const sample = (kind: (typeof COMMANDS)[number]["args"][number]): string =>
    Array.isArray(kind) ? String(kind[0]) : kind === "host" ? "h" : kind === "text" ? "x" : "1";
  for (const { name, args, required } of COMMANDS) {
    const enough = args.slice(0, required).map(sample);
    expect(encode({ name, args: enough })).toMatch(/\n$/);
    if (required > 0) expect(() => encode({ name, args: enough.slice(1) }), name).toThrow("needs");
  }
});
