import { expect, test } from "vitest";
import type { Command, Outcome } from "../../src/protocol/command.ts";
import { parseDisplay } from "../../src/protocol/encoder.ts";
import { ReplyQueue } from "../../src/protocol/replies.ts";
import { Secret } from "../../src/util/secret.ts";

/** A queue whose outcomes are kept by the command's text, in the order in which they came. */
class Bench {
  readonly outcomes: [command: string, outcome: Outcome][] = [];
  readonly oddities: string[] = [];
  readonly queue = new ReplyQueue((text) => this.oddities.push(text));

  send(text: string, command: Command = parseDisplay(text) ?? { name: text, args: [] }): () => void {
    return this.queue.expect(command, (outcome) => this.outcomes.push([text, outcome]));
  }

  take(...lines: string[]): void {
    for (const line of lines) this.queue.take(line);
  }
}

function outcome(command: string, ...lines: string[]): Outcome | undefined {
  const bench = new Bench();
  bench.send(command);
  bench.take(...lines.slice(0, -1));
  expect(bench.outcomes, "not before the last line").toEqual([]);
  bench.take(...lines.slice(-1));
  expect(bench.oddities).toEqual([]);
  expect(bench.queue.size).toBe(0);
  return bench.outcomes[0]?.[1];
}

const ok = (text: string, ...lines: string[]): Outcome => ({ ok: true, text, lines });
const refused = (text: string): Outcome => ({ ok: false, error: "refused", text });

test.each<[command: string, lines: string[], expected: Outcome]>([
  ["pid", ["SUCCESS: pid=24511"], ok("pid=24511")],
  ["pid", ["SUCCESS:"], ok("")],
  ["hold release", ["ERROR: no"], refused("no")],
  [
    "version",
    ["OpenVPN Version: x", "Management Version: 5", "END"],
    ok("", "OpenVPN Version: x", "Management Version: 5"),
  ],
  ["remote-entry-get 99", ["END"], ok("")],
  ["status 9", ["ERROR: bad status format version number"], refused("bad status format version number")],
  [
    "status 1",
    ["OpenVPN CLIENT LIST", "SUCCESS: fake,10.77.1.2:1", "END"],
    ok("", "OpenVPN CLIENT LIST", "SUCCESS: fake,10.77.1.2:1"),
  ],
  [
    "status 1",
    ["OpenVPN CLIENT LIST", "ERROR: fake,10.77.1.2:1", "END"],
    ok("", "OpenVPN CLIENT LIST", "ERROR: fake,10.77.1.2:1"),
  ],
  ["state", ["1,CONNECTED,SUCCESS,,,,,", "END"], ok("", "1,CONNECTED,SUCCESS,,,,,")],
  ["state all", ["1,a,,,,,,", "2,b,,,,,,", "END"], ok("", "1,a,,,,,,", "2,b,,,,,,")],
  ["state 0", ["ERROR: state parameter must be 'on'"], refused("state parameter must be 'on'")],
  ["state on", ["SUCCESS: set to ON"], ok("set to ON")],
  ["state on all", ["SUCCESS: set to ON", "1,a,,,,,,", "END"], ok("set to ON", "1,a,,,,,,")],
  ["state on all", ["SUCCESS: set to ON", "END"], ok("set to ON")],
  [
    "state on all",
    ["ERROR: The 'state' command is not supported"],
    refused("The 'state' command is not supported"),
  ],
  ["state on 0", ["SUCCESS: set to ON", "ERROR: state parameter"], refused("state parameter")],
  ["log off", ["SUCCESS: set to OFF"], ok("set to OFF")],
  ["log on all", ["SUCCESS: set to ON", "1,I,a, b", "END"], ok("set to ON", "1,I,a, b")],
  [
    "auth-retry",
    ["--auth-retry method must be 'interact'", "ERROR: bad auth-retry parameter"],
    refused("bad auth-retry parameter"),
  ],
  [
    "network-change",
    ["PROTECTFD: fd '3' sent to be protected"],
    ok("PROTECTFD: fd '3' sent to be protected"),
  ],
  ["pkcs11-id-count", [">PKCS11ID-COUNT:0"], ok(">PKCS11ID-COUNT:0")],
  [
    "pkcs11-id-get 0",
    ["ERROR: the 'pkcs11-id-get' command requires 1 parameter"],
    refused("the 'pkcs11-id-get' command requires 1 parameter"),
  ],
  ["test 2", ["[0] The purpose", "[1] The purpose"], ok("", "[0] The purpose", "[1] The purpose")],
  ["unheard-of", ["ERROR: unknown command"], refused("unknown command")],
])("%s is answered by %j", (command, lines, expected) => {
  expect(outcome(command, ...lines)).toEqual(expected);
});

test.each<[lines: string[], expected: Outcome]>([
  [
    ["SUCCESS: 2 client(s) updated", "SUCCESS: push-update command succeeded"],
    ok("push-update command succeeded", "SUCCESS: 2 client(s) updated"),
  ],
  [
    [
      "PUSH_UPDATE: not sending message to unsupported peer with ID: 1",
      "ERROR: Peer ID: 2 has not been updated",
      "SUCCESS: 1 client(s) updated",
      "SUCCESS: push-update command succeeded",
    ],
    ok(
      "push-update command succeeded",
      "PUSH_UPDATE: not sending message to unsupported peer with ID: 1",
      "ERROR: Peer ID: 2 has not been updated",
      "SUCCESS: 1 client(s) updated",
    ),
  ],
  [["ERROR: no client updated", "ERROR: push-update command failed"], refused("push-update command failed")],
  [["ERROR: push-update command failed"], refused("push-update command failed")],
  [
    ["ERROR: unknown command, enter 'help' for more options"],
    refused("unknown command, enter 'help' for more options"),
  ],
])("push-update ends with the line about the command itself: %j", (lines, expected) => {
  expect(outcome('push-update-broad "dns"', ...lines)).toEqual(expected);
});

test.each(["version 3", "quit", "exit", "test 0"])("%s has no reply and waits for none", (command) => {
  const bench = new Bench();
  bench.send("pid");
  bench.send(command);
  expect(bench.outcomes).toEqual([[command, ok("")]]);
  expect(bench.queue.size).toBe(1);
  bench.take("SUCCESS: pid=1");
  expect(bench.outcomes[1]).toEqual(["pid", ok("pid=1")]);
});

test("replies go to the commands in the order in which these were sent", () => {
  const bench = new Bench();
  for (const command of ["pid", "status 3", "state on all", "hold"]) bench.send(command);
  bench.take("SUCCESS: pid=1", "TITLE\tx", "END", "SUCCESS: ON", "1,a,,,,,,", "END", "SUCCESS: hold=0");
  expect(bench.outcomes).toEqual([
    ["pid", ok("pid=1")],
    ["status 3", ok("", "TITLE\tx")],
    ["state on all", ok("ON", "1,a,,,,,,")],
    ["hold", ok("hold=0")],
  ]);
});

test("an ERROR instead of a block leaves the next command its reply", () => {
  const bench = new Bench();
  bench.send("status 3");
  bench.send("pid");
  bench.take("ERROR: The 'status' command is not supported by the current daemon mode", "SUCCESS: pid=1");
  expect(bench.outcomes).toEqual([
    ["status 3", refused("The 'status' command is not supported by the current daemon mode")],
    ["pid", ok("pid=1")],
  ]);
});

test("a late reply keeps its place after its caller gave up", () => {
  const bench = new Bench();
  const giveUp = bench.send("status 3");
  bench.send("pid");
  giveUp();
  giveUp();
  expect(bench.outcomes).toEqual([["status 3", { ok: false, error: "timeout", text: "No reply to status" }]]);
  expect(bench.queue.size).toBe(2);
  bench.take("TITLE\tx", "END", "SUCCESS: pid=1");
  expect(bench.outcomes.slice(1)).toEqual([["pid", ok("pid=1")]]);
});

test("giving up after the reply changes nothing", () => {
  const bench = new Bench();
  const giveUp = bench.send("pid");
  bench.take("SUCCESS: pid=1");
  giveUp();
  expect(bench.outcomes).toEqual([["pid", ok("pid=1")]]);
});

test("a line that nobody waits for is an oddity, shortened", () => {
  const bench = new Bench();
  bench.take(`SUCCESS: ${"x".repeat(500)}`);
  expect(bench.oddities).toEqual([`A reply that nobody waits for: SUCCESS: ${"x".repeat(91)}`]);
});

test("whoever still waits at the end of the connection is told once", () => {
  const bench = new Bench();
  const giveUp = bench.send("status 3");
  bench.send("pid");
  giveUp();
  bench.queue.fail("closed");
  bench.queue.fail("closed");
  expect(bench.outcomes).toEqual([
    ["status 3", { ok: false, error: "timeout", text: "No reply to status" }],
    ["pid", { ok: false, error: "lost", text: "closed" }],
  ]);
});

test.each([
  "ERROR: The certificate command is not currently available",
  "ERROR: unknown command, enter 'help' for more options",
])("when '%s' comes before the body, the replies to its lines are nobody's", (refusal) => {
  const bench = new Bench();
  bench.send("certificate", {
    name: "certificate",
    args: [],
    body: ["-----BEGIN", "", "# x", new Secret("MIIB"), "hold", "version 3", "version"],
  });
  bench.send("pid");
  bench.take(refusal);
  expect(bench.outcomes).toEqual([["certificate", refused(refusal.slice(7))]]);
  bench.take(
    "ERROR: unknown command",
    "ERROR: unknown command",
    "SUCCESS: hold=0",
    "OpenVPN Version: x",
    "END",
  );
  bench.take("ERROR: unknown command", "SUCCESS: pid=1");
  expect(bench.outcomes[1]).toEqual(["pid", ok("pid=1")]);
  expect(bench.oddities).toEqual([]);
});

test.each([
  "client-auth command failed",
  "The 'client-auth' command is not supported by the current daemon mode",
])("'%s' comes behind the body, so that nothing more is expected", (refusal) => {
  const bench = new Bench();
  bench.send("client-auth", { name: "client-auth", args: ["0", "1"], body: ["push x"] });
  bench.send("pid");
  bench.take(`ERROR: ${refusal}`, "SUCCESS: pid=1");
  expect(bench.outcomes).toEqual([
    ["client-auth", refused(refusal)],
    ["pid", ok("pid=1")],
  ]);
});
