import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../src/protocol/address.ts";

test.each([
  ["unix:/run/openvpn/mgmt.sock", { kind: "unix", path: "/run/openvpn/mgmt.sock" }],
  ["unix:mgmt.sock", { kind: "unix", path: "mgmt.sock" }],
  ["/run/mgmt.sock", { kind: "unix", path: "/run/mgmt.sock" }],
  ["./with space:7505", { kind: "unix", path: "./with space:7505" }],
  ["tcp:127.0.0.1:7505", { kind: "tcp", host: "127.0.0.1", port: 7505 }],
  ["tcp:vpn.example.net:1", { kind: "tcp", host: "vpn.example.net", port: 1 }],
  ["localhost:65535", { kind: "tcp", host: "localhost", port: 65535 }],
  ["tcp:[::1]:7505", { kind: "tcp", host: "::1", port: 7505 }],
  ["[2001:db8::5]:7505", { kind: "tcp", host: "2001:db8::5", port: 7505 }],
  ["tcp:[fe80::1%eth0.5]:7505", { kind: "tcp", host: "fe80::1%eth0.5", port: 7505 }],
  ["listen:unix:/run/mgmt.sock", { kind: "listen", at: { kind: "unix", path: "/run/mgmt.sock" } }],
  ["listen:tcp:[::1]:7505", { kind: "listen", at: { kind: "tcp", host: "::1", port: 7505 } }],
  ["listen:/run/mgmt.sock", { kind: "listen", at: { kind: "unix", path: "/run/mgmt.sock" } }],
  ["listen:localhost:7505", { kind: "listen", at: { kind: "tcp", host: "localhost", port: 7505 } }],
])("%s is an address", (text, address) => {
  expect(parseAddress(text)).toEqual(address);
});

test.each([
  "",
  "mgmt.sock",
  "tcp:",
  "tcp:localhost",
  "tcp:localhost:",
  "tcp::7505",
  "tcp:localhost:0",
  "tcp:localhost:65536",
  "tcp:localhost:-1",
  "tcp:localhost:75o5",
  "tcp:localhost:7505 ",
  "tcp:::1:7505",
  "tcp:[::1:7505",
  "tcp:[localhost]:7505",
  "tcp:two words:7505",
  "tcp:[fe80::1%]:7505",
  "tcp:[fe80::1%a b]:7505",
  "listen:",
  "listen:tcp:",
  "listen:tcp:localhost:0",
  "listen:listen:unix:/run/mgmt.sock",
])("'%s' is refused with what was expected", (text) => {
  expect(() => parseAddress(text)).toThrow(`Address ${text}: unix:PATH or tcp:HOST:PORT was expected`);
});

test.each(["unix:", "listen:unix:", "unix:/run/a\0b"])(
  "a unix address without a path is refused: %j",
  (text) => {
    expect(() => parseAddress(text)).toThrow(`Address ${text.replace("\0", "\\0")}: a path was expected`);
  },
);

test.each(["unix:@mgmt", "unix:\0mgmt", "listen:unix:@mgmt"])("an abstract socket is refused: %j", (text) => {
  expect(() => parseAddress(text)).toThrow("OpenVPN knows no abstract sockets; a path was expected");
});

test("a unix path has at most 107 bytes, however few characters they are", () => {
  const longest = `/${"a".repeat(106)}`;
  expect(parseAddress(longest)).toEqual({ kind: "unix", path: longest });
  expect(() => parseAddress(`${longest}a`)).toThrow("the path of a unix socket has at most 107 bytes");
  expect(() => parseAddress(`unix:/${"é".repeat(54)}`)).toThrow("at most 107 bytes");
});

test.each([
  "unix:/run/mgmt.sock",
  "unix:mgmt.sock",
  "tcp:127.0.0.1:7505",
  "tcp:[::1]:7505",
  "listen:unix:/run/mgmt.sock",
  "listen:tcp:[fe80::1%lo]:7505",
])("%s is printed as it was read", (text) => {
  expect(formatAddress(parseAddress(text))).toBe(text);
});
