import { stateFields } from "../model/daemon.ts";
import type { Event } from "../model/event.ts";
import { endReason } from "../model/failure.ts";
import type { StateNotification } from "../protocol/notification.ts";
import type { DaemonSession } from "./daemon-session.ts";
import type { SessionHost } from "./session-host.ts";

/** What happened while nobody listened moves the model, the health and what is waited for; it raises no event. */
export function recall(
  session: DaemonSession,
  host: SessionHost,
  states: readonly StateNotification[],
): void {
  recallWaits(session, host, states);
  const last = states.at(-1);
  if (!last) return;
  session.model.recall(last);
  if (last.name === "CONNECTED") recallTunnel(session, host, last);
  else if (last.name === "RECONNECTING") recallEnd(session, host, last, states.at(-2));
}

/** A `for` of a state goes on when all states since then would have let it. */
function recallWaits({ spec }: DaemonSession, host: SessionHost, states: readonly StateNotification[]): void {
  const events = states.map((state, i): Event => {
    const fields = stateFields(state, states[i - 1]?.name ?? "");
    return { type: "STATE", at: state.time * 1000, daemon: spec.name, fields };
  });
  host.decisions.recalled(
    spec.name,
    events.map((event) => ({ event, env: host.env(event) })),
  );
  if (states.at(-1)?.name !== "CONNECTED") host.decisions.end("remote.connected", spec.name);
}

function recallTunnel(session: DaemonSession, host: SessionHost, state: StateNotification): void {
  const { attempts } = session;
  leave(session, host, state);
  recognize(session, host, state);
  const connected = attempts.connected(state.time * 1000, state) ?? attempts.current;
  if (connected) host.remotes.connected(session, connected);
}

/** CONNECTED by an answer that we know nothing of, another manager's or that of an engine which was killed: whose is the tunnel? */
export function recognize(
  { attempts, spec }: DaemonSession,
  host: SessionHost,
  state: StateNotification,
): void {
  if (attempts.current) return;
  const candidate = host.remotes.recognize(spec.name, state);
  if (candidate) attempts.start({ ...candidate, since: state.time * 1000 });
}

/** Another manager has let OpenVPN connect again: the tunnel that we know is over, for a reason that we do not know. */
function leave(session: DaemonSession, host: SessionHost, state: StateNotification): void {
  const attempt = session.attempts.current;
  if (attempt?.connectedAt === undefined || attempt.connectedAt === state.time) return;
  host.decisions.end("remote.connected", session.spec.name);
  host.remotes.ended(session, attempt, "other", "");
  session.attempts.end("");
}

/** An attempt ended, or a tunnel, of which we may have seen nothing: right after one OpenVPN dials the same server again. */
function recallEnd(
  session: DaemonSession,
  host: SessionHost,
  state: StateNotification,
  before: StateNotification | undefined,
): void {
  const { attempts } = session;
  const since = attempts.current?.since;
  if (since !== undefined && state.time * 1000 <= since) return;
  if (before?.name === "CONNECTED") attempts.connected(before.time * 1000, before);
  const attempt = attempts.current;
  if (!attempt) return;
  host.remotes.ended(session, attempt, endReason(state.detail), state.detail);
  attempts.end(state.detail);
}
