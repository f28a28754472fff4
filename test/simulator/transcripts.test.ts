import { expect, test } from "vitest";
import type { RemoteEntry } from "../../src/simulator/cursor.ts";
import { dialogue, type Exchange, recorded, replayed, type Setup } from "./replay.ts";

/** A reply may be this much off the recorded moment, ms. */
const TOLERANCE = 250;

const local: RemoteEntry = { host: "10.77.1.1", port: 21945, proto: "udp" };
const tcp: RemoteEntry = { host: "10.77.1.1", port: 21946, proto: "tcp-client" };

interface Case {
  readonly name: string;
  readonly file: string;
  /** The connections to the daemon in question; all of the recording unless said otherwise. */
  readonly who?: readonly string[];
  readonly setup: Setup;
}

const held: Setup = { remotes: [local], queryRemote: false };

const CASES: readonly Case[] = [
  {
    name: "simple commands in the first hold and when connected",
    file: "01-client-greeting-hold-commands.jsonl",
    setup: { remotes: [{ ...local, port: 21940 }], queryRemote: false },
  },
  ...["SIGUSR1", "SIGHUP", "SIGUSR2", "SIGTERM", "SIGINT", "usr1", "TERM"].map((name) => ({
    name: `signal ${name} in the first hold`,
    file: "03-signals-in-hold.jsonl",
    who: [name],
    setup: held,
  })),
  {
    name: "the password of the interface",
    file: "04-password-prompt.jsonl",
    setup: { ...held, password: "let me in" },
  },
  { name: "a second controller", file: "05-second-controller.jsonl", setup: held },
  { name: "words, lines and their limits", file: "06-line-parsing-limits.jsonl", setup: held },
  {
    name: "holds, restarts and a change of controllers",
    file: "11-restart-persistence-bytecount.jsonl",
    setup: { remotes: [{ ...local, port: 21944 }], queryRemote: false },
  },
  {
    name: "questions for a remote",
    file: "12-query-remote.jsonl",
    setup: {
      remotes: [
        local,
        tcp,
        { host: "fd77:1::1", port: 21945, proto: "udp6" },
        { host: "vpn.example.invalid", port: 1194, proto: "udp", condition: "unknown" },
        { host: "10.77.1.1", port: 21945, proto: "udp4" },
      ],
    },
  },
  {
    name: "two remotes that are skipped for ever",
    file: "13-query-remote-skip-all.jsonl",
    who: [""],
    setup: { remotes: [local, tcp], hold: false },
  },
  {
    name: "one remote that is skipped for ever",
    file: "13-query-remote-skip-all.jsonl",
    who: ["one"],
    setup: { remotes: [local], hold: false },
  },
  {
    name: "more entries skipped than there are",
    file: "13-query-remote-skip-all.jsonl",
    who: ["skip5"],
    setup: { remotes: [local, tcp], hold: false },
  },
  {
    name: "entries that --proto-force disables",
    file: "44-disabled-remotes.jsonl",
    who: ["pf"],
    setup: {
      remotes: [
        { host: "10.77.1.1", port: 1194, proto: "udp", disabled: true },
        { host: "10.77.1.1", port: 443, proto: "tcp-client" },
      ],
      hold: false,
    },
  },
  {
    name: "entries without a protocol",
    file: "44-disabled-remotes.jsonl",
    who: ["noproto"],
    setup: {
      remotes: [
        { host: "10.77.1.1", port: 1194, proto: "udp4" },
        { host: "10.77.1.1", port: 443, proto: "tcp4-client" },
      ],
      hold: false,
    },
  },
];

/** Times, process, addresses of the tunnel and of the local side, and counts differ from run to run. */
function normalised(line: string): string | undefined {
  if (line.startsWith(">BYTECOUNT:")) return undefined;
  return line
    .replace(/^(>[A-Z]+:)?\d{10},/, "$1<time>,")
    .replace(/^SUCCESS: pid=\d+$/, "SUCCESS: pid=<pid>")
    .replace(/,ASSIGN_IP,,[\d.]+,/, ",ASSIGN_IP,,<tunnel>,")
    .replace(/,CONNECTED,SUCCESS,[\d.]+,/, ",CONNECTED,SUCCESS,<tunnel>,")
    .replace(/^(.*,CONNECTED,.*),[\d.]+,\d+$/, "$1,<local>")
    .replace(/^Updated,[\d-]{10} [\d:]{8}$/, "Updated,<date>")
    .replace(/ bytes,\d+$/, " bytes,<n>")
    .replace(/bytesin=\d+,bytesout=\d+$/, "bytesin=<n>,bytesout=<n>");
}

function told({ who, sent, heard }: Exchange): object {
  return { who, sent, heard: heard.map(({ text }) => text) };
}

test.each(CASES)("The simulator says what OpenVPN said: $name", ({ file, who, setup }) => {
  const moments = recorded(file, who);
  const real = dialogue(moments, normalised);
  const simulated = dialogue(replayed(moments, setup), normalised);
  expect(real.exchanges.flatMap(({ heard }) => heard).length).toBeGreaterThan(2);
  expect(simulated.exchanges.map(told)).toEqual(real.exchanges.map(told));
  expect(simulated.ended).toEqual(real.ended);
});

test.each(CASES)("The simulator speaks when OpenVPN spoke: $name", ({ file, who, setup }) => {
  const moments = recorded(file, who);
  const lines = (some: typeof moments): { at: number; text: string }[] =>
    dialogue(some, normalised).exchanges.flatMap(({ heard }) => heard);
  const simulated = lines(replayed(moments, setup));
  const late = lines(moments).flatMap(({ at, text }, i) => {
    const off = (simulated[i]?.at ?? Number.NaN) - at;
    return Math.abs(off) <= TOLERANCE ? [] : [{ text, at, off }];
  });
  expect(late).toEqual([]);
});

test("Bytes that come one at a time make the same words and lines", () => {
  const moments = recorded("06-line-parsing-limits.jsonl");
  const [atOnce, oneByOne] = [false, true].map((each) =>
    dialogue(replayed(moments, held, each), normalised).exchanges.map(told),
  );
  expect(oneByOne).toEqual(atOnce);
});
