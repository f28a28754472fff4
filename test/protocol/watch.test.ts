import { expect, test } from "vitest";
import type { Command, Outcome } from "../../src/protocol/command.ts";
import { command } from "../../src/protocol/constructors.ts";
import { confidential } from "../../src/protocol/confidential.ts";
import { refusal } from "../../src/protocol/danger.ts";
import { display } from "../../src/protocol/encoder.ts";
import { parseNotification } from "../../src/protocol/notifications.ts";
import { Watch } from "../../src/protocol/watch.ts";

const ok = (text = "", lines: string[] = []): Outcome => ({ ok: true, text, lines });

function watched(...steps: (string | readonly [Command, Outcome])[]): Watch {
  const watch = new Watch({ managementVersion: 5 }, false);
  for (const step of steps)
    if (typeof step === "string") watch.heard(parseNotification(step));
    else watch.replied(...step);
  return watch;
}

const USR2 = command.signal("SIGUSR2");
const USR1 = command.signal("SIGUSR1");
const HOLD = ">HOLD:Waiting for hold release:0";

test("A hold is the first one until OpenVPN has run, and over with its release", () => {
  const state = (line: string): readonly [Command, Outcome] => [command.state.current(), ok("", [line])];
  const count = command.pkcs11.count();
  const refused = (...steps: Parameters<typeof watched>): boolean =>
    refusal(count, watched(...steps).situation) !== undefined;
  expect(refused()).toBe(false);
  expect(refused(HOLD)).toBe(true);
  expect(refused(HOLD, state("1,CONNECTING,,,,,,"))).toBe(true);
  expect(refused(HOLD, state("1,RECONNECTING,SIGUSR1,,,,,"))).toBe(false);
  expect(refused(HOLD, [command.hold.release(), ok()])).toBe(false);
  expect(refused(HOLD, ">STATE:1,WAIT,,,,,,")).toBe(false);
});

test("A question is open until all of its answer is given", () => {
  const both = ">PASSWORD:Need 'Auth' username/password";
  const name = [command.username("Auth", "a"), ok()] as const;
  const word = [command.password("Auth", "b"), ok()] as const;
  const deadly = (...steps: Parameters<typeof watched>): boolean =>
    refusal(USR1, watched(...steps).situation) !== undefined;
  expect(deadly(both)).toBe(true);
  expect(deadly(both, word)).toBe(true);
  expect(deadly(both, word, name)).toBe(false);
  // OpenVPN says SUCCESS to an empty one, and goes on waiting.
  const nobody = [command.username("Auth", ""), ok()] as const;
  expect(deadly(both, nobody, word)).toBe(true);
  expect(deadly(both, name, nobody, word)).toBe(true);
  expect(deadly(both, nobody, word, name)).toBe(false);
  expect(deadly(both, name, [command.password("Auth", ""), ok()])).toBe(false);
  const need = ">NEED-STR:Need 'pkcs11-id-request' string MSG:which";
  expect(deadly(need, [command.needstr("pkcs11-id-request", ""), ok()])).toBe(true);
  expect(deadly(need, [command.needstr("pkcs11-id-request", "a"), ok()])).toBe(false);
  expect(deadly(both, ">STATE:1,AUTH,,,,,,")).toBe(true);
  expect(deadly(">PASSWORD:Need 'Private Key' password", word)).toBe(false);
  expect(deadly(">NEED-OK:Need 'token' confirmation MSG:insert", [command.needok("token", "ok"), ok()])).toBe(
    false,
  );
  expect(
    deadly(">NEED-OK:Need 'token' confirmation MSG:insert", [
      command.needok("token", "ok"),
      { ok: false, error: "refused", text: "" },
    ]),
  ).toBe(true);
  expect(refusal(USR2, watched(">REMOTE:a,1,udp").situation)).toBeDefined();
  expect(
    refusal(USR2, watched(">REMOTE:a,1,udp", [command.remote.accept(), ok()]).situation),
  ).toBeUndefined();
});

test("Log, verbosity and versions are those that were set or told", () => {
  const flood = watched([command.log.on(), ok()], [command.verb(), ok("verb=3")]);
  expect(refusal(command.verb(8), flood.situation)).toBeDefined();
  expect(refusal(command.log.on(), watched([command.verb(9), ok()]).situation)).toBeDefined();
  const off = watched([command.log.last(5, "off"), ok()]);
  expect(refusal(command.verb(8), off.situation)).toBeUndefined();
  const old = watched([
    command.version(),
    ok("", ["OpenVPN Version: OpenVPN 2.5.9 x", "Management Version: 3"]),
  ]);
  expect(refusal(command.remoteEntry.all(), old.situation)).toContain("OpenVPN 2.5.9 has no such form");
  // Nothing was said of us: its lines would run as commands, and show the password in OpenVPN's log.
  const silent = watched(">PASSWORD:Need 'Auth' password");
  expect(refusal(command.passwordMultiline("Auth", "x"), silent.situation)).toContain(
    "only behind version 5",
  );
  const five = watched(">PASSWORD:Need 'Auth' password", [command.clientVersion(5), ok()]);
  expect(refusal(command.passwordMultiline("Auth", "x"), five.situation)).toBeUndefined();
  const lines = watched(">PASSWORD:Need 'Auth' password", [command.clientVersion(4), ok()]);
  expect(refusal(command.passwordMultiline("Auth", "x"), lines.situation)).toContain("only behind version 5");
});

test("Passwords and the like are masked, whoever gave them as words", () => {
  const shown = (name: string, args: string[], body?: string[]): string =>
    display(confidential({ name, args, ...(body ? { body } : {}) }));
  expect(shown("password", ["Auth", "x"])).toBe('password Auth "<redacted>"');
  expect(shown("password", ["Auth"], ["eA=="])).toBe("password Auth\n<redacted>\nEND");
  expect(shown("needstr", ["PIN", "x"])).toBe('needstr PIN "<redacted>"');
  expect(shown("cr-response", ["eA=="])).toBe('cr-response "<redacted>"');
  // Also where the type was forgotten, or the words of a password were not kept together.
  expect(shown("password", ["hunter2"])).toBe('password "<redacted>"');
  expect(shown("password", ["Auth", "correct", "horse"])).toBe('password Auth "<redacted>" "<redacted>"');
  expect(shown("cr-response", ["a", "b"])).toBe('cr-response "<redacted>" "<redacted>"');
  expect(shown("username", ["Auth", "ann"])).toBe("username Auth ann");
});
