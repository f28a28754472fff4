import { expect, test } from "vitest";
import { valueOf } from "../../src/protocol/values.ts";
import { repliesOf } from "../support/replies.ts";
import { sessionsOf, TRANSCRIPTS } from "../support/transcripts.ts";

const text = (name: string, said: string, lines: string[] = []): unknown =>
  valueOf({ name, args: [] }, { ok: true, text: said, lines });

test("Each reply says what it says", () => {
  expect(text("auth-retry", "auth-retry=nointeract")).toBe("nointeract");
  expect(text("auth-retry", "auth-retry parameter changed")).toBeUndefined();
  expect(text("hold", "hold=1")).toBe(true);
  expect(text("hold", "hold release succeeded")).toBeUndefined();
  expect(text("kill", "common name 'a' found, 3 client(s) killed")).toBe(3);
  expect(text("kill", "2 client(s) at address 10.0.0.1:1194 killed")).toBe(2);
  expect(text("load-stats", "nclients=1,bytesin=5000000000,bytesout=2")).toEqual({
    clients: 1,
    bytesIn: 5e9,
    bytesOut: 2,
  });
  expect(text("pkcs11-id-count", ">PKCS11ID-COUNT:2")).toBe(2);
  expect(text("pkcs11-id-get", ">PKCS11ID-ENTRY:'1', ID:'a/b', BLOB:'MII'")).toEqual({
    index: 1,
    id: "a/b",
    blob: "MII",
  });
  expect(text("pkcs11-id-get", ">PKCS11ID-ENTRY:'0'")).toEqual({ index: 0 });
  expect(text("pkcs11-id-get", ">PKCS11ID-ENTRY:'-1'")).toEqual({ index: -1 });
  expect(text("env-filter", "env_filter_level=-1")).toBe(-1);
  expect(text("push-update-cid", "push-update command succeeded", ["SUCCESS: 1 client(s) updated"])).toBe(1);
  expect(text("remote-entry-get", "", ["0,2001:db8::1,1194,udp6,disabled", "x"])).toEqual([
    { index: 0, host: "2001:db8::1", port: 1194, proto: "udp6", enabled: false },
  ]);
  expect(text("signal", "signal SIGTERM thrown")).toBe("SIGTERM");
  expect(text("log", "", ["1,,a,b", "no time"])).toEqual([{ type: "LOG", time: 1, flags: "", text: "a,b" }]);
  expect(text("version", "Management client version set to 5")).toBeUndefined();
  expect(text("forget-passwords", "Passwords were forgotten")).toBeUndefined();
  expect(text("constructor", "")).toBeUndefined();
});

// In 04 lines are taken for passwords.
test("In the recordings nothing is said that is not read", () => {
  const seen = new Map<string, number>();
  for (const session of TRANSCRIPTS.filter((file) => !file.startsWith("04-")).flatMap(sessionsOf))
    for (const { command, outcome } of repliesOf(session)) {
      if (!outcome.ok) continue;
      const value: unknown = valueOf(command, outcome);
      const { name, args } = command;
      if (["pid", "load-stats", "nclients", "remote-entry-count"].includes(name))
        expect(value, name).toBeDefined();
      if (["state", "log", "echo"].includes(name)) expect(value).toHaveLength(outcome.lines.length);
      if (["verb", "mute", "hold", "version", "auth-retry"].includes(name) && args.length === 0)
        expect([name, outcome, value]).toEqual([name, outcome, expect.anything()]);
      if (value !== undefined) seen.set(name, (seen.get(name) ?? 0) + 1);
    }
  expect(seen.size).toBeGreaterThan(12);
});
