import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { JournalText } from "../../src/cli/journal-text.ts";
import type { JournalKind, JournalRecord } from "../../src/engine/journal.ts";

function line(kind: JournalKind, fields: Record<string, unknown>, colour = false): string | undefined {
  const record = { at: "2026-01-05T09:00:01.250Z", id: "01", daemon: "office", kind, ...fields };
  return new JournalText({ colour }).line(record as JournalRecord);
}

/** What stands behind the time and the daemon. */
const body = (kind: JournalKind, fields: Record<string, unknown>): string | undefined =>
  line(kind, fields)?.replace("09:00:01.250 office   ", "");

test("Each line begins with the time and the daemon; what is nobody's has a dash", () => {
  expect(line("lost", { reason: "closed" })).toBe("09:00:01.250 office   lost: closed");
  const { at, id } = { at: "2026-01-05T09:00:01.250Z", id: "01" };
  expect(
    new JournalText({ colour: false }).line({ at, id, kind: "error", error: "Cannot read banned.txt" }),
  ).toBe("09:00:01.250 -        error: Cannot read banned.txt");
});

test("What happens to the connection is told with its address or reason", () => {
  expect(body("attached", { address: "unix:/run/office.sock", "management-version": 5 })).toBe(
    "attached to unix:/run/office.sock",
  );
  expect(body("lost", { reason: "connection refused" })).toBe("lost: connection refused");
  expect(body("blocked", { reason: "another manager" })).toBe("blocked: another manager");
  expect(body("reload", { result: "ok" })).toBe("reload: ok");
});

test("A decision says what was asked, what is answered, by which rule and why", () => {
  const remote = { type: "REMOTE", host: "vpn1.example.net", port: 1194, proto: "udp", attempt: 1 };
  expect(
    body("decision", {
      event: remote,
      rule: "failover",
      by: "rule",
      answer: "remote SKIP",
      why: "toward vpn2",
    }),
  ).toBe("REMOTE vpn1.example.net:1194/udp → remote SKIP (rule failover; toward vpn2)");
  expect(
    body("decision", {
      event: { type: "HOLD", wait: 5 },
      by: "default",
      answer: "hold release",
      "wait-ms": 5_000,
    }),
  ).toBe("HOLD 5 s → hold release in 5 s (default)");
  expect(
    body("decision", {
      event: { type: "HOLD", wait: 0 },
      by: "default",
      answer: "hold release",
      "wait-ms": 250,
    }),
  ).toBe("HOLD 0 s → hold release in 250 ms (default)");
  expect(
    body("decision", {
      event: { type: "HOLD", wait: 0 },
      rule: "stay",
      by: "rule",
      answer: "keep",
      parked: "kept by a rule",
    }),
  ).toBe("HOLD 0 s → left open (rule stay; kept by a rule)");
});

test("An event says what it is about, and which rules it makes fire", () => {
  const state = {
    type: "STATE",
    name: "CONNECTED",
    detail: "SUCCESS",
    remote_address: "192.0.2.1",
    remote_port: 1194,
  };
  expect(body("event", { event: state, fired: ["greet", "count"] })).toBe(
    "STATE CONNECTED (SUCCESS) 192.0.2.1:1194 (fires greet, fires count)",
  );
  expect(
    body("event", {
      event: { type: "STATE", name: "WAIT", detail: "", remote_address: "" },
      shadow: [{ rule: "new", would: "fire" }],
    }),
  ).toBe("STATE WAIT (would fire new (shadow))");
  const until = Date.UTC(2026, 0, 5, 10, 30);
  const penalized = {
    type: "remote.penalized",
    group: "office",
    host: "vpn1",
    port: 1194,
    proto: "udp",
    reason: "tls-error",
    until,
  };
  expect(body("event", { event: penalized })).toBe(
    "remote.penalized [office] vpn1:1194/udp (tls-error) until 10:30:00",
  );
  expect(body("event", { event: { type: "LOG", level: "warn", text: "TLS Error" } })).toBe("LOG TLS Error");
  expect(body("event", { event: { type: "my.event", level: 3, text: "hi" } })).toBe(
    "my.event level=3 text=hi",
  );
  expect(body("event", { event: { type: "daemon.attached", reason: "greeting" } })).toBe(
    "daemon.attached reason=greeting",
  );
});

test("A command is told only when it was refused, and not when the engine asked for itself", () => {
  expect(
    body("command", { command: "remote ACCEPT", reply: "SUCCESS: remote command succeeded" }),
  ).toBeUndefined();
  expect(
    body("command", { command: "signal SIGUSR1", error: "refused", reply: "signal is currently ignored" }),
  ).toBe("signal SIGUSR1: refused: signal is currently ignored");
  expect(
    body("command", { command: "remote-entry-get all", error: "refused", reply: "not supported" }),
  ).toBeUndefined();
});

test("An action says its parameters and its rule, and why it failed", () => {
  expect(body("action", { rule: "tell", action: "notify", params: "all is well" })).toBe(
    "  notify: all is well (rule tell)",
  );
  expect(body("action", { rule: "up", action: "set", params: { level: 2 } })).toBe(
    '  set: {"level":2} (rule up)',
  );
  expect(body("action", { action: "failback", group: "office", text: "back to vpn1" })).toBe(
    "  failback: back to vpn1",
  );
  expect(
    body("action", {
      rule: "up",
      action: "signal",
      params: "SIGUSR1",
      error: "refused",
      reason: "HOLD is open",
    }),
  ).toBe("  signal: SIGUSR1 (rule up) failed: refused: HOLD is open");
});

test("An error says whose it is", () => {
  expect(body("error", { rule: "pick", event: "HOLD", error: "division by zero" })).toBe(
    "error: pick: division by zero",
  );
  expect(body("error", { group: "office", error: "Candidate a cannot be reached" })).toBe(
    "error: office: Candidate a cannot be reached",
  );
});

test("A line is a line, whatever OpenVPN or a rule writes into it", () => {
  for (const text of ["one\ntwo", "bell\u0007", "\u001b[2Jgone", "a\r\nb"]) {
    expect(line("event", { event: { type: "ECHO", text } })).not.toMatch(/\p{Cc}/u);
    expect(line("action", { rule: "r", action: "notify", params: text })).not.toMatch(/\p{Cc}/u);
    expect(line("lost", { reason: text })).not.toMatch(/\p{Cc}/u);
  }
});

test("Colours are there on request only, and change no letter", () => {
  const fields = { rule: "pick", error: "division by zero" };
  const coloured = line("error", fields, true) ?? "";
  expect(coloured).toContain("\u001b[");
  expect(stripVTControlCharacters(coloured)).toBe(line("error", fields));
});
