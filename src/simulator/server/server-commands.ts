import { common } from "../commands/common.ts";
import type { Block, Handlers, Replies } from "../commands/dispatch.ts";
import type { Common } from "../commands/needs.ts";
import { integer, scanned } from "../commands/numbers.ts";
import type { Version } from "../version.ts";
import { WELCOME, type Admission } from "./admission.ts";
import { clientConfig } from "./client-config.ts";
import type { Farewell } from "./farewell.ts";
import { kill } from "./kill.ts";
import type { ServerHost } from "./server-host.ts";
import type { Session } from "./session.ts";

/** What a server's own commands look at. */
export interface Serving extends ServerHost {
  readonly admission: Admission;
  readonly farewell: Farewell;
}

/** The commands of a server. */
export const serverCommands: Handlers<Common & Serving> = {
  ...common,
  "client-auth": (daemon, [cid, kid]) => ({
    block: (lines) => {
      const config = clientConfig(lines, daemon.version.text);
      return done("client-auth", daemon.admission.answer(integer(cid), integer(kid), { config }));
    },
  }),
  "client-auth-nt": (daemon, [cid, kid]) =>
    done("client-auth", daemon.admission.answer(integer(cid), integer(kid), WELCOME)),
  "client-deny": (daemon, [cid, kid, reason = "", forClient]) => {
    const known = daemon.admission.answer(integer(cid), integer(kid), { reason: forClient });
    if (known) daemon.note("", `MULTI: connection rejected: ${reason}, CLI:${forClient ?? "[NULL]"}`);
    return done("client-deny", known);
  },
  "client-kill": (daemon, [cid, message]) => {
    const session = daemon.roster.get(integer(cid));
    if (session) daemon.farewell.sendAway(session, message ?? "RESTART");
    return done("client-kill", session !== undefined);
  },
  "client-pending-auth": pend,
  "client-pf": filter,
  kill: (daemon, [victim = ""]) => [kill(daemon, victim, (session) => daemon.farewell.close(session))],
  nclients: ({ roster }) => [`SUCCESS: nclients=${roster.established}`],
  "push-update-broad": (daemon, [options = ""]) => update(daemon.roster.all, options),
  "push-update-cid": (daemon, [cid = "", options = ""]) => {
    if (scanned(cid) === undefined) return ["ERROR: push-update-cid fail during cid parsing"];
    const session = daemon.roster.get(integer(cid));
    return update(session ? [session] : [], options);
  },
};

function done(name: string, well: boolean): Replies {
  return [well ? `SUCCESS: ${name} command succeeded` : `ERROR: ${name} command failed`];
}

/** The KID is there since 2.6.2, the time since 2.6.0. */
function pend(daemon: Serving & { readonly version: Version }, args: Replies): Replies {
  const { version } = daemon;
  const [cid = "", kid] = args;
  const rest = version.atLeast("2.6.2") ? args.slice(2) : args.slice(1);
  const [extra = "", time] = rest;
  const timeout = time === undefined ? daemon.settings.handWindow : integer(time);
  const session = daemon.roster.get(integer(cid));
  if (session && (!version.atLeast("2.6.2") || integer(kid) === session.kid)) {
    daemon.admission.pend(session, extra, timeout);
    return ["SUCCESS: client-pending-auth command succeeded"];
  }
  const kind = version.atLeast("2.6.0") ? "ERROR" : "SUCCESS";
  return [`${kind}: client-pending-auth command failed. Extra parameter might be too long`];
}

/** Packet filters are taken, and filter nothing here. */
function filter({ roster }: Serving, [cid]: Replies): Block {
  return { block: () => done("client-pf", roster.get(integer(cid)) !== undefined) };
}

function update(sessions: readonly Session[], options: string): Replies {
  const there = sessions.filter(({ established }) => established);
  const said: string[] = [];
  let updated = 0;
  for (const { visitor, peerId } of there) {
    if (visitor.takesUpdates === true) {
      visitor.hear(`PUSH_UPDATE,${options}`);
      updated++;
    } else said.push(`PUSH_UPDATE: not sending message to unsupported peer with ID: ${peerId}`);
  }
  if (updated === 0) return [...said, "ERROR: no client updated", "ERROR: push-update command failed"];
  return [...said, `SUCCESS: ${updated} client(s) updated`, "SUCCESS: push-update command succeeded"];
}
