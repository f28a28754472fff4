import fc from "fast-check";
import { expect, test } from "vitest";
import type { Outcome } from "../../src/protocol/command.ts";
import { attached, Bench, settle } from "./support.ts";

interface Exchange {
  readonly command: readonly [name: string, ...args: string[]];
  readonly reply: string;
  readonly outcome: Outcome;
}

/** Commands whose replies tell which one they belong to. */
const exchange = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.nat(9999)).map(([kind, n]): Exchange => {
  const ok = (text: string, lines: string[] = []): Outcome => ({ ok: true, text, lines });
  switch (kind) {
    case 0:
      return { command: ["pid"], reply: `SUCCESS: pid=${n}\r\n`, outcome: ok(`pid=${n}`) };
    case 1:
      return {
        command: ["remote", "MOD", "vpn2", "1194"],
        reply: `ERROR: remote ${n}\r\n`,
        outcome: { ok: false, error: "refused", text: `remote ${n}` },
      };
    case 2:
      return { command: ["status", "3"], reply: `TIME\t${n}\r\nEND\r\n`, outcome: ok("", [`TIME\t${n}`]) };
    case 3:
      return { command: ["version", "3"], reply: "", outcome: ok("") };
    case 4:
      return {
        command: ["log", "on", "all"],
        reply: `SUCCESS: log ${n}\r\n${n},I,SUCCESS: old\r\nEND\r\n`,
        outcome: ok(`log ${n}`, [`${n},I,SUCCESS: old`]),
      };
    case 5:
      return { command: ["state", "all"], reply: "END\r\n", outcome: ok("") };
    default:
      return {
        command: ["auth-retry", "none"],
        reply: `must be ${n}\r\nERROR: bad ${n}\r\n`,
        outcome: { ok: false, error: "refused", text: `bad ${n}` },
      };
  }
});

const notification = fc.constantFrom(
  "",
  ">BYTECOUNT:1,2\r\n",
  ">LOG:1,I,SUCCESS: not a reply\r\n",
  ">CLIENT:CONNECT,1,2\r\n>CLIENT:ENV,a=END\r\n>CLIENT:ENV,END\r\n",
  ">ECHO:1,END\n",
);

/** Cuts a text in pieces whose lengths come from the list, over and over. */
function cut(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, i = 0; at < text.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

test("however the stream is cut, each command gets its own reply and each notification is told", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(exchange, notification), { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
      async (session, lengths) => {
        const bench = attached();
        const outcomes = session.map(([{ command }]) => bench.send(...command));
        const stream = session.map(([{ reply }, between]) => between + reply).join("");
        for (const piece of cut(stream, lengths)) bench.peer.say(piece);
        await settle();
        expect(outcomes).toEqual(session.map(([{ outcome }]) => [outcome]));
        expect(bench.notifications).toHaveLength(session.filter(([, between]) => between !== "").length);
        expect(bench.events.filter((event) => event.startsWith("oddity"))).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});

test("a command sent in the midst of another one's reply gets its own", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(exchange, { minLength: 2, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
      async (session, lengths) => {
        const bench = attached();
        const [first, ...others] = session;
        const outcomes = first ? [bench.send(...first.command)] : [];
        for (const { reply } of session) {
          const [head = "", ...rest] = cut(reply, lengths);
          bench.peer.say(head);
          const next = others.shift();
          if (next) outcomes.push(bench.send(...next.command));
          for (const piece of rest) bench.peer.say(piece);
        }
        await settle();
        expect(outcomes).toEqual(session.map(({ outcome }) => [outcome]));
      },
    ),
    { numRuns: 100 },
  );
});

test("a line of a megabyte is dropped, what waits and what follows is not", async () => {
  const bench = attached();
  const pid = bench.send("pid");
  const piece = "x".repeat(64 * 1024);
  bench.peer.say(">LOG:1,I,");
  for (let i = 0; i < 16; i++) bench.peer.say(piece);
  bench.peer.say("\r\n>BYTECOUNT:1,2\r\nSUCCESS: pid=7\r\n");
  await settle();
  expect(bench.events).toEqual([
    expect.stringMatching(/^oddity: A line of 10485\d\d characters was dropped$/),
    "BYTECOUNT",
  ]);
  expect(pid).toEqual([{ ok: true, text: "pid=7", lines: [] }]);
});

test("a line of a megabyte in one piece is dropped too", () => {
  const bench = attached();
  bench.peer.say(`>LOG:1,I,${"x".repeat(1024 * 1024)}\r\n>BYTECOUNT:1,2\r\n`);
  expect(bench.events).toEqual([
    expect.stringMatching(/^oddity: A line of \d+ characters was dropped$/),
    "BYTECOUNT",
  ]);
});

const noise = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => new TextDecoder().decode(bytes)),
    fc.constantFrom(
      ">CLIENT:",
      ">CLIENT:ENV,",
      "END",
      "ENTER PASSWORD:",
      ">",
      ":",
      ",",
      "\r\n",
      "\n",
      ">STATE:,,",
      "SUCCESS: ",
    ),
  ),
  { maxLength: 30 },
);

test("whatever bytes come, the session goes on and the next command gets its reply", async () => {
  await fc.assert(
    fc.asyncProperty(noise, async (pieces) => {
      const bench = attached();
      for (const piece of pieces) bench.peer.say(piece);
      bench.peer.say("\r\n");
      const pid = bench.send("pid");
      bench.peer.say("SUCCESS: pid=7\r\n");
      await settle();
      expect(pid).toEqual([{ ok: true, text: "pid=7", lines: [] }]);
      expect(bench.peer.destroyed).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test("whatever bytes come instead of a greeting, nothing is written and nothing attaches", () => {
  fc.assert(
    fc.property(noise, (pieces) => {
      const bench = new Bench();
      bench.peer.connect();
      for (const piece of pieces) bench.peer.say(piece);
      bench.peer.close();
      expect(bench.peer.written).toEqual([]);
      expect(bench.events.at(-1)).toMatch(/^failed: Cannot use unix:\/run\/ovpn.sock: /);
    }),
    { numRuns: 200 },
  );
});
