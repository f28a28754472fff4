import { expect, test } from "vitest";
import type { Command } from "../../src/protocol/command.ts";
import {
  display,
  encode,
  EncodeError,
  LONGEST_LINE,
  LONGEST_PARAMETER,
  parseDisplay,
} from "../../src/protocol/encoder.ts";
import { Secret } from "../../src/util/secret.ts";
import { READ, readLines } from "../support/lexer.ts";

const command = (name: string, ...args: (string | Secret)[]): Command => ({ name, args });

test.each<[command: Command, line: string]>([
  [command("pid"), "pid\n"],
  [command("state", "on", "all"), "state on all\n"],
  [command("state", "5"), "state 5\n"],
  [command("log", "on", "20"), "log on 20\n"],
  [command("hold", "release"), "hold release\n"],
  [command("bytecount", "-5"), "bytecount -5\n"],
  [command("signal", "SIGUSR1"), "signal SIGUSR1\n"],
  [command("remote", "ACCEPT"), "remote ACCEPT\n"],
  [command("remote", "SKIP"), "remote SKIP\n"],
  [command("remote", "SKIP", "3"), "remote SKIP 3\n"],
  [command("remote", "MOD", "fd77:1::1", "1194"), "remote MOD fd77:1::1 1194\n"],
  [command("remote", "MOD", "fe80::1%eth0", "1194"), "remote MOD fe80::1%eth0 1194\n"],
  [command("remote", "MOD", "vpn.example.net", "65535"), "remote MOD vpn.example.net 65535\n"],
  [command("proxy", "NONE"), "proxy NONE\n"],
  [command("proxy", "HTTP", "10.77.1.1", "3128", "nct"), "proxy HTTP 10.77.1.1 3128 nct\n"],
  [command("proxy", "SOCKS", "10.77.1.1", "1080"), "proxy SOCKS 10.77.1.1 1080\n"],
  [
    command("client-deny", "0", "1", "quota", "come back tomorrow"),
    'client-deny 0 1 "quota" "come back tomorrow"\n',
  ],
  [command("client-kill", "4"), "client-kill 4\n"],
  [command("state", "5", "on"), "state 5 on\n"],
  [command("kill", "alice"), 'kill "alice"\n'],
  [command("kill", "ü".repeat(63)), `kill "${"ü".repeat(63)}"\n`],
  [command("kill", "10.0.0.1:1194"), "kill 10.0.0.1:1194\n"],
  [command("kill", "tcp:10.0.0.1:1194"), "kill tcp:10.0.0.1:1194\n"],
  [command("client-auth-nt", "123456789012345", "4294967295"), "client-auth-nt 123456789012345 4294967295\n"],
  [{ name: "password", args: ["Auth"], body: ["aGk="] }, 'password "Auth"\naGk=\nEND\n'],
  [command("username", "Auth", ""), 'username "Auth" ""\n'],
  [command("password", "Private Key", new Secret('a"b\\c')), 'password "Private Key" "a\\"b\\\\c"\n'],
  [command("needok", "token-insertion-request", "ok"), 'needok "token-insertion-request" ok\n'],
])("%j goes out as %j", (sent, line) => {
  expect(encode(sent)).toBe(line);
});

test.each(["x", "two words", "#no comment", ";nor this", "'single'", "ümläut 🦊", "END", " ", "a,b;c"])(
  "the free text '%s' is always quoted, even where it need not be",
  (text) => {
    expect(encode(command("cr-response", text))).toBe(`cr-response "${text}"\n`);
  },
);

test("a body goes out line by line up to END, unquoted", () => {
  const body = ['push "route 10.50.0.0 255.255.0.0"', "", new Secret("x y")];
  expect(encode({ name: "client-auth", args: ["0", "1"], body })).toBe(
    'client-auth 0 1\npush "route 10.50.0.0 255.255.0.0"\n\nx y\nEND\n',
  );
  expect(encode({ name: "client-auth", args: ["0", "1"] })).toBe("client-auth 0 1\nEND\n");
});

const CONTROLS = [...Array(0x20).keys(), 0x7f];

test.each(CONTROLS.map((code) => code.toString(16).padStart(2, "0")))(
  "control character %s is refused wherever it stands, never dropped",
  (hex) => {
    const control = String.fromCharCode(Number.parseInt(hex, 16));
    for (const text of [control, `a${control}`, `${control}b`, `a${control}b`]) {
      expect(() => encode(command("kill", text))).toThrow("The argument 1 of kill holds a control character");
      expect(() => encode(command("hold", `on${text}`))).toThrow(EncodeError);
      expect(() => encode(command("remote", "MOD", `h${text}`, "1"))).toThrow(EncodeError);
      expect(() => encode(command("remote", "SKIP", `1${text}`))).toThrow(EncodeError);
      expect(() => encode({ name: "pk-sig", args: [], body: [text] })).toThrow(
        "A line of pk-sig holds a control character",
      );
      expect(() => encode(command(`pid${text}`))).toThrow(/^Unknown management command '".*"'$/);
    }
  },
);

test.each([
  ["letters", "x", LONGEST_PARAMETER],
  ["two bytes each", "ü", LONGEST_PARAMETER / 2],
  ["four bytes each", "🦊", LONGEST_PARAMETER / 4],
  ["quotes, which double only on the wire", '"', LONGEST_PARAMETER],
  ["backslashes, likewise", "\\", LONGEST_PARAMETER],
])("a parameter may have 256 bytes and no more: %s", (_what, piece, times) => {
  const longest = piece.repeat(times);
  expect(encode(command("cr-response", longest))).toContain("cr-response ");
  expect(() => encode(command("cr-response", `${longest}x`))).toThrow(
    "The argument 1 of cr-response is longer than 256 bytes",
  );
});

test("a line may have 1023 bytes and no more", () => {
  // Quotes double: 526 bytes are the command with its first argument, the rest is the second.
  const line = (rest: string): string =>
    encode(command("username", '"'.repeat(LONGEST_PARAMETER), `${'"'.repeat(248)}${rest}`));
  expect(line("x").indexOf("\n")).toBe(LONGEST_LINE);
  expect(() => line("xx")).toThrow("The line of username is longer than 1023 bytes");
  expect(() => line("ü")).toThrow(EncodeError);
});

test("a line of a body may have 1023 bytes and no more", () => {
  const body = (text: string): string => encode({ name: "certificate", args: [], body: [text] });
  expect(body("x".repeat(LONGEST_LINE))).toMatch(/x\n\r*END\n$/);
  expect(body("ü".repeat(511))).toMatch(/ü\n\r*END\n$/);
  expect(() => body("x".repeat(LONGEST_LINE + 1))).toThrow(
    "The line of certificate is longer than 1023 bytes",
  );
  expect(() => body("ü".repeat(512))).toThrow(EncodeError);
});

test("wherever OpenVPN's reads end, no line that is accepted is thrown away or drags others along", () => {
  const longest = encode({
    name: "client-auth",
    args: ["0", "1"],
    body: ["x".repeat(1023), "y".repeat(768), "z".repeat(769)],
  });
  const sent = `${longest}${encode(command("username", "a", '"'.repeat(256)))}${"pid\n".repeat(60)}`;
  const lines = sent.replaceAll("\r", "").trimEnd().split("\n");
  for (let ahead = 0; ahead < READ; ahead++) {
    const bytes = new TextEncoder().encode(`${"z".repeat(ahead)}\n${sent}`);
    const read = readLines(bytes, READ).map((line) => new TextDecoder().decode(line));
    expect(read).toEqual(["z".repeat(ahead), ...lines]);
  }
});

test("END in a body would end it and is refused; what only looks like it is data", () => {
  const body = (text: string): string => encode({ name: "pk-sig", args: [], body: ["a", text, "b"] });
  expect(() => body("END")).toThrow("A line of pk-sig is END, which would end the block");
  for (const text of ["end", "END ", " END", "ENDE"]) expect(body(text)).toBe(`pk-sig\na\n${text}\nb\nEND\n`);
});

test.each([
  "",
  "-a",
  "a b",
  "a-",
  "host:",
  "[::1]",
  "a/b",
  'a"b',
  "a\\b",
  "ü.example",
  "a;b",
  "a'b",
  "x".repeat(80),
])("'%s' is no host", (host) => {
  for (const refused of [command("remote", "MOD", host, "1"), command("proxy", "HTTP", host, "1")])
    expect(() => encode(refused)).toThrow("is not a host of at most 79 characters");
});

test("a host of 79 characters is the longest", () => {
  expect(encode(command("remote", "MOD", "x".repeat(79), "1"))).toBe(`remote MOD ${"x".repeat(79)} 1\n`);
});

test.each(["", "0", "65536", "-1", "1.5", "1e3", "0x10", " 1", "http", "000001"])(
  "'%s' is no port",
  (port) => {
    expect(() => encode(command("remote", "MOD", "h", port))).toThrow(
      "The argument 3 of remote is not a port",
    );
  },
);

test.each<[what: string, refused: Command]>([
  ["an unknown command", command("reboot")],
  ["a command in the wrong case", command("PID")],
  ["a line in place of a command", command("hold release")],
  ["a keyword in the wrong case", command("remote", "accept")],
  ["a misspelt proxy type", command("proxy", "http", "h", "1")],
  ["an unknown signal", command("signal", "SIGKILL")],
  ["a proxy without its port", command("proxy", "HTTP", "h")],
  ["NONE with a host", command("proxy", "NONE", "h", "1")],
  ["another flag than nct", command("proxy", "HTTP", "h", "1", "auto")],
  ["SOCKS with nct", command("proxy", "SOCKS", "h", "1", "nct")],
  ["MOD without its host", command("remote", "MOD")],
  ["ACCEPT with a number", command("remote", "ACCEPT", "1")],
  ["SKIP with a word", command("remote", "SKIP", "two")],
  ["a CID that is no number", command("client-kill", "1abc")],
  ["a number of too many digits", command("client-kill", "1".repeat(16))],
  ["too few arguments", command("client-deny", "0", "1")],
  ["too many arguments", command("pid", "1")],
  ["a body where none belongs", { name: "client-auth-nt", args: ["0", "1"], body: [] }],
  ["needok with another word than ok and cancel", command("needok", "x", "yes")],
  ["a history of no lines", command("state", "0")],
  ["a history of more lines than there can be", command("log", "1000000000")],
  ["a third word", command("log", "on", "all", "5")],
  ["a CID below 0", command("client-kill", "-1")],
  ["a KID of more than 32 bits", command("client-auth-nt", "0", "4294967296")],
  ["an unknown form of status", command("status", "4")],
  ["a name with a colon, which OpenVPN would take apart", command("kill", "alice:1194")],
  ["a name that OpenVPN would cut", command("kill", "x".repeat(128))],
  ["a name of two bytes a letter that OpenVPN would cut", command("kill", "ü".repeat(64))],
  ["no name", command("kill", "")],
  ["an address without its port", command("kill", "10.0.0.1:")],
  ["a port that is none", command("kill", "10.0.0.1:65536")],
  ["an IPv6 address", command("kill", "udp:[::1]:1194")],
  ["a transport that is none", command("kill", "udp4:10.0.0.1:1194")],
  ["a password that is missing", command("password", "Auth")],
  ["both forms of password", { name: "password", args: ["Auth", "x"], body: ["eA=="] }],
  ["a number where a switch belongs", command("hold", "1")],
  ["a switch where a number belongs", command("bytecount", "all")],
])("%s is refused", (_what, refused) => {
  expect(() => encode(refused)).toThrow(EncodeError);
});

test("half of a surrogate pair cannot be written as it is and is refused", () => {
  expect(() => encode(command("kill", "a\ud83e"))).toThrow(EncodeError);
  expect(() => encode({ name: "pk-sig", args: [], body: ["\udd8a"] })).toThrow(EncodeError);
});

test("no message tells the value it refuses", () => {
  const value = "hunter2\n";
  const refused: Command[] = [
    command("password", "Auth", new Secret(value)),
    command("password", "Auth", new Secret("hunter2".repeat(50))),
    command("remote", "MOD", value, "1"),
    command("signal", "hunter2"),
    command("client-kill", "hunter2"),
    { name: "pk-sig", args: [], body: [new Secret(value)] },
  ];
  for (const each of refused) {
    const thrown = (() => {
      try {
        return encode(each);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(EncodeError);
    expect(String(thrown)).not.toContain("hunter2");
  }
});

test.each<[command: Command, text: string]>([
  [command("remote", "MOD", "fd77::1", "1194"), "remote MOD fd77::1 1194"],
  [command("kill", "two words"), 'kill "two words"'],
  [command("username", "Auth", ""), 'username Auth ""'],
  [command("cr-response", 'a"b\\c'), 'cr-response "a\\"b\\\\c"'],
  [{ name: "client-auth", args: ["0", "1"], body: ["push x", ""] }, "client-auth 0 1\npush x\n\nEND"],
])("%j is shown as %j, and read back", (shown, text) => {
  expect(display(shown)).toBe(text);
  expect(parseDisplay(text)).toEqual(shown);
  expect(parseDisplay(`${text}\n`)).toEqual(shown);
});

test("a secret is shown as redacted, in arguments and bodies", () => {
  const body = [new Secret("hunter2")];
  expect(display({ name: "password", args: ["Auth", new Secret("hunter2")], body })).toBe(
    'password Auth "<redacted>"\n<redacted>\nEND',
  );
});

test.each(["", "  ", '"open', 'a "b" "', 'a b"c', "client-auth 0 1\npush x", 'a "b\\x"'])(
  "'%s' is no command",
  (text) => {
    expect(parseDisplay(text)).toBeUndefined();
  },
);
