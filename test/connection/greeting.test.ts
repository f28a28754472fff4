import { expect, test } from "vitest";
import { Secret } from "../../src/util/secret.ts";
import { attached, Bench, GREETING, settle } from "./support.ts";

const withPassword = (): Bench => new Bench({ password: () => new Secret("open sesame") });
const PROMPT = "ENTER PASSWORD:";

test("the greeting attaches, with the version it tells", () => {
  const bench = new Bench();
  bench.peer.connect();
  expect(bench.events).toEqual([]);
  bench.peer.say(GREETING);
  expect(bench.events).toEqual(["attached 5"]);
});

test("a greeting without a version is of version 1", () => {
  const bench = new Bench();
  bench.peer.connect();
  bench.peer.say(">INFO:hello\r\n");
  expect(bench.events).toEqual(["attached 1"]);
});

test("a question in the same piece as the greeting is told behind it", () => {
  const bench = new Bench();
  bench.peer.connect();
  bench.peer.say(`${GREETING}>HOLD:Waiting for hold release:0\r\n`);
  expect(bench.events).toEqual(["attached 5", "HOLD"]);
});

test("without a greeting another manager holds the slot: told once, after 5 s, and not given up", () => {
  const bench = new Bench();
  bench.peer.connect();
  bench.clock.advance(4_999);
  expect(bench.events).toEqual([]);
  bench.clock.advance(1);
  expect(bench.events).toEqual([
    "blocked: unix:/run/ovpn.sock gives no greeting: another manager holds the management interface",
  ]);
  bench.clock.advance(3_600_000);
  expect(bench.events).toHaveLength(1);
  expect(bench.peers).toHaveLength(1);
  expect(bench.peer.destroyed).toBe(false);
});

test("when the other manager leaves, the greeting attaches after all", () => {
  const bench = new Bench({ greetingTimeout: 1_000 });
  bench.peer.connect();
  bench.clock.advance(1_000);
  bench.peer.say(GREETING);
  expect(bench.events).toEqual([expect.stringMatching(/^blocked: /), "attached 5"]);
});

test("each blockade is told", () => {
  const bench = new Bench();
  bench.peer.connect();
  bench.clock.advance(5_000);
  bench.peer.close();
  bench.clock.advance(2_000);
  bench.peer.connect();
  bench.clock.advance(5_000);
  expect(bench.events.filter((event) => event.startsWith("blocked"))).toHaveLength(2);
});

test("the clock of the greeting starts with the connection, not with the attempt", () => {
  const bench = new Bench();
  bench.clock.advance(60_000);
  expect(bench.events).toEqual([]);
});

test("the password is sent when asked for, and only then", () => {
  const bench = withPassword();
  bench.peer.connect();
  expect(bench.peer.written).toEqual([]);
  bench.peer.say(PROMPT);
  expect(bench.peer.written).toEqual(["open sesame\n"]);
  bench.peer.say(`SUCCESS: password is correct\r\n${GREETING}`);
  expect(bench.events).toEqual(["attached 5"]);
});

test("a prompt that comes in two pieces is one prompt", () => {
  const bench = withPassword();
  bench.peer.connect();
  bench.peer.say("ENTER PASS");
  expect(bench.peer.written).toEqual([]);
  bench.peer.say("WORD:");
  expect(bench.peer.written).toEqual(["open sesame\n"]);
});

test("a second prompt is a wrong password, and nothing more is tried on this connection", async () => {
  const bench = withPassword();
  bench.peer.connect();
  bench.peer.say(PROMPT);
  bench.peer.say(PROMPT);
  await settle();
  expect(bench.peer.written).toEqual(["open sesame\n"]);
  expect(bench.events).toEqual(["failed: Cannot use unix:/run/ovpn.sock: wrong management password"]);
});

test("a refusal in words is a wrong password too", async () => {
  const bench = withPassword();
  bench.peer.connect();
  bench.peer.say(`${PROMPT}ERROR: bad password\r\n`);
  await settle();
  expect(bench.events).toEqual(["failed: Cannot use unix:/run/ovpn.sock: wrong management password"]);
});

test("a wrong password is forgotten with its connection: the next one starts anew", async () => {
  const bench = withPassword();
  bench.peer.connect();
  bench.peer.say(PROMPT);
  bench.peer.say(PROMPT);
  await settle();
  bench.clock.advance(2_000);
  bench.peer.connect();
  bench.peer.say(PROMPT);
  expect(bench.peer.written).toEqual(["open sesame\n"]);
  bench.peer.say(`SUCCESS: password is correct\r\n${GREETING}`);
  bench.peer.close();
  expect(bench.events.slice(1)).toEqual(["attached 5", "lost: closed by OpenVPN"]);
});

test("what comes behind the reason to give up is not heard", async () => {
  const bench = withPassword();
  bench.peer.connect();
  bench.peer.say(`${PROMPT}${PROMPT}SUCCESS: password is correct\r\n${GREETING}`);
  await settle();
  expect(bench.events).toEqual(["failed: Cannot use unix:/run/ovpn.sock: wrong management password"]);
});

test("an end in the password phase says that there was no greeting", () => {
  const bench = withPassword();
  bench.peer.connect();
  bench.peer.say(PROMPT);
  bench.peer.close();
  expect(bench.events).toEqual(["failed: Cannot use unix:/run/ovpn.sock: closed before the greeting"]);
});

test("a prompt without a password that could be given says so", async () => {
  const bench = new Bench({ password: () => undefined });
  bench.peer.connect();
  bench.peer.say(PROMPT);
  await settle();
  expect(bench.peer.written).toEqual([]);
  expect(bench.events).toEqual([
    "failed: Cannot use unix:/run/ovpn.sock: OpenVPN asks for the management password, and none is set",
  ]);
});

test("no password stands in anything that is told", async () => {
  const bench = withPassword();
  bench.peer.connect();
  bench.peer.say(`${PROMPT}open sesam\r\n${PROMPT}`);
  await settle();
  expect(bench.events.join("\n")).not.toContain("open sesame");
});

test("what comes before the greeting and is no part of it is an oddity", () => {
  const bench = new Bench();
  bench.peer.connect();
  bench.peer.say("SSH-2.0-OpenSSH_9.2\r\n>STATE:1,CONNECTED,SUCCESS,,,,,\r\n");
  expect(bench.events).toEqual([
    "oddity: A line before the greeting: SSH-2.0-OpenSSH_9.2",
    "oddity: A notification before the greeting: STATE",
  ]);
});

test("a prompt in the middle of a session is a line as any other", () => {
  const bench = attached({ password: () => new Secret("open sesame") });
  bench.peer.say(PROMPT);
  expect(bench.peer.written).toEqual([]);
});
