import { expect, test } from "vitest";
import type { Command } from "../../src/protocol/command.ts";
import { command } from "../../src/protocol/constructors.ts";
import { refusal, type Situation } from "../../src/protocol/danger.ts";

test.each<[what: string, sent: Command, situation: Situation, reason: string]>([
  [
    "PKCS#11 ids in the first hold",
    command.pkcs11.count(),
    { firstHold: true },
    "pkcs11-id-count aborts OpenVPN in its first hold",
  ],
  [
    "the same in a hold that may be the first",
    command.pkcs11.get(0),
    { held: true },
    "pkcs11-id-get aborts OpenVPN in its first hold",
  ],
  [
    "SIGUSR2 in the first hold",
    command.signal("SIGUSR2"),
    { held: true, firstHold: true },
    "SIGUSR2 while OpenVPN waits ends it",
  ],
  [
    "SIGUSR2 in a later hold",
    command.signal("SIGUSR2"),
    { held: true, firstHold: false },
    "SIGUSR2 while OpenVPN waits ends it",
  ],
  [
    "SIGUSR2 while a remote is asked for",
    command.signal("SIGUSR2"),
    { question: "REMOTE" },
    "SIGUSR2 while OpenVPN waits ends it",
  ],
  [
    "SIGUSR2 while it connects",
    command.signal("SIGUSR2"),
    { state: "TCP_CONNECT" },
    "SIGUSR2 in state TCP_CONNECT ends OpenVPN",
  ],
  [
    "a restart while a password is asked for",
    command.signal("SIGUSR1"),
    { question: "PASSWORD:NEED" },
    "A signal while PASSWORD:NEED is open ends OpenVPN",
  ],
  [
    "forgetting passwords while a token is asked for",
    command.forgetPasswords(),
    { question: "NEED-OK" },
    "forget-passwords while NEED-OK is open makes OpenVPN hang for ever",
  ],
  [
    "a signal while a token is asked for",
    command.signal("SIGHUP"),
    { question: "NEED-OK" },
    "A signal while NEED-OK is open ends OpenVPN",
  ],
  [
    "a signal while a certificate is asked for",
    command.signal("SIGUSR1"),
    { question: "NEED-CERTIFICATE" },
    "A signal while NEED-CERTIFICATE is open ends OpenVPN",
  ],
  [
    "the log at verb 8",
    command.log.on("all"),
    { verb: 8 },
    "The log at verb 8 floods the interface: OpenVPN reads no command any more",
  ],
  [
    "the log at verb 11, behind what was",
    command.log.last(5, "on"),
    { verb: 11 },
    "The log at verb 11 floods the interface: OpenVPN reads no command any more",
  ],
  [
    "verb 9 with the log on",
    command.verb(9),
    { logOn: true },
    "verb 9 with the log on floods the interface: OpenVPN reads no command any more",
  ],
  ["a flood of lines", command.test(1_000_000), {}, "test writes more than 100000 lines at once"],
  [
    "leaving one that dialled us",
    command.quit(),
    { dialledUs: true },
    "quit ends an OpenVPN that has dialled us",
  ],
  [
    "client-pf on 2.6",
    command.clientPf(0, ["[CLIENTS DROP]"]),
    { version: "2.6.14" },
    "OpenVPN 2.6.14 has no such form of client-pf, and would run its lines as commands",
  ],
  [
    "a jump on 2.5",
    command.remote.skip(2),
    { version: "2.5.11" },
    "OpenVPN 2.5.11 has no such form of remote",
  ],
  [
    "an address of 2.6 on 2.7, which would be a name there",
    command.kill.address("10.0.0.1", 1194),
    { version: "2.7.0" },
    "OpenVPN 2.7.0 has no such form of kill",
  ],
  [
    "a certificate that nobody asked for",
    command.certificate(["x"]),
    { question: "none" },
    "OpenVPN does not ask for certificate, and would run its lines as commands",
  ],
  [
    "a signature for another question",
    command.pkSig(["x"]),
    { question: "HOLD" },
    "OpenVPN does not ask for pk-sig, and would run its lines as commands",
  ],
  [
    "a password in lines that nobody asked for",
    command.passwordMultiline("Auth", "x"),
    { question: "REMOTE" },
    "OpenVPN does not ask for password, and would run its lines as commands",
  ],
  [
    "a password in lines before version 5",
    command.passwordMultiline("Auth", "x"),
    { question: "PASSWORD:NEED", clientVersion: 3 },
    "OpenVPN takes lines for a password only behind version 5, and would run them as commands",
  ],
  [
    "a password in lines of another type",
    command.passwordMultiline("Auth", "x"),
    { question: "PASSWORD:NEED", questionType: "Private Key" },
    "OpenVPN asks for a password of another type, and would run the lines as commands",
  ],
])("%s is refused", (_what, sent, situation, reason) => {
  expect(refusal(sent, situation)).toBe(reason);
});

test.each<[what: string, sent: Command, situation: Situation]>([
  ["PKCS#11 ids in a later hold", command.pkcs11.count(), { held: true, firstHold: false }],
  ["PKCS#11 ids where nothing is known", command.pkcs11.count(), {}],
  ["SIGUSR2 in a tunnel", command.signal("SIGUSR2"), { held: false, question: "none", state: "CONNECTED" }],
  ["SIGUSR1 in the first hold, which OpenVPN ignores", command.signal("SIGUSR1"), { firstHold: true }],
  ["a signal while a remote is asked for", command.signal("SIGUSR1"), { question: "REMOTE" }],
  ["a signal while a signature is asked for", command.signal("SIGTERM"), { question: "PK_SIGN" }],
  ["what is only not supported in a hold", command.status(3), { firstHold: true, held: true }],
  ["the log at verb 7", command.log.on(), { verb: 7 }],
  ["the log off at verb 9", command.log.off(), { verb: 9 }],
  ["what was logged, at verb 9", command.log.last("all"), { verb: 9 }],
  ["verb 9 with the log off", command.verb(9), { logOn: false }],
  ["verb 9 where nothing is known", command.verb(9), {}],
  ["the verb asked for", command.verb(), { logOn: true }],
  ["leaving one that we dialled", command.exit(), { dialledUs: false }],
  ["a certificate where nothing is known", command.certificate(["x"]), {}],
  ["a certificate that was asked for", command.certificate(["x"]), { question: "NEED-CERTIFICATE" }],
  ["an old name of a signature", command.rsaSig(["x"]), { question: "PK_SIGN", version: "2.6.14" }],
  ["a config for a client, whose refusal comes behind its END", command.clientAuth(0, 1, ["x"]), {}],
  [
    "a password in lines that was asked for",
    command.passwordMultiline("Auth", "x"),
    { question: "PASSWORD:NEED", questionType: "Auth", clientVersion: 5, version: "2.7.2" },
  ],
  ["a password where another is asked for", command.password("Auth", "x"), { question: "REMOTE" }],
  ["an unknown command", { name: "reboot", args: [] }, { version: "2.6.14" }],
])("%s is let through", (_what, sent, situation) => {
  expect(refusal(sent, situation)).toBeUndefined();
});
