import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Command, Outcome } from "../../src/protocol/command.ts";
import { Decoder } from "../../src/protocol/decoder.ts";
import { LineSplitter, PASSWORD_PROMPT, whole } from "../../src/protocol/lines.ts";
import type { Notification } from "../../src/protocol/notification.ts";
import { ReplyQueue } from "../../src/protocol/replies.ts";
import { NOTIFICATIONS } from "../../src/rules/vocabulary/notifications.ts";
import { type Session, sessionsOf, TRANSCRIPTS } from "../support/transcripts.ts";

interface Told {
  readonly notifications: Notification[];
  readonly replies: { readonly command: Command; readonly outcome: Outcome }[];
  readonly prompts: string[];
  readonly oddities: string[];
}

/** Feeds a session through splitter, decoder and queue; `cut` makes the pieces of what comes between two commands. */
function replay(session: Session, cut?: (bytes: Buffer) => Buffer[]): Told {
  const told: Told = { notifications: [], replies: [], prompts: [], oddities: [] };
  const oddity = (text: string): void => void told.oddities.push(text);
  const queue = new ReplyQueue(oddity);
  const decoder = new Decoder({
    notification: (notification) => told.notifications.push(notification),
    reply: (line) => queue.take(line),
    oddity,
  });
  const splitter = new LineSplitter(
    whole((line) => {
      if (line === PASSWORD_PROMPT || line === "SUCCESS: password is correct") told.prompts.push(line);
      else decoder.line(line);
    }),
    oddity,
  );
  const utf8 = new TextDecoder();
  let stretch: Buffer[] = [];
  const flush = (): void => {
    const pieces = cut ? cut(Buffer.concat(stretch)) : stretch;
    for (const piece of pieces) splitter.push(utf8.decode(piece, { stream: true }));
    stretch = [];
  };
  for (const step of session.steps) {
    if ("bytes" in step) {
      stretch.push(step.bytes);
      continue;
    }
    flush();
    queue.expect(step.command, (outcome) => told.replies.push({ command: step.command, outcome }));
  }
  flush();
  splitter.end();
  decoder.end();
  queue.fail("the recording ends");
  return told;
}

/** Pieces of these sizes, over and over again. */
function pieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const all: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    all.push(bytes.subarray(at, at + size));
    at += size;
  }
  return all;
}

/** The lines a notification was made of. */
function linesOf(notification: Notification): number {
  return "env" in notification ? notification.env.size + 2 : 1;
}

const ALL = TRANSCRIPTS.map((file) => ({ file, sessions: sessionsOf(file) }));
const RECORDED = ALL.filter(({ sessions }) => sessions.length > 0);

test.each(RECORDED)(
  "$file: recorded sessions are told without an oddity, and no line is lost",
  ({ sessions }) => {
    for (const session of sessions) {
      const told = replay(session);
      expect(told.oddities, session.name).toEqual([]);
      const received = Buffer.concat(session.steps.flatMap((step) => ("bytes" in step ? [step.bytes] : [])));
      const lines = received.toString("utf8").replaceAll(PASSWORD_PROMPT, "").split("\r\n");
      const heads = lines.filter((line) => line.startsWith(">")).length;
      const pkcs11 = told.replies.filter(
        ({ outcome }) => outcome.ok && outcome.text.startsWith(">PKCS11ID"),
      ).length;
      const accounted = told.notifications.reduce((sum, notification) => sum + linesOf(notification), 0);
      expect(accounted + pkcs11, session.name).toBe(heads);
    }
  },
);

test.each(RECORDED)("$file: byte by byte gives the same as recorded", ({ sessions }) => {
  for (const session of sessions)
    expect(replay(session, (bytes) => pieces(bytes, [1]))).toEqual(replay(session));
});

test.each(RECORDED)("$file: random cuts give the same as recorded", ({ sessions }) => {
  const expected = sessions.map((session) => replay(session));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      const told = sessions.map((session) => replay(session, (bytes) => pieces(bytes, sizes)));
      expect(told).toEqual(expected);
    }),
    { seed: 7, numRuns: 10 },
  );
});

/** Why a command of a recording has no reply. */
const UNANSWERED: Readonly<Record<string, string[]>> = {
  // Both abort the daemon in its first hold.
  "02-pkcs11-id-count-in-hold-crash.jsonl": ["pkcs11-id-count", "pkcs11-id-get"],
  // All but the `quit` in front of these is dropped.
  "07-pipelining-and-log-interleave.jsonl": ["pid", "pid", "state"],
};

test.each(RECORDED)("$file: every command has its reply", ({ file, sessions }) => {
  const replies = sessions.flatMap((session) => replay(session).replies);
  const lost = replies.filter(({ outcome }) => !outcome.ok && outcome.error !== "refused");
  expect(lost.map(({ command }) => command.name)).toEqual(UNANSWERED[file] ?? []);
});

/** What a successful reply looks like: text and lines, one a line. */
const SUCCESS: Readonly<Record<string, RegExp>> = {
  pid: /^pid=\d+$/,
  hold: /^hold(=[01]| flag set to O(N|FF)| release succeeded)$/,
  state: /^(real-time state notification set to O(N|FF))?(\n?\d+,[A-Z_]+,[^\n]*)*$/,
  log: /^(real-time log notification set to O(N|FF))?(\n?\d+,[A-Z]*,[^\n]*)*$/,
  echo: /^(real-time echo notification set to O(N|FF))?(\n?\d+,[^\n]*)*$/,
  bytecount: /^bytecount interval changed$/,
  "env-filter": /^env_filter_level=\d+$/,
  status: /^\n(TITLE|OpenVPN STATISTICS|OpenVPN CLIENT LIST)/,
  version: /^$|^\nOpenVPN Version: [^\n]*\nManagement Version: \d$/,
  help: /^\nManagement Interface for OpenVPN/,
  signal: /^signal SIG\w+ thrown$/,
  remote: /^remote command succeeded$/,
  proxy: /^proxy command succeeded$/,
  kill: /^common name '.*' found, \d+ client\(s\) killed$|^\d+ client\(s\) at address \S+ killed$/,
  certificate: /^certificate command succeeded$/,
  "pk-sig": /^pk-sign command succeeded$/,
  "client-auth": /^client-auth command succeeded$/,
  "client-auth-nt": /^client-auth command succeeded$/,
  "client-deny": /^client-deny command succeeded$/,
  "client-kill": /^client-kill command succeeded$/,
  "client-pending-auth": /^client-pending-auth command succeeded$/,
  username: /^'.*' username entered, but not yet verified$/,
  password: /^'.*' password entered, but not yet verified$/,
  "remote-entry-count": /^\n\d+$/,
  "remote-entry-get": /^(\n\d+,[^,]+,\d+,\w+(-client)?,(en|dis)abled)*$/,
  "load-stats": /^nclients=\d+,bytesin=\d+,bytesout=\d+$/,
  nclients: /^nclients=\d+$/,
  test: /^(\n\[\d+\] The purpose of this command[^\n]*)*$/,
};

test.each(RECORDED)("$file: every successful reply is one of its command", ({ sessions }) => {
  for (const session of sessions)
    for (const { command, outcome } of replay(session).replies) {
      if (!outcome.ok || SUCCESS[command.name] === undefined) continue;
      const whole = [outcome.text, ...outcome.lines].join("\n");
      expect(whole, `${session.name}: ${command.name}`).toMatch(SUCCESS[command.name] ?? /$./);
    }
});

test("the model of the lexer reads what real OpenVPN read: its errors repeat the parameter", () => {
  const replies = sessionsOf("06-line-parsing-limits.jsonl").flatMap((session) => replay(session).replies);
  const signals = replies.filter(({ command }) => command.name === "signal");
  expect(signals.length).toBeGreaterThan(10);
  for (const { command, outcome } of signals)
    expect(outcome).toMatchObject({ text: `signal '${String(command.args[0])}' is not a known signal type` });
  const unreadable = replies.filter(({ command }) => command.name === "(unreadable)");
  expect(unreadable.length).toBeGreaterThan(5);
  for (const { outcome } of unreadable) expect(outcome.text).toMatch(/^Options (error|warning): /);
});

test("the recordings show every kind of notification that has a form of its own", () => {
  const types = ALL.flatMap(({ sessions }) => sessions.flatMap((session) => replay(session).notifications));
  const unseen = Object.keys(NOTIFICATIONS).filter((type) => !types.some((each) => each.type === type));
  // A recording of this one could not be had; the decoder's own tests have its lines.
  expect(unseen).toEqual(["INFOMSG"]);
  const others = types.flatMap((each) => (each.type === "OTHER" ? [each.name] : []));
  expect([...new Set(others)].toSorted()).toEqual(
    // A common name in `status 1` forged the first one.
    ["BYTECOUNT_CLI"],
  );
});

test("SOURCES.md has a row for every recording, and no other", () => {
  const sources = readFileSync(new URL("../transcripts/SOURCES.md", import.meta.url), "utf8");
  const rows = [...sources.matchAll(/^\| `([^`]+\.jsonl)` *\| *[^ |][^|]*\|/gm)].map((row) => row[1]);
  expect(rows).toEqual(TRANSCRIPTS.toSorted());
});
