import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { contains, parseIp, parseNetwork } from "../../src/util/ip.ts";

const within = (address: string, network: string): boolean | undefined => {
  const bytes = parseIp(address);
  const parsed = parseNetwork(network);
  return bytes && parsed && contains(parsed, bytes);
};

test.each([
  ["10.1.2.3", "10.0.0.0/8", true],
  ["11.1.2.3", "10.0.0.0/8", false],
  ["10.0.0.129", "10.0.0.128/25", true],
  ["10.0.0.127", "10.0.0.128/25", false],
  ["1.2.3.4", "0.0.0.0/0", true],
  ["1.2.3.4", "1.2.3.4", true],
  ["2001:db8::1", "2001:db8::/32", true],
  ["2001:db9::1", "2001:db8::/32", false],
  ["fe80::1%eth0", "fe80::/10", true],
  ["::ffff:10.1.2.3", "10.0.0.0/8", true],
  ["10.1.2.3", "::ffff:10.0.0.0/104", true],
  ["::1", "127.0.0.0/8", false],
  ["1.2.3.4", "::/0", false],
])("%s in %s: %s", (address, network, expected) => {
  expect(within(address, network)).toBe(expected);
});

test.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "x/8", "2001:db8::/129", "10.0.0.0/-1", "1.2.3.4/8/8"])(
  "'%s' is no network",
  (network) => {
    expect(parseNetwork(network)).toBeUndefined();
  },
);

test("addresses are those of the runtime", () => {
  const part = fc.constantFrom(
    "0",
    "1",
    "01",
    "255",
    "256",
    "ffff",
    "db8",
    "10000",
    ":",
    "::",
    ".",
    "g",
    "1.2.3.4",
  );
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(part, { maxLength: 9 }).map((parts) => parts.join(":")),
    fc.array(part, { maxLength: 9 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (address) => {
      expect(parseIp(address) !== undefined).toBe(isIP(address) !== 0);
    }),
    { numRuns: 2000 },
  );
});
