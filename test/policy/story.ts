import fc from "fast-check";
import { keyOf } from "../../src/policy/candidate.ts";
import { Dial, type Family } from "../../src/policy/dial.ts";
import type { FailureKind, GroupSpec } from "../../src/rules/rulebook.ts";
import { seededRandom } from "../../src/util/random.ts";
import { Cursor, type Place, type Remote } from "../support/cursor.ts";
import { chain, type Chain } from "./driver.ts";
import { bench, candidateSpec, DAEMON, dialOf, entriesOf, groupSpec, MINUTE, SECOND } from "./support.ts";

/** What becomes of an attempt, and of the time behind it. */
interface Outcome {
  readonly kind: "fails" | "times out" | "drops" | "is moved" | "is reread";
  /** How long it stayed up, or how long OpenVPN paused, ms. */
  readonly time: number;
  /** The engine is started anew from what it stored. */
  readonly restarts: boolean;
}

/** A configuration, a group and what happens to them. */
export interface Story {
  readonly remotes: readonly Remote[];
  readonly spec: GroupSpec;
  readonly skipCount: boolean;
  readonly outcomes: readonly Outcome[];
  readonly seed: number;
  /** How many addresses a host has. */
  readonly addresses: Readonly<Record<string, number>>;
}

const HOSTS = ["a", "b", "c", "10.0.0.1", "2001:db8::1", "x".repeat(79), "y".repeat(80)];

const place = fc.record({
  host: fc.constantFrom(...HOSTS),
  port: fc.constantFrom(443, 1194),
  proto: fc.constantFrom<"udp" | "tcp">("udp", "tcp"),
});

const remote = fc.record({
  host: fc.constantFrom(...HOSTS),
  port: fc.constantFrom(443, 1194),
  proto: fc.constantFrom<"udp" | "tcp">("udp", "udp", "tcp"),
  family: fc.constantFrom<Family>("any", "any", "4", "6"),
  enabled: fc.constantFrom(true, true, true, false),
});

const candidates = fc.uniqueArray(
  fc.record({ place, tier: fc.integer({ min: 1, max: 3 }), weight: fc.integer({ min: 1, max: 5 }) }),
  { selector: (each) => keyOf(each.place), minLength: 1, maxLength: 6 },
);

const outcome = fc.record({
  kind: fc.constantFrom<Outcome["kind"]>(
    "fails",
    "fails",
    "fails",
    "times out",
    "drops",
    "drops",
    "is moved",
    "is reread",
  ),
  time: fc.constantFrom(SECOND, 10 * SECOND, 90 * SECOND, 30 * MINUTE),
  restarts: fc.constantFrom(false, false, false, true),
});

const more = fc.record({
  order: fc.constantFrom<GroupSpec["order"]>(
    "listed",
    "round-robin",
    "weighted",
    "random",
    "fastest",
    "sticky",
  ),
  stickyScope: fc.constantFrom<GroupSpec["stickyScope"]>("tier", "group"),
  failAfter: fc.integer({ min: 1, max: 3 }),
  onExhausted: fc.constantFrom<GroupSpec["onExhausted"]>("least-bad", "wait"),
});

interface Bounds {
  /** Each place stands in the list once. */
  readonly distinct?: boolean;
  /** Names with more than one address. */
  readonly manyAddresses?: boolean;
}

export function stories({ distinct = false, manyAddresses = false }: Bounds = {}): fc.Arbitrary<Story> {
  const remotes = distinct
    ? fc.uniqueArray(remote, { selector: keyOf, minLength: 1, maxLength: 6 })
    : fc.array(remote, { minLength: 1, maxLength: 6 });
  return fc.record({
    // OpenVPN itself refuses a list without any usable entry.
    remotes: remotes.filter((list) => list.some(({ enabled }) => enabled)),
    spec: fc
      .tuple(fc.option(candidates, { nil: "from-daemon" as const }), more)
      .map(([list, rest]) =>
        groupSpec(
          list === "from-daemon"
            ? list
            : list.map(({ place: { host, port, proto }, tier, weight }) =>
                candidateSpec(`${host}:${port}/${proto}`, { tier, weight }),
              ),
          rest,
        ),
      ),
    skipCount: fc.boolean(),
    outcomes: fc.array(outcome, { minLength: 1, maxLength: 15 }),
    seed: fc.integer(),
    addresses: manyAddresses
      ? fc.record({ a: fc.integer({ min: 1, max: 4 }), b: fc.constantFrom(1, 2), c: fc.constantFrom(1, 2) })
      : fc.constant({}),
  });
}

/** Plays a story against the model of OpenVPN and hands each chain to `look`, which throws at what should not be. */
export function play(story: Story, look: (chain: Chain, cursor: Cursor) => void): void {
  const { group, clock } = bench(story.spec, { random: seededRandom(story.seed) });
  let dialled: Place | undefined;
  enact(story, {
    answer: (cursor, dial) => {
      const answered = chain(cursor, dial, group, clock);
      dialled = answered.dialled;
      look(answered, cursor);
    },
    connected: () => {
      const candidate = dialled && group.find(dialled.host, dialled.port, dialled.proto);
      if (candidate) group.connected(DAEMON, candidate);
    },
    ended: ({ kind, time }, detail) => {
      clock.advance(time);
      group.ended(DAEMON);
      const failure = FAILURES[kind];
      if (failure && dialled) group.failed(DAEMON, dialled, failure, detail);
    },
  });
  group.stop();
}

const FAILURES: Partial<Record<Outcome["kind"], FailureKind>> = {
  fails: "tls",
  "times out": "timeout",
  drops: "ping",
};

interface Actors {
  /** Answers the questions of one chain. */
  readonly answer: (cursor: Cursor, dial: Dial) => void;
  readonly connected?: () => void;
  readonly ended?: (outcome: Outcome, detail: string) => void;
}

/** Takes OpenVPN and what is known of its dialling through a story's attempts. */
export function enact(story: Story, { answer, connected, ended }: Actors): void {
  const cursor = new Cursor(story.remotes, {
    skipCount: story.skipCount,
    addresses: (host) => story.addresses[host] ?? 1,
  });
  const list = story.skipCount ? entriesOf(story.remotes) : undefined;
  let dial = dialOf(list);
  for (const outcome of story.outcomes) {
    if (list && !dial.entries) dial.setEntries(list);
    answer(cursor, dial);
    if (outcome.restarts) dial = new Dial(JSON.parse(JSON.stringify(dial)));
    const detail = outcomeOf(outcome.kind, cursor);
    if (detail === "ping-restart" || detail === "SIGUSR1") {
      dial.connected();
      connected?.();
    }
    dial.restarted(detail);
    if (detail === "SIGHUP") dial.setEntries(undefined);
    ended?.(outcome, detail);
  }
}

/** Tells OpenVPN what happens; gives the detail of its RECONNECTING. */
function outcomeOf(kind: Outcome["kind"], cursor: Cursor): string {
  switch (kind) {
    case "drops":
      cursor.connected();
      cursor.lost("ping-restart");
      return "ping-restart";
    case "is moved":
      cursor.connected();
      cursor.lost("SIGUSR1");
      return "SIGUSR1";
    case "is reread":
      cursor.reread();
      return "SIGHUP";
    default:
      cursor.failed();
      return kind === "fails" ? "tls-error" : "server_poll";
  }
}
