import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Decoder } from "../../src/protocol/decoder.ts";
import { Environment } from "../../src/protocol/environment.ts";
import type { Notification } from "../../src/protocol/notification.ts";

interface Told {
  notifications: Notification[];
  replies: string[];
  oddities: string[];
}

function decode(lines: readonly string[], end = false): Told {
  const told: Told = { notifications: [], replies: [], oddities: [] };
  const decoder = new Decoder({
    notification: (notification) => told.notifications.push(notification),
    reply: (line) => told.replies.push(line),
    oddity: (text) => told.oddities.push(text),
  });
  for (const line of lines) decoder.line(line);
  if (end) decoder.end();
  return told;
}

const CONNECT = [">CLIENT:CONNECT,0,1", ">CLIENT:ENV,username=ann", ">CLIENT:ENV,untrusted_ip=10.77.1.2"];
const CONNECTED: Notification = {
  type: "CLIENT:CONNECT",
  cid: 0,
  kid: 1,
  env: new Environment([
    ["username", "ann"],
    ["untrusted_ip", "10.77.1.2"],
  ]),
};

test("a line without > belongs to a reply", () => {
  expect(decode(["SUCCESS: pid=1", "END", "1795405061,CONNECTING,,,,,,"])).toEqual({
    notifications: [],
    replies: ["SUCCESS: pid=1", "END", "1795405061,CONNECTING,,,,,,"],
    oddities: [],
  });
});

test("a notification between the lines of a reply is told apart", () => {
  const told = decode(["OpenVPN STATISTICS", ">FATAL:x", "END"]);
  expect(told.replies).toEqual(["OpenVPN STATISTICS", "END"]);
  expect(told.notifications).toEqual([{ type: "FATAL", text: "x" }]);
});

test.each([">PKCS11ID-COUNT:0", ">PKCS11ID-ENTRY:'0', ID:'a', BLOB:'b'", ">PKCS11ID-ENTRY:'0'"])(
  "%s is a reply in the clothing of a notification",
  (line) => {
    expect(decode([line])).toEqual({ notifications: [], replies: [line], oddities: [] });
  },
);

test("another name that begins like the PKCS11 replies is a notification", () => {
  expect(decode([">PKCS11ID-OTHER:1"]).notifications).toEqual([
    { type: "OTHER", name: "PKCS11ID-OTHER", text: "1" },
  ]);
});

test("a CLIENT block is told once, at its end", () => {
  expect(decode(CONNECT).notifications).toEqual([]);
  expect(decode([...CONNECT, ">CLIENT:ENV,END"])).toEqual({
    notifications: [CONNECTED],
    replies: [],
    oddities: [],
  });
});

test("a block may be empty", () => {
  expect(decode([">CLIENT:DISCONNECT,7", ">CLIENT:ENV,END"]).notifications).toEqual([
    { type: "CLIENT:DISCONNECT", cid: 7, env: new Environment() },
  ]);
});

test("a LOG line inside a block is told by itself, before the block", () => {
  const told = decode([
    ...CONNECT.slice(0, 2),
    ">LOG:1,,peer info, long",
    ...CONNECT.slice(2),
    ">CLIENT:ENV,END",
  ]);
  expect(told).toEqual({
    notifications: [{ type: "LOG", time: 1, flags: "", text: "peer info, long" }, CONNECTED],
    replies: [],
    oddities: [],
  });
});

test("a reply line inside a block does not touch it", () => {
  const told = decode([...CONNECT, "SUCCESS: pid=1", ">CLIENT:ENV,END"]);
  expect(told).toEqual({ notifications: [CONNECTED], replies: ["SUCCESS: pid=1"], oddities: [] });
});

test("an address comes as one line, also inside a block", () => {
  const told = decode([...CONNECT, ">CLIENT:ADDRESS,0,fd98::1000,1", ">CLIENT:ENV,END"]);
  expect(told.notifications).toContainEqual({
    type: "CLIENT:ADDRESS",
    cid: 0,
    address: "fd98::1000",
    primary: true,
  });
});

test("a response to a challenge keeps its commas, and is a secret", () => {
  const [told] = decode([">CLIENT:CR_RESPONSE,4,1,a b,c", ">CLIENT:ENV,END"]).notifications;
  expect(told).toMatchObject({ type: "CLIENT:CR_RESPONSE", cid: 4, kid: 1 });
  expect(told?.type === "CLIENT:CR_RESPONSE" && told.response.reveal()).toBe("a b,c");
  expect(JSON.stringify(told)).not.toContain("a b,c");
});

test("the password in an environment is a secret: no way of printing the block shows it", () => {
  const [told] = decode([...CONNECT, ">CLIENT:ENV,password=canary=1", ">CLIENT:ENV,END"]).notifications;
  expect(JSON.stringify(told)).toContain('"password":"<redacted>"');
  expect(inspect(told, { depth: 9 })).not.toContain("canary");
  expect(told?.type === "CLIENT:CONNECT" && told.env.get("password")).toBeUndefined();
  expect(told?.type === "CLIENT:CONNECT" && told.env.password?.reveal()).toBe("canary=1");
});

test.each([
  ">CLIENT:CONNECT,0",
  ">CLIENT:CONNECT,x,1",
  ">CLIENT:WHATEVER,1,2",
  ">CLIENT:",
  ">CLIENT:ESTABLISHED,1,2",
])("%s is of no known form: told as it stands, and so are the lines behind it, but no password", (head) => {
  const told = decode([
    head,
    ">CLIENT:ENV,a=b",
    ">CLIENT:ENV,password=canary",
    ">CLIENT:ENV,END",
    ...CONNECT,
    ">CLIENT:ENV,END",
  ]);
  expect(told.notifications).toEqual([
    { type: "OTHER", name: "CLIENT", text: head.slice(8) },
    { type: "OTHER", name: "CLIENT", text: "ENV,a=b" },
    { type: "OTHER", name: "CLIENT", text: "ENV,password=<redacted>" },
    CONNECTED,
  ]);
  expect(told.oddities).toEqual([]);
});

test("the empty line of early 2.5 behind a block is neither reply nor oddity", () => {
  expect(decode([">CLIENT:CR_RESPONSE,4,1,x", ">CLIENT:ENV,END", ""])).toMatchObject({
    replies: [],
    oddities: [],
  });
});

test.each<[pair: string, name: string, value: string]>([
  ["a=b=c", "a", "b=c"],
  ["a=", "a", ""],
  ["a", "a", ""],
  ["=b", "", "b"],
  ["END=1", "END", "1"],
  ["a=1,2,3", "a", "1,2,3"],
  ["__proto__=x", "__proto__", "x"],
])("ENV,%s is split at the first =", (pair, name, value) => {
  const [block] = decode([">CLIENT:ESTABLISHED,0", `>CLIENT:ENV,${pair}`, ">CLIENT:ENV,END"]).notifications;
  expect(block).toEqual({ type: "CLIENT:ESTABLISHED", cid: 0, env: new Environment([[name, value]]) });
  expect(block?.type === "CLIENT:ESTABLISHED" && [...block.env]).toEqual([[name, value]]);
});

test("a name of the environment may repeat, in order", () => {
  const env = ["X509_0_OU=a", "X509_0_OU=b", "X509_0_OU=a"];
  const [block] = decode([
    ">CLIENT:CONNECT,0,1",
    ...env.map((pair) => `>CLIENT:ENV,${pair}`),
    ">CLIENT:ENV,END",
  ]).notifications;
  expect(block?.type === "CLIENT:CONNECT" && [...block.env]).toEqual(env.map((pair) => pair.split("=")));
  expect(block?.type === "CLIENT:CONNECT" && block.env.get("X509_0_OU")).toBe("a");
});

test.each([
  ["UP", true],
  ["DOWN", false],
])("UPDOWN:%s is a block of its own kind", (word, up) => {
  expect(decode([`>UPDOWN:${word}`, ">UPDOWN:ENV,dev=tun0", ">UPDOWN:ENV,END"])).toEqual({
    notifications: [{ type: "UPDOWN", up, env: new Environment([["dev", "tun0"]]) }],
    replies: [],
    oddities: [],
  });
});

test("an UPDOWN of another word opens no block", () => {
  expect(decode([">UPDOWN:SIDEWAYS", ">STATE:1,WAIT,,,,,,"]).notifications).toMatchObject([
    { type: "OTHER", name: "UPDOWN", text: "SIDEWAYS" },
    { type: "STATE" },
  ]);
});

test.each([
  [[">CLIENT:ENV,a=b"], "A line of a CLIENT environment outside of a block"],
  [[">UPDOWN:ENV,END"], "A line of a UPDOWN environment outside of a block"],
  [[">UPDOWN:UP", ">CLIENT:ENV,END"], "A line of a CLIENT environment outside of a block"],
])("a stray line of an environment is an oddity, not a notification: %j", (lines, oddity) => {
  expect(decode(lines)).toEqual({ notifications: [], replies: [], oddities: [oddity] });
});

test("a head inside an open block drops the unfinished one: half an environment must not be acted upon", () => {
  const told = decode([...CONNECT, ">CLIENT:ESTABLISHED,3", ">CLIENT:ENV,END"]);
  expect(told.notifications).toEqual([{ type: "CLIENT:ESTABLISHED", cid: 3, env: new Environment() }]);
  expect(told.oddities).toEqual(["A CLIENT block was not ended"]);
});

test("a connection that ends inside a block says so and forgets the block", () => {
  expect(decode(CONNECT, true)).toEqual({
    notifications: [],
    replies: [],
    oddities: ["The connection ended inside a CLIENT block"],
  });
  expect(decode([...CONNECT, ">CLIENT:ENV,END"], true).oddities).toEqual([]);
});

test("a block without end is dropped at 10000 lines, as one oddity, and the next block is right", () => {
  const decoderInput = [
    ">CLIENT:CONNECT,1,1",
    ...Array.from({ length: 10_001 }, (_, i) => `>CLIENT:ENV,n${i}=x`),
    ...CONNECT,
    ">CLIENT:ENV,END",
  ];
  const told = decode(decoderInput);
  expect(told.notifications).toEqual([CONNECTED]);
  expect(told.oddities).toEqual(["A CLIENT block of more than 10000 lines was dropped"]);
});
