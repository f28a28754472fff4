import { expect, test } from "vitest";
import type { Command } from "../../src/protocol/command.ts";
import { COMMANDS } from "../../src/protocol/commands.ts";
import { command } from "../../src/protocol/constructors.ts";
import { killMessage } from "../../src/protocol/constructors/clients.ts";
import { encode, EncodeError } from "../../src/protocol/encoder.ts";
import { formOf } from "../../src/protocol/forms.ts";
import { Secret } from "../../src/util/secret.ts";

const CASES: readonly (readonly [made: Command, wire: string])[] = [
  [command.authRetry(), "auth-retry\n"],
  [command.authRetry("interact"), "auth-retry interact\n"],
  [command.bytecount(5), "bytecount 5\n"],
  [command.certificate(["-----BEGIN", "abc="]), "certificate\n-----BEGIN\nabc=\nEND\n"],
  [command.clientAuth(1, 2, ['push "x"']), 'client-auth 1 2\npush "x"\nEND\n'],
  [command.clientAuth(1, 2, []), "client-auth 1 2\nEND\n"],
  [command.clientAuthNt(1, 2), "client-auth-nt 1 2\n"],
  [command.clientDeny(1, 2, "quota"), 'client-deny 1 2 "quota"\n'],
  [command.clientDeny(1, 2, "quota", 'say "no"'), 'client-deny 1 2 "quota" "say \\"no\\""\n'],
  [command.clientKill(1), "client-kill 1\n"],
  [command.clientKill(1, { halt: "over quota" }), 'client-kill 1 "HALT,over quota"\n'],
  [command.clientKill(1, { restart: { next: true } }), 'client-kill 1 "RESTART,[N]"\n'],
  [command.clientKill(1, { message: "x" }), 'client-kill 1 "x"\n'],
  [command.clientPendingAuth(1, "x"), 'client-pending-auth 1 "x"\n'],
  [command.clientPendingAuth(1, "x", 60), 'client-pending-auth 1 "x" 60\n'],
  [command.clientPendingAuth(1, 2, "x", 60), 'client-pending-auth 1 2 "x" 60\n'],
  [command.clientPf(1, ["[END]"]), "client-pf 1\n[END]\nEND\n"],
  [command.crResponse("aGk="), 'cr-response "aGk="\n'],
  [command.echo.on("all"), "echo on all\n"],
  [command.echo.off(), "echo off\n"],
  [command.envFilter(2), "env-filter 2\n"],
  [command.exit(), "exit\n"],
  [command.quit(), "quit\n"],
  [command.forgetPasswords(), "forget-passwords\n"],
  [command.help(), "help\n"],
  [command.hold.flag(), "hold\n"],
  [command.hold.on(), "hold on\n"],
  [command.hold.off(), "hold off\n"],
  [command.hold.release(), "hold release\n"],
  [command.httpProxyFallback("h", 1), "http-proxy-fallback h 1\n"],
  [command.httpProxyFallbackDisable(), "http-proxy-fallback-disable\n"],
  [command.kill.commonName("al ice"), 'kill "al ice"\n'],
  [command.kill.address("10.0.0.1", 1194), "kill 10.0.0.1:1194\n"],
  [command.kill.transport("udp", "10.0.0.1", 1194), "kill udp:10.0.0.1:1194\n"],
  [command.loadStats(), "load-stats\n"],
  [command.log.on(), "log on\n"],
  [command.log.on(20), "log on 20\n"],
  [command.log.off("all"), "log off all\n"],
  [command.log.last("all"), "log all\n"],
  [command.log.last(5, "off"), "log 5 off\n"],
  [command.mute(), "mute\n"],
  [command.mute(10), "mute 10\n"],
  [command.nclients(), "nclients\n"],
  [command.needok("token-insertion-request", "cancel"), 'needok "token-insertion-request" cancel\n'],
  [command.needstr("name", "John"), 'needstr "name" "John"\n'],
  [command.net(), "net\n"],
  [command.networkChange(), "network-change\n"],
  [command.networkChange("samenetwork"), "network-change samenetwork\n"],
  [command.password("Private Key", new Secret("s 1")), 'password "Private Key" "s 1"\n'],
  [command.passwordMultiline("Auth", "grüße\n"), 'password "Auth"\nZ3LDvMOfZQo=\nEND\n'],
  [command.passwordMultiline("Auth", new Secret("")), 'password "Auth"\nEND\n'],
  [
    command.passwordMultiline("Auth", "x".repeat(500)),
    `password "Auth"\n${"eHh4".repeat(128)}\n${"eHh4".repeat(38)}eHg=\nEND\n`,
  ],
  [command.pid(), "pid\n"],
  [command.pkSig(["abc=", "def="]), "pk-sig\nabc=\ndef=\nEND\n"],
  [command.rsaSig(["abc="]), "rsa-sig\nabc=\nEND\n"],
  [command.pkcs11.count(), "pkcs11-id-count\n"],
  [command.pkcs11.get(0), "pkcs11-id-get 0\n"],
  [command.proxy.none(), "proxy NONE\n"],
  [command.proxy.http("h", 3128), "proxy HTTP h 3128\n"],
  [command.proxy.http("h", 3128, "nct"), "proxy HTTP h 3128 nct\n"],
  [command.proxy.socks("fd00::1", 1080), "proxy SOCKS fd00::1 1080\n"],
  [command.pushUpdate.broadcast("-dns"), 'push-update-broad "-dns"\n'],
  [command.pushUpdate.client(1, "-dns, route x"), 'push-update-cid 1 "-dns, route x"\n'],
  [command.remote.accept(), "remote ACCEPT\n"],
  [command.remote.skip(), "remote SKIP\n"],
  [command.remote.skip(3), "remote SKIP 3\n"],
  [command.remote.mod("h", 1194), "remote MOD h 1194\n"],
  [command.remoteEntry.count(), "remote-entry-count\n"],
  [command.remoteEntry.get(0), "remote-entry-get 0\n"],
  [command.remoteEntry.get(0, 2), "remote-entry-get 0 2\n"],
  [command.remoteEntry.all(), "remote-entry-get all\n"],
  [command.signal("SIGUSR1"), "signal SIGUSR1\n"],
  [command.state.current(), "state\n"],
  [command.state.on("all"), "state on all\n"],
  [command.state.last("all", "on"), "state all on\n"],
  [command.status(), "status\n"],
  [command.status(3), "status 3\n"],
  [command.test(3), "test 3\n"],
  [command.username("Auth", "alice"), 'username "Auth" "alice"\n'],
  [command.verb(), "verb\n"],
  [command.verb(4), "verb 4\n"],
  [command.version(), "version\n"],
  [command.clientVersion(5), "version 5\n"],
];

test.each(CASES)("%j goes out as %j", (made, wire) => {
  expect(encode(made)).toBe(wire);
});

test("there is a function for every form of every command", () => {
  const made = new Set(CASES.map(([each]) => formOf(each)));
  const missing = COMMANDS.flatMap(({ name, forms }) =>
    forms.filter((form) => !made.has(form)).map((form) => `${name} ${form.args.join(" ")}`),
  );
  expect(missing).toEqual([]);
});

test("values that types do not catch are refused by the encoder", () => {
  const refused: Command[] = [
    command.bytecount(1.5),
    command.bytecount(Number.NaN),
    command.remote.mod("h h", 1194),
    command.remote.mod("h", 0),
    command.clientAuthNt(-1, 1),
    command.clientAuth(1, 1, ["a\nb"]),
    command.clientAuth(1, 1, ["END"]),
    command.kill.address("fd00::1", 1194),
    command.kill.address("alice", 1194),
    command.log.on(0),
    command.log.on(1e10),
    command.needstr("x", "a\tb"),
    command.clientKill(1, { halt: "x".repeat(252) }),
    command.username("Auth", new Secret("x".repeat(257))),
  ];
  for (const each of refused) expect(() => encode(each), JSON.stringify(each)).toThrow(EncodeError);
});

test.each(["10.0.0.1:1194", "tcp:10.0.0.1:1194", "", "a:b", "x".repeat(128)])(
  "'%s' is no common name",
  (name) => {
    expect(() => command.kill.commonName(name)).toThrow(EncodeError);
  },
);

test.each([
  [{ halt: "" }, "HALT"],
  [{ halt: "bye, now" }, "HALT,bye, now"],
  [{ restart: {} }, "RESTART"],
  [{ restart: { text: "later" } }, "RESTART,later"],
  [{ restart: { preserveToken: true, text: "quota" } }, "RESTART,[P]quota"],
  [{ restart: { preserveToken: true, next: true } }, "RESTART,[PN]"],
  [{ restart: { text: "[N]o flags" } }, "RESTART,[][N]o flags"],
  [{ message: "AUTH_FAILED" }, "AUTH_FAILED"],
])("%j is told to the client as %j", (message, text) => {
  expect(killMessage(message)).toBe(text);
});

test("a secret stays one, until it is encoded", () => {
  const made = [
    command.password("Auth", new Secret("hunter2")),
    command.passwordMultiline("Auth", "hunter2"),
  ];
  expect(JSON.stringify(made)).not.toMatch(/hunter2|aHVudGVyMg/);
});

test("wrong calls do not compile", () => {
  const wrong: (() => unknown)[] = [
    // @ts-expect-error -- the port is missing
    () => command.remote.mod("h"),
    // @ts-expect-error -- a text is no port
    () => command.remote.mod("h", "1194"),
    // @ts-expect-error -- there is no such signal
    () => command.signal("SIGKILL"),
    // @ts-expect-error -- ok or cancel
    () => command.needok("x", "yes"),
    // @ts-expect-error -- SOCKS has no flags
    () => command.proxy.socks("h", 1, "nct"),
    // @ts-expect-error -- lines are a list
    () => command.clientAuth(0, 1, "push x"),
    // @ts-expect-error -- either halt or restart
    () => command.clientKill(0, { stop: "x" }),
    // @ts-expect-error -- the KID comes with the seconds
    () => command.clientPendingAuth(0, 1, "x"),
    // @ts-expect-error -- there are three formats
    () => command.status(4),
    // @ts-expect-error -- the reason is missing
    () => command.clientDeny(0, 1),
    // @ts-expect-error -- tcp or udp
    () => command.kill.transport("tcp4", "10.0.0.1", 1),
    // @ts-expect-error -- a switch is no history
    () => command.state.last("on"),
  ];
  expect(wrong.length).toBeGreaterThan(0);
});
