import { expect, test } from "vitest";
import { dialogue, type Line, recorded } from "../replay.ts";
import { byteLine, logLine, normalised, settled } from "./normalised.ts";
import { replayedServer, type Setup } from "./replay.ts";

type Moment = ReturnType<typeof recorded>[number];

/** A line may be this much off the recorded moment, ms. */
const TOLERANCE = 250;

interface Case {
  readonly name: string;
  readonly file: string;
  /** The fraction of a second at which the recording begins: OpenVPN counts in whole ones. */
  readonly fraction?: number;
  /** Only this time of the recording, s. */
  readonly from?: number;
  readonly to?: number;
  readonly setup: Setup;
}

/** At so many seconds of a recording. */
const at = (seconds: number): number =>
  (recorded("20-server-client-auth-kill-status.jsonl")[0]?.at ?? 0) + seconds * 1000 - 52;

const dual: Setup = {
  ipv6: true,
  local: "::",
  address: "10.98.0.1",
  pool: "10.98.0.2",
  address6: "fd98::1",
  pool6: "fd98::1000",
};

const CASES: readonly Case[] = [
  {
    name: "a client is denied, challenged, let in",
    file: "17-server-client-auth-side.jsonl",
    setup: { port: 21950, local: "0.0.0.0" },
  },
  {
    name: "commands without clients, hostile common names, status, kill",
    file: "20-server-client-auth-kill-status.jsonl",
    setup: { authUserPassOptional: true, duplicateCn: true, statusVersion: 2 },
  },
  { name: "client-kill and its messages", file: "21-server-client-kill.jsonl", fraction: 0.41, setup: {} },
  {
    name: "a pending login, answers to challenges, questions that nobody answers",
    file: "25-server-pending-auth-unanswered.jsonl",
    setup: {
      handWindow: 20,
      unseen: [
        {
          at: at(62.3),
          cid: 4,
          commonName: "alice",
          endpoint: { ip: "10.77.1.2", port: 41065 },
          login: { username: "bob", password: "pw" },
          peerInfo: [],
        },
      ],
    },
  },
  { name: "when bytes are told", file: "27-bytecount-cli-cadence.jsonl", fraction: 0.8, setup: {} },
  { name: "a quota is enforced", file: "35-quota-enforcement.jsonl", fraction: 0.46, setup: {} },
  {
    name: "TCP on a dual-stack socket",
    file: "37-server-ipv6-addresses-tcp.jsonl",
    to: 2.02,
    setup: { ...dual, protocol: "tcp6-server", port: 21964 },
  },
  {
    name: "UDP on a dual-stack socket",
    file: "37-server-ipv6-addresses-tcp.jsonl",
    from: 2.02,
    setup: { ...dual, protocol: "udp6", port: 21965 },
  },
  {
    name: "a line of the log inside a block",
    file: "38-log-inside-env-block.jsonl",
    setup: {
      port: 21966,
      local: "0.0.0.0",
      authUserPassOptional: true,
      push: ["topology subnet", "route-gateway 10.99.0.1"],
      info: (line) => (line.startsWith("UV_LONG=") ? `UV_LONG=${"x".repeat(300)}` : line),
    },
  },
  {
    name: "no --management-client-auth",
    file: "46-server-without-client-auth.jsonl",
    setup: { clientAuth: false },
  },
  {
    name: "REAUTH, restarts, a client that is disabled",
    file: "50-server-reauth-restart.jsonl",
    setup: { hold: true, handWindow: 10, renegSec: 8 },
  },
];

function momentsOf({ file, fraction = 0, from = 0, to = Number.POSITIVE_INFINITY }: Case): Moment[] {
  const all = recorded(file);
  const start = at(0);
  const inside = all.filter((moment) => moment.at >= start + from * 1000 && moment.at < start + to * 1000);
  const first = inside[0];
  const connected =
    first && first.kind !== "connects" ? [{ ...first, kind: "connects" as const, bytes: "" }] : [];
  return [...connected, ...inside].map((moment) => ({ ...moment, at: moment.at + fraction * 1000 }));
}

const lines = (heard: readonly Line[]): string[] => settled(heard.map(({ text }) => text));

/** All lines of a kind, of the recording and of the simulator. */
function both(one: Case, kind: (line: string) => string | undefined): { real: Line[]; simulated: Line[] } {
  const moments = momentsOf(one);
  const of = (some: readonly Moment[]): Line[] =>
    dialogue(some, kind).exchanges.flatMap(({ heard }) => heard);
  return { real: of(moments), simulated: of(replayedServer(moments, one.setup)) };
}

const late = (real: readonly Line[], simulated: readonly Line[]): object[] =>
  real.flatMap(({ at: moment, text }, i) => {
    const off = (simulated[i]?.at ?? Number.NaN) - moment;
    return Math.abs(off) <= TOLERANCE ? [] : [{ text, moment, off }];
  });

test.each(CASES)("The simulated server says what OpenVPN said: $name", (one) => {
  const moments = momentsOf(one);
  const real = dialogue(moments, normalised);
  const simulated = dialogue(replayedServer(moments, one.setup), normalised);
  expect(real.exchanges.flatMap(({ heard }) => heard).length).toBeGreaterThan(20);
  const told = ({ exchanges }: typeof real): object[] =>
    exchanges.map(({ who, sent, heard }) => ({ who, sent, heard: lines(heard) }));
  expect(told(simulated)).toEqual(told(real));
  expect(simulated.ended).toEqual(real.ended);
});

test.each(CASES)("The simulated server speaks when OpenVPN spoke: $name", (one) => {
  const { real, simulated } = both(one, normalised);
  expect(late(real, simulated)).toEqual([]);
});

test.each(CASES)("Bytes are told of the same clients at the same moments: $name", (one) => {
  const { real, simulated } = both(one, byteLine);
  const byClient = (some: readonly Line[]): Line[] =>
    some.toSorted((a, b) => (a.text < b.text ? -1 : 1) * Number(a.text !== b.text));
  expect(byClient(simulated).map(({ text }) => text)).toEqual(byClient(real).map(({ text }) => text));
  expect(late(byClient(real), byClient(simulated))).toEqual([]);
});

test.each(CASES.filter(({ file }) => /^3[78]/.test(file)))("The log holds the same lines: $name", (one) => {
  const { real, simulated } = both(one, logLine);
  const texts = (some: readonly Line[]): string[] => some.map(({ text }) => text).toSorted();
  expect(texts(simulated)).toEqual(texts(real));
});
