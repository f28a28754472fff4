import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Tap } from "../../src/connection/transport.ts";
import { parseEntries, readEndNote } from "../../src/recording/entry.ts";
import { type RecordedConnection, readRecording } from "../../src/recording/read.ts";
import { Recorder } from "../../src/recording/recorder.ts";
import { VirtualClock } from "../../src/util/clock.ts";
import { Folder } from "../cli/support.ts";
import { sessionsOf } from "../support/transcripts.ts";
import { heard } from "./support.ts";

const FOLDER = join(import.meta.dirname, "../transcripts");
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith(".jsonl"));

const textOf = (file: string): string => readFileSync(join(FOLDER, file), "utf8");

test.each(FILES)("%s: commands and bytes are read as its own tests read them", (file) => {
  const expected = sessionsOf(file);
  const { connections } = readRecording(textOf(file), file);
  expect(connections).toHaveLength(expected.length);
  for (const [i, { steps }] of connections.entries())
    expect(
      steps.map((step) => ("bytes" in step ? Buffer.from(step.bytes).toString("latin1") : step.command)),
    ).toEqual(
      expected[i]?.steps.map((step) => ("bytes" in step ? step.bytes.toString("latin1") : step.command)),
    );
});

/** The file as it is written when what stands in it is said once more. */
function recordedAgain(file: string): string {
  using folder = new Folder();
  const clock = new VirtualClock(0);
  const path = join(folder.path, file);
  const recorder = new Recorder(path, { clock, mask: (text) => text, failed: () => undefined });
  const taps = new Map<string, Tap>();
  for (const entry of parseEntries(textOf(file), file)) {
    clock.advance(Math.max(0, entry.t * 1000 - clock.now()));
    const ended = "note" in entry ? readEndNote(entry.note) : undefined;
    if (ended) {
      taps.get(ended.who)?.closed(ended.by);
      taps.delete(ended.who);
    }
    if ("note" in entry) continue;
    const tap = taps.get(entry.who) ?? recorder.tap(entry.who);
    taps.set(entry.who, tap);
    const bytes = Buffer.from(entry.b64, "base64");
    if (entry.dir === "S") tap.received(bytes);
    else tap.sent(bytes.toString("utf8"));
  }
  for (const tap of taps.values()) tap.closed("controller");
  recorder.close();
  return readFileSync(path, "utf8");
}

/** What of a connection must be the same with its secrets and without. */
function gist(connection: RecordedConnection): unknown {
  const { replies, types, oddities } = heard(connection);
  return {
    replies: replies.map(({ outcome }) => (outcome.ok ? outcome.lines.length : outcome.error)),
    types,
    oddities,
  };
}

/** What a controller sends on purpose to be misread is masked: OpenVPN would have answered it otherwise. */
const MISREAD = new Set(["04-password-prompt.jsonl", "06-line-parsing-limits.jsonl"]);

test.each(FILES.filter((file) => !MISREAD.has(file)))(
  "%s: recorded once more without its secrets every reply has its command",
  (file) => {
    const { connections } = readRecording(textOf(file), file);
    const again = readRecording(recordedAgain(file), file).connections;
    expect(again.map(gist)).toEqual(connections.map(gist));
  },
);

test("The secrets that stand in the recordings are in none that is recorded once more", () => {
  const secrets =
    /\b(SESS_ID_AT_[^'",\s]+|CRV1:[^:]*:[^:<]+:)|password=[^\r\n<]|^password (Auth|"[^"]*") "?[^"\n<]/m;
  const seen = new Set<string>();
  for (const file of FILES) {
    for (const line of textOf(file).split("\n")) if (secrets.test(clear(line))) seen.add(file);
    for (const line of recordedAgain(file).split("\n")) expect(clear(line)).not.toMatch(secrets);
  }
  expect(seen.size).toBeGreaterThan(3);
});

function clear(line: string): string {
  return Buffer.from(/"b64": ?"([^"]*)"/.exec(line)?.[1] ?? "", "base64").toString("latin1");
}
