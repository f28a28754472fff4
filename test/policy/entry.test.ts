import { expect, test } from "vitest";
import { parseEntry, parseWireProto } from "../../src/policy/entry.ts";

test.each([
  ["udp", { proto: "udp", family: "any" }],
  ["udp4", { proto: "udp", family: "4" }],
  ["tcp6-client", { proto: "tcp", family: "6" }],
  ["tcp-client", { proto: "tcp", family: "any" }],
  ["sctp", undefined],
  ["udp5", undefined],
])("the wire's protocol %s is told apart", (text, expected) => {
  expect(parseWireProto(text)).toEqual(expected);
});

test("an entry is split from the right, so that a host may hold colons", () => {
  expect(parseEntry("3,2001:db8::1,443,tcp6-client,disabled")).toEqual({
    index: 3,
    host: "2001:db8::1",
    port: 443,
    proto: "tcp",
    family: "6",
    enabled: false,
  });
});

test.each(["", "END", "0,a,1194,udp", "0,a,port,udp,enabled", "0,a,1194,ipx,enabled"])(
  "'%s' is no entry",
  (line) => {
    expect(parseEntry(line)).toBeUndefined();
  },
);
