import { expect, test } from "vitest";
import type { Dial } from "../../src/policy/dial.ts";
import { reach, unreachable } from "../../src/policy/reach.ts";
import { dialOf, entries, placeOf, question } from "./support.ts";

/** `accept`, `mod HOST PORT`, `skip N` or `unreachable`. */
function way(dial: Dial, asked: string, target: string, listed = false): string {
  dial.asked(question(asked));
  const found = reach(dial, question(asked), { ...placeOf(target), listed });
  switch (found.kind) {
    case "mod":
      return `mod ${found.host} ${found.port}`;
    case "skip":
      return `skip ${found.count}`;
    default:
      return found.kind;
  }
}

/** The dial at the first question after a session on this entry. */
function afterSession(
  dial: Dial,
  entry: string,
  answer: { kind: string; host?: string; port?: number },
): Dial {
  dial.asked(question(entry));
  dial.answered(answer);
  dial.connected();
  dial.restarted("ping-restart");
  return dial;
}

const LONGEST = "x".repeat(79);
const TOO_LONG = "x".repeat(80);

test.each<[list: string[], asked: string, target: string, way: string]>([
  [["a:1194/udp", "b:1194/udp"], "a:1194/udp", "a:1194/udp", "accept"],
  [["a:1194/udp", "b:1194/udp"], "a:1194/udp", "b:1194/udp", "mod b 1194"],
  [["a:1194/udp"], "a:1194/udp", "a:443/udp", "mod a 443"],
  [["a:1194/udp", "-b:443/tcp", "c:443/tcp"], "a:1194/udp", "c:443/tcp", "skip 2"],
  [["a:1194/udp", "b:443/tcp"], "a:1194/udp", "d:443/tcp", "skip 1"],
  [["a:1194/udp", "b:443/tcp", "d:443/tcp"], "a:1194/udp", "d:443/tcp", "skip 2"],
  [["a:1194/udp", "-b:443/tcp"], "a:1194/udp", "b:443/tcp", "unreachable"],
  [["a:1194/udp"], "a:1194/udp", "b:443/tcp", "unreachable"],
  [["a:1194/udp"], "a:1194/udp", `${LONGEST}:1/udp`, `mod ${LONGEST} 1`],
  [["a:1194/udp"], "a:1194/udp", `${TOO_LONG}:1/udp`, "unreachable"],
  [["a:1194/udp", `${TOO_LONG}:1/udp`], "a:1194/udp", `${TOO_LONG}:1/udp`, "skip 1"],
])("among %j, asked %s, the way to %s is %s", (list, asked, target, expected) => {
  expect(way(dialOf(entries(...list)), asked, target)).toBe(expected);
});

test.each<[asked: string, names: string, ipv4: string, ipv6: string]>([
  ["a:1194/udp", "mod z 1194", "mod 10.0.0.1 1194", "mod 2001:db8::1 1194"],
  ["a:1194/udp4", "mod z 1194", "mod 10.0.0.1 1194", "unreachable"],
  ["a:1194/udp6", "mod z 1194", "unreachable", "mod 2001:db8::1 1194"],
  ["a:1194/tcp", "unreachable", "unreachable", "unreachable"],
  ["a:1194/tcp4", "unreachable", "unreachable", "unreachable"],
  ["a:1194/tcp6", "unreachable", "unreachable", "unreachable"],
])(
  "from %s the ways to a name, an IPv4 and an IPv6 address by udp are %s, %s and %s",
  (asked, names, ipv4, ipv6) => {
    const list = entries(asked);
    expect(way(dialOf(list), asked, "z:1194/udp")).toBe(names);
    expect(way(dialOf(list), asked, "10.0.0.1:1194/udp")).toBe(ipv4);
    expect(way(dialOf(list), asked, "2001:db8::1:1194/udp")).toBe(ipv6);
  },
);

test.each<[asked: string, ipv4: string, ipv6: string]>([
  ["a:443/tcp", "mod 10.0.0.1 1194", "mod 2001:db8::1 1194"],
  ["a:443/tcp4", "mod 10.0.0.1 1194", "unreachable"],
  ["a:443/tcp6", "unreachable", "mod 2001:db8::1 1194"],
])("from %s the ways to an IPv4 and an IPv6 address by tcp are %s and %s", (asked, ipv4, ipv6) => {
  const list = entries(asked);
  expect(way(dialOf(list), asked, "10.0.0.1:1194/tcp")).toBe(ipv4);
  expect(way(dialOf(list), asked, "2001:db8::1:1194/tcp")).toBe(ipv6);
});

test("an address of the other family is named at an entry of that family", () => {
  expect(way(dialOf(entries("a:1194/udp4", "a:1194/udp6")), "a:1194/udp4", "2001:db8::1:1194/udp")).toBe(
    "skip 1",
  );
});

test("an entry of OpenVPN's own list is never named by MOD", () => {
  expect(way(dialOf(entries("a:1194/udp", "b:1194/udp")), "a:1194/udp", "b:1194/udp", true)).toBe("skip 1");
  expect(way(dialOf(entries("a:1194/udp")), "a:1194/udp", "b:1194/udp", true)).toBe("unreachable");
});

test("right after a session MOD waits for the next question, be it of the same entry one round later", () => {
  const two = afterSession(dialOf(entries("a:1194/udp", "b:1194/udp")), "a:1194/udp", { kind: "accept" });
  expect(way(two, "a:1194/udp", "z:1194/udp")).toBe("skip 1");
  const one = afterSession(dialOf(entries("a:1194/udp")), "a:1194/udp", { kind: "accept" });
  expect(way(one, "a:1194/udp", "z:1194/udp")).toBe("skip 1");
  one.answered({ kind: "skip", count: 1 });
  expect(way(one, "a:1194/udp", "z:1194/udp")).toBe("mod z 1194");
});

test("right after a session that MOD had led elsewhere, ACCEPT would dial that place again: the entry is skipped to", () => {
  const dial = afterSession(dialOf(entries("a:1194/udp")), "a:1194/udp", {
    kind: "mod",
    host: "z",
    port: 1194,
  });
  expect(way(dial, "a:1194/udp", "a:1194/udp")).toBe("skip 1");
  dial.answered({ kind: "skip", count: 1 });
  expect(way(dial, "a:1194/udp", "a:1194/udp")).toBe("accept");
});

test("right after a session the place where it was is tried again without a detour", () => {
  const moved = afterSession(dialOf(entries("a:1194/udp")), "a:1194/udp", {
    kind: "mod",
    host: "z",
    port: 1194,
  });
  expect(way(moved, "a:1194/udp", "z:1194/udp")).toBe("mod z 1194");
  const accepted = afterSession(dialOf(entries("a:1194/udp")), "a:1194/udp", { kind: "accept" });
  expect(way(accepted, "a:1194/udp", "a:1194/udp")).toBe("accept");
});

test("a name whose next address OpenVPN is about to dial is skipped again before MOD names another place", () => {
  const dial = afterSession(dialOf(entries("a:1194/udp", "b:1194/udp")), "a:1194/udp", { kind: "accept" });
  dial.asked(question("a:1194/udp"));
  dial.answered({ kind: "skip", count: 1 });
  expect(way(dial, "a:1194/udp", "z:1194/udp")).toBe("skip 1");
  dial.answered({ kind: "skip", count: 1 });
  expect(way(dial, "b:1194/udp", "z:1194/udp")).toBe("mod z 1194");
});

test("a skip that would end OpenVPN is no way", () => {
  const dial = dialOf(entries("a:1194/udp", "b:443/tcp"));
  dial.asked(question("a:1194/udp"));
  dial.answered({ kind: "skip", count: 3 });
  expect(way(dial, "b:443/tcp", "a:1194/udp")).toBe("unreachable");
});

test("a list that cannot be read is walked step by step to what was seen in it, and to nothing else", () => {
  const dial = dialOf(undefined);
  expect(way(dial, "a:1194/udp", "b:443/tcp")).toBe("unreachable");
  dial.answered({ kind: "accept" });
  dial.restarted("tls-error");
  expect(way(dial, "b:443/tcp", "a:1194/udp")).toBe("skip 1");
});

test.each<[list: string[], target: string, why: string | undefined]>([
  [["a:1194/udp"], "b:1194/udp", undefined],
  [["a:1194/udp"], "b:443/tcp", "no entry of OpenVPN's list uses tcp"],
  [["a:1194/udp", "-b:443/tcp"], "b:443/tcp", "no entry of OpenVPN's list uses tcp"],
  [["a:1194/udp4"], "2001:db8::1:1194/udp", "no entry of OpenVPN's list leads to it by udp"],
  [["a:1194/udp"], `${TOO_LONG}:1/udp`, "its host is longer than 79 characters, and no entry names it"],
  [[`${TOO_LONG}:1/udp`], `${TOO_LONG}:1/udp`, undefined],
])("among %j it is said why nothing leads to %s: %s", (list, target, why) => {
  expect(unreachable(dialOf(entries(...list)), placeOf(target))).toBe(why);
});

test("nothing is called unreachable while the list is unknown", () => {
  expect(unreachable(dialOf(undefined), placeOf("b:443/tcp"))).toBeUndefined();
});
