import { expect, test } from "vitest";
import { serverWorld } from "./support.ts";

test("A client that is let in has its address before it is established", () => {
  const { controller, peer, pass } = serverWorld();
  peer().come();
  expect(pass(1)).toEqual([">CLIENT:CONNECT,0,1"]);
  controller.send("client-auth-nt 0 1");
  expect(pass(6)).toEqual([
    "SUCCESS: client-auth command succeeded",
    ">CLIENT:ADDRESS,0,10.8.0.2,1",
    ">CLIENT:ESTABLISHED,0",
  ]);
});

test("A key that is not in use is answered with SUCCESS, and nothing comes of it; others are unknown", () => {
  const { controller, peer, pass } = serverWorld();
  peer().come();
  pass(1);
  controller.send("client-auth-nt 0 0", "client-auth-nt 0 2", "client-deny 0 0 no", "client-auth-nt 1 1");
  expect(pass(8)).toEqual([
    "SUCCESS: client-auth command succeeded",
    "ERROR: client-auth command failed",
    "SUCCESS: client-deny command succeeded",
    "ERROR: client-auth command failed",
  ]);
});

test("Without an answer a client is refused when the handshake window is over", () => {
  const { peer, pass, told } = serverWorld({ handWindow: 20 });
  peer().come();
  expect(pass(19)).toEqual([">CLIENT:CONNECT,0,1"]);
  expect(told).toEqual([]);
  expect(pass(8)).toEqual([">CLIENT:DISCONNECT,0"]);
  expect(told).toEqual(["alice is refused"]);
});

test("Without an answer to a REAUTH the session is thrown out, at half of --reneg-sec at the latest", () => {
  const { controller, peer, pass, told } = serverWorld({ renegSec: 10 });
  peer({ renegotiate: 20_000 }).come();
  pass(1);
  controller.send("client-auth-nt 0 1");
  pass(19);
  expect(pass(7)).toEqual([">CLIENT:REAUTH,0,3"]);
  expect(told.at(-1)).toBe("alice is connected");
  expect(pass(5)).toEqual([]);
  expect(told.at(-1)).toBe("alice is refused");
  expect(pass(6)).toEqual([">CLIENT:DISCONNECT,0"]);
});

test("An answer to a REAUTH keeps the session; its keys count on", () => {
  const { controller, peer, pass } = serverWorld();
  const alice = peer();
  alice.come();
  pass(1);
  controller.send("client-auth-nt 0 1");
  pass(6);
  alice.renegotiate();
  expect(pass(0)).toEqual([">CLIENT:REAUTH,0,3"]);
  controller.send("client-auth-nt 0 3");
  alice.renegotiate();
  expect(pass(0)).toEqual(["SUCCESS: client-auth command succeeded", ">CLIENT:REAUTH,0,4"]);
  controller.send("client-auth-nt 0 4", "client-deny 0 3 late", "client-auth-nt 0 1");
  expect(pass(9)).toEqual([
    "SUCCESS: client-auth command succeeded",
    "SUCCESS: client-deny command succeeded",
    "ERROR: client-auth command failed",
    ">CLIENT:DISCONNECT,0",
  ]);
});

test("A client without a user name is dropped, and nobody hears of it; its CID is gone", () => {
  const { peer, pass, told } = serverWorld();
  peer({ login: undefined }).come();
  expect(pass(1)).toEqual([]);
  expect(told).toEqual(["alice is turned away without a word"]);
  peer({ commonName: "carol" }).come();
  expect(pass(1)).toEqual([">CLIENT:CONNECT,1,1"]);
});

test("With --auth-user-pass-optional it has empty ones", () => {
  const { controller, peer, clock } = serverWorld({ authUserPassOptional: true });
  peer({ login: undefined }).come();
  clock.advance(1_000);
  expect(controller.heard().filter((line) => /username|password/.test(line))).toEqual([
    ">CLIENT:ENV,password=",
    ">CLIENT:ENV,username=",
  ]);
});

test("A client that is killed is back before it is gone, and a namesake takes its place", () => {
  const { controller, peer, pass } = serverWorld();
  peer().come();
  pass(1);
  controller.send("client-auth-nt 0 1");
  pass(6);
  controller.send("client-kill 0", "client-kill 0");
  expect(pass(1.04)).toEqual([
    "SUCCESS: client-kill command succeeded",
    "SUCCESS: client-kill command succeeded",
    ">CLIENT:CONNECT,1,1",
  ]);
  controller.send("client-auth-nt 1 1");
  expect(pass(1.5)).toEqual([
    "SUCCESS: client-auth command succeeded",
    ">CLIENT:DISCONNECT,0",
    ">CLIENT:ADDRESS,1,10.8.0.2,1",
    ">CLIENT:ESTABLISHED,1",
  ]);
});

test("With --duplicate-cn both stay until the first one's time is over", () => {
  const { controller, peer, pass } = serverWorld({ duplicateCn: true });
  peer().come();
  peer({ ip: "192.0.2.8" }).come();
  pass(1);
  controller.send("client-auth-nt 0 1", "client-auth-nt 1 1");
  pass(6);
  controller.send("nclients", "kill alice");
  const heard = pass(0);
  expect(heard.slice(1, 3).toSorted()).toEqual([">CLIENT:DISCONNECT,0", ">CLIENT:DISCONNECT,1"]);
  expect([heard[0], heard[3]]).toEqual([
    "SUCCESS: nclients=2",
    "SUCCESS: common name 'alice' found, 2 client(s) killed",
  ]);
});

test("A client that does not obey stays for the delay and hangs until it notices", () => {
  const { controller, peer, pass, told } = serverWorld({ keepalive: [2, 10] });
  peer({ obeys: false }).come();
  pass(1);
  controller.send("client-auth-nt 0 1");
  pass(6);
  controller.send('client-kill 0 "HALT,over quota"');
  expect(pass(4)).toEqual(["SUCCESS: client-kill command succeeded"]);
  expect(pass(3)).toEqual([">CLIENT:DISCONNECT,0"]);
  expect(pass(14)).toEqual([">CLIENT:CONNECT,1,1"]);
  expect(told.slice(-2)).toEqual(["alice hears HALT,over quota", "alice begins anew: ping-restart"]);
});

test("A denied client goes or tries again, as its --auth-retry says", () => {
  const { controller, peer, pass, told } = serverWorld();
  peer().come();
  peer({ commonName: "carol", ip: "192.0.2.8", authRetry: "nointeract" }).come();
  pass(1);
  controller.send('client-deny 0 1 quota "Come back tomorrow"', 'client-deny 1 1 quota "Come back tomorrow"');
  const heard = pass(9);
  expect(heard.filter((line) => line.startsWith(">CLIENT:CONNECT"))).toEqual([">CLIENT:CONNECT,2,1"]);
  expect(heard.filter((line) => line.startsWith(">CLIENT:DISCONNECT")).toSorted()).toEqual([
    ">CLIENT:DISCONNECT,0",
    ">CLIENT:DISCONNECT,1",
  ]);
  expect(told).toContain("alice is refused: Come back tomorrow");
});

test("A block that says `disable` ends the client before it begins; of its real end nobody hears", () => {
  const { controller, peer, pass } = serverWorld();
  peer().come();
  pass(1);
  controller.send("client-auth 0 1", "disable", "END");
  expect(pass(14)).toEqual([
    "SUCCESS: client-auth command succeeded",
    ">CLIENT:DISCONNECT,0",
    ">CLIENT:ESTABLISHED,0",
  ]);
});

test("What a block does not know is only logged", () => {
  const { controller, peer, pass } = serverWorld();
  peer().come();
  pass(1);
  controller.send("client-auth 0 1", "foo bar", "END");
  pass(6);
  controller.send("log all");
  expect(pass(0).filter((line) => line.includes("Options error"))).toEqual([
    expect.stringMatching(
      /^N,alice\/192\.0\.2\.7:\d+ Options error: Unrecognized option or missing or extra parameter\(s\) in \[CONFIG-STRING\]:1: foo \(2\.6\.14\)$/,
    ),
  ]);
});

test("A token that is pushed is the password from then on", () => {
  const { controller, peer, clock } = serverWorld();
  const alice = peer();
  alice.come();
  clock.advance(1_000);
  controller.send("client-auth 0 1", 'push "auth-token TOKEN"', "END");
  clock.advance(6_000);
  controller.heard();
  alice.renegotiate();
  expect(controller.heard()).toContain(">CLIENT:ENV,password=TOKEN");
});

test("A challenge is answered, and the login waits longer for it", () => {
  const { controller, peer, pass } = serverWorld({ handWindow: 10 });
  peer({ answer: "1234" }).come();
  pass(1);
  controller.send("client-pending-auth 0 1 CR_TEXT:R,E:PIN? 30");
  expect(pass(2)).toEqual([
    "SUCCESS: client-pending-auth command succeeded",
    `>CLIENT:CR_RESPONSE,0,1,${btoa("1234")}`,
  ]);
  expect(pass(15)).toEqual([]);
  controller.send("client-auth-nt 0 1");
  expect(pass(6).at(-1)).toBe(">CLIENT:ESTABLISHED,0");
});

test("A client that goes says so, or is missed when its pings stay out", () => {
  const { controller, peer, pass } = serverWorld({ keepalive: [2, 10] });
  const [polite, silent] = [peer({ exitNotify: true }), peer({ commonName: "carol", ip: "192.0.2.8" })];
  polite.come();
  pass(1);
  silent.come();
  pass(1);
  controller.send("client-auth-nt 0 1", "client-auth-nt 1 1");
  pass(6);
  polite.go();
  silent.go();
  expect(pass(7)).toEqual([">NOTIFY:info,remote-exit,EXIT", ">CLIENT:DISCONNECT,0"]);
  expect(pass(15)).toEqual([">CLIENT:DISCONNECT,1"]);
});

test("Over TCP both ends see at once that the other one has gone", () => {
  const { controller, peer, pass, told } = serverWorld({ protocol: "tcp-server" });
  const alice = peer();
  alice.come();
  pass(1);
  controller.send("client-auth-nt 0 1");
  pass(6);
  controller.send("kill alice");
  expect(pass(2)).toEqual([
    ">CLIENT:DISCONNECT,0",
    "SUCCESS: common name 'alice' found, 1 client(s) killed",
    ">CLIENT:CONNECT,1,1",
  ]);
  expect(told.at(-1)).toBe("alice begins anew: connection-reset");
  alice.go();
  expect(pass(0)).toEqual([">CLIENT:DISCONNECT,1"]);
});

test("A CONNECT is not told to a controller that comes later; `status 3` shows who waits", () => {
  const { controller, daemon, peer, clock, pass } = serverWorld();
  controller.leave();
  peer().come();
  clock.advance(1_000);
  expect(pass(0)).toEqual([]);
  expect(daemon.status(3).filter((line) => line.startsWith("CLIENT_LIST"))).toEqual([
    expect.stringMatching(
      /^CLIENT_LIST\talice\t192\.0\.2\.7:\d+\t\t\t\d+\t\d+\t[^\t]+\t\d+\tbob\t0\t0\tBF-CBC$/,
    ),
  ]);
});

test("Half of --reneg-sec bounds the time for an answer to a CONNECT too", () => {
  const { peer, pass, told } = serverWorld({ handWindow: 20, renegSec: 10 });
  peer().come();
  pass(4);
  expect(told).toEqual([]);
  pass(2);
  expect(told).toEqual(["alice is refused"]);
});
