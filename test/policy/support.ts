import { type Candidate, listedCandidates } from "../../src/policy/candidate.ts";
import { Dial, type Entry, type Question } from "../../src/policy/dial.ts";
import { type GroupDeps, type GroupEvent, RemoteGroup } from "../../src/policy/group.ts";
import type { Expression } from "../../src/rules/cel/types.ts";
import type { CandidateSpec, GroupSpec } from "../../src/rules/rulebook.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import type { Remote } from "../support/cursor.ts";

export const START = Date.parse("2026-01-05T09:00:00Z");
export const SECOND = 1_000;
export const MINUTE = 60_000;
export const DAEMON = "office";

const POSITION = { file: "rules.yaml", line: 1, column: 1 };

/** `host` or `host:port/proto`, and what else is said of it. */
export function candidateSpec(place: string, more: Partial<CandidateSpec> = {}): CandidateSpec {
  return { ...placeOf(place), tier: 1, weight: 1, labels: {}, position: POSITION, ...more };
}

export function candidate(place: string, more: Partial<CandidateSpec> = {}): Candidate {
  const [found] = listedCandidates([candidateSpec(place, more)]);
  if (!found) throw new Error("no candidate");
  return found;
}

/** The port is behind the last colon, so that IPv6 literals can be named. */
export function placeOf(place: string): { host: string; port: number; proto: "udp" | "tcp" } {
  const match = /^(.*):(\d+)\/(udp|tcp)$/.exec(place);
  if (!match) return { host: place, port: 1194, proto: "udp" };
  return { host: match[1] ?? "", port: Number(match[2]), proto: match[3] as "udp" | "tcp" };
}

export function groupSpec(
  candidates: readonly (string | CandidateSpec)[] | "from-daemon",
  more: Partial<GroupSpec> = {},
): GroupSpec {
  return {
    name: "office",
    candidates:
      candidates === "from-daemon"
        ? candidates
        : candidates.map((spec) => (typeof spec === "string" ? candidateSpec(spec) : spec)),
    entryTiers: false,
    order: "listed",
    stickyScope: "tier",
    failAfter: 1,
    failOn: ["connect", "tls", "timeout", "ping"],
    penalty: { base: MINUTE, factor: 2, max: 60 * MINUTE },
    stableAfter: 10 * MINUTE,
    onExhausted: "least-bad",
    position: POSITION,
    ...more,
  };
}

/** An expression that tests give a meaning to by its source. */
export function expression(source: string): Expression {
  return { source } as Expression;
}

export function question(text: string): Question {
  const [, host = "", port, proto, family] = /^(.*):(\d+)\/(udp|tcp)([46]?)$/.exec(text) ?? [];
  return {
    host,
    port: Number(port),
    proto: proto as "udp" | "tcp",
    family: family === "4" || family === "6" ? family : "any",
  };
}

export function entriesOf(remotes: readonly Remote[]): Entry[] {
  return remotes.map(({ host, port, proto, family = "any", enabled = true }, index) => ({
    index,
    host,
    port,
    proto,
    family,
    enabled,
  }));
}

/** Entries as `host:port/udp4`; a leading `-` disables one. */
export function entries(...texts: string[]): Entry[] {
  return texts.map((text, index) => ({
    ...question(text.replace(/^-/, "")),
    index,
    enabled: !text.startsWith("-"),
  }));
}

export function dialOf(list: readonly Entry[] | undefined): Dial {
  const dial = new Dial();
  dial.skipCount = list !== undefined;
  dial.setEntries(list);
  return dial;
}

export interface Bench {
  readonly group: RemoteGroup;
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly events: GroupEvent[];
}

export function bench(spec: GroupSpec, more: Partial<GroupDeps> & { clock?: VirtualClock } = {}): Bench {
  const events: GroupEvent[] = [];
  const clock = more.clock ?? new VirtualClock(START);
  const store = more.store ?? memoryStore();
  const group = new RemoteGroup(spec, {
    random: () => 0,
    evaluate: () => true,
    emit: (event) => void events.push(event),
    ...more,
    clock,
    store,
  });
  return { group, clock, store, events };
}

/** The keys in the order in which candidates would be tried, by refusing one after the other. */
export function preference(group: RemoteGroup, daemon = DAEMON): string[] {
  const asked = question("elsewhere:1/udp");
  const dial = new Dial();
  dial.asked(asked);
  const keys = Array.from(
    { length: group.all().length },
    (_, refused) => group.decide(daemon, dial, asked, refused).why,
  );
  group.ended(daemon);
  const known = keys.filter((why) => why !== "no candidate can be reached from here");
  return [...new Set(known.map((why) => why.replace(", the least bad", "")))];
}
