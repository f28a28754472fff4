import fc from "fast-check";
import { expect, test } from "vitest";
import { keyOf } from "../../src/policy/candidate.ts";
import { Cursor } from "../support/cursor.ts";
import { chain } from "./driver.ts";
import { play, stories } from "./story.ts";
import {
  bench,
  type Bench,
  DAEMON,
  dialOf,
  entriesOf,
  groupSpec,
  MINUTE,
  placeOf,
  question,
} from "./support.ts";

/** Hosts with the number of their addresses. */
const ADDRESSES: Readonly<Record<string, number>> = { a: 3, z: 2 };

/** A group whose attempts all fail; `attempt` gives the candidate that was dialled next. */
function failing(it: Bench, hosts: readonly string[]): { attempt(): string; dialled(): string } {
  const remotes = hosts.map((host) => question(`${host}:1194/udp`));
  const cursor = new Cursor(remotes, { addresses: (host) => ADDRESSES[host] ?? 1 });
  const dial = dialOf(entriesOf(remotes));
  let dialled = "";
  return {
    dialled: () => dialled,
    attempt: () => {
      const { named, decisions } = chain(cursor, dial, it.group, it.clock);
      dialled = cursor.dialled?.host ?? "";
      cursor.failed();
      dial.restarted("server_poll");
      it.group.ended(DAEMON);
      it.group.failed(DAEMON, placeOf(named ?? ""), "timeout", "server_poll", decisions.at(-1)?.again);
      return named ?? "";
    },
  };
}

test("all addresses of a name are tried before another candidate is, and that is one failure", () => {
  const it = bench(groupSpec("from-daemon"));
  const openvpn = failing(it, ["a", "b"]);
  expect([1, 2, 3, 4].map(() => openvpn.attempt())).toEqual([
    "a:1194/udp",
    "a:1194/udp",
    "a:1194/udp",
    "b:1194/udp",
  ]);
  expect(it.events.map(({ type, candidate }) => `${type} ${candidate?.host}`)).toEqual([
    "remote.penalized a",
    "remote.penalized b",
    "remote.exhausted b",
  ]);
  expect(it.events[0]?.until).toBe(it.clock.now() + MINUTE);
});

test("the further addresses of a candidate that MOD named are its own", () => {
  const it = bench(groupSpec(["z", "y"]));
  const openvpn = failing(it, ["a", "b"]);
  const attempts = [1, 2, 3].map(() => [openvpn.attempt(), openvpn.dialled()]);
  expect(attempts).toEqual([
    ["z:1194/udp", "z"],
    ["z:1194/udp", "z"],
    ["y:1194/udp", "y"],
  ]);
});

test("a candidate that a rule left out is left, whatever addresses it has", () => {
  const it = bench(groupSpec("from-daemon"));
  const openvpn = failing(it, ["a", "b"]);
  expect(openvpn.attempt()).toBe("a:1194/udp");
  it.group.penalize("a");
  expect(openvpn.attempt()).toBe("b:1194/udp");
});

test("of OpenVPN's own remotes the one that the group names is dialled, however many addresses they have", () => {
  const several = stories({ manyAddresses: true, distinct: true }).map((story) => ({
    ...story,
    spec: { ...story.spec, candidates: "from-daemon" as const },
  }));
  fc.assert(
    fc.property(several, (story) => {
      play(story, ({ dialled, named }) => {
        if (named !== undefined) expect(dialled && keyOf(dialled)).toBe(named);
      });
    }),
    { numRuns: 300 },
  );
});
