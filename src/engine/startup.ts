import type { Command, Outcome } from "../protocol/command.ts";
import type { StateNotification } from "../protocol/notification.ts";
import { parseState } from "../protocol/notifications.ts";
import type { SessionHost } from "./session-host.ts";
import type { DaemonSession } from "./daemon-session.ts";

/** With `log on` and this level, OpenVPN logs each of its writes to us: it would never read a command again. */
const FLOOD_VERB = 8;

/** What we tell OpenVPN that we understand. */
export const CLIENT_VERSION = 3;

/**
 * The start-up list of section 8.4 of the protocol notes, at each attach: who is there, what state it is in, and which
 * notifications we want. Subscriptions of another manager may have survived, so each is set outright. Once all replies are in
 * `done` gets the states of OpenVPN's history, oldest first, and whether it is another process than before.
 */
export function startUp(
  session: DaemonSession,
  managementVersion: number,
  host: SessionHost,
  done: (states: readonly StateNotification[], another: boolean) => void,
): void {
  let waiting = 1;
  let pid = 0;
  let states: readonly StateNotification[] = [];
  const finished = (): void => {
    if (--waiting === 0) done(states, !session.attempts.attachedTo(pid));
  };
  const send = (command: Command, take?: (outcome: Outcome) => void): void => {
    waiting++;
    const heard = (outcome: Outcome): void => {
      // A daemon that looks up a name answers nothing for long; what it says then is as good. Without the connection it begins anew.
      if (!outcome.ok && (outcome.error === "timeout" || outcome.error === "lost")) return;
      if (outcome.ok) take?.(outcome);
      finished();
    };
    session.command(command, undefined, heard, heard);
  };
  // 2.4 and older take no number here and answer with three lines.
  if (managementVersion >= 3) send({ name: "version", args: [String(CLIENT_VERSION)] });
  send({ name: "version", args: [] }, (outcome) => {
    if (outcome.ok) session.model.version = versionOf(outcome.lines);
  });
  send({ name: "pid", args: [] }, (outcome) => {
    pid = Number(/pid=(\d+)/.exec(outcome.text)?.[1] ?? 0);
    if (pid !== session.model.pid && session.model.pid !== 0) session.model.forget(host.clock.now());
    session.model.pid = pid;
  });
  send({ name: "state", args: ["on", "all"] }, (outcome) => {
    if (outcome.ok) states = outcome.lines.map(parseState).filter((state) => state !== undefined);
  });
  send({ name: "echo", args: ["on"] });
  const bytecount = session.spec.bytecount ?? host.needs.bytecount;
  send({ name: "bytecount", args: [String(Math.ceil(bytecount / 1000))] });
  send({ name: "env-filter", args: ["0"] });
  const authRetry = session.spec.authRetry ?? (host.needs.login ? "interact" : undefined);
  if (authRetry) send({ name: "auth-retry", args: [authRetry] });
  if (host.needs.log) switchLogOn(session, host, send);
  else {
    session.logOn = false;
    send({ name: "log", args: ["off"] });
  }
  finished();
}

function switchLogOn(
  session: DaemonSession,
  host: SessionHost,
  send: (command: Command, take?: (outcome: Outcome) => void) => void,
): void {
  send({ name: "verb", args: [] }, (outcome) => {
    const verb = Number(/verb=(\d+)/.exec(outcome.text)?.[1] ?? 0);
    session.logOn = verb < FLOOD_VERB;
    if (session.logOn) send({ name: "log", args: ["on"] });
    else
      host.journal.write("error", session.spec.name, {
        error: `OpenVPN runs with verb ${verb}: LOG rules see nothing, for with the log on it would answer nothing more; 7 is the most`,
      });
  });
}

/** `OpenVPN Version: OpenVPN 2.6.14 x86_64-pc-linux-gnu …` */
function versionOf(lines: readonly string[]): string {
  for (const line of lines) {
    const match = /OpenVPN (\d+\.\d+(?:[._]\w+)?)/.exec(line);
    if (match?.[1] !== undefined) return match[1];
  }
  return "";
}
